extension FeaturesError: CustomStringConvertible {
  /// The message for a person, with the file or layer and what was expected and found.
  public var description: String {
    switch self {
    case .notAnArrayName(let path):
      "'\(path)': a file of codes has a name that ends in .npy"
    case .begunWithOthers(let path, let differences):
      "\(path): codes were begun of something else: " + differences.map(\.words).joined(separator: "; ")
    case .begunDamaged(let path):
      "\(path): what is here of codes that were begun does not belong together"
    case .noPictureLeft(let data):
      "\(data): no picture can be read, so there are no codes"
    case .elementType(let path, let found):
      "\(path): codes are float32 numbers; found \(found.rawValue)"
    case .columnMajor(let path):
      "\(path): column-major ('fortran_order': True); codes are written row by row"
    case .shape(let path, let found):
      "\(path): codes have the shape pictures×numbers, both at least 1; found \(found)"
    case .keysMissing(let path, let codes):
      "\(path): not there; it says for each row of \(codes) which picture and class it is of: a path, a tab, the class"
    case .notARecord(let path):
      "\(path): not what is written beside codes to say what they were made of; remove it, or make the codes again"
    case .inFile(let path, let error):
      "\(path): \(error)"
    case .filesDiffer(let path, let first, let difference):
      "\(path): not to be joined with \(first): \(difference.field) is \(difference.now), there \(difference.before)"
    case .changed(let path, let difference):
      "\(path): the \(difference.field) of the codes: \(difference.before), now \(difference.now); make the codes again"
    case .weightsWithoutNetwork:
      "nothing says which network the weights are of; name it too"
    case .classes(let data, let error):
      "\(data): \(error)"
    case .limit(let found, let classes):
      "cannot look at \(found) pictures; choose at least 2 for each of the \(classes) classes"
    }
  }
}

extension FeaturesRecord.Difference {
  /// `layer fc6, now fc7`
  fileprivate var words: String { "\(field) \(before), now \(now)" }
}

extension HeadObstacle: CustomStringConvertible {
  /// Why a network's last layer cannot be replaced, for a person.
  public var description: String {
    switch self {
    case .networkUnknown:
      "nothing says which network made the codes"
    case .notLinear(let model):
      "the class scores of \(model) are no linear function of one layer's numbers"
    case .otherLayer(let model, let layer, let isPooled, let expected):
      "the last layer of \(model) reads '\(expected)', and the codes are \(isPooled ? "means of the maps of" : "of") '\(layer)'"
    case .width(let model, let layer, let expected, let found):
      "the last layer of \(model) reads '\(layer)', which has \(expected) numbers, and the codes have \(found)"
    case .noBias(let model, let layer):
      "the last layer of \(model), '\(layer)', has no bias"
    }
  }
}
