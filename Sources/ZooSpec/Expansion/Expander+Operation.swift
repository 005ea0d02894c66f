import ZooGraph
import ZooTensor

extension Expander {
  /// The operation with its attributes worked out: the layer's own, then the file's `defaults`, then the language's.
  mutating func operation(
    _ kind: OperationKind, _ own: [String: Located<AttributeValue>], of layer: LayerSyntax,
    _ environment: Environment
  ) -> Operation? {
    let attributes = (network.defaults[kind] ?? [:]).merging(own) { _, own in own }
    var values = AttributeValues(
      expander: self, kind: kind, layer: layer, attributes: attributes, environment: environment)
    let operation = values.operation()
    diagnostics = values.expander.diagnostics
    return values.isValid ? operation : nil
  }
}

/// Reads the attributes of one layer; afterwards `isValid` says whether all of them could be read.
private struct AttributeValues {
  var expander: Expander
  let kind: OperationKind
  let layer: LayerSyntax
  let attributes: [String: Located<AttributeValue>]
  let environment: Environment
  var isValid = true

  mutating func operation() -> Operation {
    switch kind {
    case .convolution:
      .convolution(
        Convolution(
          outputChannels: integer("out"), kernel: extent("kernel"), stride: extent("stride", or: Extent(1)),
          padding: padding(), dilation: extent("dilation", or: Extent(1)), groups: integer("groups", or: 1),
          hasBias: boolean("bias", or: true)))
    case .locallyConnected:
      .locallyConnected(
        LocallyConnected(
          outputChannels: integer("out"), kernel: extent("kernel"), stride: extent("stride", or: Extent(1)),
          padding: padding(), hasBias: boolean("bias", or: true)))
    case .fullyConnected:
      .fullyConnected(FullyConnected(outputFeatures: integer("out"), hasBias: boolean("bias", or: true)))
    case .maxPool: .maxPool(pooling())
    case .averagePool: .averagePool(pooling(), countsPadding: boolean("count_padding", or: true))
    case .globalAveragePool: .globalAveragePool
    case .adaptiveAveragePool: .adaptiveAveragePool(extent("out"))
    case .relu: .activation(.relu)
    case .leakyRelu: .activation(.leakyRelu(slope: Float(number("slope", or: 0.01))))
    case .tanh: .activation(.tanh)
    case .sigmoid: .activation(.sigmoid)
    case .batchNorm: .batchNorm(BatchNorm(epsilon: number("epsilon", or: 1e-5)))
    case .localResponseNorm:
      .localResponseNorm(
        LocalResponseNorm(
          size: integer("size"), alpha: number("alpha"), beta: number("beta"), k: number("k"),
          convention: LocalResponseNorm.Convention(rawValue: choice("convention")) ?? .mean))
    case .dropout: .dropout(probability: number("probability", or: 0.5))
    case .softmax: .softmax
    case .concat: .concat
    case .add: .add(nil)
    case .flatten: .flatten
    case .subsample:
      .subsample(
        Subsample(
          stride: extent("stride"), channelsBefore: integer("channels_before", or: 0),
          channelsAfter: integer("channels_after", or: 0)))
    }
  }

  private mutating func pooling() -> Pooling {
    let kernel = extent("kernel")
    return Pooling(
      kernel: kernel, stride: extent("stride", or: kernel), padding: padding(),
      rounding: PoolingRounding(rawValue: choice("rounding", or: "floor")) ?? .floor)
  }

  private mutating func missing(_ name: String) {
    isValid = false
    let fault = DefinitionFault.missingAttribute(operation: kind.rawValue, attribute: name)
    expander.report(layer.word.diagnostic(fault))
  }

  private mutating func integer(
    _ term: Located<Term>, _ range: ClosedRange<Int>, _ name: String
  ) -> Int {
    if let value = expander.integer(term, range, subject: .key(name), environment) { return value }
    isValid = false
    return range.lowerBound
  }

  private mutating func integer(_ name: String, or standard: Int? = nil) -> Int {
    if case .integer(let term, let range)? = attributes[name]?.value { return integer(term, range, name) }
    if standard == nil { missing(name) }
    return standard ?? 1
  }

  private mutating func extent(_ name: String, or standard: Extent? = nil) -> Extent {
    if case .extent(let height, let width, let range)? = attributes[name]?.value {
      return Extent(height: integer(height, range, name), width: integer(width, range, name))
    }
    if standard == nil { missing(name) }
    return standard ?? Extent(1)
  }

  private mutating func padding() -> PaddingRule {
    switch attributes["padding"]?.value {
    case .samePadding:
      return .same
    case .padding(let sides, let range) where sides.count == 4:
      let values = sides.map { integer($0, range, "padding") }
      return .fixed(Padding(top: values[0], left: values[1], bottom: values[2], right: values[3]))
    case nil, .padding, .integer, .extent, .boolean, .number, .choice:
      return .fixed(.none)
    }
  }

  private mutating func boolean(_ name: String, or standard: Bool) -> Bool {
    guard case .boolean(let term)? = attributes[name]?.value else { return standard }
    if let value = expander.boolean(term, subject: .key(name), environment) { return value }
    isValid = false
    return standard
  }

  private mutating func number(_ name: String, or standard: Double? = nil) -> Double {
    if case .number(let value)? = attributes[name]?.value { return value }
    if standard == nil { missing(name) }
    return standard ?? 0
  }

  private mutating func choice(_ name: String, or standard: String? = nil) -> String {
    if case .choice(let value)? = attributes[name]?.value { return value }
    if standard == nil { missing(name) }
    return standard ?? ""
  }
}
