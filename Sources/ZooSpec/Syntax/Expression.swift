/// Integer arithmetic over parameters, as in `$width * ($i + 1)`; a lone `$name` may be of any type.
package struct Expression: Hashable, Sendable {
  package static let maximumLength = 256
  package static let maximumNesting = 32

  package let text: String
  let root: Term

  indirect enum Term: Hashable, Sendable {
    case integer(Int)
    case parameter(String, offset: Int)
    case negated(Term, offset: Int)
    case binary(Operator, Term, Term, offset: Int)
  }

  enum Operator: Character {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divided = "/"
  }

  /// A complaint about a stretch of the text.
  package struct Failure: Error, Hashable {
    package var fault: DefinitionFault
    package var offset: Int
    package var length: Int
  }

  /// Whether a text that stands for a number or a truth value is to be read as an expression.
  static func isMeant(by text: String) -> Bool {
    if text.contains("$") { return true }
    return text.unicodeScalars.contains { "+-*/()".unicodeScalars.contains($0) }
      && text.unicodeScalars.allSatisfy { "+-*/() 0123456789".unicodeScalars.contains($0) }
  }

  package init(_ text: String) throws(Failure) {
    self.text = text
    var parser = try ExpressionParser(text)
    root = try parser.parse()
  }
}

/// A recursive descent parser; how deep it recurses is bounded.
private struct ExpressionParser {
  let text: String
  let scalars: [Unicode.Scalar]
  var index = 0
  var nesting = 0

  init(_ text: String) throws(Expression.Failure) {
    self.text = text
    scalars = Array(text.unicodeScalars)
    guard scalars.count <= Expression.maximumLength else {
      throw failure(.tooLong(limit: Expression.maximumLength), at: 0)
    }
  }

  func failure(_ problem: ExpressionProblem, at offset: Int, length: Int = 1) -> Expression.Failure {
    Expression.Failure(fault: .expression(text, problem: problem), offset: offset, length: length)
  }

  mutating func parse() throws(Expression.Failure) -> Expression.Term {
    let term = try sum()
    guard let next else { return term }
    throw failure(.unexpected(String(next)), at: index)
  }

  /// The next character that is no space.
  var next: Unicode.Scalar? {
    mutating get {
      while index < scalars.count, scalars[index] == " " { index += 1 }
      return index < scalars.count ? scalars[index] : nil
    }
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
      let term = try sum()
      guard let closing = self.next else { throw failure(.unexpectedEnd, at: scalars.count - 1) }
      guard closing == ")" else { throw failure(.unexpected(String(closing)), at: index) }
      index += 1
      return term
    case "-":
      index += 1
      return .negated(try factor(), offset: start)
    case "$":
      index += 1
      let name = run { $0 == "_" || $0.properties.isAlphabetic && $0.isASCII || "0"..."9" ~= $0 }
      guard let first = name.unicodeScalars.first, !("0"..."9" ~= first) else {
        throw failure(.nameMissing, at: start)
      }
      return .parameter(name, offset: start)
    case "0"..."9":
      let digits = run { "0"..."9" ~= $0 }
      guard let value = Int(digits), value <= maximumInteger else {
        throw failure(.numberTooLarge(digits), at: start, length: digits.count)
      }
      return .integer(value)
    default:
      throw failure(.unexpected(String(next)), at: start)
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
