/// The value of a scalar under the core schema of YAML 1.2 (section 10.3.2): `no`, `on` and `1:30` are strings.
package enum YAMLScalar: Hashable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  /// An integer beyond 64 bits.
  case hugeInteger
  case number(Double)
  case string(String)

  /// The value of a scalar written without quotes.
  init(plain text: String) {
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE": self = .boolean(true)
    case "false", "False", "FALSE": self = .boolean(false)
    case ".nan", ".NaN", ".NAN": self = .number(.nan)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": self = .number(.infinity)
    case "-.inf", "-.Inf", "-.INF": self = .number(-.infinity)
    default: self = YAMLScalar.numeral(text) ?? .string(text)
    }
  }

  /// The integer, also when it is written as `3.0`, as JSON Schema has it.
  var integer: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    case .null, .boolean, .hugeInteger, .string: nil
    }
  }

  private static func numeral(_ text: String) -> YAMLScalar? {
    let bytes = Array(text.utf8)
    if bytes.starts(with: Array("0o".utf8)) || bytes.starts(with: Array("0x".utf8)) {
      let digits = text.dropFirst(2)
      let radix = text.hasPrefix("0o") ? 8 : 16
      guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.hexDigitValue ?? 16) < radix }) else { return nil }
      return Int(digits, radix: radix).map(YAMLScalar.integer) ?? .hugeInteger
    }
    var index = bytes.first == UInt8(ascii: "+") || bytes.first == UInt8(ascii: "-") ? 1 : 0
    func skipDigits() -> Int {
      let start = index
      while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) { index += 1 }
      return index - start
    }
    let whole = skipDigits()
    if index == bytes.count { return whole == 0 ? nil : Int(text).map(YAMLScalar.integer) ?? .hugeInteger }
    var fraction = 0
    if bytes[index] == UInt8(ascii: ".") {
      index += 1
      fraction = skipDigits()
    }
    guard whole + fraction > 0 else { return nil }
    if index < bytes.count, bytes[index] == UInt8(ascii: "e") || bytes[index] == UInt8(ascii: "E") {
      index += 1
      if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index += 1 }
      guard skipDigits() > 0 else { return nil }
    }
    guard index == bytes.count else { return nil }
    return Double(text).map(YAMLScalar.number)
  }
}
