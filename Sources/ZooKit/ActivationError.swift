import ZooTensor

/// Why the values of two networks are not compared.
public enum ActivationError: Error, Hashable, Sendable {
  /// Values are known by name in ONNX only.
  case notONNX(path: String)
  case noWeights(path: String)
  /// The networks take different inputs: those of each.
  case inputs(first: String, Shape, second: String, Shape)
  /// The file has none of the values of the model's nodes.
  case noValues(path: String, model: String)
  /// The values are those for another input.
  case otherInput(path: String)
  case valueShape(path: String, value: String, expected: String, images: Int, found: String)
}

extension ActivationError: ZooFailure {
  /// Files that do not belong together; what no file can change is a matter of how zoo was called.
  public var category: FailureCategory {
    switch self {
    case .notONNX: .usage
    case .noWeights, .inputs, .noValues, .otherInput, .valueShape: .badData
    }
  }

  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .notONNX(let path):
      "\(path): only a model in ONNX (.onnx) has names for the values of its nodes; give one, or compare without recorded values"
    case .noWeights(let path): "\(path): the file has no weights, so that there are no values to compare"
    case .inputs(let first, let input, let second, let other):
      "\(first) takes \(input), and \(second) \(other); networks are compared for the same input"
    case .noValues(let path, let model):
      "\(path): it has the value of no layer of \(model) that the other network has, too; record them from this model"
    case .otherInput(let path):
      "\(path): the values in it are for another input than the one given; record them for this one"
    case .valueShape(let path, let value, let expected, let images, let found):
      "\(path): the value '\(value)' is \(found), where the model has \(expected) for each of \(images) "
        + "\(images == 1 ? "image" : "images"); record them from this model, for this input"
    }
  }
}
