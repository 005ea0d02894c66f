/// A rewriting of a graph that keeps what its outputs compute.
///
/// A pass is a pure function from graph to graph; what it requires and what it guarantees stands at its type.
public protocol Pass: Sendable {
  /// A short name for messages, such as `fold-batch-norm`.
  var name: String { get }

  /// Returns the rewritten graph; the given one is left as it is.
  func apply(to graph: Graph) throws -> Graph
}

extension Graph {
  /// The passes that prepare a graph for inference, in the order in which they apply.
  public static let inferencePasses: [any Pass] = [
    SelectInference(), RemoveDeadNodes(), DropInferenceNoOps(), MergePadding(), FoldBatchNorm(), FuseAdd(),
    FuseActivation(),
    ComposeChannelSelections(),
  ]

  /// The graph after the given passes; in debug builds each result is verified.
  ///
  /// - Throws: what a pass throws, and `PassError` when a pass breaks the graph.
  public func optimized(_ passes: [any Pass] = Graph.inferencePasses) throws -> Graph {
    var graph = self
    for pass in passes {
      graph = try pass.apply(to: graph)
      #if DEBUG
        do throws(GraphInvariantError) {
          try graph.verify()
        } catch {
          throw PassError(pass: pass.name, broken: error)
        }
      #endif
    }
    return graph
  }
}

/// A pass returned a graph that is not well formed: an error in the pass.
public struct PassError: Error, Hashable, Sendable {
  /// The name of the pass.
  public let pass: String
  /// Which rule its graph breaks.
  public let broken: GraphInvariantError

  /// The pass by its name, and the rule that its graph breaks.
  public init(pass: String, broken: GraphInvariantError) {
    self.pass = pass
    self.broken = broken
  }
}
