import ZooSpec

/// A value of a definition in Python: a constant, or code that gives it when the module runs.
///
/// Arithmetic with what is known is done here, so that a variant's `width * 64 / 64 * 1` becomes `width`.
indirect enum PythonValue: Hashable {
  case integer(Int)
  case number(Double)
  case boolean(Bool)
  /// The name of a block, or a part of a name.
  case text(String)
  case list([PythonValue])
  /// Of integers: `coefficient · factors / divisor`, which leaves no remainder. Each factor is a name, or stands in parentheses.
  case product(coefficient: Int, divisor: Int, factors: [String])
  case code(String, binding: Binding, type: ScalarType)

  /// How tightly the parts of code hold together.
  enum Binding: Int, Comparable {
    case conditional, either, both, not, comparison, sum, product, atom

    static func < (left: Binding, right: Binding) -> Bool { left.rawValue < right.rawValue }
  }

  /// What is known while the text is written.
  init(_ value: ScalarValue) {
    switch value {
    case .integer(let value): self = .integer(value)
    case .number(let value): self = .number(value)
    case .boolean(let value): self = .boolean(value)
    case .string(let text): self = .text(text)
    case .list(let values): self = .list(values.map(PythonValue.init))
    }
  }

  /// A variable.
  static func name(_ name: String, _ type: ScalarType) -> PythonValue {
    type == .integer
      ? .product(coefficient: 1, divisor: 1, factors: [name]) : .code(name, binding: .atom, type: type)
  }

  var type: ScalarType {
    switch self {
    case .integer, .product: .integer
    case .number: .number
    case .boolean: .boolean
    case .text: .string
    case .list: .list
    case .code(_, _, let type): type
    }
  }

  /// Whether it is known while the text is written.
  var isConstant: Bool {
    switch self {
    case .integer, .number, .boolean, .text: true
    case .list(let items): items.allSatisfy(\.isConstant)
    case .product, .code: false
    }
  }

  /// A text that is known.
  var constantText: String? { if case .text(let text) = self { text } else { nil } }

  /// As Python has it.
  var text: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): PythonText.number(value)
    case .boolean(let value): value ? "True" : "False"
    case .text(let text): PythonText.literal(text)
    case .list(let items): "[" + items.map(\.text).joined(separator: ", ") + "]"
    case .product(let coefficient, let divisor, let factors):
      (coefficient == 1 ? "" : "\(coefficient) * ") + factors.joined(separator: " * ")
        + (divisor == 1 ? "" : " // \(divisor)")
    case .code(let text, _, _): text
    }
  }

  var binding: Binding {
    switch self {
    case .integer(let value): value < 0 ? .sum : .atom
    case .number(let value): value < 0 ? .sum : .atom
    case .boolean, .text, .list: .atom
    case .product(1, 1, let factors): factors.count == 1 ? .atom : .product
    case .product: .product
    case .code(_, let binding, _): binding
    }
  }

  /// The text, in parentheses where what is around it holds together more tightly.
  func text(within binding: Binding) -> String { self.binding < binding ? "(\(text))" : text }

  /// The value where a condition holds, else the other.
  static func either(_ condition: PythonValue, _ value: PythonValue, _ other: PythonValue) -> PythonValue {
    if value == other { return value }
    switch condition {
    case .boolean(let holds): return holds ? value : other
    default: break
    }
    if value == .boolean(true), other == .boolean(false) { return condition }
    let text = "\(value.text(within: .either)) if \(condition.text(within: .either)) else \(other.text)"
    return .code(text, binding: .conditional, type: value.type)
  }
}

extension PythonValue {
  /// `isDecimal`: whether a division of integers may leave a remainder.
  static func combined(
    _ sign: Expression.Operator, _ left: PythonValue, _ right: PythonValue, isDecimal: Bool
  ) throws(Irregular) -> PythonValue {
    guard [.integer, .number].contains(left.type), [.integer, .number].contains(right.type) else {
      throw Irregular()
    }
    let areIntegers = left.type == .integer && right.type == .integer && !(isDecimal && sign == .divided)
    if left.isConstant, right.isConstant {
      return try constant(sign, left, right, areIntegers: areIntegers)
    }
    switch (sign, left, right) {
    case (.plus, .integer(0), let other), (.plus, let other, .integer(0)), (.minus, let other, .integer(0)),
      (.times, .integer(1), let other), (.times, let other, .integer(1)), (.divided, let other, .integer(1)):
      return other
    case (.times, .integer(0), _), (.times, _, .integer(0)): return .integer(0)
    case (.times, let left, let right) where areIntegers:
      let (left, right) = (left.monomial, right.monomial)
      let (coefficient, over) = left.coefficient.multipliedReportingOverflow(by: right.coefficient)
      let (divisor, overflow) = left.divisor.multipliedReportingOverflow(by: right.divisor)
      guard !over, !overflow else { throw Irregular() }
      return reduced(coefficient, divisor, left.factors + right.factors)
    case (.divided, let left, .integer(let number)) where areIntegers && number > 0:
      let left = left.monomial
      let (divisor, overflow) = left.divisor.multipliedReportingOverflow(by: number)
      guard !overflow else { throw Irregular() }
      return reduced(left.coefficient, divisor, left.factors)
    default: break
    }
    if case .product(let first, let divisor, let factors) = left, case .product(let second, divisor, factors) = right,
      sign == .plus || sign == .minus
    {
      let (sum, overflow) =
        sign == .plus ? first.addingReportingOverflow(second) : first.subtractingReportingOverflow(second)
      guard !overflow else { throw Irregular() }
      return sum == 0 ? .integer(0) : reduced(sum, divisor, factors)
    }
    let binding: Binding = sign == .plus || sign == .minus ? .sum : .product
    let word = sign == .divided ? (areIntegers ? "//" : "/") : String(sign.rawValue)
    // What is taken away, or divided by, is one thing.
    let tighter: Binding = sign == .plus ? .sum : sign == .minus ? .product : .atom
    let text = "\(left.text(within: binding)) \(word) \(right.text(within: tighter))"
    return .code(text, binding: binding, type: areIntegers ? .integer : .number)
  }

