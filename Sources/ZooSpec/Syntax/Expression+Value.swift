import ZooTensor

/// The parameters that an expression can name.
package struct Environment: Sendable {
  /// What `$in` stands for: the channels of what the group reads.
  package enum Input: Hashable, Sendable {
    /// There is no group that reads anything.
    case absent
    /// The layer that the group reads is broken.
    case unknown
    case channels(Int)
  }

  /// Those of the file.
  package var file: [String: ScalarValue]
  /// Those of the block, and the index and the values of the repetition; they shadow the file's.
  package var local: [String: ScalarValue]
  /// Where no parameter is called so, `$in`.
  package var input: Input

  package init(file: [String: ScalarValue], local: [String: ScalarValue] = [:], input: Input = .absent) {
    self.file = file
    self.local = local
    self.input = input
  }

  subscript(name: String) -> ScalarValue? {
    if let value = local[name] ?? file[name] { return value }
    if name == Self.inputName, case .channels(let count) = input { return .integer(count) }
    return nil
  }

  var names: [String] {
    (Array(local.keys) + Array(file.keys)).sorted()
  }

  static let inputName = "in"
}

extension Expression {
  /// `isDecimal`: whether a division of integers may leave a remainder, because a decimal number is wanted. Throws
  /// `Failure` for an unknown parameter, an operand of the wrong type, a division by zero or of integers with a
  /// remainder, and a result that does not fit.
  package func value(in environment: Environment, isDecimal: Bool = false) throws(Failure) -> ScalarValue {
    try value(of: root, environment, isDecimal)
  }

  private func value(of term: Term, _ environment: Environment, _ isDecimal: Bool) throws(Failure) -> ScalarValue {
    switch term {
    case .integer(let value): return .integer(value)
    case .number(let value): return .number(value)
    case .parameter(let name, let offset):
      if let value = environment[name] { return value }
      var fault: DefinitionFault? = .unknownParameter(name, suggestion: name.nearest(among: environment.names))
      if name == Environment.inputName, environment.input == .unknown { fault = nil }
      throw Failure(fault: fault, offset: offset, length: term.length(in: text))
    case .negated(let term, let offset):
      return try combined(.minus, .integer(0), try number(term, environment, isDecimal), offset, isDecimal)
    case .binary(let sign, let left, let right, let offset):
      let left = try number(left, environment, isDecimal)
      return try combined(sign, left, try number(right, environment, isDecimal), offset, isDecimal)
    case .comparison(let comparison, let left, let right):
      let left = try number(left, environment, isDecimal)
      return .boolean(comparison.holds(left, try number(right, environment, isDecimal)))
    case .not(let term): return .boolean(try !truth(term, environment, isDecimal))
    case .both(let left, let right):
      guard try truth(left, environment, isDecimal) else { return .boolean(false) }
      return .boolean(try truth(right, environment, isDecimal))
    case .either(let left, let right):
      if try truth(left, environment, isDecimal) { return .boolean(true) }
      return .boolean(try truth(right, environment, isDecimal))
    }
  }

  private func number(_ term: Term, _ environment: Environment, _ isDecimal: Bool) throws(Failure) -> ScalarValue {
    let value = try value(of: term, environment, isDecimal)
    switch value {
    case .integer, .number: return value
    case .boolean, .string, .list: throw failure(.number, value, term)
    }
  }

  private func truth(_ term: Term, _ environment: Environment, _ isDecimal: Bool) throws(Failure) -> Bool {
    let value = try value(of: term, environment, isDecimal)
    guard case .boolean(let truth) = value else { throw failure(.truth, value, term) }
    return truth
  }

  private func failure(_ expected: ExpressionOperand, _ found: ScalarValue, _ term: Term) -> Failure {
    guard case .parameter(let name, let offset) = term else {
      let fault = DefinitionFault.wrongOperand(parameter: nil, expected: expected, found: found)
      return Failure(fault: fault, offset: 0, length: text.unicodeScalars.count)
    }
    return Failure(
      fault: .wrongOperand(parameter: name, expected: expected, found: found), offset: offset,
      length: term.length(in: text))
  }

  private func combined(
    _ sign: Operator, _ left: ScalarValue, _ right: ScalarValue, _ offset: Int, _ isDecimal: Bool
  ) throws(Failure) -> ScalarValue {
    if sign == .divided, right.decimal == 0 {
      throw Failure(fault: .divisionByZero(text), offset: offset, length: 1)
    }
    guard case .integer(let left) = left, case .integer(let right) = right, !(isDecimal && sign == .divided) else {
      return try combined(sign, left.decimal ?? 0, right.decimal ?? 0, offset)
    }
    switch sign {
    case .plus: return try checked(left.addingReportingOverflow(right), offset)
    case .minus: return try checked(left.subtractingReportingOverflow(right), offset)
    case .times: return try checked(left.multipliedReportingOverflow(by: right), offset)
    case .divided:
      let (quotient, remainder) = left.quotientAndRemainder(dividingBy: right)
      guard remainder == 0 else { throw Failure(fault: .inexactDivision(left, by: right), offset: offset, length: 1) }
      return .integer(quotient)
    }
  }

  private func combined(
    _ sign: Operator, _ left: Double, _ right: Double, _ offset: Int
  ) throws(Failure) -> ScalarValue {
    let result =
      switch sign {
      case .plus: left + right
      case .minus: left - right
      case .times: left * right
      case .divided: left / right
      }
    guard result.magnitude <= Double(maximumInteger) else {
      throw Failure(fault: .overflow(text), offset: offset, length: 1)
    }
    return .number(result)
  }

  /// Keeps results within `maximumInteger`, so that no later sum of a few of them can overflow.
  private func checked(_ result: (partialValue: Int, overflow: Bool), _ offset: Int) throws(Failure) -> ScalarValue {
    guard !result.overflow, result.partialValue.magnitude <= UInt(maximumInteger) else {
      throw Failure(fault: .overflow(text), offset: offset, length: 1)
    }
    return .integer(result.partialValue)
  }
}

extension Expression.Term {
  /// How many characters a parameter takes, with `$` where there is one.
  fileprivate func length(in text: String) -> Int {
    guard case .parameter(let name, let offset) = self else { return 1 }
    return name.unicodeScalars.count + (text.unicodeScalars.dropFirst(offset).first == "$" ? 1 : 0)
  }
}

extension Expression.Comparison {
  /// Of two numbers; integers are compared as such.
  fileprivate func holds(_ left: ScalarValue, _ right: ScalarValue) -> Bool {
    guard case .integer(let left) = left, case .integer(let right) = right else {
      return holds(left.decimal ?? 0, right.decimal ?? 0)
    }
    return holds(left, right)
  }

  private func holds<Number: Comparable>(_ left: Number, _ right: Number) -> Bool {
    switch self {
    case .equal: left == right
    case .unequal: left != right
    case .atMost: left <= right
    case .atLeast: left >= right
    case .below: left < right
    case .above: left > right
    }
  }
}
