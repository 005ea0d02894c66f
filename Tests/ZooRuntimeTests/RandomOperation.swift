import ZooGraph
import ZooTensor
import ZooTestSupport

extension ZooGraph.Operation {
  /// An operation for a value of the given shape, drawn at random: every kind, with all of its attributes, at geometries
  /// far from those that networks have. Some draws do not fit the value.
  static func random(for shape: Shape, _ random: inout SplitMix64) -> ZooGraph.Operation {
    switch Int.random(in: 0..<46, using: &random) {
    case 0..<8: return .convolution(.random(channels: shape.channels, &random))
    case 8: return .locallyConnected(.random(&random))
    case 9:
      return .fullyConnected(
        FullyConnected(outputFeatures: [1, 3, 16, 40, 130].pick(&random), hasBias: .random(using: &random)))
    case 10..<13: return .maxPool(.random(&random))
    case 13..<15: return .averagePool(.random(&random), countsPadding: .random(using: &random))
    case 15: return .globalAveragePool
    case 16:
      return .adaptiveAveragePool(
        Extent(height: .random(in: 1...9, using: &random), width: .random(in: 1...9, using: &random)))
    case 17: return .activation(.random(&random))
    case 18:
      let norm = BatchNorm(epsilon: [1e-5, 1e-3].pick(&random), isAffine: [true, true, false].pick(&random))
      return .batchNorm([norm, norm, .scale(), .scale(shift: false)].pick(&random))
    case 19: return .localResponseNorm(.random(&random))
    case 20: return .dropout(probability: 0.5)
    case 21: return .softmax
    case 22: return .concat
    case 23: return .add([nil, .random(&random)].pick(&random))
    case 24: return .flatten
    case 25..<28: return .multiply
    case 28: return .prelu(isShared: .random(using: &random))
    case 29: return .activation(.random(&random))
    case 30..<33: return .selectChannels(.random(channels: shape.channels, &random))
    // Of a single number nothing is left, nor of its gradient but what rounding makes of nothing.
    case 33 where shape.channels > 3, 34 where shape.channels > 3:
      return .normalization(Normalization(epsilon: [1e-2, 0.1].pick(&random)))
    case 35 where shape.elementCount > 3:
      let divisors = (1...shape.channels).filter { shape.channels % $0 == 0 && shape.elementCount / $0 > 3 }
      return .normalization(Normalization(groups: divisors.pick(&random), epsilon: [1e-2, 0.1].pick(&random)))
    case 36, 37:
      let extent = Extent(height: .random(in: 1...9, using: &random), width: .random(in: 1...9, using: &random))
      return [.globalMaxPool, .adaptiveMaxPool(extent)].pick(&random)
    case 38, 39: return .mean(MeanSide.allCases.pick(&random))
    case 40:
      return .pad(Pad(.fixed(.random(upTo: 4, &random)), mode: PaddingMode.allCases.pick(&random)))
    case 41: return .upsample(.random(&random))
    case 42..<44: return .transposedConvolution(.random(channels: shape.channels, &random))
    default:
      return .subsample(
        Subsample(
          stride: .random(upTo: 4, &random), channelsBefore: [0, 1, 8, 16].pick(&random),
          channelsAfter: [0, 3, 8, 16].pick(&random)))
    }
  }
}

extension Convolution {
  static func random(channels: Int, _ random: inout SplitMix64) -> Convolution {
    let kernel = Extent.randomKernel(&random)
    let divisors = (1...channels).filter { channels % $0 == 0 }
    let groups = [1, 1, 1, divisors.pick(&random)].pick(&random)
    var padding = PaddingRule.random(below: kernel, &random)
    // Wider than the kernel, as few networks have it.
    if Int.random(in: 0..<8, using: &random) == 0 {
      padding = .fixed(.random(upTo: kernel.height + 9, &random))
    }
    // Winograd's geometry, at which others are rare.
    let isPlain = Int.random(in: 0..<4, using: &random) == 0
    return Convolution(
      outputChannels: groups * [1, 2, 16 / groups + 1, (48 + groups - 1) / groups].pick(&random),
      kernel: isPlain ? Extent([3, 5].pick(&random)) : kernel,
      stride: isPlain ? Extent(1) : .random(upTo: 5, &random),
      padding: padding,
      dilation: isPlain ? Extent(1) : [Extent(1), Extent(1), .random(upTo: 3, &random)].pick(&random),
      groups: isPlain ? 1 : groups, hasBias: Bool.random(using: &random),
      activation: [nil, nil, .random(&random)].pick(&random))
  }
}

extension ChannelSelection {
  fileprivate static func random(channels: Int, _ random: inout SplitMix64) -> ChannelSelection {
    if Bool.random(using: &random) {
      return .shuffle(groups: (1...channels).filter { channels % $0 == 0 }.pick(&random))
    }
    // Whole blocks are not copied.
    let first = [0, channels / 32 * 16, Int.random(in: 0..<channels, using: &random)].pick(&random)
    return .slice(
      first: first, channels: [channels - first, .random(in: 1...channels - first, using: &random)].pick(&random))
  }
}

