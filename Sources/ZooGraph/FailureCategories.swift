import ZooTensor

extension ShapeError: ZooFailure {
  public var category: FailureCategory { .badData }
}

extension LocatedShapeError: ZooFailure {
  public var category: FailureCategory { .badData }
}

extension ConversionError: ZooFailure {
  public var category: FailureCategory { .badData }
}

extension RestorationError: ZooFailure {
  public var category: FailureCategory { .badData }
}

extension TrainingGraphError: ZooFailure {
  public var category: FailureCategory { .badData }
}

extension GradientGraphError: ZooFailure {
  public var category: FailureCategory { .badData }
}

extension DrawingError: ZooFailure {
  public var category: FailureCategory { .usage }
}

extension PassError: ZooFailure {
  public var category: FailureCategory { .internalError }
}

extension GraphInvariantError: ZooFailure {
  public var category: FailureCategory { .internalError }
}
