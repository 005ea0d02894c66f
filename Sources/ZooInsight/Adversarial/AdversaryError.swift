import ZooKit

/// Why a model cannot be attacked as it was asked for. The words are in `AdversaryError+Message.swift`.
public enum AdversaryError: Error, Sendable, Hashable {
  /// A largest change of a sample that is no whole number of levels from 1 to 255.
  case epsilon(Int)
  case steps(Int)
  /// A step in levels that is not above zero.
  case stepSize(Double)
  /// A probability that is not from 0 to 1.
  case confidence(Double)
  /// The network answers at several places of the picture.
  case slides(model: String, places: String)
  /// The picture is of the target class already.
  case alreadyTarget(Int, label: String)
  /// A picture from noise needs a class that it is to be taken for.
  case noTarget
  /// As many classes as pictures are needed.
  case classCount(pictures: Int, classes: Int)
  /// The model's preprocessing changes a picture that it has resized itself.
  case notPassed(model: String, preprocessing: String)
  /// The gradient of the class's cross-entropy is not a number, or infinite.
  case gradientNotFinite(model: String)
}

extension AdversaryError: ZooFailure {
  /// What kind of failure it is.
  public var category: FailureCategory {
    switch self {
    case .epsilon, .steps, .stepSize, .confidence, .alreadyTarget, .noTarget, .classCount: .usage
    case .slides, .notPassed, .gradientNotFinite: .badData
    }
  }
}
