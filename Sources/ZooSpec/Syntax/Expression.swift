/// Arithmetic over parameters, as in `$width * ($i + 1)`, and conditions, as in `$stride == 1 and $in == $out`; a lone `$name`
/// may be of any type.
package struct Expression: Hashable, Sendable {
  package static let maximumLength = 256
  package static let maximumNesting = 32

  package let text: String
  package let root: Term

  package indirect enum Term: Hashable, Sendable {
    case integer(Int)
    case number(Double)
    case parameter(String, offset: Int)
    case negated(Term, offset: Int)
    case binary(Operator, Term, Term, offset: Int)
    case comparison(Comparison, Term, Term)
    case not(Term)
    case both(Term, Term)
    case either(Term, Term)
  }

  package enum Operator: Character, Sendable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divided = "/"
  }

  package enum Comparison: String, CaseIterable, Sendable {
    case equal = "=="
    case unequal = "!="
    case atMost = "<="
    case atLeast = ">="
    case below = "<"
    case above = ">"
  }

  /// A complaint about a stretch of the text.
  package struct Failure: Error, Hashable {
    /// `nil`: it follows from what has been complained about already.
    package var fault: DefinitionFault?
    package var offset: Int
    package var length: Int
  }

  /// Whether a text that stands for a number or a truth value is to be read as an expression.
  package static func isMeant(by text: String) -> Bool {
    if text.contains("$") { return true }
    return text.unicodeScalars.contains { "+-*/()".unicodeScalars.contains($0) }
      && text.unicodeScalars.allSatisfy { "+-*/() .0123456789".unicodeScalars.contains($0) }
  }

  /// `isBare`: whether a parameter may stand without `$`, as between the braces of a name.
  package init(_ text: String, isBare: Bool = false) throws(Failure) {
    self.text = text
    var parser = try ExpressionParser(text, isBare: isBare)
    root = try parser.parse()
  }

  /// The parameters that it names.
  var names: Set<String> { root.names }
}

extension Expression.Term {
  fileprivate var names: Set<String> {
    switch self {
    case .integer, .number: []
    case .parameter(let name, _): [name]
    case .negated(let term, _), .not(let term): term.names
    case .binary(_, let left, let right, _), .comparison(_, let left, let right), .both(let left, let right),
      .either(let left, let right):
      left.names.union(right.names)
    }
  }
}

/// A recursive descent parser; how deep it recurses is bounded.
private struct ExpressionParser {
  let text: String
  let isBare: Bool
  let scalars: [Unicode.Scalar]
  var index = 0
  var nesting = 0

  init(_ text: String, isBare: Bool) throws(Expression.Failure) {
    self.text = text
    self.isBare = isBare
    scalars = Array(text.unicodeScalars)
    guard scalars.count <= Expression.maximumLength else {
      throw failure(.tooLong(limit: Expression.maximumLength), at: 0)
    }
  }

  func failure(_ problem: ExpressionProblem, at offset: Int, length: Int = 1) -> Expression.Failure {
    Expression.Failure(fault: .expression(text, problem: problem), offset: offset, length: length)
  }

  mutating func parse() throws(Expression.Failure) -> Expression.Term {
    let term = try condition()
    guard let next else { return term }
    throw failure(.unexpected(word ?? String(next)), at: index, length: word?.unicodeScalars.count ?? 1)
  }

  /// The next character that is no space.
  var next: Unicode.Scalar? {
    mutating get {
      while index < scalars.count, scalars[index] == " " { index += 1 }
      return index < scalars.count ? scalars[index] : nil
    }
  }

  /// The word that comes next, which is a parameter's name or one of `and`, `or`, `not`.
  var word: String? {
    mutating get {
      guard let next, next.isIdentifierPart, !("0"..."9" ~= next) else { return nil }
      let start = index
      defer { index = start }
      return run(where: \.isIdentifierPart)
    }
  }

  /// Whether the word comes next; it is read then.
  mutating func accept(_ keyword: String) -> Bool {
    guard word == keyword else { return false }
    index += keyword.unicodeScalars.count
    return true
  }

