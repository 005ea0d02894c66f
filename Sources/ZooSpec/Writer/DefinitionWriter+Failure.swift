import ZooTensor

extension DefinitionWriter.Failure: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .internalError }
}

extension DefinitionWriter.Failure: CustomStringConvertible {
  /// What cannot be written, in words.
  public var description: String {
    switch self {
    case .inputCount(let count): "a definition has one input, and the graph has \(count)"
    case .notExpressible(let node): "the layer '\(node)' has parts that no definition can express, as passes add them"
    case .preprocessingNotExpressible:
      "the preprocessing cannot be written into a definition, as it has a mean image without a name"
    }
  }
}
