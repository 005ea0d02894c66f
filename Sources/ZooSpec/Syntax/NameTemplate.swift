/// A layer's name as written: `denselayer{i + 1}` and `branch$n` have parameters in them.
package struct NameTemplate: Hashable, Sendable {
  package let text: String
  package let parts: [Part]

  package enum Part: Hashable, Sendable {
    case text(String)
    /// `offset`: where it starts in the name.
    case expression(Expression, offset: Int)
  }

  /// - Throws: `Failure` for what is between braces and no expression; its offset counts from the start of the name.
  init(_ text: String) throws(Expression.Failure) {
    self.text = text
    let scalars = Array(text.unicodeScalars)
    var parts: [Part] = []
    var plain = String.UnicodeScalarView()
    var index = 0
    func content(from start: Int, where accepts: (Unicode.Scalar) -> Bool) -> String {
      var content = String.UnicodeScalarView()
      content.append(contentsOf: scalars[start...].prefix(while: accepts))
      return String(content)
    }
    while index < scalars.count {
      let start = index
      let inside: String
      switch scalars[index] {
      case "{":
        inside = content(from: index + 1) { $0 != "}" }
        index += 2 + inside.unicodeScalars.count
        guard index <= scalars.count else {
          throw Expression.Failure(
            fault: .expression(text, problem: .unexpectedEnd), offset: scalars.count - 1, length: 1)
        }
      case "$":
        inside =
          "$" + content(from: index + 1) { $0 == "_" || $0.isASCII && ($0.properties.isAlphabetic || "0"..."9" ~= $0) }
        index += inside.unicodeScalars.count
      default:
        plain.append(scalars[index])
        index += 1
        continue
      }
      if !plain.isEmpty { parts.append(.text(String(plain))) }
      plain = String.UnicodeScalarView()
      let offset = scalars[start] == "{" ? start + 1 : start
      do {
        parts.append(.expression(try Expression(inside, isBare: scalars[start] == "{"), offset: offset))
      } catch {
        throw error.shifted(by: offset)
      }
    }
    if !plain.isEmpty { parts.append(.text(String(plain))) }
    self.parts = parts
  }

  /// The parameters that it names.
  var names: Set<String> {
    parts.reduce(into: []) { names, part in
      if case .expression(let expression, _) = part { names.formUnion(expression.names) }
    }
  }

  /// The name where nothing in it has to be worked out.
  var literal: String? { parts.allSatisfy { if case .text = $0 { true } else { false } } ? text : nil }

  /// The text with every expression replaced.
  func replacingExpressions(with replacement: String) -> String {
    parts.map { if case .text(let text) = $0 { text } else { replacement } }.joined()
  }

  /// - Throws: `Failure` as the expressions in it.
  func value(in environment: Environment) throws(Expression.Failure) -> String {
    var result = ""
    for part in parts {
      switch part {
      case .text(let text): result += text
      case .expression(let expression, let offset):
        do {
          result += try expression.value(in: environment).description
        } catch {
          throw error.shifted(by: offset)
        }
      }
    }
    return result
  }
}

extension Expression.Failure {
  fileprivate func shifted(by offset: Int) -> Expression.Failure {
    var failure = self
    failure.offset += offset
    return failure
  }
}
