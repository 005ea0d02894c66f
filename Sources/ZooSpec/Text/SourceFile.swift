/// A definition's bytes with the path that messages show.
public struct SourceFile: Hashable, Sendable {
  /// The path as the user knows it; it is shown, never opened.
  public let path: String
  /// As read: UTF-8 is checked by the parser, which says where it is not.
  public let bytes: [UInt8]

  /// `path` is for messages and for files named in the definition, relative to it; nothing is read here.
  public init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  /// `path` is for messages and for files named in the definition, relative to it; nothing is read here.
  public init(path: String, text: String) {
    self.init(path: path, bytes: Array(text.utf8))
  }
}

/// A place in a file.
public struct SourcePosition: Hashable, Sendable, Comparable {
  /// Counted from 1.
  public let line: Int
  /// Counted from 1, in Unicode scalars.
  public let column: Int

  /// Line and column count from 1.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// In the order of the text.
  public static func < (left: SourcePosition, right: SourcePosition) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}

/// A stretch of a file; `end` is the position after its last character.
public struct SourceRange: Hashable, Sendable {
  /// The path that messages show.
  public let file: String
  /// Of the first character.
  public let start: SourcePosition
  /// After the last character.
  public let end: SourcePosition

  /// A stretch of one file, with `start` not after `end`.
  public init(file: String, start: SourcePosition, end: SourcePosition) {
    self.file = file
    self.start = start
    self.end = end
  }

  /// The characters from `offset` on, for a range within one line.
  func slice(offset: Int, length: Int) -> SourceRange {
    let first = start.column + offset
    return SourceRange(
      file: file, start: SourcePosition(line: start.line, column: first),
      end: SourcePosition(line: start.line, column: first + length))
  }
}

extension SourceRange: CustomStringConvertible {
  /// `zoo/resnet18.yaml:14:15`
  public var description: String { "\(file):\(start.line):\(start.column)" }
}

/// Where a reader of a file is who passes one character after the other.
struct SourceCursor {
  private var line = 1
  private var column = 1
  private var previous: Unicode.Scalar?

  mutating func pass(_ scalar: Unicode.Scalar) {
    if scalar.isLineBreak {
      if !(scalar == "\n" && previous == "\r") { line += 1 }
      column = 1
    } else {
      column += 1
    }
    previous = scalar
  }

  /// The character that comes next.
  func range(in file: String) -> SourceRange {
    let start = SourcePosition(line: line, column: column)
    return SourceRange(file: file, start: start, end: SourcePosition(line: line, column: column + 1))
  }
}

extension SourceFile {
  /// The text of the file, without a byte order mark.
  ///
  /// - Throws: `DefinitionErrors` at the first byte that is not UTF-8.
  package func text() throws(DefinitionErrors) -> String {
    let text = bytes.starts(with: Self.byteOrderMark) ? bytes[3...] : bytes[...]
    if let valid = String(validating: text, as: UTF8.self) { return valid }
    var decoder = UTF8()
    var rest = text.makeIterator()
    var cursor = SourceCursor()
    while case .scalarValue(let scalar) = decoder.decode(&rest) { cursor.pass(scalar) }
    throw DefinitionErrors([Diagnostic(range: cursor.range(in: path), fault: .invalidUTF8)], sources: [self])
  }

  /// U+FEFF in UTF-8.
  static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// The file's lines, broken where YAML breaks them; bytes that are not UTF-8 are replaced.
  func lines() -> [Substring.UnicodeScalarView] {
    let scalars = Substring(String(decoding: bytes, as: UTF8.self)).unicodeScalars
    var lines: [Substring.UnicodeScalarView] = []
    var start = scalars.startIndex
    if scalars.first == "\u{FEFF}" { start = scalars.index(after: start) }
    var index = start
    while index < scalars.endIndex {
      let scalar = scalars[index]
      var next = scalars.index(after: index)
      if scalar.isLineBreak {
        lines.append(scalars[start..<index])
        if scalar == "\r", next < scalars.endIndex, scalars[next] == "\n" { next = scalars.index(after: next) }
        start = next
      }
      index = next
    }
    lines.append(scalars[start...])
    return lines
  }
}

extension Unicode.Scalar {
  var isLineBreak: Bool {
    switch value {
    case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  /// Whether YAML 1.2 allows the character in a stream (section 5.1).
  var isAllowedInYAML: Bool {
    switch value {
    case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }
}
