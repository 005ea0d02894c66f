import ZooGraph
import ZooTensor
import ZooTestSupport

extension GraphCase {
  /// A network drawn at random: any operation on any values computed so far, taps anywhere.
  init(seed: UInt64) {
    self.init("random network \(seed)") { graph in
      var random = SplitMix64(seed: seed)
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

  /// One operation drawn at random, of an image or of a map in blocks that another layer reads with a halo.
  init(layer seed: UInt64) {
    self.init("random layer \(seed)") { graph in
      var random = SplitMix64(seed: ~seed)
      // Now and then so many channels that a reduction is cut into chains.
      let isDeep = Int.random(in: 0..<32, using: &random) == 0
      let channels = (isDeep ? [130, 257, 530] : [1, 2, 3, 4, 5, 15, 16, 17, 24, 31, 32, 33, 48, 64]).pick(&random)
      let side = 1...(isDeep ? 5 : 18)
      let image = try graph.image(channels, Int.random(in: side, using: &random), Int.random(in: side, using: &random))
      let isFirst = Bool.random(using: &random)
      let value = isFirst ? image : try graph.add(.activation(.leakyRelu(slope: 0.5)), image)
      var outputs: [NodeID] = []
      while outputs.isEmpty {
        outputs = (try? [graph.addRandom([value], &random)]) ?? []
      }
      // Pooled at once where the convolution's algorithm can.
      if case .convolution = graph[outputs[0]].operation, Int.random(in: 0..<3, using: &random) == 0,
        let pool = try? graph.add(.maxPool(Pooling(kernel: Extent(2), stride: Extent(2))), outputs[0])
      {
        outputs = [pool]
      }
      if !isFirst, Bool.random(using: &random) { outputs.append(try graph.convolution(value, 3, 5, padding: 2)) }
      return outputs
    }
  }
}

extension GraphCase {
  /// One operation drawn at random on small values, between functions that are smooth.
  init(gradientOfLayer seed: UInt64) {
    self.init("random layer \(seed)") { graph in
      var random = SplitMix64(seed: seed)
      let image = try graph.image(
        [1, 2, 3, 5, 8, 17].pick(&random), Int.random(in: 1...7, using: &random), Int.random(in: 1...7, using: &random))
      let value = try graph.add(.batchNorm(BatchNorm()), image)
      let other = try graph.add(.activation(.tanh), value)
      var outputs: [NodeID] = []
      while outputs.isEmpty { outputs = (try? [graph.addRandom([other, value], &random)]) ?? [] }
      return outputs
    }
  }

  /// A few operations drawn at random on small values.
  init(gradientOfNetwork seed: UInt64) {
    self.init("random network \(seed)") { graph in
      var random = SplitMix64(seed: 1000 + seed)
      var values = [
        try graph.image(
          [1, 3, 6].pick(&random), Int.random(in: 3...7, using: &random), Int.random(in: 3...7, using: &random))
      ]
      for _ in 0..<Int.random(in: 3...9, using: &random) {
        guard let value = try? graph.addRandom(values, &random), graph[value].shape.elementCount < 4000 else {
          continue
        }
        values.append(value)
      }
      return [values[values.count - 1], values.pick(&random)]
    }
  }
}

extension Graph {
  /// Appends an operation drawn at random.
  ///
  /// - Throws: `ShapeError` when it does not fit the value that was drawn for it.
  fileprivate mutating func addRandom(_ values: [NodeID], _ random: inout SplitMix64) throws -> NodeID {
    // Recent values are preferred, so that networks become deep.
    let value = Bool.random(using: &random) ? values[values.count - 1] : values.pick(&random)
    let shape = self[value].shape
    var operation = ZooGraph.Operation.random(for: shape, &random)
    var inputs = [value]
    switch operation {
    case .join(.add, let activation, _):
      let alike = values.filter { self[$0].shape == shape }
      for _ in 0..<Int.random(in: 1...3, using: &random) { inputs.append(alike.pick(&random)) }
      if inputs.count != 3 { operation = .add(activation, stochasticDepth: 0.4) }
    case .concat:
      let compatible = values.filter { self[$0].shape.dimensions.dropFirst() == shape.dimensions.dropFirst() }
      for _ in 0..<Int.random(in: 0...3, using: &random) { inputs.append(compatible.pick(&random)) }
    case .join(.multiply, _, _):
      // Gates among them: one number for each channel.
      let compatible = values.filter { (try? operation.signature(inputs: [shape, self[$0].shape])) != nil }
      for _ in 0..<Int.random(in: 1...2, using: &random) { inputs.append(compatible.pick(&random)) }
      inputs.shuffle(using: &random)
    case .convolution(var convolution):
      // What is added has the shape of the result.
      let result = try operation.signature(inputs: [shape]).shape
      guard let addend = values.last(where: { self[$0].shape == result }) else { break }
      convolution.addsInput = true
      operation = .convolution(convolution)
      inputs.append(addend)
    case .input, .locallyConnected, .fullyConnected, .maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool,
      .globalMaxPool, .adaptiveMaxPool, .mean, .pad, .upsample, .transposedConvolution, .activation, .prelu,
      .batchNorm, .localResponseNorm, .normalization, .dropout, .softmax, .flatten, .selectChannels, .subsample,
      .parameter,
      .batchMean, .randomMask, .batchStatistics, .loss, .gradient:
      break
    }
    let output = try operation.signature(inputs: inputs.map { self[$0].shape }).shape
    // Large enough for every path through a kernel, small enough for the interpreter.
    guard output.elementCount <= 60_000 else {
      throw ShapeError.tooLarge(what: "the output", dimensions: output.dimensions)
    }
    return try append(operation, name: "node\(nodes.count)", inputs: inputs)
  }
}