  private var monomial: (coefficient: Int, divisor: Int, factors: [String]) {
    switch self {
    case .integer(let value): (value, 1, [])
    case .product(let coefficient, let divisor, let factors): (coefficient, divisor, factors)
    default: (1, 1, [text(within: .atom)])
    }
  }

  private static func reduced(_ coefficient: Int, _ divisor: Int, _ factors: [String]) -> PythonValue {
    var (a, b) = (coefficient.magnitude, divisor.magnitude)
    while b != 0 { (a, b) = (b, a % b) }
    let common = Int(clamping: max(a, 1))
    return .product(coefficient: coefficient / common, divisor: divisor / common, factors: factors)
  }

  private static func constant(
    _ sign: Expression.Operator, _ left: PythonValue, _ right: PythonValue, areIntegers: Bool
  ) throws(Irregular) -> PythonValue {
    if areIntegers, case .integer(let left) = left, case .integer(let right) = right {
      let result: (partialValue: Int, overflow: Bool)
      switch sign {
      case .plus: result = left.addingReportingOverflow(right)
      case .minus: result = left.subtractingReportingOverflow(right)
      case .times: result = left.multipliedReportingOverflow(by: right)
      case .divided: result = right == 0 ? (0, true) : left.dividedReportingOverflow(by: right)
      }
      guard !result.overflow else { throw Irregular() }
      return .integer(result.partialValue)
    }
    guard let left = left.decimal, let right = right.decimal else { throw Irregular() }
    switch sign {
    case .plus: return .number(left + right)
    case .minus: return .number(left - right)
    case .times: return .number(left * right)
    case .divided:
      guard right != 0 else { throw Irregular() }
      return .number(left / right)
    }
  }

  private var decimal: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}

extension PythonValue {
  /// The value of an expression; `name` gives those of its parameters.
  init(
    _ term: Expression.Term, isDecimal: Bool, _ name: (String) throws(Irregular) -> PythonValue
  ) throws(Irregular) {
    func value(_ term: Expression.Term) throws(Irregular) -> PythonValue {
      try PythonValue(term, isDecimal: isDecimal, name)
    }
    func joined(
      _ word: String, _ binding: Binding, _ left: PythonValue, _ right: PythonValue
    ) throws(Irregular) -> PythonValue {
      guard left.type == .boolean, right.type == .boolean else { throw Irregular() }
      let text = "\(left.text(within: binding)) \(word) \(right.text(within: binding))"
      return .code(text, binding: binding, type: .boolean)
    }
    switch term {
    case .integer(let value): self = .integer(value)
    case .number(let value): self = .number(value)
    case .parameter(let parameter, _): self = try name(parameter)
    case .negated(let term, _):
      let term = try value(term)
      if term.isConstant {
        self = try .combined(.minus, .integer(0), term, isDecimal: isDecimal)
      } else {
        self = .code("-\(term.text(within: .product))", binding: .sum, type: term.type)
      }
    case .binary(let sign, let left, let right, _):
      self = try .combined(sign, value(left), value(right), isDecimal: isDecimal)
    case .comparison(let comparison, let left, let right):
      let (left, right) = (try value(left), try value(right))
      if let first = left.decimal, let second = right.decimal {
        let holds =
          switch comparison {
          case .equal: first == second
          case .unequal: first != second
          case .atMost: first <= second
          case .atLeast: first >= second
          case .below: first < second
          case .above: first > second
          }
        self = .boolean(holds)
      } else {
        let text = "\(left.text(within: .sum)) \(comparison.rawValue) \(right.text(within: .sum))"
        self = .code(text, binding: .comparison, type: .boolean)
      }
    case .not(let term):
      let term = try value(term)
      guard term.type == .boolean else { throw Irregular() }
      if case .boolean(let truth) = term {
        self = .boolean(!truth)
      } else {
        self = .code("not \(term.text(within: .comparison))", binding: .not, type: .boolean)
      }
    case .both(let left, let right):
      let left = try value(left)
      if left == .boolean(false) {
        self = left
        return
      }
      let right = try value(right)
      self = left == .boolean(true) ? right : right == .boolean(true) ? left : try joined("and", .both, left, right)
    case .either(let left, let right):
      let left = try value(left)
      if left == .boolean(true) {
        self = left
        return
      }
      let right = try value(right)
      self = left == .boolean(false) ? right : right == .boolean(false) ? left : try joined("or", .either, left, right)
    }
  }
}

/// A definition has something that the text has no form of; it is then written layer by layer.
struct Irregular: Error {}
