import ZooTensor

extension Graph {
  /// Checks everything that passes and back ends rely on: topological order, unique names, recorded shapes and
  /// parameters equal to the inferred ones, one shape per tensor, no path from training-only nodes into inference,
  /// outputs that exist.
  public func verify() throws(GraphInvariantError) {
    var names: Set<String> = []
    var tensors: [String: Shape] = [:]
    for id in ids {
      let node = self[id]
      guard names.insert(node.name).inserted else { throw .duplicateName(node.name) }
      for input in node.inputs where !(0..<id.index).contains(input.index) {
        throw .inputOrder(node: node.name, input: input.index)
      }
      if !node.isTrainingOnly, let input = node.inputs.first(where: { self[$0].isTrainingOnly }) {
        throw .readsTrainingOnly(node: node.name, input: self[input].name)
      }
      try verifyShapes(of: node)
      for (name, shape) in node.parameters.flatMap(\.value.tensors) {
        let known = tensors.updateValue(shape, forKey: name) ?? shape
        guard known == shape else { throw .tensorShapes(tensor: name, node: node.name, known, shape) }
      }
    }
    for output in outputs where !nodes.indices.contains(output.value.index) {
      throw .outputRange(output: output.name, value: output.value.index, nodes: nodes.count)
    }
  }

  private func verifyShapes(of node: Node) throws(GraphInvariantError) {
    let inputs = node.inputs.map { self[$0].shape }
    let signature: Operation.Signature
    do throws(ShapeError) {
      signature = try node.operation.signature(inputs: inputs)
    } catch {
      throw .operation(node: node.name, error)
    }
    guard signature.shape == node.shape else {
      throw .shape(node: node.name, recorded: node.shape, inferred: signature.shape)
    }
    guard node.scope == scope(of: node.operation, inputs: node.inputs) else { throw .scope(node: node.name) }
    guard signature.geometry == node.geometry else { throw .geometry(node: node.name) }
    let parameters = signature.parameters
    guard
      node.parameters.map(\.role) == parameters.map(\.role), node.parameters.map(\.shape) == parameters.map(\.shape)
    else {
      throw .parameters(
        node: node.name, recorded: node.parameters.map(\.shape), inferred: parameters.map(\.shape))
    }
  }
}
