import ZooGraph
import ZooKernels
import ZooTensor

/// A range of channels of a buffer: where a value lies.
struct Place: Hashable, Sendable {
  var buffer: Int
  var channels: Range<Int>
}

/// Memory for one value, or for several that lie side by side or one after the other.
struct Buffer: Hashable, Sendable {
  enum Form: Hashable, Sendable {
    case blocked(BlockedLayout)
    case planar(PlanarLayout)
    /// What a kernel needs for the time that it runs.
    case scratch(WinogradSchedule)
  }

  let form: Form
  /// The first and last step that touches it.
  var uses: ClosedRange<Int>?

  init(_ form: Form) {
    self.form = form
  }

  /// The memory for a batch; `Int.max` when it is more than there can be.
  func floats(images: Int) -> Int {
    let perImage: Int
    switch form {
    case .blocked(let layout): perImage = layout.floatsPerImage
    case .planar(let layout): perImage = layout.floatsPerImage
    case .scratch(let schedule): return schedule.scratchFloats(images: images)
    }
    let (floats, overflow) = perImage.multipliedReportingOverflow(by: images)
    return overflow ? .max : floats
  }

  mutating func touch(_ step: Int) {
    uses = min(uses?.lowerBound ?? step, step)...max(uses?.upperBound ?? step, step)
  }
}

/// Which buffer, of which layout, holds each value.
///
/// - A branch of a concatenation is written straight into its share of the whole when it covers whole blocks of
///   channels; concatenations nest.
/// - An operation that may overwrite an input does so when nothing reads that input later: a residual block adds in
///   place.
/// - A buffer's halo is the union of what its readers need. A fully connected layer reads a map without one, so that a
///   map with other needs is copied for it.
struct Placement {
  private(set) var buffers: [Buffer] = []
  /// Where each value lies in blocked layout; `nil` for nodes that are not computed.
  private(set) var places: [Place?]
  /// The planes of the image, for each padding that a convolution needs.
  private(set) var planes: [Padding: Int] = [:]

  init(_ flow: DataFlow) {
    let graph = flow.graph
    let shares = Self.shares(flow)
    let replaced = Self.replaced(flow, shares)
    var homes = graph.ids.map { (owner: $0, offset: 0) }
    // A whole comes after its branches, what is overwritten before what overwrites it.
    for id in flow.computed.reversed() {
      guard let share = shares[id] else { continue }
      let whole = homes[share.whole.index]
      homes[id.index] = (whole.owner, whole.offset + share.offset)
    }
    for id in flow.computed {
      if let value = replaced[id] { homes[id.index] = homes[value.index] }
    }

    var halos: [NodeID: Padding] = [:]
    for id in flow.computed {
      for case .halo(let padding) in flow.readers[id.index].map(\.use) {
        halos[homes[id.index].owner, default: .none].formUnion(padding)
      }
    }
    places = Array(repeating: nil, count: graph.nodes.count)
    for case .planar(let padding) in flow.readers[flow.input.index].map(\.use) where planes[padding] == nil {
      let shape = graph[flow.input].shape
      planes[padding] = append(
        .planar(PlanarLayout(channels: shape.channels, extent: shape.extent, padding: padding)))
    }
    var owned: [NodeID: Int] = [:]
    for id in flow.computed
    where homes[id.index].owner == id && flow.poolings[id] == nil && (id != flow.input || flow.inputIsReadInBlocks) {
      owned[id] = append(.blocked(BlockedLayout(graph[id].shape, halo: halos[id] ?? .none)))
    }
    for id in flow.computed {
      let (owner, offset) = homes[id.index]
      places[id.index] = owned[owner].map {
        Place(buffer: $0, channels: offset..<offset + graph[id].shape.channels)
      }
    }
  }

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
        if value != flow.input, shares[value] == nil { shares[value] = (id, offset) }
        offset += graph[branch].shape.channels
      }
    }
    return shares
  }

  /// For operations that overwrite one of their inputs: which one.
  private static func replaced(
    _ flow: DataFlow, _ shares: [NodeID: (whole: NodeID, offset: Int)]
  ) -> [NodeID: NodeID] {
    let graph = flow.graph
    var replaced: [NodeID: NodeID] = [:]
    for id in flow.computed where shares[id] == nil {
      let node = graph[id]
      let candidates: [NodeID]
      switch node.operation {
      case .activation, .batchNorm, .softmax: candidates = node.inputs
      case .add where node.inputs.count == 2: candidates = node.inputs
      case .add:
        // Added from left to right, so that only the first may be overwritten, and must not come again.
        let sources = node.inputs.map { flow.source(of: $0) }
        candidates = sources.dropFirst().contains(sources[0]) ? [] : [sources[0]]
      case .convolution(let convolution):
        let addends = node.inputs.dropFirst()
        candidates =
          convolution.addsInput && !addends.contains { flow.source(of: $0) == flow.source(of: node.inputs[0]) }
          ? Array(addends) : []
      // What reads neighbours, or lays its result out in another way, needs its input while it writes.
      case .input, .locallyConnected, .fullyConnected, .maxPool, .averagePool, .globalAveragePool,
        .adaptiveAveragePool, .localResponseNorm, .dropout, .concat, .flatten, .subsample:
        candidates = []
      }
      replaced[id] = candidates.map { flow.source(of: $0) }.first { value in
        if case .concat = graph[value].operation { return false }
        return value != flow.input && shares[value] == nil && !flow.isOutput(value)
          && flow.readers[value.index].allSatisfy { $0.node <= id }
      }
    }
    return replaced
  }
}

extension DataFlow {
  /// Whether anything but a convolution that reads planes uses the image.
  var inputIsReadInBlocks: Bool {
    isOutput(input)
      || readers[input.index].contains {
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
