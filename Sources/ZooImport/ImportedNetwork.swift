import ZooGraph
import ZooSpec
import ZooTensor
import ZooWeights

/// A network of another framework's as zoo has it: a graph, its numbers, and what was decided on the way.
public struct ImportedNetwork: Sendable {
  /// What the network computes. Nodes have the names that the file gives them or their scopes, as paths; a parameter has the
  /// name of its tensor in `weights`.
  public var graph: Graph
  /// The graph's tensors by name, float32, in the order of their elements that the graph's parameters have; `nil` when the
  /// file describes the structure alone.
  public var weights: Checkpoint?
  /// The network's name, and what else the file says about it: preprocessing, classes.
  public var card: Card
  /// What was decided, in the order of the file.
  public var notes: [ImportNote]
  /// The file's values that layers compute, in the order of the file; none for formats whose values have no names.
  package var values: [ImportedValue] = []

  /// Nothing is checked.
  public init(graph: Graph, weights: Checkpoint?, card: Card, notes: [ImportNote] = []) {
    self.graph = graph
    self.weights = weights
    self.card = card
    self.notes = notes
  }
}

/// Something that the file does not say in zoo's terms, and what was made of it.
public struct ImportNote: Hashable, Sendable {
  /// Where it is in the file: a node's name, a layer's, or `line 12`.
  public var place: String
  /// What was decided and why, as one sentence without its full stop.
  public var text: String
  /// The node of the graph that it is about, by name; `nil` when it is about the network.
  public var node: String?

  /// Nothing is checked.
  public init(place: String, text: String, node: String? = nil) {
    self.place = place
    self.text = text
    self.node = node
  }
}
