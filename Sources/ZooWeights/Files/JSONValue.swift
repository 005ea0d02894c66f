/// A document of JSON in memory. Keys must differ, as everywhere that zoo reads JSON; brackets are nested 128 deep at most.
package enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  /// `NaN` and `Infinity`, which Python writes, are read too.
  case number(Double)
  case string(String)
  case array([JSONValue])
  /// In the order of the file.
  case object([Member])

  /// A key and its value.
  package struct Member: Hashable, Sendable {
    package var key: String
    package var value: JSONValue

    /// Nothing is checked.
    package init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  private static let maximumDepth = 128

  /// - Throws: `WeightsProblem.json` where the text is not JSON, or something follows it.
  package init(_ bytes: [UInt8]) throws(WeightsProblem) {
    var scanner = JSONScanner(bytes)
    self = try scanner.value(depth: Self.maximumDepth)
    try scanner.end()
  }

  /// The value of a key; `nil` where there is none, or the value is not an object.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The element at `index`; `nil` outside of the array, or where the value is none.
  package subscript(index: Int) -> JSONValue? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  package var string: String? { if case .string(let text) = self { text } else { nil } }
  package var number: Double? { if case .number(let number) = self { number } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
  package var object: [Member]? { if case .object(let members) = self { members } else { nil } }
  package var isNull: Bool { self == .null }
  /// A number without a fraction.
  package var integer: Int? { number.flatMap { Int(exactly: $0) } }
}

extension JSONScanner {
  /// A value of any kind. `depth`: how many objects and arrays may lie in each other.
  mutating func value(depth: Int) throws(WeightsProblem) -> JSONValue {
    guard depth > 0 else { throw problem("fewer levels of brackets") }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"):
      var members: [JSONValue.Member] = []
      try object { (scanner, key) throws(WeightsProblem) in
        members.append(.init(key: key, value: try scanner.value(depth: depth - 1)))
      }
      return .object(members)
    case UInt8(ascii: "["):
      var elements: [JSONValue] = []
      try expect("[")
      if accept("]") { return .array([]) }
      repeat { elements.append(try value(depth: depth - 1)) } while accept(",")
      try expect("]")
      return .array(elements)
    case UInt8(ascii: "\""): return .string(try string())
    default: return try word()
    }
  }

  private mutating func word() throws(WeightsProblem) -> JSONValue {
    let text = bareWord()
    switch text {
    case "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "NaN": return .number(.nan)
    case "Infinity": return .number(.infinity)
    case "-Infinity": return .number(-.infinity)
    default: break
    }
    // What Swift takes and JSON does not: a word, a plus sign, hexadecimal digits.
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") }
    guard let first = digits.first, (0x30...0x39).contains(first), !text.utf8.contains(UInt8(ascii: "x")),
      text.utf8.count - digits.count <= 1, let number = Double(text)
    else { throw problem("a value") }
    return .number(number)
  }
}
