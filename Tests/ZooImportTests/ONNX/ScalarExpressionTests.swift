import Testing
import ZooImport
import ZooTensor

struct ScalarExpressionTests {
  private let x = ScalarExpression(.leaf, node: 0)
  private static func number(_ value: Double) -> ScalarExpression { ScalarExpression(.constant(value), node: 0) }
  private static func of(_ function: ScalarExpression.Unary, _ x: ScalarExpression) -> ScalarExpression {
    ScalarExpression(.unary(function, x), node: 1)
  }
  private static func of(
    _ function: ScalarExpression.Binary, _ x: ScalarExpression, _ y: ScalarExpression
  ) -> ScalarExpression {
    ScalarExpression(.binary(function, x, y), node: 1)
  }
  /// Of the leaf, by the first cut that there is one of.
  private static func activation(_ expression: ScalarExpression) -> Activation? {
    expression.cuts.lazy.compactMap { expression.activation(of: $0) }.first
  }

  @Test("an activation is recognised in the ways in which exporters write it")
  func spellings() {
    let six = Self.of(.function(.clamp(lower: 0, upper: 6)), Self.of(.add, x, Self.number(3)))
    #expect(Self.activation(Self.of(.divide, Self.of(.multiply, x, six), Self.number(6))) == .hardswish)
    #expect(Self.activation(Self.of(.multiply, six, Self.number(1 / 6))) == .hardsigmoid)
    #expect(Self.activation(Self.of(.multiply, x, Self.of(.function(.sigmoid), x))) == .silu)
    let inverse = Self.of(.exp, Self.of(.negative, x))
    #expect(Self.activation(Self.of(.divide, x, Self.of(.add, Self.number(1), inverse))) == .silu)
    #expect(Self.activation(Self.of(.reciprocal, Self.of(.add, inverse, Self.number(1)))) == .sigmoid)
    let error = Self.of(.add, Self.of(.erf, Self.of(.divide, x, Self.number(1.4142135))), Self.number(1))
    #expect(Self.activation(Self.of(.multiply, Self.of(.multiply, x, error), Self.number(0.5))) == .gelu)
    #expect(Self.activation(Self.of(.multiply, Self.of(.multiply, Self.number(0.5), x), error)) == .gelu)
    let half = Self.of(.add, Self.of(.erf, Self.of(.divide, x, Self.number(1.4140625))), Self.number(1))
    #expect(Self.activation(Self.of(.multiply, Self.of(.multiply, x, half), Self.number(0.5))) == .gelu)
    let cube = Self.of(.multiply, Self.number(0.044715), Self.of(.power, x, Self.number(3)))
    let bent = Self.of(
      .function(.tanh), Self.of(.multiply, Self.number(0.7978845608), Self.of(.add, x, cube)))
    let share = Self.of(.add, bent, Self.number(1))
    #expect(
      Self.activation(Self.of(.multiply, Self.of(.multiply, x, Self.number(0.5)), share)) == .geluTanh)
    #expect(
      Self.activation(Self.of(.maximum, x, Self.of(.multiply, x, Self.number(0.125)))) == .leakyRelu(slope: 0.125))
    #expect(
      Self.activation(Self.of(.minimum, Self.of(.maximum, x, Self.number(0)), Self.number(6)))
        == .clamp(lower: 0, upper: 6))
  }

  @Test("what is no activation of zoo's is taken for none")
  func others() {
    #expect(Self.activation(Self.of(.multiply, x, Self.of(.function(.tanh), Self.of(.softplus, x)))) == nil)
    #expect(Self.activation(Self.of(.absolute, x)) == nil)
    #expect(
      Self.activation(Self.of(.multiply, x, Self.of(.function(.sigmoid), Self.of(.multiply, x, Self.number(1.702)))))
        == nil)
    #expect(Self.activation(Self.of(.add, x, Self.number(1))) == nil)
  }

  @Test("a factor and a summand are found through several steps")
  func lines() throws {
    let expression = Self.of(.divide, Self.of(.subtract, x, Self.number(0.5)), Self.number(0.25))
    let line = try #require(expression.line(of: x))
    #expect(line.factor == 4 && line.summand == -2)
    #expect(Self.of(.multiply, x, x).line(of: x) == nil)
  }
}
