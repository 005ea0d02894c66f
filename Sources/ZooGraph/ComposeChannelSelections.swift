import ZooTensor

/// Reads channels from where they are computed: a slice of a shuffled concatenation, as ShuffleNet has it, becomes one
/// selection of the channels of its branches, and the maps between are not made.
///
/// Requires: nothing.
/// Guarantees: outputs keep their values. A selection reads concatenations and other selections only where their branches
/// are too many or come twice, or where it is a slice of a concatenation of several of them. What nobody reads any more is left out, but for
/// inputs; what a selection does not need of its inputs, it does not read.
public struct ComposeChannelSelections: Pass {
  /// The name in `build --explain` and in errors.
  public let name = "compose-channel-selections"

  /// It has no settings.
  public init() {}

  /// A channel of a node's value.
  private struct Channel: Hashable {
    let node: NodeID
    let index: Int
  }

  /// The graph with selections in place of shuffled concatenations that are sliced; `graph` stays as it is. Throws
  /// where a node does not fit into a graph, which is an error of the pass.
  public func apply(to graph: Graph) throws -> Graph {
    // For concatenations and selections, the channels that theirs are.
    var channels = [[Channel]?](repeating: nil, count: graph.nodes.count)
    var drafts = graph.nodes.map { NodeDraft($0) as NodeDraft? }
    var substitutes: [NodeID: NodeID] = [:]
    // Concatenations and slices of them, which are there already.
    var wholes: Set<NodeID> = []
    for id in graph.ids where graph[id].scope == .image {
      let node = graph[id]
      let isConcatenation = node.operation == .concat
      guard isConcatenation || node.operation.selectsChannels else { continue }
      let shapes = node.inputs.map { graph[$0].shape }
      let read = node.inputs.flatMap { input in
        channels[input.index] ?? (0..<graph[input].shape.channels).map { Channel(node: input, index: $0) }
      }
      let selected = node.operation.selectedChannels(of: shapes).map { $0.map { read[$0] } } ?? read
      channels[id.index] = selected
      if isConcatenation {
        wholes.insert(id)
        continue
      }
      var sources: [NodeID] = []
      for channel in selected where !sources.contains(channel.node) { sources.append(channel.node) }
      sources.sort()
      if sources.count > 1, node.operation.isSlice, wholes.contains(node.inputs[0]) {
        wholes.insert(id)
        continue
      }
      // What is there twice is no selection of one value.
      guard Set(selected).count == selected.count,
        sources.count <= Operation.selectChannels(.listed([])).traits.inputs.upperBound
      else {
        channels[id.index] = nil
        continue
      }
      var offsets: [NodeID: Int] = [:]
      var total = 0
      for source in sources {
        offsets[source] = total
        total += graph[source].shape.channels
      }
      let listed = selected.map { (offsets[$0.node] ?? 0) + $0.index }
      if listed.elementsEqual(0..<total), sources.count == 1, graph[sources[0]].shape == node.shape {
        drafts[id.index] = nil
        substitutes[id] = sources[0]
        continue
      }
      drafts[id.index]?.inputs = sources
      let isRange = sources.count == 1 && listed.elementsEqual(listed[0]..<listed[0] + listed.count)
      drafts[id.index]?.operation = .selectChannels(
        isRange ? .slice(first: listed[0], channels: listed.count) : .listed(listed))
    }
    guard drafts != graph.nodes.map(NodeDraft.init) else { return graph }
    return try RemoveDeadNodes().apply(to: try graph.rebuilt(drafts, substitutes: substitutes))
  }
}

extension Operation {
  fileprivate var selectsChannels: Bool {
    if case .selectChannels = self { true } else { false }
  }

  fileprivate var isSlice: Bool {
    if case .selectChannels(.slice) = self { true } else { false }
  }
}
