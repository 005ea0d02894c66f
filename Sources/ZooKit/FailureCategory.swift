import ZooGraph
import ZooImages
import ZooRuntime
import ZooSpec
import ZooTensor
import ZooWeights

/// What kind of thing went wrong, for a program's exit status or a server's response.
public enum FailureCategory: Sendable, Hashable {
  case usage
  case badData
  case inputMissing
  case weightsUnavailable
  case cannotCreate
  case inputOutput
  case internalError

  /// `nil` for errors that are not zoo's.
  public init?(of error: any Error) {
    switch error {
    case let error as ZooError: self = error.category
    case let error as ImageError: self = error.category
    case let error as WeightsError: self = error.category
    case is DefinitionErrors, is CheckpointMismatch, is ConversionError, is RestorationError, is LocatedShapeError,
      is ShapeError, is DataSetError, is PreprocessingError, is GeometryError:
      self = .badData
    case let error as RuntimeError: self = error.category
    case let error as SlidingError: self = error.category
    case is GraphInvariantError, is PassError, is DefinitionWriter.Failure: self = .internalError
    case is DrawingError: self = .usage
    case is DataSetProblem, is AugmentationError, is TrainingGraphError, is GradientGraphError: self = .badData
    case let error as any CategorizedError: self = error.category
    default: return nil
    }
  }
}

/// An error of a library above this one that says itself what kind of thing went wrong.
public protocol CategorizedError: Error {
  var category: FailureCategory { get }
}

extension ZooError {
  fileprivate var category: FailureCategory {
    switch self {
    case .modelNotFound, .inputMissing: .inputMissing
    case .cannotRead: .inputOutput
    case .cannotWrite, .alreadyExists: .cannotCreate
    case .weightsUnavailable: .weightsUnavailable
    case .seed, .classNotFound, .classAmbiguous, .layerNotFound, .layerForTraining, .severalImages, .noImages,
      .storedType, .reservedKey, .modelForWeights, .fileName, .outputFormat, .externalData:
      .usage
    case .conversionDiffers: .internalError
    case .fileTooLarge, .weightsOfAnotherModel, .layersDiffer, .channelOrder, .noHead, .notForDarknet, .noLogits,
      .inputShape, .inputLayout, .inputType, .noPreprocessing, .labelsNotFound, .labelCount, .dataSetNotRecognised,
      .labelOutOfRange, .scoresNotFinite, .classFolders, .nothingToRank, .outsideReference, .notAPackage, .notAModel,
      .notAnArchive, .publishedDigest, .incompleteFolder, .alreadySliding, .notConverted, .notAMeanImage:
      .badData
    }
  }
}

extension ImageError {
  fileprivate var category: FailureCategory {
    switch fact {
    case .notFound: .inputMissing
    case .unreadable, .unwritable: .inputOutput
    case .uncreatable: .cannotCreate
    case .directory, .notAFile, .empty, .fileTooLarge, .foreign, .unrecognised, .truncated, .undecodable,
      .tooManyPixels, .pixelCount, .tooManyScans, .resizeTooLarge, .meanImageSize, .unencodable:
      .badData
    }
  }
}

extension WeightsError {
  fileprivate var category: FailureCategory {
    guard case .file(let file) = problem else { return .badData }
    return switch file {
    case .missing: .inputMissing
    case .exists, .cannotReplace, .cannotCreate: .cannotCreate
    case .cannotOpen, .cannotRead, .cannotWrite: .inputOutput
    case .empty, .notRegular, .shrank: .badData
    }
  }
}

extension SlidingError {
  fileprivate var category: FailureCategory {
    switch self {
    case .interpreter, .stride, .tensorNotResized, .tensorNotCropped: .usage
    case .severalPositions, .channels, .imageTooSmall, .memory, .mapTooLarge, .meanImage, .pictureSmallerThanCrop:
      .badData
    }
  }
}

extension RuntimeError {
  fileprivate var category: FailureCategory {
    switch self {
    case .batch, .instructionSetUnavailable, .threads, .inputMissing, .inputUnknown, .batchValue: .usage
    case .input(_, let error): error.category
    case .shapeDiffers, .notFinite, .varianceNotPositive, .inputCount, .inputRank, .noOutputs, .imageShape,
      .imageNotFinite, .imageCount, .imageCountsDiffer, .activationsTooLarge, .weightsTooLarge:
      .badData
    }
  }
}
