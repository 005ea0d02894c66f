extension AdversaryError: CustomStringConvertible {
  /// The message for a person, with what was asked for and what is possible.
  public var description: String {
    switch self {
    case .epsilon(let epsilon):
      "the largest change of a sample is \(epsilon) levels; expected 1 to 255, of the 0 to 255 that a pixel has"
    case .steps(let steps):
      "an attack of \(steps) steps; expected at least 1"
    case .stepSize(let size):
      "a step of \(size) levels; expected a number above 0"
    case .confidence(let confidence):
      "a confidence of \(confidence); expected a probability from 0 to 1"
    case .slides(let model, let places):
      "\(model) slides and answers at \(places) places; attack the classifier that it was made from, or with an input of its window's size"
    case .alreadyTarget(let index, let label):
      "the picture is taken for class \(index), \(label), already; choose another target"
    case .noTarget:
      "a picture from noise needs a class that it is to be taken for"
    case .classCount(let pictures, let classes):
      "\(classes) classes for \(pictures) pictures; expected one for each"
    case .notPassed(let model, let preprocessing):
      "the preprocessing of \(model) (\(preprocessing)) changes a picture that it has resized itself, so that no file would show the network exactly these pixels"
    case .gradientNotFinite(let model):
      "a gradient of \(model) is not a number or infinite; its weights or this picture lead beyond float32"
    }
  }
}
