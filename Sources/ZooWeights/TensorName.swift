/// What is wrong with the name of a tensor.
///
/// Names become file names and command-line arguments, so those that could leave a directory or hide something are
/// refused on the way in and on the way out.
public enum NameProblem: Hashable, Sendable {
  case empty
  case tooLong(String)
  case notUTF8(String)
  case controlCharacter(String)
  case parentDirectory(String)
  case absolute(String)
  case duplicate(String)

  /// In bytes of UTF-8.
  package static let maximumLength = 1024

  /// `nil` when `name` may name a tensor.
  package init?(_ name: String) {
    if name.isEmpty {
      self = .empty
    } else if name.utf8.count > Self.maximumLength {
      self = .tooLong(name)
    } else if name.unicodeScalars.contains(where: \.isControl) {
      self = .controlCharacter(name)
    } else if zip(name.utf8, name.utf8.dropFirst()).contains(where: { $0 == UInt8(ascii: ".") && $1 == $0 }) {
      self = .parentDirectory(name)
    } else if name.utf8.first == UInt8(ascii: "/") {
      self = .absolute(name)
    } else {
      return nil
    }
  }
}

extension Unicode.Scalar {
  /// Whether the scalar's general category is Cc.
  var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
