import ZooTensor

extension Operation {
  /// The attributes that are not the obvious ones: `3×3, stride 2, padding 1, groups 2`. Empty when there are none.
  public var attributesText: String { attributesText(input: nil) }

  /// As `attributesText`; padding that depends on the input is worked out: `padding same (1)`.
  ///
  /// - Parameter input: the shape of the first input.
  /// - Returns: The attributes for a table: empty where there are none.
  public func attributesText(input: Shape?) -> String {
    kind.attributes.compactMap { $0.text(of: self, input: input) }.joined(separator: ", ")
  }

  /// What fusion attached: `+ input`, `+ relu`. Empty when nothing was.
  public var fusedText: String {
    [addsInput ? "+ input" : nil, fusedActivation.map { "+ \($0.name)" }].compactMap { $0 }.joined(separator: " ")
  }
}

extension Graph {
  /// The node's attributes and what fusion attached, with the channels that its weights connect:
  /// `64→64, 3×3, padding 1 + relu`. Empty when there is nothing to say.
  public func details(of id: NodeID) -> String {
    let node = self[id]
    let input = node.inputs.first.map { self[$0].shape } ?? node.shape
    var attributes = node.operation.attributesText(input: node.inputs.first.map { self[$0].shape })
    switch node.operation.kind.family {
    case .convolution: attributes = "\(input.channels)→\(node.shape.channels), \(attributes)"
    case .dense: attributes = "\(input.elementCount)→\(attributes)"
    case .input, .pooling, .activation, .normalization, .join, .other, .output: break
    }
    return [attributes, node.operation.fusedText].filter { !$0.isEmpty }.joined(separator: " ")
  }
}

extension Graph: CustomStringConvertible {
  /// One line per node, `%3 conv1 = convolution(%2) 3→64, 7×7, stride 2, padding 3 : 64×112×112`, then the outputs.
  public var description: String {
    let lines = ids.map { id in
      let node = self[id]
      let inputs = node.inputs.map { "%\($0.index)" }.joined(separator: ", ")
      let details = details(of: id)
      return "%\(id.index) \(node.name) = \(node.operation.kind)(\(inputs))\(details.isEmpty ? "" : " \(details)")"
        + " : \(node.shape)\(node.scope == .batch ? " for the batch" : "")\(node.isTrainingOnly ? " (training only)" : "")"
    }
    return (lines + outputs.map { "\($0.role.rawValue) \($0.name) = %\($0.value.index)" }).joined(separator: "\n")
  }
}
