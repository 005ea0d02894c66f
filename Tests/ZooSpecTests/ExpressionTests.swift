import Testing
import ZooSpec

/// Integer arithmetic over parameters.
struct ExpressionTests {
  static let environment = Environment(
    file: ["n": .integer(7), "width": .integer(64), "flag": .boolean(true), "kind": .string("basic")],
    local: ["n": .integer(3), "i": .integer(0), "rate": .number(0.5)], input: .channels(24))

  @Test(
    arguments: [
      ("$n", .integer(3)), ("$flag", .boolean(true)), ("$kind", .string("basic")), ("$width * ($i + 1)", .integer(64)),
      ("1 + 2 * 3 - 4", .integer(3)), ("12 / 3 / 2", .integer(2)), ("10 - 3 - 2", .integer(5)),
      ("-$n - -2", .integer(-1)), ("-(2 + 3) * 2", .integer(-10)), ("-6 / 4 * 0 + 1 - 1", nil), ("( $n )", .integer(3)),
      ("$n$n", nil), ("$missing", nil), ("$flag * 1", nil), ("7 / 2", nil), ("1 / ($n - 3)", nil), ("2 *", nil),
      ("", nil), ("$", nil), ("3 $", nil), ("$n)", nil), ("9007199254740991", .integer(9_007_199_254_740_991)),
      ("9007199254740991 + 1", nil), ("9007199254740992", nil), ("-9007199254740991 - 1", nil),
      ("3000000000 * 3000000000 * 3000000000", nil), ("$n * \u{FF13}", nil), ("$width*$n-$i/1", .integer(192)),
      ("$in / 4", .integer(6)), ("$n == 3", .boolean(true)), ("$n != 3", .boolean(false)),
      ("$n + 1 <= 2 * 2", .boolean(true)), ("$n < 3", .boolean(false)), ("$n >= 3", .boolean(true)),
      ("$rate > 0", .boolean(true)), ("$rate * 3", .number(1.5)), ("1 - $rate", .number(0.5)),
      ("0.25 + 1", .number(1.25)),
      ("not $flag", .boolean(false)), ("not not $flag", .boolean(true)), ("not $n == 3", .boolean(false)),
      ("$n == 3 and $i == 0", .boolean(true)), ("$n == 2 or $flag", .boolean(true)),
      ("$n == 3 or $n == 4 and $i == 1", .boolean(true)), ("($n == 3 or $n == 4) and $i == 1", .boolean(false)),
      ("$i != 0 and 4 / $i == 2", .boolean(false)), ("$i == 0 or 4 / $i == 2", .boolean(true)),
      ("$n and $flag", nil), ("$flag == 1", nil), ("$kind == 1", nil), ("1 < $n < 4", nil), ("$n = 3", nil),
      ("$n ==", nil), ("not", nil), ("and $flag", nil), ("n + 1", nil), ("$rate / 0", nil), ("1. + $n", nil),
      (".5 * $n", nil), ("$n == 3 andor $flag", nil),
    ] as [(String, ScalarValue?)])
  func `an expression has its value, or none`(text: String, value: ScalarValue?) {
    let found = try? Expression(text).value(in: Self.environment)
    #expect(found == value, "\(text)")
  }

  @Test func `where a decimal number is wanted, a division may leave a remainder`() throws {
    let rate = try Expression("0.2 * $n / 16 + $i / 2").value(in: Self.environment, isDecimal: true)
    #expect(rate == .number(0.2 * 3 / 16))
    #expect(try Expression("$n / 2").value(in: Self.environment, isDecimal: true) == .number(1.5))
    #expect(try Expression("$n").value(in: Self.environment, isDecimal: true) == .integer(3))
  }

  @Test func `in names a parameter may stand without a dollar sign`() throws {
    #expect(try Expression("i + 1", isBare: true).value(in: Self.environment) == .integer(1))
    #expect(try Expression("$n * width", isBare: true).value(in: Self.environment) == .integer(192))
    #expect(throws: Expression.Failure.self) { try Expression("i + and", isBare: true) }
  }
}
