import ZooTensor

extension WeightsError: ZooFailure {
  public var category: FailureCategory { problem.category }
  public var remedy: String? { problem.remedy }
}

extension WeightsProblem: ZooFailure {
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
  public var category: FailureCategory { .badData }
  public var remedy: String? { guess?.remedy }
}

extension TransformProblem: ZooFailure {
  public var category: FailureCategory { .badData }
}

extension SystemError: ZooFailure {
  public var category: FailureCategory { .inputOutput }
  public var description: String { message }
}
