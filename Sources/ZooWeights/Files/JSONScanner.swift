/// Reads the little JSON that checkpoints contain, value by value, and accepts nothing else.
///
/// Not `JSONDecoder`: it takes the last of two equal keys without a word, and where readers disagree about which counts,
/// a file means different things to each.
struct JSONScanner {
  private let bytes: [UInt8]
  private(set) var position = 0
  private let base: Int

  /// `base`: where `bytes` begin in the file, for error messages.
  init(_ bytes: [UInt8], base: Int = 0) {
    self.bytes = bytes
    self.base = base
  }

  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  func problem(_ expected: String) -> WeightsProblem {
    .json(JSONProblem(offset: base + position, expected: expected, found: next))
  }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(WeightsProblem) {
    guard accept(character) else { throw problem("'\(character)'") }
  }

  /// Nothing but white space may follow.
  mutating func end() throws(WeightsProblem) {
    skipSpace()
    guard next == nil else { throw problem("the end") }
  }

  /// Calls `member` with each key; it reads the value.
  mutating func object(
    _ member: (inout JSONScanner, String) throws(WeightsProblem) -> Void
  ) throws(WeightsProblem) {
    try expect("{")
    if accept("}") { return }
    var keys: Set<String> = []
    repeat {
      skipSpace()
      let key = try string()
      guard keys.insert(key).inserted else {
        throw .json(JSONProblem(offset: base + position, duplicateKey: key))
      }
      try expect(":")
      try member(&self, key)
    } while accept(",")
    try expect("}")
  }

  mutating func integers(atMost limit: Int) throws(WeightsProblem) -> [Int] {
    try expect("[")
    if accept("]") { return [] }
    var numbers: [Int] = []
    repeat {
      guard numbers.count < limit else { throw problem("at most \(limit) numbers") }
      numbers.append(try integer())
    } while accept(",")
    try expect("]")
    return numbers
  }

  /// A number that is not negative and has neither fraction nor exponent.
  mutating func integer() throws(WeightsProblem) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while let byte = next, (0x30...0x39).contains(byte) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, more) = product.addingReportingOverflow(Int(byte - 0x30))
      guard !overflow, !more else { throw problem("a number below 2^63") }
      value = sum
      position += 1
    }
    let hasLeadingZero = position > start + 1 && bytes[start] == 0x30
    guard position > start, !hasLeadingZero, next != UInt8(ascii: "."), next != UInt8(ascii: "e"),
      next != UInt8(ascii: "E")
    else { throw problem("a whole number that is not negative") }
    return value
  }

  /// Calls `element` for each value of a list; it reads the value.
  mutating func array(_ element: (inout JSONScanner) throws(WeightsProblem) -> Void) throws(WeightsProblem) {
    try expect("[")
    if accept("]") { return }
    repeat { try element(&self) } while accept(",")
    try expect("]")
  }

  /// Whether the next value begins with the character.
  mutating func begins(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    return next == UInt8(ascii: character)
  }

  /// A number of any kind; `nil`, and nothing is read, where the next value is none.
  mutating func numberIfAny() throws(WeightsProblem) -> Double? {
    skipSpace()
    guard let first = next, first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else { return nil }
    let start = position
    while let byte = next, byte.isPartOfNumber || byte | 0x20 == UInt8(ascii: "e") { position += 1 }
    guard let number = Double(String(decoding: bytes[start..<position], as: UTF8.self)), number.isFinite else {
      position = start
      throw problem("a finite number")
    }
    return number
  }

  /// A number that float32 can hold.
  mutating func float() throws(WeightsProblem) -> Float {
    let start = position
    guard let number = try numberIfAny(), Float(number).isFinite else {
      position = start
      throw problem("a number that fits in 32 bits")
    }
    return Float(number)
  }

  /// Passes over a value of any kind that is of no interest. `depth`: how many objects and arrays may lie in each
  /// other.
  mutating func skipValue(depth: Int = 16) throws(WeightsProblem) {
    guard depth > 0 else { throw problem("fewer levels of brackets") }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"):
      try object { (scanner, _) throws(WeightsProblem) in try scanner.skipValue(depth: depth - 1) }
    case UInt8(ascii: "["):
      try expect("[")
      if accept("]") { return }
      repeat { try skipValue(depth: depth - 1) } while accept(",")
      try expect("]")
    case UInt8(ascii: "\""): _ = try string()
    default:
      // A number, true, false or null: which of them does not matter.
      guard !bareWord().isEmpty else { throw problem("a value") }
    }
  }

  /// Letters, digits and signs of numbers, as many as there are.
  mutating func bareWord() -> String {
    let start = position
    while let byte = next, byte.isLetter || byte.isPartOfNumber { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  mutating func string() throws(WeightsProblem) -> String {
    skipSpace()
    try expect("\"")
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(utf8: text) else { throw problem("UTF-8") }
        return string
      case UInt8(ascii: "\\"): text += try escape().utf8
      case 0..<0x20:
        position -= 1
        throw problem("no control character inside a string")
      default: text.append(byte)
      }
    }
    throw problem("the end of a string")
  }

  private mutating func escape() throws(WeightsProblem) -> String {
    guard let byte = next else { throw problem("the end of a string") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return String(UnicodeScalar(byte))
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code) {
        for expected in [UInt8(ascii: "\\"), UInt8(ascii: "u")] {
          guard next == expected else { throw problem("the second half of a surrogate pair") }
          position += 1
        }
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw problem("the second half of a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = UnicodeScalar(code) else { throw problem("a character") }
      return String(Character(scalar))
    default:
      position -= 1
      throw problem("one of \" \\ / b f n r t u after \\")
    }
  }

  private mutating func hexadecimal() throws(WeightsProblem) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw problem("four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}

extension UInt8 {
  fileprivate var isPartOfNumber: Bool {
    (0x30...0x39).contains(self) || [UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: ".")].contains(self)
  }

  fileprivate var isLetter: Bool { (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) }
}

/// Where JSON is not what it must be.
public struct JSONProblem: Hashable, Sendable {
  /// Counted from the beginning of the file.
  public let offset: Int
  /// What should stand there, for a person.
  public let expected: String
  /// The byte that was there; `nil` at the end.
  public let found: UInt8?
  /// The key that an object has twice; then the other fields say nothing.
  public let duplicateKey: String?

  package init(offset: Int, expected: String, found: UInt8?) {
    self.offset = offset
    self.expected = expected
    self.found = found
    duplicateKey = nil
  }

  package init(offset: Int, duplicateKey: String) {
    self.offset = offset
    expected = ""
    found = nil
    self.duplicateKey = duplicateKey
  }
}

extension String {
  /// The text as a JSON string, quotes included.
  var json: String {
    var text = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..<"\u{20}": text += "\\u00" + [UInt8(scalar.value)].hexadecimal
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
