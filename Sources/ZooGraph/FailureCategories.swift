import ZooTensor

extension ShapeError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .badData }
}

extension LocatedShapeError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .badData }
}

extension ConversionError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .badData }
}

extension RestorationError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .badData }
}

extension TrainingGraphError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .badData }
}

extension GradientGraphError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .badData }
}

extension DrawingError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .usage }
}

extension PassError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .internalError }
}

extension GraphInvariantError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .internalError }
}
