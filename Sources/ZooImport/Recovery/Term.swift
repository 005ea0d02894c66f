/// What stands for a number of a block: a number, a parameter, or arithmetic with them.
indirect enum Term: Hashable {
  case literal(SlotValue)
  case parameter(Field.Parameter)
  /// The channels of what the group reads.
  case input
  case scaled(Term, times: Int, over: Int)
  case product(Term, Term)
  /// `(kernel - 1) / 2`
  case half(Term)

  var text: String {
    switch self {
    case .literal(let value): value.text
    case .parameter(let parameter): "$\(parameter.name)"
    case .input: "$in"
    case .scaled(let term, let times, let over):
      term.factorText + (times == 1 ? "" : " * \(times)") + (over == 1 ? "" : " / \(over)")
    case .product(let left, let right): "\(left.factorText) * \(right.factorText)"
    case .half(let term): "(\(term.text) - 1) / 2"
    }
  }

  private var factorText: String {
    switch self {
    case .literal, .parameter, .input, .product: text
    case .scaled(_, _, let over): over == 1 ? text : "(\(text))"
    case .half: "(\(text))"
    }
  }

  var literal: SlotValue? { if case .literal(let value) = self { value } else { nil } }

  /// Whether the group that it stands in matters.
  var dependsOnInput: Bool {
    switch self {
    case .literal, .parameter: false
    case .input: true
    case .scaled(let term, _, _), .half(let term): term.dependsOnInput
    case .product(let left, let right): left.dependsOnInput || right.dependsOnInput
    }
  }

  /// With other terms in place of parameters.
  func replacing(_ arguments: [Field.Parameter: Term]) -> Term {
    switch self {
    case .literal, .input: return self
    case .parameter(let parameter): return arguments[parameter] ?? self
    case .scaled(let term, let times, let over): return term.replacing(arguments).scaled(times: times, over: over)
    case .product(let left, let right): return .product(left.replacing(arguments), right.replacing(arguments))
    case .half(let term):
      let term = term.replacing(arguments)
      if let kernel = term.literal?.integer { return .literal(.integer((kernel - 1) / 2)) }
      return .half(term)
    }
  }

  func scaled(times: Int, over: Int) -> Term {
    if times == over { return self }
    if case .scaled(let inner, let first, let second) = self, first == 1 || over == 1, second == 1 || times == 1 {
      return inner.scaled(times: first * times, over: second * over)
    }
    if let value = literal?.integer, value * times % over == 0 { return .literal(.integer(value * times / over)) }
    return .scaled(self, times: times, over: over)
  }
}

/// When an item of a block is there.
indirect enum Condition: Hashable {
  case compared(Term, String, Term)
  case both(Condition, Condition)
  case either(Condition, Condition)
  /// A truth value.
  case flag(Term)
  case not(Condition)

  var text: String {
    switch self {
    case .compared(let left, let sign, let right): "\(left.text) \(sign) \(right.text)"
    case .both(let left, let right): "\(left.text) and \(right.text)"
    case .either(let left, let right): "\(left.text) or \(right.text)"
    case .flag(let term): term.text
    case .not(let condition): "not \(condition.text)"
    }
  }

  var dependsOnInput: Bool {
    switch self {
    case .compared(let left, _, let right): left.dependsOnInput || right.dependsOnInput
    case .both(let left, let right), .either(let left, let right): left.dependsOnInput || right.dependsOnInput
    case .flag(let term): term.dependsOnInput
    case .not(let condition): condition.dependsOnInput
    }
  }

  func replacing(_ arguments: [Field.Parameter: Term]) -> Condition {
    switch self {
    case .compared(let left, let sign, let right):
      .compared(left.replacing(arguments), sign, right.replacing(arguments))
    case .both(let left, let right): .both(left.replacing(arguments), right.replacing(arguments))
    case .either(let left, let right): .either(left.replacing(arguments), right.replacing(arguments))
    case .flag(let term): .flag(term.replacing(arguments))
    case .not(let condition): .not(condition.replacing(arguments))
    }
  }
}
