extension TrainingDataError: CustomStringConvertible {
  /// The message for a person, with the picture and what was expected and found.
  public var description: String {
    switch self {
    case .noPictures:
      "there are no pictures to make batches of"
    case .allBad(1, let first):
      "the only picture cannot be used: \(first.reason)"
    case .allBad(let count, let first):
      "none of the \(count) pictures can be used, the first because \(first.reason)"
    case .batchSize(let size):
      "a batch of \(size) pictures; give a number above 0"
    case .label(let name, let label, let classes):
      "\(name): the picture is of class \(label), but there are classes 0 to \(classes - 1)"
    case .input(let shape, let channels):
      "the network takes \(shape), but pictures become \(channels) × height × width"
    case .pictureSize(let name, let found, let expected):
      "\(name): the picture becomes \(found) (height × width), but the network takes \(expected); let 'preprocess:' resize or crop pictures to that"
    }
  }
}
