/// A piece of a YAML document: what it holds and where it was written.
package struct YAMLNode: Sendable {
  package enum Content: Sendable {
    /// `isPlain`: written without quotes and not as a block, so that the core schema gives it a type.
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    case mapping([YAMLPair])
  }

  package var content: Content
  package var range: SourceRange
  /// Where `*name` or `<<` put the node, when it was written elsewhere.
  package var alias: SourceRange?

  package init(content: Content, range: SourceRange, alias: SourceRange? = nil) {
    self.content = content
    self.range = range
    self.alias = alias
  }

  /// The place where a reader of the file meets the node.
  package var site: SourceRange { alias ?? range }
}

/// A key of a mapping with its value.
package struct YAMLPair: Sendable {
  package var key: YAMLNode
  package var value: YAMLNode

  /// Keys are scalars; the reader refuses others.
  package var name: String { key.text ?? "" }
}

extension YAMLNode {
  /// The characters of a scalar, quotes removed.
  package var text: String? {
    if case .scalar(let text, _) = content { text } else { nil }
  }

  /// The scalar's value under the core schema of YAML 1.2; `nil` for a sequence or a mapping.
  package var scalar: YAMLScalar? {
    guard case .scalar(let text, let isPlain) = content else { return nil }
    return isPlain ? YAMLScalar(plain: text) : .string(text)
  }

  /// The node and everything below it as an alias repeats it at `site`.
  func repeated(at site: SourceRange) -> YAMLNode {
    var copy = self
    copy.alias = site
    switch content {
    case .scalar: break
    case .sequence(let items): copy.content = .sequence(items.map { $0.repeated(at: site) })
    case .mapping(let pairs):
      copy.content = .mapping(
        pairs.map { YAMLPair(key: $0.key.repeated(at: site), value: $0.value.repeated(at: site)) })
    }
    return copy
  }
}
