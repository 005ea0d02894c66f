import ZooTensor

/// Why batches cannot be made of a data set. The words are in `TrainingDataError+Message.swift`.
public enum TrainingDataError: Error, Hashable, Sendable {
  /// There is nothing to make batches of.
  case noPictures
  /// None of the pictures could be used; the first is named with the reason.
  case allBad(count: Int, first: BadPicture)
  case batchSize(Int)
  /// A picture's class is not one of the network's.
  case label(name: String, label: Int, classes: Int)
  /// The network's input is no `[channels, height, width]` with the channels of its preprocessing.
  case input(Shape, channels: Int)
  /// A picture that is neither resized nor cropped to the network's input.
  case pictureSize(name: String, found: Extent, expected: Extent)
}

/// A picture that cannot be used.
public struct BadPicture: Hashable, Sendable {
  /// Its place in the data.
  public let index: Int
  /// The file's name within the data set.
  public let name: String
  /// What is wrong, in words that begin with its file.
  public let reason: String
}