extension Upsample {
  fileprivate static func random(_ random: inout SplitMix64) -> Upsample {
    let mode = Mode.allCases.pick(&random)
    let alignsCorners = mode == .bilinear && Bool.random(using: &random)
    if Bool.random(using: &random) {
      return Upsample(factor: .random(upTo: 3, &random), mode: mode, alignsCorners: alignsCorners)
    }
    return Upsample(output: .random(upTo: 19, &random), mode: mode, alignsCorners: alignsCorners)
  }
}

extension TransposedConvolution {
  fileprivate static func random(channels: Int, _ random: inout SplitMix64) -> TransposedConvolution {
    let groups = [1, 1, (1...channels).filter { channels % $0 == 0 }.pick(&random)].pick(&random)
    let stride = Extent.random(upTo: 3, &random)
    return TransposedConvolution(
      outputChannels: groups * [1, 2, 16 / groups + 1].pick(&random), kernel: .random(upTo: 5, &random),
      stride: stride, padding: .fixed(.random(upTo: 2, &random)),
      outputPadding: Extent(
        height: .random(in: 0..<stride.height, using: &random), width: .random(in: 0..<stride.width, using: &random)),
      dilation: [Extent(1), Extent(1), .random(upTo: 2, &random)].pick(&random), groups: groups,
      hasBias: .random(using: &random), activation: [nil, nil, .random(&random)].pick(&random))
  }
}

extension LocallyConnected {
  fileprivate static func random(_ random: inout SplitMix64) -> LocallyConnected {
    let kernel = Extent.random(upTo: 4, &random)
    return LocallyConnected(
      outputChannels: [1, 4, 16, 18].pick(&random), kernel: kernel, stride: .random(upTo: 3, &random),
      padding: .random(below: Extent(height: kernel.height + 1, width: kernel.width + 1), &random),
      hasBias: Bool.random(using: &random))
  }
}

extension Pooling {
  static func random(_ random: inout SplitMix64) -> Pooling {
    let kernel = Extent.randomKernel(&random)
    let padding = PaddingRule.random(below: kernel, &random)
    return Pooling(
      kernel: kernel, stride: .random(upTo: 5, &random), padding: padding,
      rounding: padding == .same ? .floor : PoolingRounding.allCases.pick(&random))
  }
}

extension LocalResponseNorm {
  fileprivate static func random(_ random: inout SplitMix64) -> LocalResponseNorm {
    LocalResponseNorm(
      size: [1, 3, 5, 5, 7, 33].pick(&random), alpha: [1e-4, 0.1, 1].pick(&random),
      beta: [0.5, 0.75, 1, 0.6].pick(&random), k: [1, 2].pick(&random), convention: Convention.allCases.pick(&random))
  }
}

extension Activation {
  fileprivate static func random(_ random: inout SplitMix64) -> Activation {
    [
      .relu, .tanh, .sigmoid, .leakyRelu(slope: 0.1), .leakyRelu(slope: 1), .clamp(lower: 0, upper: 6),
      .clamp(lower: -0.5, upper: 3), .silu, .hardswish, .hardsigmoid, .gelu, .geluTanh, .elu(alpha: 1),
      .elu(alpha: 2.5),
    ].pick(&random)
  }
}

extension Extent {
  static func random(upTo most: Int, _ random: inout SplitMix64) -> Extent {
    Extent(height: .random(in: 1...most, using: &random), width: .random(in: 1...most, using: &random))
  }

  /// Up to 7×7; of one row, of one column and squares more often than they would come.
  fileprivate static func randomKernel(_ random: inout SplitMix64) -> Extent {
    let any = Extent.random(upTo: 7, &random)
    return [any, any, Extent(any.height), Extent(height: any.height, width: 3), Extent(height: 1, width: any.width)]
      .pick(&random)
  }
}

extension PaddingRule {
  fileprivate static func random(below kernel: Extent, _ random: inout SplitMix64) -> PaddingRule {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return .same
    case 1: return .fixed(.none)
    default:
      func side(_ length: Int) -> Int { Int.random(in: 0..<length, using: &random) }
      return .fixed(
        Padding(
          top: side(kernel.height), left: side(kernel.width), bottom: side(kernel.height), right: side(kernel.width)))
    }
  }
}

extension Padding {
  fileprivate static func random(upTo most: Int, _ random: inout SplitMix64) -> Padding {
    func side() -> Int { Int.random(in: 0...most, using: &random) }
    return Padding(top: side(), left: side(), bottom: side(), right: side())
  }
}

extension Array {
  /// - Precondition: not empty.
  func pick(_ random: inout SplitMix64) -> Element {
    self[Int.random(in: indices, using: &random)]
  }
}
