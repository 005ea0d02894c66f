import ZooGraph
import ZooSpec
import ZooTensor

/// What is written for a layer, as Python has it.
extension PyTorchWriter {
  func condition(of layer: LayerSyntax, _ group: Group) throws -> PythonValue? {
    guard let term = layer.condition else { return nil }
    let value = try value(term, group)
    switch value {
    case .boolean(true): return nil
    case .boolean(false): return value
    case .integer(let number): return number == 0 ? .boolean(false) : nil
    default:
      if value.type == .boolean { return value }
      guard value.type == .integer else { throw Irregular() }
      return .code("\(value.text(within: .sum)) != 0", binding: .comparison, type: .boolean)
    }
  }

  func parameter(
    _ name: String, _ locals: [String: PythonValue], _ input: Int?
  ) throws(Irregular) -> PythonValue {
    if let value = locals[name] ?? file[name] { return value }
    guard name == "in", let input else { throw Irregular() }
    return .name(PythonFunction.channels(input), .integer)
  }

  func value(_ term: Located<Term>, _ group: Group, as type: ScalarType? = nil) throws -> PythonValue {
    let value = try value(term.value, group.locals, group.input, as: type)
    // An integer is a decimal number, too.
    if type == .number, case .integer(let number) = value { return .number(Double(number)) }
    return value
  }

  func value(
    _ term: Term, _ locals: [String: PythonValue], _ input: Int?, as type: ScalarType?
  ) throws -> PythonValue {
    func value(of expression: Expression) throws -> PythonValue {
      try PythonValue(expression.root, isDecimal: type == .number) { name throws(Irregular) in
        try self.parameter(name, locals, input)
      }
    }
    switch term {
    case .literal(.string(let text)) where type != nil && type != .string && Expression.isMeant(by: text):
      return try value(of: try Expression(text))
    case .literal(let value): return PythonValue(value)
    case .expression(let expression): return try value(of: expression)
    case .list(let items): return .list(try items.map { try self.value($0.value, locals, input, as: nil) })
    }
  }

  func attribute(
    _ syntax: AttributeSyntax, locals: [String: PythonValue], input: Int?, _ kind: OperationKind, _ name: String
  ) throws -> PyTorchAttribute {
    func value(_ term: Located<Term>, _ type: ScalarType) throws -> PythonValue {
      try self.value(term.value, locals, input, as: type)
    }
    switch syntax {
    case .integer(let term): return .scalar(try value(term, .integer))
    case .extent(let height, let width): return .extent(try value(height, .integer), try value(width, .integer))
    case .padding(let sides): return .padding(try sides.map { try value($0, .integer) })
    case .samePadding: return .samePadding
    case .boolean(let term): return .scalar(try value(term, .boolean))
    case .number(let term): return .scalar(try value(term, .number))
    case .choice(let text): return .choice(text)
    }
  }
}
