import ZooKit
import ZooSpec
import ZooWeights

extension TrainingError: ZooFailure {
  /// What kind of failure it is.
  public var category: FailureCategory {
    switch self {
    case .patternsWithoutLayer, .nothingLearns, .slices, .slicesOfBatches: .usage
    case .classes, .noPreprocessing, .notFinite, .notACheckpoint, .damagedCheckpoint, .singleValue, .changed: .badData
    }
  }
}

extension TrainingDataError: ZooFailure {
  /// What kind of failure it is.
  public var category: FailureCategory { .badData }
}

extension RecipeError: ZooFailure {
  /// What kind of failure it is.
  public var category: FailureCategory { .usage }
}

extension RunError: ZooFailure {
  /// What kind of failure it is.
  public var category: FailureCategory {
    switch self {
    case .runExists: .cannotCreate
    case .noRun: .inputMissing
    case .file(let error): error.category
    case .recipe, .log, .notFolder, .tooLarge, .tooManyClasses: .badData
    }
  }

  /// What can be done about it; `description` ends with it.
  public var remedy: String? {
    if case .file(let error) = self { error.remedy } else { nil }
  }
}

extension WorkerError: ZooFailure {
  /// What kind of failure it is.
  public var category: FailureCategory {
    switch self {
    case .tooManyWorkers, .differs, .notShared: .usage
    case .lost: .busy
    case .refused(_, let category): category
    }
  }
}
