import ZooTensor

extension Operation {
  /// What the operation is called: `convolution`, `max pool`, `relu`.
  public var kind: String {
    switch self {
    case .input: "input"
    case .convolution: "convolution"
    case .locallyConnected: "locally connected"
    case .fullyConnected: "fully connected"
    case .maxPool: "max pool"
    case .averagePool: "average pool"
    case .globalAveragePool: "global average pool"
    case .adaptiveAveragePool: "adaptive average pool"
    case .activation(let activation): activation.name
    case .batchNorm: "batch norm"
    case .localResponseNorm: "local response norm"
    case .dropout: "dropout"
    case .softmax: "softmax"
    case .concat: "concat"
    case .add: "add"
    case .flatten: "flatten"
    case .subsample: "subsample"
    }
  }

  /// The attributes that are not the obvious ones: `3×3, stride 2, padding 1, groups 2`. Empty when there are none.
  public var attributesText: String { attributesText(input: nil) }

  /// As `attributesText`; padding that depends on the input is worked out: `padding same (1)`.
  ///
  /// - Parameter input: the shape of the first input.
  public func attributesText(input: Shape?) -> String {
    switch self {
    case .input, .globalAveragePool, .batchNorm, .softmax, .concat, .flatten:
      return ""
    case .convolution(let layer):
      return list([
        "\(layer.kernel)", stride(layer.stride), padding(layer.padding, input.map { layer.padding(for: $0.extent) }),
        layer.dilation == Extent(1) ? nil : "dilation \(layer.dilation.short)",
        layer.groups == 1 ? nil : "groups \(layer.groups)",
      ])
    case .locallyConnected(let layer):
      return list([
        "\(layer.kernel)", stride(layer.stride), padding(layer.padding, input.map { layer.padding(for: $0.extent) }),
      ])
    case .fullyConnected(let layer):
      return "\(layer.outputFeatures)"
    case .maxPool(let pooling):
      return list(pooling.attributes(input: input))
    case .averagePool(let pooling, let countsPadding):
      return list(
        pooling.attributes(input: input)
          + [pooling.padding.isNone || countsPadding ? nil : "without padding in the mean"])
    case .adaptiveAveragePool(let extent):
      return "to \(extent)"
    case .activation(let activation):
      return activation.text
    case .localResponseNorm(let norm):
      let alpha = "\(number(norm.alpha))\(norm.convention == .sum ? " of the sum" : "")"
      return "\(norm.size) channels, alpha \(alpha), beta \(number(norm.beta)), k \(number(norm.k))"
    case .dropout(let probability):
      return "\(probability)"
    case .add:
      return ""
    case .subsample(let subsample):
      let (before, after) = (subsample.channelsBefore, subsample.channelsAfter)
      return list([stride(subsample.stride), before + after == 0 ? nil : "zero channels \(before) + \(after)"])
    }
  }

  /// What fusion attached: `+ input`, `+ relu`. Empty when nothing was.
  public var fusedText: String {
    switch self {
    case .convolution(let layer):
      return (layer.addsInput ? ["+ input"] : []).appending(layer.activation.map { "+ \($0.name)" })
    case .fullyConnected(let layer):
      return [].appending(layer.activation.map { "+ \($0.name)" })
    case .add(let activation):
      return [].appending(activation.map { "+ \($0.name)" })
    case .input, .locallyConnected, .maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool, .activation,
      .batchNorm, .localResponseNorm, .dropout, .softmax, .concat, .flatten, .subsample:
      return ""
    }
  }
}

extension Pooling {
  fileprivate func attributes(input: Shape?) -> [String?] {
    [
      "\(kernel)", ZooGraph.stride(stride), ZooGraph.padding(padding, input.map { padding(for: $0.extent) }),
      rounding == .floor ? nil : "\(rounding.rawValue) rounding",
    ]
  }
}

extension Graph {
  /// The node's attributes and what fusion attached, with the channels that its weights connect:
  /// `64→64, 3×3, padding 1 + relu`. Empty when there is nothing to say.
  public func details(of id: NodeID) -> String {
    let node = self[id]
    let input = node.inputs.first.map { self[$0].shape } ?? node.shape
    var attributes = node.operation.attributesText(input: node.inputs.first.map { self[$0].shape })
    switch node.operation {
    case .convolution, .locallyConnected:
      attributes = "\(input.channels)→\(node.shape.channels), \(attributes)"
    case .fullyConnected:
      attributes = "\(input.elementCount)→\(attributes)"
    default:
      break
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
        + " : \(node.shape)\(node.isTrainingOnly ? " (training only)" : "")"
    }
    return (lines + outputs.map { "\($0.role.rawValue) \($0.name) = %\($0.value.index)" }).joined(separator: "\n")
  }
}

private func list(_ attributes: [String?]) -> String {
  attributes.compactMap { $0 }.joined(separator: ", ")
}

extension Extent {
  /// `2` for a square, `2×3` otherwise.
  var short: String { height == width ? "\(height)" : description }
}

/// `2` rather than `2.0`.
private func number(_ value: Double) -> String {
  let text = "\(value)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

private func stride(_ extent: Extent) -> String? {
  extent == Extent(1) ? nil : "stride \(extent.short)"
}

/// - Parameter padding: what the rule comes to, where the input is known.
private func padding(_ rule: PaddingRule, _ padding: Padding?) -> String? {
  if rule.isNone { return nil }
  guard rule == .same, let padding else { return "padding \(rule)" }
  return "padding same (\(padding))"
}

extension [String] {
  fileprivate func appending(_ text: String?) -> String {
    (self + (text.map { [$0] } ?? [])).joined(separator: " ")
  }
}

extension Activation {
  fileprivate var text: String {
    let (word, values) = spelling
    let parameters = Activation.kinds.first { $0.word == word }?.parameters ?? []
    return list(zip(parameters, values).map { "\($0.name) \(number($1))" })
  }
}
