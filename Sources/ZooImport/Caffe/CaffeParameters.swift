import ZooTensor
import ZooWeights

/// The fields of one of a layer's messages as what they must be.
struct CaffeParameters {
  let file: String
  let message: CaffeMessage

  /// - Throws: `ImportError.invalid` naming the line and what was found.
  func integer(_ name: String, in range: ClosedRange<Int> = 0...1 << 30) throws -> Int? {
    try integers(name, in: range).last
  }

  func integers(_ name: String, in range: ClosedRange<Int> = 0...1 << 30) throws -> [Int] {
    try message.all(name).map { field in
      guard case .word(let word) = field.value, let number = Self.integer(word), range.contains(number) else {
        throw invalid(field, "a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }
  }

  func number(_ name: String) throws -> Double? { try numbers(name).last }

  func numbers(_ name: String) throws -> [Double] {
    try message.all(name).map { field in
      guard case .word(let word) = field.value, let number = Self.number(word), number.isFinite else {
        throw invalid(field, "a finite number")
      }
      return number
    }
  }

  func boolean(_ name: String) throws -> Bool? {
    guard let field = message.all(name).last else { return nil }
    switch field.value {
    case .word("true"), .word("t"), .word("True"), .word("1"): return true
    case .word("false"), .word("f"), .word("False"), .word("0"): return false
    default: throw invalid(field, "true or false")
    }
  }

  /// One of an enumeration's cases; `cases` are in the order of their numbers.
  func choice(_ name: String, _ cases: [String]) throws -> String? {
    guard let field = message.all(name).last else { return nil }
    guard case .word(let word) = field.value else { throw invalid(field, cases.joined(separator: ", ")) }
    if cases.contains(word) { return word }
    guard let number = Self.integer(word), cases.indices.contains(number) else {
      throw invalid(field, "one of \(cases.joined(separator: ", "))")
    }
    return cases[number]
  }

  func texts(_ name: String) throws -> [String] {
    try message.all(name).map { field in
      guard case .text(let text) = field.value else { throw invalid(field, "a string in quotes") }
      return text
    }
  }

  func text(_ name: String) throws -> String? { try texts(name).last }

  /// The message in the fields of that name; empty where there is none.
  func parameters(_ name: String) throws -> CaffeParameters {
    if let field = message.all(name).first(where: { if case .message = $0.value { false } else { true } }) {
      throw invalid(field, "a message in { }")
    }
    return CaffeParameters(file: file, message: message.merged(name) ?? CaffeMessage(place: message.place))
  }

  /// The messages in the fields of that name, each for itself.
  func each(_ name: String) throws -> [CaffeParameters] {
    try message.all(name).map { field in
      guard case .message(let message) = field.value else { throw invalid(field, "a message in { }") }
      return CaffeParameters(file: file, message: message)
    }
  }

  /// The fields that have none of these names.
  func others(than known: Set<String>) -> [CaffeMessage.Field] {
    message.fields.filter { !known.contains($0.name) }
  }

  func invalid(_ field: CaffeMessage.Field, _ expected: String) -> ImportError {
    let found =
      switch field.value {
      case .word(let word): "'\(word)'"
      case .text(let text): "the string \"\(text.prefix(80))\""
      case .message: "a message in { }"
      }
    return .invalid(
      file: file, place: "\(field.place)", reason: "\(field.name) must be \(expected); it is \(found)")
  }

  /// Decimal, octal or hexadecimal.
  private static func integer(_ word: String) -> Int? {
    let digits = word.hasPrefix("-") ? String(word.dropFirst()) : word
    let value: Int?
    if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
      value = Int(digits.dropFirst(2), radix: 16)
    } else if digits.hasPrefix("0"), digits.count > 1 {
      value = Int(digits, radix: 8)
    } else {
      value = Int(digits)
    }
    guard let value, value >= 0 else { return nil }
    return word.hasPrefix("-") ? -value : value
  }

  /// With or without the `f` of a float. What a float holds is meant: the shortest decimal of it.
  private static func number(_ word: String) -> Double? {
    let word = word.last == "f" && !word.hasPrefix("0x") ? String(word.dropLast()) : word
    guard let number = Double(word), Float(number).isFinite else { return nil }
    return number
  }
}