  mutating func condition() throws(Expression.Failure) -> Expression.Term {
    var left = try conjunction()
    while accept("or") { left = .either(left, try conjunction()) }
    return left
  }

  mutating func conjunction() throws(Expression.Failure) -> Expression.Term {
    var left = try negation()
    while accept("and") { left = .both(left, try negation()) }
    return left
  }

  mutating func negation() throws(Expression.Failure) -> Expression.Term {
    guard accept("not") else { return try comparison() }
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= Expression.maximumNesting else {
      throw failure(.tooNested(limit: Expression.maximumNesting), at: index)
    }
    return .not(try negation())
  }

  mutating func comparison() throws(Expression.Failure) -> Expression.Term {
    let left = try sum()
    guard next != nil else { return left }
    for comparison in Expression.Comparison.allCases {
      let sign = Array(comparison.rawValue.unicodeScalars)
      guard scalars[index...].starts(with: sign) else { continue }
      index += sign.count
      return .comparison(comparison, left, try sum())
    }
    return left
  }

  mutating func sum() throws(Expression.Failure) -> Expression.Term {
    var left = try product()
    while let next, let sign = Expression.Operator(rawValue: Character(next)), sign == .plus || sign == .minus {
      let offset = index
      index += 1
      left = .binary(sign, left, try product(), offset: offset)
    }
    return left
  }

  mutating func product() throws(Expression.Failure) -> Expression.Term {
    var left = try factor()
    while let next, let sign = Expression.Operator(rawValue: Character(next)), sign == .times || sign == .divided {
      let offset = index
      index += 1
      left = .binary(sign, left, try factor(), offset: offset)
    }
    return left
  }

  mutating func factor() throws(Expression.Failure) -> Expression.Term {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= Expression.maximumNesting else {
      throw failure(.tooNested(limit: Expression.maximumNesting), at: index)
    }
    guard let next else { throw failure(.unexpectedEnd, at: max(scalars.count - 1, 0)) }
    let start = index
    switch next {
    case "(":
      index += 1
      let term = try condition()
      guard let closing = self.next else { throw failure(.unexpectedEnd, at: scalars.count - 1) }
      guard closing == ")" else { throw failure(.unexpected(String(closing)), at: index) }
      index += 1
      return term
    case "-":
      index += 1
      return .negated(try factor(), offset: start)
    case "$":
      index += 1
      let name = run(where: \.isIdentifierPart)
      guard let first = name.unicodeScalars.first, !("0"..."9" ~= first) else {
        throw failure(.nameMissing, at: start)
      }
      return .parameter(name, offset: start)
    case "0"..."9":
      let digits = run { "0"..."9" ~= $0 }
      guard let value = Int(digits), value <= maximumInteger else {
        throw failure(.numberTooLarge(digits), at: start, length: digits.count)
      }
      guard self.index < scalars.count, scalars[index] == "." else { return .integer(value) }
      index += 1
      let fraction = run { "0"..."9" ~= $0 }
      guard !fraction.isEmpty, let value = Double("\(digits).\(fraction)") else {
        throw failure(.unexpected("."), at: index - 1)
      }
      return .number(value)
    default:
      guard let word else { throw failure(.unexpected(String(next)), at: start) }
      guard isBare, !["and", "or", "not"].contains(word) else {
        throw failure(.unexpected(word), at: start, length: word.unicodeScalars.count)
      }
      index += word.unicodeScalars.count
      return .parameter(word, offset: start)
    }
  }

  mutating func run(where accepts: (Unicode.Scalar) -> Bool) -> String {
    var characters = String.UnicodeScalarView()
    while index < scalars.count, accepts(scalars[index]) {
      characters.append(scalars[index])
      index += 1
    }
    return String(characters)
  }
}

extension Unicode.Scalar {
  /// A letter, a digit or `_`, of ASCII.
  fileprivate var isIdentifierPart: Bool { self == "_" || properties.isAlphabetic && isASCII || "0"..."9" ~= self }
}
