import ZooTensor

extension WeightsError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { problem.category }
  /// What can be done about it; `description` ends with it.
  public var remedy: String? { problem.remedy }
}

extension WeightsProblem: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory {
    guard case .file(let file) = self else { return .badData }
    return switch file {
    case .missing: .inputMissing
    case .exists, .cannotReplace, .cannotCreate: .cannotCreate
    case .cannotOpen, .cannotRead, .cannotWrite: .inputOutput
    case .empty, .notRegular, .shrank: .badData
    }
  }
}

extension CheckpointMismatch: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .badData }
  /// What can be done about it; `description` ends with it.
  public var remedy: String? { guess?.remedy }
}

extension TransformProblem: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .badData }
}

extension SystemError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .inputOutput }
  /// The system's words.
  public var description: String { message }
}
