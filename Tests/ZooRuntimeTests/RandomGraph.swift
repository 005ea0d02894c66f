import ZooGraph
import ZooTensor

extension GraphCase {
  /// A network drawn at random: any operation on any values computed so far, taps anywhere.
  init(seed: UInt64) {
    self.init("random network \(seed)") { graph in
      var random = RandomNumbers(seed: seed)
      var values = [
        try graph.image(
          [1, 3, 16, 20].pick(&random), Int.random(in: 5...15, using: &random), Int.random(in: 5...15, using: &random))
      ]
      for _ in 0..<Int.random(in: 3...14, using: &random) {
        // Impossible draws, such as a kernel larger than its map, are drawn again.
        guard let value = try? graph.addRandom(values, &random) else { continue }
        values.append(value)
      }
      var outputs = [values[values.count - 1]]
      for _ in 0..<Int.random(in: 0...2, using: &random) { outputs.append(values.pick(&random)) }
      return outputs
    }
  }
}

extension Graph {
  fileprivate mutating func addRandom(_ values: [NodeID], _ random: inout RandomNumbers) throws -> NodeID {
    // Recent values are preferred, so that networks become deep.
    let value = Bool.random(using: &random) ? values[values.count - 1] : values.pick(&random)
    let shape = self[value].shape
    let alike = values.filter { self[$0].shape == shape }
    switch Int.random(in: 0..<18, using: &random) {
    case 0..<5:
      return try add(.convolution(.random(channels: shape.channels, &random)), value)
    case 5:
      var fused = Convolution.random(channels: shape.channels, &random)
      fused.outputChannels = shape.channels
      fused.stride = Extent(1)
      fused.dilation = Extent(1)
      fused.kernel = Extent([1, 3, 5].pick(&random))
      fused.padding = Padding(fused.kernel.height / 2)
      fused.groups = 1
      fused.addsInput = true
      fused.activation = .relu
      return try add(.convolution(fused), value, alike.pick(&random))
    case 6:
      return try add(.maxPool(.random(&random)), value)
    case 7:
      return try add(.averagePool(.random(&random), countsPadding: Bool.random(using: &random)), value)
    case 8:
      return try add(.activation([.relu, .tanh, .sigmoid, .leakyRelu(slope: 0.1)].pick(&random)), value)
    case 9:
      return try add(.batchNorm(BatchNorm()), value)
    case 10:
      return try append(
        .add([nil, .relu].pick(&random)), name: "node\(nodes.count)", inputs: [value, alike.pick(&random)])
    case 11, 12:
      let compatible = values.filter { self[$0].shape.dimensions.dropFirst() == shape.dimensions.dropFirst() }
      let others = (0..<Int.random(in: 1...3, using: &random)).map { _ in compatible.pick(&random) }
      return try append(.concat, name: "node\(nodes.count)", inputs: [value] + others)
    case 13:
      return try add(
        .localResponseNorm(LocalResponseNorm(size: 5, alpha: 0.1, beta: 0.75, k: 1, convention: .mean)), value)
    case 14:
      return try add(
        .fullyConnected(FullyConnected(outputFeatures: [3, 16, 40].pick(&random))), try add(.flatten, value))
    case 15:
      return try add(.dropout(probability: 0.5), value)
    case 16:
      return try add(.adaptiveAveragePool(Extent(height: [1, 3].pick(&random), width: [1, 4].pick(&random))), value)
    default:
      return try add(
        .subsample(Subsample(stride: Extent([1, 2].pick(&random)), channelsAfter: [0, 8].pick(&random))), value)
    }
  }
}

extension Convolution {
  fileprivate static func random(channels: Int, _ random: inout RandomNumbers) -> Convolution {
    let kernel = Extent(height: [1, 3, 3, 5].pick(&random), width: [1, 3, 3, 2].pick(&random))
    let divisors = (1...channels).filter { channels % $0 == 0 }
    let groups = [1, 1, 1, divisors.pick(&random)].pick(&random)
    return Convolution(
      outputChannels: groups * [1, 2, 16 / groups + 1, (48 + groups - 1) / groups].pick(&random), kernel: kernel,
      stride: Extent(height: [1, 1, 2].pick(&random), width: [1, 1, 2, 3].pick(&random)),
      padding: Padding(
        top: Int.random(in: 0..<kernel.height, using: &random), left: Int.random(in: 0..<kernel.width, using: &random),
        bottom: Int.random(in: 0..<kernel.height, using: &random),
        right: Int.random(in: 0..<kernel.width, using: &random)),
      dilation: Extent([1, 1, 1, 2].pick(&random)), groups: groups, hasBias: Bool.random(using: &random))
  }
}

extension Pooling {
  fileprivate static func random(_ random: inout RandomNumbers) -> Pooling {
    let kernel = [2, 3].pick(&random)
    return Pooling(
      kernel: Extent(kernel), stride: Extent([1, 2].pick(&random)),
      padding: Padding(
        top: Int.random(in: 0..<kernel, using: &random), left: Int.random(in: 0..<kernel, using: &random),
        bottom: Int.random(in: 0..<kernel, using: &random), right: Int.random(in: 0..<kernel, using: &random)),
      rounding: PoolingRounding.allCases.pick(&random))
  }
}

extension Array {
  /// - Precondition: not empty.
  fileprivate func pick(_ random: inout RandomNumbers) -> Element {
    self[Int.random(in: indices, using: &random)]
  }
}
