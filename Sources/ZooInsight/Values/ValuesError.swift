import ZooKit

/// Why the values or the weights of layers cannot be looked at. The words are in `ValuesError+Message.swift`.
public enum ValuesError: Error, Sendable, Hashable {
  /// A folder without a picture; with the name of a part, one whose parts do not have it.
  case noPictures(path: String, split: String?)
  /// A part of a folder's pictures that there is not.
  case part(Int, of: Int, pictures: Int)
  /// All pictures of a folder were left out, because none could be read.
  case noPictureLeft(path: String)
  /// A value of a layer is not a finite number.
  case notFinite(layer: String, unit: Int, picture: String)
  /// No layer of the network is a rectifier.
  case noRectifier(model: String)
  /// The layer has no weights that could be drawn as filters.
  case noFilters(layer: String, what: String, nearest: [String])
  /// No layer of the network has filters.
  case withoutFilters(model: String)
}

extension ValuesError: ZooFailure {
  /// What kind of failure it is.
  public var category: FailureCategory {
    switch self {
    case .part, .noRectifier, .noFilters, .withoutFilters: .usage
    case .noPictures, .noPictureLeft, .notFinite: .badData
    }
  }
}
