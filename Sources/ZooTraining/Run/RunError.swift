import ZooSpec
import ZooWeights

/// What is wrong with a run folder. The words are in `RunError+Message.swift`.
public enum RunError: Error, Hashable, Sendable {
  /// The operating system would not read or write a file of it.
  case file(WeightsError)
  /// A folder that has a run already.
  case runExists(String)
  /// A folder that has none.
  case noRun(String)
  /// There is something of that name, and it is no folder.
  case notFolder(String)
  /// Its recipe cannot be read.
  case recipe(DefinitionErrors)
  /// A line of the log is not what zoo writes.
  case log(line: Int)
  /// A file is larger than any that zoo writes.
  case tooLarge(String, limit: Int)
  /// More classes than a picture of the confusion matrix can show.
  case tooManyClasses(Int, limit: Int)
}
