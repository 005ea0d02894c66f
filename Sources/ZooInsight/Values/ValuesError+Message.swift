extension ValuesError: CustomStringConvertible {
  /// The message for a person, with the file or layer and what was expected and found.
  public var description: String {
    switch self {
    case .noPictures(let path, nil):
      "\(path): no JPEG or PNG file and no IDX or CIFAR data set in the folder; name one that has pictures"
    case .noPictures(let path, let split?):
      "\(path): the folder has parts, and none for '\(split)' with a picture; choose another part"
    case .part(let number, let count, let pictures):
      "there is no part \(number) of \(count) of \(pictures) \(pictures == 1 ? "picture" : "pictures"); parts are numbered from 1, and each has at least one picture"
    case .noPictureLeft(let path):
      "\(path): none of the pictures could be read, so there is nothing to look at"
    case .notFinite(let layer, let unit, let picture):
      "\(picture): unit \(unit) of '\(layer)' answers with a number that is not finite; check the weights and the preprocessing"
    case .noRectifier(let model):
      "\(model) has no layer that is a ReLU or one of its relatives; name the layer whose units are to be counted"
    case .noFilters(let layer, let what, let nearest):
      "'\(layer)' has no filters, it is \(what); the nearest layers that have: \(nearest.joined(separator: ", "))"
    case .withoutFilters(let model):
      "\(model) has no convolution and no fully connected layer, so there are no filters to draw"
    }
  }
}
