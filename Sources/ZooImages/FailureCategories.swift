import ZooTensor

extension ImageError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { fact.category }
}

extension ImageFact: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory {
    switch self {
    case .notFound: .inputMissing
    case .unreadable, .unwritable: .inputOutput
    case .uncreatable: .cannotCreate
    case .directory, .notAFile, .empty, .fileTooLarge, .foreign, .unrecognised, .truncated, .undecodable,
      .tooManyPixels, .pixelCount, .rowStride, .byteCount, .undrawable, .tooManyScans, .resizeTooLarge, .meanImageSize,
      .unencodable:
      .badData
    }
  }
}

extension PreprocessingError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .badData }
}

extension AugmentationError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .badData }
}

extension DataSetError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .badData }
}
