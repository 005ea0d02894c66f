import ZooGraph
import ZooKernels
import ZooTensor

/// Which values a compiled network computes, by which algorithm, and who reads them, with nodes looked through that change
/// no number.
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
  /// The nodes that images are fed to, in order.
  let inputs: [NodeID]
  let outputs: [Output]
  /// How many a pass of training has; `nil` where weights do not change.
  private let images: Int?
  /// The nodes to compute, in order.
  private(set) var computed: [NodeID] = []
  /// The readers of each computed value, in order.
  private(set) var readers: [[Reader]]
  /// How each convolution is computed; `nil` for other nodes, and for values that no output needs.
  private(set) var algorithms: [ConvolutionAlgorithm?]
  /// The max pooling that a convolution does at once, so that its own output is written nowhere.
  private(set) var poolings: [NodeID: NodeID] = [:]
  /// What a convolution computes of its input itself, so that the result is written nowhere, by the convolutions that read it:
  /// batch norm with its function, or a product with numbers of the channels, before one of single pixels; one of single
  /// pixels before a depthwise one.
  private(set) var prologues: [NodeID: NodeID] = [:]

  /// Images with fewer channels than this are kept as planes: in blocks, most of the lanes would be empty.
  static let planarChannels = 16

  /// `inputs`: those of the graph that may be fed. `outputs`: what is to be computed from them. `results`: what is to
  /// be computed, too, but is no answer: gradients and statistics of a training graph. `images`: how many a pass of
  /// training has; `nil` where weights do not change. Throws `RuntimeError.batchValue` when an output needs one.
  init(
    _ graph: Graph, inputs: [NodeID], outputs: [Output], results: [NodeID] = [], numerics: Numerics,
    images: Int? = nil
  ) throws(RuntimeError) {
    self.graph = graph
    self.images = images
    self.inputs = inputs
    self.outputs = outputs
    readers = Array(repeating: [], count: graph.nodes.count)
    algorithms = Array(repeating: nil, count: graph.nodes.count)
    let needed = graph.isNeeded(for: outputs.map(\.value) + results)
    if let id = graph.ids.first(where: { needed[$0.index] && !graph.isComputable($0) }) {
      throw .batchValue(node: graph[id].name)
    }
    for id in graph.ids where needed[id.index] { algorithms[id.index] = algorithm(of: id, numerics) }
    if numerics == .fast, images == nil { prologues = findPrologues(needed) }
    var isComputed = [Bool](repeating: false, count: graph.nodes.count)
    for output in outputs { isComputed[elements(of: output.value).index] = true }
    for result in results { isComputed[result.index] = true }
    for id in graph.ids.reversed() where needed[id.index] && isComputed[id.index] {
      for (value, use) in uses(id) {
        isComputed[value.index] = true
        readers[value.index].append(Reader(node: id, use: use))
      }
    }
    computed = graph.ids.filter { isComputed[$0.index] }
    for index in readers.indices { readers[index].reverse() }
    for id in computed { poolings[id] = pooling(after: id) }
  }

  /// The algorithm of a convolution: planes for an image of few channels, else the fastest that the numerics allow.
  private func algorithm(of id: NodeID, _ numerics: Numerics) -> ConvolutionAlgorithm? {
    let node = graph[id]
    if case .gradient(let gradient) = node.operation { return algorithm(of: node, gradient, numerics) }
    guard case .convolution(let convolution) = node.operation else { return nil }
    if isPlanar(convolution, node.inputs[0]) { return .planar }
    if node.convolutionGeometry.isDepthwise { return .depthwise }
    guard numerics == .fast, convolution.activation.isFused,
      let form = WinogradForm.fastest(for: node.convolutionGeometry), pays(for: node.convolutionGeometry)
    else { return .direct }
    return .winograd(form)
  }

  /// The algorithm of a convolution's gradient.
  private func algorithm(of node: Node, _ gradient: Gradient, _ numerics: Numerics) -> ConvolutionAlgorithm? {
    guard case .convolution(let convolution) = gradient.operation else { return nil }
    let geometry = node.convolutionGeometry
    switch gradient.target {
    case .input:
      guard numerics == .fast, let rotated = geometry.rotated, let form = WinogradForm.fastest(for: rotated),
        pays(for: rotated)
      else { return .direct }
      return .winograd(form)
    case .parameter(.weight):
      if isPlanar(convolution, node.inputs[1]) { return .planar }
      guard numerics == .fast, let images,
        let form = WinogradForm.fastestFilterGradient(for: geometry, images: images)
      else { return .direct }
      return .winograd(form)
    case .parameter: return nil
    }
  }

  /// Whether there are so many pixels that transforming weights, in each pass anew, takes less time than it saves.
  private func pays(for geometry: ConvolutionGeometry) -> Bool {
    images.map { $0 * geometry.output.area >= Self.transformedPixels } ?? true
  }

  private static let transformedPixels = 2000

  /// Whether a convolution reads an image of few channels.
  private func isPlanar(_ convolution: Convolution, _ input: NodeID) -> Bool {
    let source = source(of: input)
    return convolution.groups == 1 && isInput(source) && graph[source].shape.channels < Self.planarChannels
  }

  /// Winograd's transform back pools tiles of 2×2 where nothing else reads what it pools. While a network learns it does not,
  /// not even in frozen layers, whose values no gradient reads.
  private func pooling(after id: NodeID) -> NodeID? {
    guard images == nil, case .winograd = algorithms[id.index],
      case .convolution(let convolution) = graph[id].operation,
      !convolution.addsInput, convolution.activation?.neverFalls ?? true, readers[id.index].count == 1, !isOutput(id),
      let reader = readers[id.index].first?.node, case .maxPool(let pooling) = graph[reader].operation,
      pooling.kernel == Extent(2), pooling.stride == Extent(2), graph[reader].poolingGeometry.padding.isNone
    else { return nil }
    let (from, to) = (graph[id].shape.extent, graph[reader].shape.extent)
    return to == Extent(height: from.height / 2, width: from.width / 2) ? reader : nil
  }

  /// Convolutions of single pixels that prepare what they read, with the nodes that nothing else reads.
  ///
  /// A map of one pixel is read for all images at once, and computing whole maps in parts is for the fast numerics only, as
  /// what a network computes of a part of its input is put together from the values of all nodes.
  private func findPrologues(_ needed: [Bool]) -> [NodeID: NodeID] {
    var readers = [Int](repeating: 0, count: graph.nodes.count)
    for id in graph.ids where needed[id.index] {
      for input in graph[id].inputs { readers[source(of: input).index] += 1 }
    }
    var prologues: [NodeID: NodeID] = [:]
    for id in graph.ids where needed[id.index] {
      guard case .convolution = graph[id].operation else { continue }
      let value = source(of: graph[id].inputs[0])
      guard readers[value.index] == 1, !isOutput(value) else { continue }
      let takes =
        switch algorithms[id.index] {
        case .direct: graph[id].convolutionGeometry.takesPrologue && graph.isPrologue(value)
        case .depthwise:
          algorithms[value.index] == .direct && prologues[value] == nil && graph.isExpansion(value)
        case .planar, .winograd, nil: false
        }
      if takes { prologues[id] = value }
    }
    return prologues
  }

  /// The values that a convolution reads to prepare its input itself; `nil` where it does not.
  func prepared(by id: NodeID) -> [NodeID]? {
    prologues[id].map { graph.prologueInputs(of: $0).map { source(of: $0) } }
  }

  /// Whether the convolution before does this pooling at once.
  func isPooledAtOnce(_ id: NodeID) -> Bool {
    graph[id].inputs.contains { poolings[source(of: $0)] == id }
  }

  /// The node whose value, in blocked layout, is that of `id`: a map of one pixel is laid out like a vector.
  func source(of id: NodeID) -> NodeID {
    follow(id) { node in
      node.operation.traits.keepsElements && BlockedLayout(graph[node.inputs[0]].shape) == BlockedLayout(node.shape)
    }
  }

  /// The node whose elements in C, H, W order are those of `id`.
  func elements(of id: NodeID) -> NodeID {
    follow(id) { $0.operation.traits.keepsElements }
  }

  private func follow(_ id: NodeID, while isTransparent: (Node) -> Bool) -> NodeID {
    var id = id
    while isTransparent(graph[id]) { id = graph[id].inputs[0] }
    return id
  }

  func isInput(_ value: NodeID) -> Bool { inputs.contains(value) }

  func isOutput(_ value: NodeID) -> Bool {
    outputs.contains { elements(of: $0.value) == value }
  }

  /// The values that a node reads, in order, and how.
  private func uses(_ id: NodeID) -> [(value: NodeID, use: Use)] {
    let node = graph[id]
    if case .fullyConnected = node.operation { return [(elements(of: node.inputs[0]), .compact)] }
    if case .gradient(let gradient) = node.operation { return uses(id, node, gradient) }
    if let prologue = prologues[id] {
      return (graph.prologueInputs(of: prologue) + node.inputs.dropFirst()).map { (source(of: $0), .any) }
    }
    return node.inputs.enumerated().map { index, input in
      (source(of: input), index == 0 ? useOfFirstInput(id) : .any)
    }
  }

  /// The values that a gradient reads: that of the operation's value first, then what it needs.
  private func uses(_ id: NodeID, _ node: Node, _ gradient: Gradient) -> [(value: NodeID, use: Use)] {
    var uses = node.inputs.map { (value: source(of: $0), use: Use.any) }
    if case .transposedConvolution(let geometry)? = node.geometry {
      switch gradient.target {
      // Where the gradient of the value is what the convolution reads.
      case .input, .parameter(.weight): uses[0].use = .halo(geometry.requiredHalo)
      case .parameter: break
      }
      return uses
    }
    guard let geometry = node.geometry, case .convolution(let geometry) = geometry else {
      if case (.fullyConnected, .parameter(.weight)) = (gradient.operation, gradient.target) {
        uses[1] = (elements(of: node.inputs[1]), .compact)
      }
      return uses
    }
    if case .winograd? = algorithms[id.index] { return uses }
    switch (gradient.operation, gradient.target) {
    case (.convolution, .input): uses[0].use = .halo(geometry.dataGradientHalo)
    case (.convolution(let convolution), .parameter(.weight)):
      uses[1].use =
        isPlanar(convolution, node.inputs[1]) ? .planar(geometry.padding) : .halo(geometry.requiredHalo)
    case (_, .parameter(.weight)): uses[1].use = .halo(geometry.requiredHalo)
    case (_, .input), (_, .parameter): break
    }
    return uses
  }

  /// How a node reads its first input, if that is not a matter of elements.
  private func useOfFirstInput(_ id: NodeID) -> Use {
    if case .transposedConvolution(let geometry)? = graph[id].geometry { return .halo(geometry.dataGradientHalo) }
    // Pooling looks at no halo.
    guard case .convolution(let geometry)? = graph[id].geometry else { return .any }
    return switch algorithms[id.index] {
    case .planar: .planar(geometry.padding)
    case .winograd: .any
    // A locally connected layer is computed directly, too.
    case .direct, .depthwise, nil: .halo(geometry.requiredHalo)
    }
  }
}

