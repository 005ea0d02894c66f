import ZooGraph
import ZooKernels
import ZooTensor

/// Which values a compiled network computes and who reads them, with nodes looked through that change no number.
struct DataFlow {
  /// What a reader expects of the memory.
  enum Use: Hashable {
    /// Any halo will do.
    case any
    /// Zeros of at least this width around the map.
    case halo(Padding)
    /// A map without a halo.
    case compact
    /// Planes of an image with their padding.
    case planar(Padding)
  }

  struct Reader: Hashable {
    let node: NodeID
    let use: Use
  }

  let graph: Graph
  let input: NodeID
  let outputs: [Output]
  let numerics: Numerics
  /// The nodes to compute, in order.
  private(set) var computed: [NodeID] = []
  /// The readers of each computed value, in order.
  private(set) var readers: [[Reader]]
  /// The max pooling that a convolution does at once, so that its own output is written nowhere.
  private(set) var poolings: [NodeID: NodeID] = [:]

  /// Images with fewer channels than this are kept as planes: in blocks, most of the lanes would be empty.
  static let planarChannels = 16

  init(_ graph: Graph, outputs: [Output], numerics: Numerics = .fast) throws(RuntimeError) {
    self.graph = graph
    self.outputs = outputs
    self.numerics = numerics
    input = try graph.singleInput()
    readers = Array(repeating: [], count: graph.nodes.count)
    let needed = graph.isNeeded(for: outputs.map(\.value))
    var isComputed = [Bool](repeating: false, count: graph.nodes.count)
    for output in outputs { isComputed[elements(of: output.value).index] = true }
    for id in graph.ids.reversed() where needed[id.index] && isComputed[id.index] {
      for (value, use) in uses(id) {
        isComputed[value.index] = true
        readers[value.index].append(Reader(node: id, use: use))
      }
    }
    isComputed[input.index] = true
    computed = graph.ids.filter { isComputed[$0.index] }
    for index in readers.indices { readers[index].reverse() }
    for id in computed { poolings[id] = pooling(after: id) }
  }

  /// Whether the convolution before does this pooling at once.
  func isPooledAtOnce(_ id: NodeID) -> Bool {
    graph[id].inputs.contains { poolings[source(of: $0)] == id }
  }

  /// Winograd's transform back pools tiles of 2×2 where nothing else reads what it pools.
  private func pooling(after id: NodeID) -> NodeID? {
    guard case .convolution(let convolution) = graph[id].operation, !convolution.addsInput, winograd(id) != nil,
      convolution.activation?.neverFalls ?? true, readers[id.index].count == 1, !isOutput(id),
      let reader = readers[id.index].first?.node, case .maxPool(let pooling) = graph[reader].operation,
      pooling.kernel == Extent(2), pooling.stride == Extent(2),
      pooling.padding(for: graph[id].shape.extent).isNone
    else { return nil }
    let (from, to) = (graph[id].shape.extent, graph[reader].shape.extent)
    return to == Extent(height: from.height / 2, width: from.width / 2) ? reader : nil
  }

  /// The node whose value, in blocked layout, is that of `id`: dropout is the identity, and a map of one pixel is laid
  /// out like a vector.
  func source(of id: NodeID) -> NodeID {
    follow(id) { node in
      switch node.operation {
      case .dropout: true
      case .flatten: graph[node.inputs[0]].shape.extent.area == 1
      case .input, .convolution, .locallyConnected, .fullyConnected, .maxPool, .averagePool, .globalAveragePool,
        .adaptiveAveragePool, .activation, .batchNorm, .localResponseNorm, .softmax, .concat, .add, .subsample:
        false
      }
    }
  }

  /// The node whose elements in C, H, W order are those of `id`: flattening changes only the shape.
  func elements(of id: NodeID) -> NodeID {
    follow(id) { node in
      switch node.operation {
      case .dropout, .flatten: true
      case .input, .convolution, .locallyConnected, .fullyConnected, .maxPool, .averagePool, .globalAveragePool,
        .adaptiveAveragePool, .activation, .batchNorm, .localResponseNorm, .softmax, .concat, .add, .subsample:
        false
      }
    }
  }

  private func follow(_ id: NodeID, while isTransparent: (Node) -> Bool) -> NodeID {
    var id = id
    while isTransparent(graph[id]) { id = graph[id].inputs[0] }
    return id
  }

  func isOutput(_ value: NodeID) -> Bool {
    outputs.contains { elements(of: $0.value) == value }
  }

  /// The values that a node reads, in order, and how.
  private func uses(_ id: NodeID) -> [(value: NodeID, use: Use)] {
    let node = graph[id]
    switch node.operation {
    case .fullyConnected: return [(elements(of: node.inputs[0]), .compact)]
    case .convolution, .locallyConnected:
      let geometry = node.convolutionGeometry
      let value = source(of: node.inputs[0])
      let use: Use =
        isPlanar(id) ? .planar(geometry.padding) : winograd(id) != nil ? .any : .halo(geometry.requiredHalo)
      return [(value, use)] + node.inputs.dropFirst().map { (source(of: $0), .any) }
    case .input, .maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool, .activation, .batchNorm,
      .localResponseNorm, .dropout, .softmax, .concat, .add, .flatten, .subsample:
      return node.inputs.map { (source(of: $0), .any) }
    }
  }

  /// Whether a convolution reads the image as planes.
  func isPlanar(_ id: NodeID) -> Bool {
    guard case .convolution(let convolution) = graph[id].operation, convolution.groups == 1,
      source(of: graph[id].inputs[0]) == input
    else { return false }
    return graph[input].shape.channels < Self.planarChannels
  }

  /// Which of Winograd's forms computes a convolution; `nil` when none does.
  func winograd(_ id: NodeID) -> WinogradForm? {
    guard numerics == .fast, case .convolution(let convolution) = graph[id].operation, !isPlanar(id),
      convolution.activation.isFused
    else { return nil }
    return WinogradForm.fastest(for: graph[id].convolutionGeometry)
  }
}
