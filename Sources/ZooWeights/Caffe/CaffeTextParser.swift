/// Reads protobuf's text form: `name: value`, `name { … }`, lists in brackets, comments from `#` to the end of a line. Values
/// are not yet numbers: which they must be, the reader of the message knows.
///
/// Nothing recurses deeper than `maximumDepth`, and no file makes more than `maximumFields` fields.
struct CaffeTextParser {
  static let maximumBytes = 16 << 20
  static let maximumDepth = 32
  static let maximumFields = 400_000

  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  private var column = 1
  private var fieldCount = 0

  init(_ bytes: [UInt8]) {
    // A byte order mark is no character.
    self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
  }

  mutating func file() throws(WeightsProblem) -> CaffeMessage {
    var message = CaffeMessage(place: place)
    try fields(into: &message, until: nil, depth: 0)
    return message
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private var place: CaffePlace { .text(line: line, column: column) }

  private mutating func advance() {
    let byte = bytes[position]
    position += 1
    if byte == 0x0A {
      line += 1
      column = 1
    } else if byte & 0xC0 != 0x80 {
      column += 1
    }
  }

  private mutating func skipSpace() {
    while let byte = next {
      if byte == UInt8(ascii: "#") {
        while let byte = next, byte != 0x0A { _ = byte; advance() }
      } else if byte == 0x20 || (0x09...0x0D).contains(byte) {
        advance()
      } else {
        return
      }
    }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: character) else { return false }
    advance()
    return true
  }

  private func problem(_ expected: String) -> WeightsProblem {
    var found = "the end of the file"
    if let next {
      let rest = bytes[position...].prefix(24)
      let word = rest.prefix { $0.isPartOfWord }
      found = word.isEmpty ? CaffeTextParser.shown(next) : "'\(String(decoding: word, as: UTF8.self))'"
    }
    return .caffe(.text(line: line, column: column, expected: expected, found: found))
  }

  private static func shown(_ byte: UInt8) -> String {
    (0x21..<0x7F).contains(byte) ? "'\(UnicodeScalar(byte))'" : "the byte \(byte)"
  }

  /// Fields up to the bracket that ends the message; `nil`: to the end of the file.
  private mutating func fields(
    into message: inout CaffeMessage, until end: Unicode.Scalar?, depth: Int
  ) throws(WeightsProblem) {
    while true {
      skipSpace()
      if let end {
        if accept(end) { return }
        guard next != nil else { throw problem("'\(end)', the end of what begins in \(message.place)") }
      } else if next == nil {
        return
      }
      try field(into: &message, depth: depth)
      _ = accept(",") || accept(";")
    }
  }

  private mutating func field(into message: inout CaffeMessage, depth: Int) throws(WeightsProblem) {
    let start = place
    guard let first = next, first.isLetter || first == UInt8(ascii: "_") else { throw problem("the name of a field") }
    let name = word()
    let hasColon = accept(":")
    skipSpace()
    if hasColon, accept("[") {
      if accept("]") { return }
      repeat { try value(of: name, at: start, hasColon: true, into: &message, depth: depth) } while accept(",")
      guard accept("]") else { throw problem("',' or ']'") }
    } else {
      try value(of: name, at: start, hasColon: hasColon, into: &message, depth: depth)
    }
  }

  private mutating func value(
    of name: String, at start: CaffePlace, hasColon: Bool, into message: inout CaffeMessage, depth: Int
  ) throws(WeightsProblem) {
    skipSpace()
    fieldCount += 1
    guard fieldCount <= Self.maximumFields else { throw problem("at most \(Self.maximumFields) fields") }
    let value: CaffeMessage.Value
    switch next {
    case UInt8(ascii: "{"), UInt8(ascii: "<"):
      guard depth < Self.maximumDepth else { throw problem("at most \(Self.maximumDepth) messages in each other") }
      let end: Unicode.Scalar = next == UInt8(ascii: "{") ? "}" : ">"
      var inner = CaffeMessage(place: start)
      advance()
      try fields(into: &inner, until: end, depth: depth + 1)
      value = .message(inner)
    case _ where !hasColon: throw problem("':' or '{' after '\(name)'")
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      var text = try string()
      skipSpace()
      // Strings that stand beside each other are one.
      while next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") {
        text += try string()
        skipSpace()
      }
      guard let text = String(utf8: text) else { throw problem("UTF-8 in the string before") }
      value = .text(text)
    case UInt8(ascii: "-"):
      advance()
      skipSpace()
      guard let byte = next, byte.isPartOfWord else { throw problem("a number after '-'") }
      value = .word("-" + word())
    case .some(let byte) where byte.isPartOfWord: value = .word(word())
    default: throw problem("the value of '\(name)'")
    }
    message.fields.append(CaffeMessage.Field(name: name, value: value, place: start))
  }

  /// Letters, digits and what numbers have besides, the sign of an exponent included.
  private mutating func word() -> String {
    let start = position
    while let byte = next {
      let isSign = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
      let followsExponent =
        position > start && (bytes[position - 1] | 0x20) == UInt8(ascii: "e")
        && (bytes[start].isDigit || bytes[start] == UInt8(ascii: "."))
      guard byte.isPartOfWord || isSign && followsExponent else { break }
      advance()
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// A string in either kind of quotes.
  private mutating func string() throws(WeightsProblem) -> [UInt8] {
    guard let quote = next else { throw problem("a string") }
    advance()
    var text: [UInt8] = []
    while let byte = next {
      switch byte {
      case quote:
        advance()
        return text
      case 0x0A: throw problem("the end of the string before the end of the line")
      case UInt8(ascii: "\\"):
        advance()
        text += try escape()
      default:
        text.append(byte)
        advance()
      }
    }
    throw problem("the end of the string")
  }

  /// What stands for a character after a backslash.
  private mutating func escape() throws(WeightsProblem) -> [UInt8] {
    guard let byte = next else { throw problem("the end of the string") }
    let plain: [UInt8: UInt8] = [
      UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09, UInt8(ascii: "a"): 0x07,
      UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "v"): 0x0B, UInt8(ascii: "\\"): byte,
      UInt8(ascii: "'"): byte, UInt8(ascii: "\""): byte, UInt8(ascii: "?"): byte,
    ]
    if let character = plain[byte] {
      advance()
      return [character]
    }
    if (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) { return [try digits(atMost: 3, radix: 8)] }
    if byte | 0x20 == UInt8(ascii: "x") {
      advance()
      return [try digits(atMost: 2, radix: 16)]
    }
    throw problem("one of n r t a b f v \\ ' \" ? x or three octal digits after '\\'")
  }

  private mutating func digits(atMost count: Int, radix: Int) throws(WeightsProblem) -> UInt8 {
    var (value, found) = (0, 0)
    while found < count, let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue, digit < radix {
      value = value * radix + digit
      found += 1
      advance()
    }
    guard found > 0, let byte = UInt8(exactly: value) else {
      throw problem("a byte in \(radix == 8 ? "octal" : "hexadecimal")")
    }
    return byte
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }

  fileprivate var isLetter: Bool { (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) }

  fileprivate var isPartOfWord: Bool {
    isDigit || isLetter || self == UInt8(ascii: "_") || self == UInt8(ascii: ".")
  }
}
