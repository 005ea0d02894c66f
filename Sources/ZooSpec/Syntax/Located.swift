/// A value with the place where it was written.
package struct Located<Value: Sendable>: Sendable {
  package var value: Value
  package var range: SourceRange
  /// Where an alias repeats it.
  package var alias: SourceRange?

  package init(_ value: Value, at node: YAMLNode) {
    self.value = value
    range = node.range
    alias = node.alias
  }

  package init(_ value: Value, range: SourceRange, alias: SourceRange? = nil) {
    self.value = value
    self.range = range
    self.alias = alias
  }

  /// The place where a reader of the file meets the value.
  package var site: SourceRange { alias ?? range }

  func map<Result: Sendable>(_ transform: (Value) -> Result) -> Located<Result> {
    Located<Result>(transform(value), range: range, alias: alias)
  }

  func diagnostic(_ fault: DefinitionFault) -> Diagnostic {
    Diagnostic(text: range, alias: alias, fault: fault)
  }
}

extension Located: Equatable where Value: Equatable {}
extension Located: Hashable where Value: Hashable {}

/// A value written out, or computed from parameters.
package indirect enum Term: Hashable, Sendable {
  case literal(ScalarValue)
  case expression(Expression)
  case list([Located<Term>])
}

extension Located {
  /// The place of a failed part of the expression: within its line when the expression is written on one.
  ///
  /// - Returns: `nil` where the failure has been complained about.
  func diagnostic(_ failure: Expression.Failure, text: String) -> Diagnostic? {
    guard let fault = failure.fault else { return nil }
    let part = range.part(of: text, offset: failure.offset, length: failure.length)
    return Diagnostic(text: part, alias: alias, fault: fault)
  }
}

extension SourceRange {
  /// The range of some characters of a scalar's text; the whole scalar when escapes or line breaks hide where they are.
  func part(of text: String, offset: Int, length: Int) -> SourceRange {
    let count = text.unicodeScalars.count
    let width = end.column - start.column
    guard start.line == end.line, width == count || width == count + 2, offset < count else { return self }
    return slice(offset: offset + (width - count) / 2, length: min(max(length, 1), count - offset))
  }
}
