import ZooGraph
import ZooKernels
import ZooTensor

/// Which buffer, of which layout, holds each value.
///
/// - A branch of a concatenation is written straight into its share of the whole when it covers whole blocks of
///   channels; concatenations nest.
/// - An operation that may overwrite an input does so when nothing reads that input later: a residual block adds in
///   place.
/// - A slice that starts with a block of channels is where its input is, unless it is written into a concatenation.
/// - A buffer's halo is the union of what its readers need. A fully connected layer reads a map without one, so that a
///   map with other needs is copied for it.
struct Placement {
  private(set) var buffers: [Buffer] = []
  /// Where each value lies in blocked layout; `nil` for nodes that are not computed.
  private(set) var places: [Place?]
  /// Slices that are where their inputs are.
  let views: Set<NodeID>
  /// The planes of images, for each padding that a convolution needs.
  private var planes: [Planes: Place] = [:]

  private struct Planes: Hashable {
    let input: NodeID
    let padding: Padding
  }

  init(_ flow: DataFlow) {
    let graph = flow.graph
    let shares = Self.shares(flow)
    let views = Self.views(flow, shares)
    let replaced = Self.replaced(flow, shares, views)
    self.views = Set(views.keys)
    var homes = graph.ids.map { (owner: $0, offset: 0) }
    // A whole comes after its branches, what is overwritten before what overwrites it.
    for id in flow.computed.reversed() {
      guard let share = shares[id] else { continue }
      let whole = homes[share.whole.index]
      homes[id.index] = (whole.owner, whole.offset + share.offset)
    }
    for id in flow.computed {
      if let value = replaced[id] { homes[id.index] = homes[value.index] }
      if let view = views[id] {
        let home = homes[view.whole.index]
        homes[id.index] = (home.owner, home.offset + view.offset)
      }
    }

    var halos: [NodeID: Padding] = [:]
    for id in flow.computed {
      for case .halo(let padding) in flow.readers[id.index].map(\.use) {
        halos[homes[id.index].owner, default: .none].formUnion(padding)
      }
    }
    places = Array(repeating: nil, count: graph.nodes.count)
    for input in flow.inputs {
      let shape = graph[input].shape
      for case .planar(let padding) in flow.readers[input.index].map(\.use) {
        let key = Planes(input: input, padding: padding)
        guard planes[key] == nil else { continue }
        let layout = PlanarLayout(channels: shape.channels, extent: shape.extent, padding: padding)
        planes[key] = Place(buffer: append(.planar(layout)), channels: 0..<shape.channels)
      }
    }
    var owned: [NodeID: Int] = [:]
    for id in flow.computed
    where homes[id.index].owner == id && flow.poolings[id] == nil && flow.isReadInBlocks(id)
      && graph[id].scope == .image
    {
      owned[id] = append(.blocked(BlockedLayout(graph[id].shape, halo: halos[id] ?? .none)))
    }
    for id in flow.computed {
      let (owner, offset) = homes[id.index]
      places[id.index] = owned[owner].map {
        Place(buffer: $0, channels: offset..<offset + graph[id].shape.channels)
      }
    }
  }

  /// Where the planes of an image lie, for all paddings that they are needed with.
  func planes(of input: NodeID) -> [Place] {
    planes.filter { $0.key.input == input }.map(\.value).sorted { $0.buffer < $1.buffer }
  }

  /// Where the planes of an image lie with the padding of a convolution that reads them.
  func planes(of input: NodeID, padding: Padding) -> Place? { planes[Planes(input: input, padding: padding)] }

  /// Adds a buffer.
  mutating func append(_ form: Buffer.Form) -> Int {
    buffers.append(Buffer(form))
    return buffers.count - 1
  }

  /// For branches that are written straight into a concatenation: which one, and from which channel on.
  private static func shares(_ flow: DataFlow) -> [NodeID: (whole: NodeID, offset: Int)] {
    let graph = flow.graph
    var shares: [NodeID: (whole: NodeID, offset: Int)] = [:]
    for id in flow.computed.reversed() {
      guard case .concat = graph[id].operation else { continue }
      let branches = graph[id].inputs
      guard branches.dropLast().allSatisfy({ graph[$0].shape.channels % BlockedLayout.lanes == 0 }) else { continue }
      var offset = 0
      for branch in branches {
        let value = flow.source(of: branch)
        if !flow.isInput(value), shares[value] == nil { shares[value] = (id, offset) }
        offset += graph[branch].shape.channels
      }
    }
    return shares
  }

  /// For slices that need not be copied: of what, and from which channel on.
  private static func views(
    _ flow: DataFlow, _ shares: [NodeID: (whole: NodeID, offset: Int)]
  ) -> [NodeID: (whole: NodeID, offset: Int)] {
    var views: [NodeID: (whole: NodeID, offset: Int)] = [:]
    for id in flow.computed where shares[id] == nil {
      let node = flow.graph[id]
      guard case .selectChannels(.slice(let first, _)) = node.operation, first % BlockedLayout.lanes == 0,
        node.scope == .image
      else { continue }
      views[id] = (flow.source(of: node.inputs[0]), first)
    }
    return views
  }

  /// For operations that overwrite one of their inputs: which one.
  private static func replaced(
    _ flow: DataFlow, _ shares: [NodeID: (whole: NodeID, offset: Int)],
    _ views: [NodeID: (whole: NodeID, offset: Int)]
  ) -> [NodeID: NodeID] {
    let graph = flow.graph
    var replaced: [NodeID: NodeID] = [:]
    let isViewed = Set(views.values.map(\.whole))
    for id in flow.computed where shares[id] == nil {
      let node = graph[id]
      let sources = node.inputs.map { flow.source(of: $0) }
      let candidates: [NodeID] =
        switch node.operation.traits.overwrites {
        case .none: []
        case .any: sources
        case .summand where sources.count <= 2: sources
        // The first must not come again.
        case .summand: sources.dropFirst().contains(sources[0]) ? [] : [sources[0]]
        // What is read beside it must be another value: also where the convolution prepares that while it reads.
        case .addend: (flow.prepared(by: id) ?? [sources[0]]).contains(sources[1]) ? [] : [sources[1]]
        }
      replaced[id] = candidates.first { value in
        if case .concat = graph[value].operation { return false }
        return graph[value].scope == .image && BlockedLayout(graph[value].shape) == BlockedLayout(node.shape)
          && !flow.isInput(value) && views[value] == nil && !isViewed.contains(value)
          && shares[value] == nil && !flow.isOutput(value)
          && flow.readers[value.index].allSatisfy { $0.node <= id }
      }
    }
    return replaced
  }
}

extension DataFlow {
  /// Whether anything but a convolution that reads planes uses a value.
  fileprivate func isReadInBlocks(_ value: NodeID) -> Bool {
    isOutput(value)
      || readers[value.index].contains {
        if case .planar = $0.use { false } else { true }
      }
  }
}

extension Padding {
  fileprivate mutating func formUnion(_ other: Padding) {
    self = Padding(
      top: max(top, other.top), left: max(left, other.left), bottom: max(bottom, other.bottom),
      right: max(right, other.right))
  }
}
