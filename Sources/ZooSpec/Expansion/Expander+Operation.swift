import ZooGraph
import ZooTensor

extension Expander {
  /// The operation with its attributes worked out: the layer's own, then the file's `defaults`, then the language's.
  ///
  /// - Returns: `nil` when an attribute is missing or cannot be worked out; that has been complained about.
  mutating func operation(
    _ kind: OperationKind, _ own: [String: Located<AttributeSyntax>], of layer: LayerSyntax,
    _ environment: Environment
  ) -> Operation? {
    let written = (network.defaults[kind] ?? [:]).merging(own) { _, own in own }
    var values: [String: OperationAttribute.Value] = [:]
    var isComplete = true
    for attribute in kind.attributes {
      if let syntax = written[attribute.name] {
        values[attribute.name] = value(of: syntax.value, attribute, environment)
        isComplete = isComplete && values[attribute.name] != nil
      } else if attribute.standard == .required {
        report(layer.word.diagnostic(.missingAttribute(operation: kind.word, attribute: attribute.name)))
        isComplete = false
      }
    }
    return isComplete ? kind.operation { values[$0.name] } : nil
  }

  private mutating func value(
    of syntax: AttributeSyntax, _ attribute: OperationAttribute, _ environment: Environment
  ) -> OperationAttribute.Value? {
    let subject = DefinitionFault.Subject.key(attribute.name)
    switch (syntax, attribute.form) {
    case (.integer(let term), .integer(let range)):
      return integer(term, range, subject: subject, environment).map { .integer($0) }
    case (.extent(let height, let width), .extent(let range)):
      let height = integer(height, range, subject: subject, environment)
      let width = integer(width, range, subject: subject, environment)
      guard let height, let width else { return nil }
      return .extent(Extent(height: height, width: width))
    case (.samePadding, .padding):
      return .padding(.same)
    case (.padding(let sides), .padding(let range)):
      let values = sides.map { integer($0, range, subject: subject, environment) }
      guard values.count == 4, let top = values[0], let left = values[1], let bottom = values[2], let right = values[3]
      else { return nil }
      return .padding(.fixed(Padding(top: top, left: left, bottom: bottom, right: right)))
    case (.boolean(let term), .boolean):
      return boolean(term, subject: subject, environment).map { .boolean($0) }
    case (.number(let term), .number(let range)):
      return number(term, range, subject: subject, environment).map { .number($0) }
    case (.choice(let text), .choice): return .choice(text)
    case (.integer, _), (.extent, _), (.padding, _), (.samePadding, _), (.boolean, _), (.number, _), (.choice, _):
      preconditionFailure("'\(attribute.name)' was read as another type")
    }
  }
}
