import ZooTensor

/// The parameters that an expression can name.
package struct Environment: Sendable {
  /// Those of the file.
  package var file: [String: ScalarValue]
  /// Those of the block, and the index of the repetition; they shadow the file's.
  package var local: [String: ScalarValue]

  package init(file: [String: ScalarValue], local: [String: ScalarValue] = [:]) {
    self.file = file
    self.local = local
  }

  subscript(name: String) -> ScalarValue? { local[name] ?? file[name] }

  var names: [String] { (Array(local.keys) + Array(file.keys)).sorted() }
}

extension Expression {
  /// - Throws: `Failure` for an unknown parameter, arithmetic over something else than integers, a division by zero or
  ///   with a remainder, and a result that does not fit.
  package func value(in environment: Environment) throws(Failure) -> ScalarValue {
    if case .parameter(let name, let offset) = root { return try parameter(name, offset: offset, environment) }
    return .integer(try integer(root, environment))
  }

  private func parameter(_ name: String, offset: Int, _ environment: Environment) throws(Failure) -> ScalarValue {
    if let value = environment[name] { return value }
    throw Failure(
      fault: .unknownParameter(name, suggestion: name.nearest(among: environment.names)), offset: offset,
      length: name.unicodeScalars.count + 1)
  }

  private func integer(_ term: Term, _ environment: Environment) throws(Failure) -> Int {
    switch term {
    case .integer(let value):
      return value
    case .parameter(let name, let offset):
      let value = try parameter(name, offset: offset, environment)
      guard case .integer(let number) = value else {
        throw Failure(
          fault: .notAnInteger(parameter: name, found: value), offset: offset, length: name.unicodeScalars.count + 1)
      }
      return number
    case .negated(let term, let offset):
      return try checked(0.subtractingReportingOverflow(try integer(term, environment)), offset)
    case .binary(let sign, let left, let right, let offset):
      let left = try integer(left, environment)
      let right = try integer(right, environment)
      switch sign {
      case .plus: return try checked(left.addingReportingOverflow(right), offset)
      case .minus: return try checked(left.subtractingReportingOverflow(right), offset)
      case .times: return try checked(left.multipliedReportingOverflow(by: right), offset)
      case .divided:
        guard right != 0 else { throw Failure(fault: .divisionByZero(text), offset: offset, length: 1) }
        let (quotient, remainder) = left.quotientAndRemainder(dividingBy: right)
        guard remainder == 0 else { throw Failure(fault: .inexactDivision(left, by: right), offset: offset, length: 1) }
        return quotient
      }
    }
  }

  /// Keeps results within `maximumInteger`, so that no later sum of a few of them can overflow.
  private func checked(_ result: (partialValue: Int, overflow: Bool), _ offset: Int) throws(Failure) -> Int {
    guard !result.overflow, result.partialValue.magnitude <= UInt(maximumInteger) else {
      throw Failure(fault: .overflow(text), offset: offset, length: 1)
    }
    return result.partialValue
  }
}