extension Graph {
  /// Whether kernels compute the node's value: of those that there is one of for the batch, what training makes of them.
  fileprivate func isComputable(_ id: NodeID) -> Bool {
    switch self[id].operation {
    case .gradient, .batchStatistics: true
    case .input, .convolution, .locallyConnected, .fullyConnected, .maxPool, .averagePool, .globalAveragePool,
      .globalMaxPool, .adaptiveMaxPool, .mean, .pad, .upsample, .transposedConvolution, .adaptiveAveragePool,
      .activation, .prelu, .batchNorm, .localResponseNorm, .normalization, .dropout, .softmax, .concat, .join, .flatten,
      .selectChannels, .subsample, .parameter, .batchMean, .randomMask, .loss:
      self[id].scope == .image
    }
  }
}

extension Graph {
  /// Whether a convolution of single pixels can compute the node's value while it reads it.
  fileprivate func isPrologue(_ id: NodeID) -> Bool {
    let node = self[id]
    if case .batchNorm(let norm) = node.operation { return !norm.usesBatch && node.shape.extent.area > 1 }
    guard case .join(let join, nil, _) = node.operation, join.takesGates, node.inputs.count == 2 else { return false }
    return node.inputs.count { self[$0].shape.extent.area > 1 } == 1
  }

  /// Whether a depthwise convolution can compute the node's value while it reads it.
  fileprivate func isExpansion(_ id: NodeID) -> Bool {
    guard case .convolution(let convolution) = self[id].operation else { return false }
    return !convolution.addsInput && self[id].convolutionGeometry.expands && self[id].shape.extent.area > 1
  }

  /// What a node reads that is a prologue, the map first.
  func prologueInputs(of id: NodeID) -> [NodeID] {
    self[id].inputs.sorted { self[$0].shape.extent.area > self[$1].shape.extent.area }
  }
}
