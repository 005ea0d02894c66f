import ZooTensor

/// What is wrong with a graph as a whole.
public enum GraphInvariantError: Error, Hashable, Sendable {
  /// Two nodes have this path.
  case duplicateName(String)
  /// The node reads a value that is not computed before it; `input` is the position of the one that it reads.
  case inputOrder(node: String, input: Int)
  /// The operation does not fit the node's inputs.
  case operation(node: String, ShapeError)
  /// The recorded shape is not the one that follows from the inputs.
  case shape(node: String, recorded: Shape, inferred: Shape)
  /// The node is recorded as having a value for each image where there is one for the batch, or the other way round.
  case scope(node: String)
  /// The recorded geometry is not the one that follows from the inputs.
  case geometry(node: String)
  /// The recorded parameters are not those that the operation needs.
  case parameters(node: String, recorded: [Shape], inferred: [Shape])
  /// Nodes read one tensor of the checkpoint under different shapes.
  case tensorShapes(tensor: String, node: String, Shape, Shape)
  /// A node that inference needs reads one that only training has.
  case readsTrainingOnly(node: String, input: String)
  /// The output names a node that does not exist.
  case outputRange(output: String, value: Int, nodes: Int)
}
