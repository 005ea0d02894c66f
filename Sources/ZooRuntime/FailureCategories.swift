import ZooTensor

extension RuntimeError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory {
    switch self {
    case .batch, .instructionSetUnavailable, .threads, .inputMissing, .inputUnknown, .batchValue: .usage
    case .input(_, let error): error.category
    case .shapeDiffers, .notFinite, .varianceNotPositive, .inputCount, .inputRank, .noOutputs, .imageShape,
      .imageNotFinite, .imageCount, .imageCountsDiffer, .activationsTooLarge, .weightsTooLarge:
      .badData
    }
  }
}

extension WindowedError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory {
    switch self {
    case .region, .batch: .usage
    case .values, .notFinite, .memory: .badData
    }
  }
}
