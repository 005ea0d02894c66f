import ZooGraph

/// A layer, a use of a block or a sequential group as written.
package struct LayerSyntax: Sendable {
  package enum Body: Sendable {
    case operation(OperationKind, [String: Located<AttributeSyntax>])
    case use(UseSyntax)
    case sequential([LayerSyntax])
  }

  /// The operation's word, with its place.
  package var word: Located<String>
  package var name: Located<NameTemplate>?
  /// `nil`: the layer before.
  package var from: [Located<String>]?
  package var condition: Located<Term>?
  package var isTrainingOnly = false
  /// Of a use or a group.
  package var repetition: RepetitionSyntax?
  package var body: Body
}

/// What `repeat` says.
package enum RepetitionSyntax: Sendable {
  case count(Located<Term>)
  /// Once for each item of the lists, which are equally long; `$name` is the item.
  case lists([ArgumentSyntax])
}

/// What `use` adds to a layer's common attributes.
package struct UseSyntax: Sendable {
  package var block: Located<Term>
  package var arguments: [ArgumentSyntax] = []
  /// Arguments that replace the others in the first repetition.
  package var firstArguments: [ArgumentSyntax] = []
}

/// `name: value` under `with`, `first` or `repeat`.
package struct ArgumentSyntax: Sendable {
  package var name: Located<String>
  package var value: Located<Term>
}

/// A block with its parameters.
package struct BlockSyntax: Sendable {
  package struct Parameter: Sendable {
    package var name: Located<String>
    package var type: ScalarType
    /// `nil`: each use must give it.
    package var standard: ScalarValue?
  }

  package var name: Located<String>
  package var parameters: [Parameter]
  package var layers: [LayerSyntax]
}

/// A named output as written.
package struct OutputSyntax: Sendable {
  package var name: Located<String>
  package var from: Located<String>
  package var role: String?
  package var lossWeight: Double

  /// The role as written, else the one that the name suggests.
  var knownRole: Output.Role {
    let plain: [Output.Role] = [.logits, .probabilities]
    return role.flatMap(Output.Role.init) ?? plain.first { $0.rawValue == name.value } ?? .features
  }
}

/// The part of a definition that becomes a graph.
package struct NetworkSyntax: Sendable {
  package var parameters: [(name: Located<String>, value: Located<ScalarValue>)] = []
  package var defaults: [OperationKind: [String: Located<AttributeSyntax>]] = [:]
  package var blocks: [String: BlockSyntax] = [:]
  package var layers: [LayerSyntax] = []
  package var layersRange: SourceRange?
}
