import ZooKit
import ZooTensor

/// What is wrong with files of codes, or with what is to be made of them. The words are in `FeaturesError+Message.swift`.
public enum FeaturesError: Error, Hashable, Sendable {
  /// Codes are written to a file whose name ends in `.npy`.
  case notAnArrayName(path: String)
  /// Codes were begun that are of something else than those that are to be written.
  case begunWithOthers(path: String, [FeaturesRecord.Difference])
  /// What is there of codes that were begun does not belong together.
  case begunDamaged(path: String)
  /// All pictures were left out.
  case noPictureLeft(data: String)

  case elementType(path: String, found: ElementType)
  case columnMajor(path: String)
  case shape(path: String, found: Shape)
  case keysMissing(path: String, codes: String)
  case notARecord(path: String)
  /// Something is wrong with the codes in a file or with its keys.
  case inFile(path: String, TransferError)
  /// Files of codes that are of different things.
  case filesDiffer(path: String, first: String, FeaturesRecord.Difference)
  /// The network or its weights are no longer those that made the codes.
  case changed(path: String, FeaturesRecord.Difference)

  /// Weights of a network were given, and nothing says of which.
  case weightsWithoutNetwork

  /// All pictures are of one class, or there is none of some.
  case classes(data: String, TransferError)
  /// A number of pictures to look at.
  case limit(found: Int, classes: Int)
}

extension FeaturesError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory {
    switch self {
    case .notAnArrayName, .begunWithOthers, .limit, .weightsWithoutNetwork: .usage
    case .keysMissing: .inputMissing
    case .begunDamaged, .noPictureLeft, .elementType, .columnMajor, .shape, .notARecord, .filesDiffer, .changed:
      .badData
    case .inFile(_, let error), .classes(_, let error): error.category
    }
  }
}

extension TransferError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory {
    switch self {
    case .folds, .regularisation, .tolerance, .iterations: .usage
    case .noCodes, .codesShape, .codesType, .widthsDiffer, .labelCount, .labelOutOfRange, .sameClassName, .notFinite,
      .keyCount, .keyCharacter, .keyLine, .keysNotUTF8, .classUnknown, .tooFewClasses, .emptyClass, .tooLarge,
      .tooManyScores, .codesDiffer, .noEvidence, .evidenceDiffers:
      .badData
    }
  }
}
