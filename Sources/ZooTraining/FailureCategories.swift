import ZooKit
import ZooSpec
import ZooWeights

extension TrainingError: CategorizedError {
  public var category: FailureCategory {
    switch self {
    case .patternsWithoutLayer, .nothingLearns: .usage
    case .classes, .noPreprocessing, .notFinite, .notACheckpoint, .singleValue, .changed: .badData
    }
  }
}

extension TrainingDataError: CategorizedError {
  public var category: FailureCategory { .badData }
}

extension RecipeError: CategorizedError {
  public var category: FailureCategory { .usage }
}

extension TransferError: CategorizedError {}

extension RunError: CategorizedError {
  public var category: FailureCategory {
    switch self {
    case .runExists: .cannotCreate
    case .noRun: .inputMissing
    case .file(let error): FailureCategory(of: error) ?? .inputOutput
    case .recipe, .log, .notFolder, .tooLarge, .tooManyClasses: .badData
    }
  }
}
