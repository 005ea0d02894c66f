import ZooTensor

extension ZooError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory {
    switch self {
    case .modelNotFound, .inputMissing: .inputMissing
    case .cannotRead, .noThread: .inputOutput
    case .cannotWrite, .alreadyExists: .cannotCreate
    case .weightsUnavailable: .weightsUnavailable
    case .seed, .classNotFound, .classAmbiguous, .layerNotFound, .layerForTraining, .severalImages, .noImages,
      .storedType, .reservedKey, .modelForWeights, .fileName, .outputFormat, .externalData, .notForPyTorch,
      .operatorSet:
      .usage
    case .conversionDiffers: .internalError
    case .queueFull: .busy
    case .fileTooLarge, .weightsOfAnotherModel, .layersDiffer, .channelOrder, .noHead, .notForDarknet, .noLogits,
      .inputShape, .inputLayout, .inputType, .noPreprocessing, .labelsNotFound, .labelCount, .dataSetNotRecognised,
      .labelOutOfRange, .scoresNotFinite, .classFolders, .nothingToRank, .outsideReference, .notAPackage, .notAModel,
      .notAnArchive, .publishedDigest, .incompleteFolder, .alreadySliding, .notConverted, .notAMeanImage:
      .badData
    }
  }
}

extension SlidingError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory {
    switch self {
    case .interpreter, .stride, .tensorNotResized, .tensorNotCropped: .usage
    case .severalPositions, .channels, .imageTooSmall, .memory, .mapTooLarge, .meanImage, .pictureSmallerThanCrop:
      .badData
    }
  }
}

extension InferenceError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .usage }
}

extension DataSetProblem: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .badData }
}

extension ClassFolderProblem: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory { .badData }
}
