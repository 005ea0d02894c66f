/// What is wrong with a data set that is to be trained on.
public enum DataSetProblem: Error, Hashable, Sendable {
  /// Folders of classes without a JPEG or PNG file.
  case emptyClasses(path: String, [String])
  /// Folders of the pictures for validation that are no class of the training data.
  case unknownClasses(path: String, [String])
  /// A record has a label that the format does not have.
  case labelOutOfRange(path: String, index: Int, label: Int, classes: Int)
  /// A share that is held out for validation.
  case share(Double)
}

extension DataSetProblem: CustomStringConvertible {
  /// What is wrong, for a person, with the folder or file.
  public var description: String {
    switch self {
    case .emptyClasses(let path, let names):
      "\(path): no JPEG or PNG file in the \(folders(names)); put pictures there, or remove \(names.count == 1 ? "the folder" : "the folders")"
    case .unknownClasses(let path, let names):
      "\(path): the training data has no class like the \(folders(names)); rename \(names.count == 1 ? "it" : "them"), or add pictures for training"
    case .labelOutOfRange(let path, let index, let label, let classes):
      "\(path): record \(index) has the label \(label); there are labels 0 to \(classes - 1)"
    case .share(let share):
      "\(share) of the pictures cannot be held out for validation; give a share from 0 to 0.9"
    }
  }

  private func folders(_ names: [String]) -> String {
    let words = names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
    let more = names.count > 3 ? " and \(names.count - 3) more" : ""
    return "\(names.count == 1 ? "folder" : "folders") \(words)\(more)"
  }
}
