import Testing
import ZooSpec

/// Integer arithmetic over parameters.
struct ExpressionTests {
  static let environment = Environment(
    file: ["n": .integer(7), "width": .integer(64), "flag": .boolean(true), "kind": .string("basic")],
    local: ["n": .integer(3), "i": .integer(0)])

  @Test(
    arguments: [
      ("$n", .integer(3)), ("$flag", .boolean(true)), ("$kind", .string("basic")), ("$width * ($i + 1)", .integer(64)),
      ("1 + 2 * 3 - 4", .integer(3)), ("12 / 3 / 2", .integer(2)), ("10 - 3 - 2", .integer(5)),
      ("-$n - -2", .integer(-1)), ("-(2 + 3) * 2", .integer(-10)), ("-6 / 4 * 0 + 1 - 1", nil), ("( $n )", .integer(3)),
      ("$n$n", nil), ("$missing", nil), ("$flag * 1", nil), ("7 / 2", nil), ("1 / ($n - 3)", nil), ("2 *", nil),
      ("", nil), ("$", nil), ("3 $", nil), ("$n)", nil), ("9007199254740991", .integer(9_007_199_254_740_991)),
      ("9007199254740991 + 1", nil), ("9007199254740992", nil), ("-9007199254740991 - 1", nil),
      ("3000000000 * 3000000000 * 3000000000", nil), ("$n * \u{FF13}", nil), ("$width*$n-$i/1", .integer(192)),
    ] as [(String, ScalarValue?)])
  func `an expression has its value, or none`(text: String, value: ScalarValue?) {
    let found = try? Expression(text).value(in: Self.environment)
    #expect(found == value, "\(text)")
  }
}
