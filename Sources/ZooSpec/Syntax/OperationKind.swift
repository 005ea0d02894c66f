import ZooTensor

/// The operations that a definition can name, in its spelling.
package enum OperationKind: String, CaseIterable, Sendable {
  case convolution = "conv"
  case locallyConnected = "locally_connected"
  case fullyConnected = "fc"
  case maxPool = "max_pool"
  case averagePool = "average_pool"
  case globalAveragePool = "global_average_pool"
  case adaptiveAveragePool = "adaptive_average_pool"
  case relu
  case leakyRelu = "leaky_relu"
  case tanh
  case sigmoid
  case batchNorm = "batch_norm"
  case localResponseNorm = "lrn"
  case dropout
  case softmax
  case concat
  case add
  case flatten
  case subsample

  /// Whether weights are stored under the layer's path.
  var hasWeights: Bool {
    switch self {
    case .convolution, .locallyConnected, .fullyConnected, .batchNorm: true
    case .maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool, .relu, .leakyRelu, .tanh, .sigmoid,
      .localResponseNorm, .dropout, .softmax, .concat, .add, .flatten, .subsample:
      false
    }
  }

  /// Whether the operation joins several values, so that `from` must name them.
  var joins: Bool { self == .concat || self == .add }

  /// The attributes with their types; every layer has `name`, `from`, `when` and `training_only` besides.
  var attributes: [AttributeRule] {
    let sides = 1...ConvolutionGeometry.maximumSide
    let channels = 1...ConvolutionGeometry.maximumChannels
    let paddings = 0...(ConvolutionGeometry.maximumSide - 1)
    let pooling = [
      AttributeRule("kernel", .extent(sides)), AttributeRule("stride", .extent(sides)),
      AttributeRule("padding", .padding(paddings)),
      AttributeRule("rounding", .choice(PoolingRounding.allCases.map(\.rawValue))),
    ]
    switch self {
    case .convolution:
      return [
        AttributeRule("out", .integer(channels)), AttributeRule("kernel", .extent(sides)),
        AttributeRule("stride", .extent(sides)), AttributeRule("padding", .padding(paddings)),
        AttributeRule("dilation", .extent(sides)), AttributeRule("groups", .integer(channels)),
        AttributeRule("bias", .boolean),
      ]
    case .locallyConnected:
      return [
        AttributeRule("out", .integer(channels)), AttributeRule("kernel", .extent(sides)),
        AttributeRule("stride", .extent(sides)), AttributeRule("padding", .padding(paddings)),
        AttributeRule("bias", .boolean),
      ]
    case .fullyConnected: return [AttributeRule("out", .integer(channels)), AttributeRule("bias", .boolean)]
    case .maxPool: return pooling
    case .averagePool: return pooling + [AttributeRule("count_padding", .boolean)]
    case .adaptiveAveragePool: return [AttributeRule("out", .extent(sides))]
    case .leakyRelu: return [AttributeRule("slope", .number(NumberRange(0, 1)))]
    case .batchNorm: return [AttributeRule("epsilon", .number(NumberRange(0, 1, includesLower: false)))]
    case .localResponseNorm:
      return [
        AttributeRule("size", .integer(1...1025)),
        AttributeRule("alpha", .number(NumberRange(0, 1e6))), AttributeRule("beta", .number(NumberRange(0, 1e6))),
        AttributeRule("k", .number(NumberRange(0, 1e6))), AttributeRule("convention", .choice(["mean", "sum"])),
      ]
    case .dropout: return [AttributeRule("probability", .number(NumberRange(0, 1, includesUpper: false)))]
    case .subsample:
      let zeros = 0...ConvolutionGeometry.maximumChannels
      return [
        AttributeRule("stride", .extent(sides)), AttributeRule("channels_before", .integer(zeros)),
        AttributeRule("channels_after", .integer(zeros)),
      ]
    case .globalAveragePool, .relu, .tanh, .sigmoid, .softmax, .concat, .add, .flatten: return []
    }
  }
}

/// The name and the type of an operation's attribute.
struct AttributeRule: Sendable {
  enum Kind: Sendable {
    case integer(ClosedRange<Int>)
    case extent(ClosedRange<Int>)
    case padding(ClosedRange<Int>)
    case boolean
    case number(NumberRange)
    case choice([String])
  }

  var name: String
  var kind: Kind

  init(_ name: String, _ kind: Kind) {
    self.name = name
    self.kind = kind
  }
}

/// An attribute's value as written, with the range that its numbers must be in.
package enum AttributeValue: Sendable {
  case integer(Located<Term>, ClosedRange<Int>)
  /// Height and width.
  case extent(Located<Term>, Located<Term>, ClosedRange<Int>)
  /// Top, left, bottom and right.
  case padding([Located<Term>], ClosedRange<Int>)
  case samePadding
  case boolean(Located<Term>)
  case number(Double)
  case choice(String)
}
