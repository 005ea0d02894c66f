import ZooTensor

/// A tensor that a network's checkpoint holds.
public struct TensorDeclaration: Hashable, Sendable {
  /// The path of the layer and the role: `layer1.0.bn1.running_mean`.
  public let name: String
  /// Row-major, as the operation's `Parameter` says.
  public let shape: Shape
  /// What the operation does with it.
  public let role: Parameter.Role
  /// Whether only training uses it, so that inference does without.
  public let isTrainingOnly: Bool
}

extension Graph {
  /// The tensors that a checkpoint of this network holds, in the definition's order, which is PyTorch's.
  public var tensors: [TensorDeclaration] {
    var seen: Set<String> = []
    return nodes.flatMap { node in
      node.parameters.flatMap { parameter in
        parameter.value.tensors.compactMap { name, shape in
          seen.insert(name).inserted
            ? TensorDeclaration(
              name: name, shape: shape, role: parameter.role, isTrainingOnly: node.isTrainingOnly)
            : nil
        }
      }
    }
  }
}
