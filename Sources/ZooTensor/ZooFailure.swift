/// What every error of zoo's is: a value that says in a category what kind of thing went wrong, in its cases and payloads
/// what, and in words what to do about it.
///
/// The words name no button of any program. A program that has some puts its own remedy in the place of `remedy`.
///
///     do {
///       print(try Model("resnet18").classify(path: "cat.jpg")[0].label)
///     } catch let failure as any ZooFailure {
///       reply(status: failure.category == .inputMissing ? 404 : 422, "\(failure)")
///     }
public protocol ZooFailure: Error, CustomStringConvertible {
  /// What kind of thing went wrong.
  var category: FailureCategory { get }

  /// What can be done, in terms of the library; `nil` where the rest of the words says so, or nothing can. Where there is one,
  /// `description` ends with it.
  var remedy: String? { get }
}

extension ZooFailure {
  /// What can be done about it; `description` ends with it.
  public var remedy: String? { nil }

  /// The words with another remedy in place of the library's; where that has none, after them.
  public func description(remedy other: String) -> String {
    let words = description
    guard let remedy, words.hasSuffix(remedy) else { return "\(words); \(other)" }
    return words.dropLast(remedy.count) + other
  }
}

/// What kind of thing went wrong, for a program's exit status or a server's response.
public enum FailureCategory: Hashable, Sendable, CaseIterable {
  /// What was asked for makes no sense.
  case usage
  /// A file, or what was given in its place, is not what it should be.
  case badData
  /// There is nothing of the name.
  case inputMissing
  /// The model has no weights on this machine.
  case weightsUnavailable
  /// A file cannot be made, or is there already.
  case cannotCreate
  /// The operating system would not read or write.
  case inputOutput
  /// Too much is asked for at once; the same later may do.
  case busy
  /// A fault of zoo's own.
  case internalError

  /// `nil` for errors that are not zoo's.
  public init?(of error: any Error) {
    guard let failure = error as? any ZooFailure else { return nil }
    self = failure.category
  }
}
