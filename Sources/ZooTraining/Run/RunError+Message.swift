extension RunError: CustomStringConvertible {
  /// One sentence; for a recipe, all that is wrong with it.
  public var message: String {
    switch self {
    case .file(let error): "\(error)"
    case .runExists(let path): "\(path): a run is in this folder already; choose another, or go on with it"
    case .noRun(let path): "\(path): no run is in this folder; it has no '\(RunFolder.recipeName)'"
    case .notFolder(let path): "\(path): this is no folder"
    case .recipe(let errors): "\(errors)"
    case .log(let line):
      "line \(line) of '\(RunFolder.logName)' is not what zoo writes; a row has the epoch, the step and seven numbers"
    case .tooLarge(let path, let limit): "\(path): the file has more than \(limit) bytes, which no run writes"
    case .tooManyClasses(let count, let limit):
      "a picture of the confusion matrix has at most \(limit) classes, and there are \(count)"
    }
  }

  /// The message for a person, with the file's path.
  public var description: String { message }
}
