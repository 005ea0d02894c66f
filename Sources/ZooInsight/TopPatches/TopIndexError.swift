import ZooKit

/// Why an index of the patches that excite units cannot be read, gone on with or merged. The words are in
/// `TopIndexError+Message.swift`.
public enum TopIndexError: Error, Sendable, Hashable {
  /// What two indexes, or an index and what is asked for, do not agree on.
  public enum Field: String, Sendable, Hashable, CaseIterable {
    case model, weights, layer, numerics
    case count = "number of patches"
    case pictures
  }

  /// A file that does not begin as an index does.
  case notAnIndex(path: String)
  case version(Int, path: String)
  /// A file that is not as it was written, or that no program wrote so.
  case damaged(path: String, what: String)
  /// An index that is not complete, where one that is is needed.
  case incomplete(path: String, done: Int, of: Int)
  /// The file holds an index of something else; `isBegun` for one that was interrupted.
  case ofSomethingElse(path: String, differences: [Field], isBegun: Bool)
  /// Indexes that cannot be merged, because they are of different things.
  case differ([String], differences: [Field])
  /// A picture that both of two indexes have counted.
  case pictureInBoth(String)
  /// Fewer than two indexes were given to be merged.
  case nothingToMerge
  /// A number of patches for each unit that is not kept.
  case count(Int)
  /// The layer has more units or positions than an index holds, or there are more pictures.
  case tooLarge(layer: String, shape: String, pictures: Int)
  /// A name, of which this is the beginning, that is longer than an index holds.
  case nameTooLong(String)
  /// A picture of the index that is not in the folder, or is another there.
  case pictureMissing(String, folder: String)
}

extension TopIndexError: ZooFailure {
  /// What kind of failure it is.
  public var category: FailureCategory {
    switch self {
    case .nothingToMerge, .count, .tooLarge, .nameTooLong: .usage
    case .ofSomethingElse(_, _, isBegun: false): .cannotCreate
    case .notAnIndex, .version, .damaged, .incomplete, .ofSomethingElse, .differ, .pictureInBoth, .pictureMissing:
      .badData
    }
  }
}
