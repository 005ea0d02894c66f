import Testing
import ZooGraph
import ZooRuntime
import ZooTensor

@Suite("The interpreter, against answers worked out by hand")
struct InterpreterTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let operation: ZooGraph.Operation
    let input: Tensor
    var parameters: [String: [Float]] = [:]
    let expected: Tensor

    init(
      _ name: String, _ operation: ZooGraph.Operation, _ shape: Shape, _ input: [Float],
      _ parameters: [String: [Float]] = [:],
      gives expectedShape: Shape, _ expected: [Float]
    ) {
      testDescription = name
      self.operation = operation
      self.input = Tensor(shape: shape, floats: input)
      self.parameters = parameters
      self.expected = Tensor(shape: expectedShape, floats: expected)
    }
  }

  private static let ramp: [Float] = (1...9).map { Float($0) }

  static let examples: [Example] = [
    Example(
      "convolution, padding on one side, stride 2",
      .convolution(
        Convolution(
          outputChannels: 1, kernel: Extent(2), stride: Extent(2),
          padding: Padding(top: 1, left: 0, bottom: 0, right: 1))),
      [1, 3, 3], ramp, ["weight": [1, 10, 100, 1000], "bias": [0.5]],
      gives: [1, 2, 2], [2100.5, 300.5, 8754.5, 906.5]),
    Example(
      "convolution, two groups, relu",
      .convolution(Convolution(outputChannels: 2, kernel: Extent(1), groups: 2, activation: .relu)),
      [4, 1, 1], [1, 2, 3, 4], ["weight": [1, 1, 1, -1], "bias": [0, 0.5]], gives: [2, 1, 1], [3, 0]),
    Example(
      "convolution, dilation 2",
      .convolution(Convolution(outputChannels: 1, kernel: Extent(2), dilation: Extent(2), hasBias: false)),
      [1, 3, 3], ramp, ["weight": [1, 10, 100, 1000]], gives: [1, 1, 1], [9731]),
    Example(
      "locally connected",
      .locallyConnected(LocallyConnected(outputChannels: 2, kernel: Extent(height: 1, width: 2))),
      [1, 1, 3], [1, 2, 3], ["weight": [1, 0, 0, 1, 10, 0, 0, 10], "bias": [0.1, 0.2, 0.3, 0.4]],
      gives: [2, 1, 2], [1.1, 20.2, 2.3, 30.4]),
    Example(
      "fully connected takes channels, rows, columns in order",
      .fullyConnected(FullyConnected(outputFeatures: 2)), [2, 1, 2], [1, 2, 3, 4],
      ["weight": [1, 10, 100, 1000, 0, 0, 0, 1], "bias": [0, -4]], gives: [2], [4321, 0]),
    Example(
      "max pool: padding never wins",
      .maxPool(Pooling(kernel: Extent(2), stride: Extent(2), padding: Padding(1))), [1, 2, 2], [-1, -2, -3, -4],
      gives: [1, 2, 2], [-1, -2, -3, -4]),
    Example(
      "average pool, padding not counted",
      .averagePool(
        Pooling(kernel: Extent(2), stride: Extent(2), padding: Padding(1), rounding: .ceil), countsPadding: false),
      [1, 3, 3], ramp, gives: [1, 2, 2], [1, 2.5, 5.5, 7]),
    Example(
      "average pool, padding counted, windows clipped at the padded edge",
      .averagePool(
        Pooling(
          kernel: Extent(3), stride: Extent(2), padding: Padding(top: 1, left: 1, bottom: 0, right: 0),
          rounding: .ceil),
        countsPadding: true),
      [1, 3, 3], ramp, gives: [1, 2, 2], [12.0 / 9, 16.0 / 6, 24.0 / 6, 28.0 / 4]),
    Example("global average pool", .globalAveragePool, [2, 1, 2], [1, 2, 3, 5], gives: [2, 1, 1], [1.5, 4]),
    Example(
      "adaptive average pool, overlapping windows", .adaptiveAveragePool(Extent(2)), [1, 3, 3], ramp,
      gives: [1, 2, 2], [3, 4, 6, 7]),
    Example("global max pool", .globalMaxPool, [2, 1, 2], [1, 2, -3, -5], gives: [2, 1, 1], [2, -3]),
    Example(
      "adaptive max pool, overlapping windows", .adaptiveMaxPool(Extent(2)), [1, 3, 3], ramp, gives: [1, 2, 2],
      [5, 6, 8, 9]),
    // As torch 2.15 has them.
    Example(
      "pad with what is mirrored",
      .pad(Pad(.fixed(Padding(top: 0, left: 1, bottom: 2, right: 0)), mode: .reflect)), [1, 3, 3], ramp,
      gives: [1, 5, 4], [2, 1, 2, 3, 5, 4, 5, 6, 8, 7, 8, 9, 5, 4, 5, 6, 2, 1, 2, 3]),
    Example(
      "pad with the edge", .pad(Pad(.fixed(Padding(top: 1, left: 0, bottom: 0, right: 2)), mode: .replicate)),
      [1, 3, 3], ramp, gives: [1, 4, 5], [1, 2, 3, 3, 3, 1, 2, 3, 3, 3, 4, 5, 6, 6, 6, 7, 8, 9, 9, 9]),
    Example(
      "pad with zeros", .pad(Pad(.fixed(Padding(top: 0, left: 1, bottom: 1, right: 0)))), [1, 1, 2], [3, 4],
      gives: [1, 2, 3], [0, 3, 4, 0, 0, 0]),
    Example(
      "upsample, nearest, to a size", .upsample(Upsample(output: Extent(height: 2, width: 5))), [1, 3, 3], ramp,
      gives: [1, 2, 5], [1, 1, 2, 2, 3, 4, 4, 5, 5, 6]),
    Example(
      "upsample, bilinear", .upsample(Upsample(factor: Extent(2), mode: .bilinear)), [1, 2, 2], [1, 2, 3, 5],
      gives: [1, 4, 4],
      [1, 1.25, 1.75, 2, 1.5, 1.8125, 2.4375, 2.75, 2.5, 2.9375, 3.8125, 4.25, 3, 3.5, 4.5, 5]),
    Example(
      "upsample, bilinear, corners aligned",
      .upsample(Upsample(output: Extent(3), mode: .bilinear, alignsCorners: true)), [1, 2, 2], [1, 2, 3, 5],
      gives: [1, 3, 3], [1, 1.5, 2, 2, 2.75, 3.5, 3, 4, 5]),
    Example(
      "upsample that makes a map smaller", .upsample(Upsample(output: Extent(2), mode: .bilinear)), [1, 3, 3], ramp,
      gives: [1, 2, 2], [2, 3.5, 6.5, 8]),
    Example(
      "transposed convolution",
      .transposedConvolution(TransposedConvolution(outputChannels: 1, kernel: Extent(2), stride: Extent(2))),
      [2, 2, 2], [1, 2, 3, 4, 1, 0, 0, -1], ["weight": [1, 2, 3, 4, 10, 0, 0, 0], "bias": [0.5]], gives: [1, 4, 4],
      [11.5, 2.5, 2.5, 4.5, 3.5, 4.5, 6.5, 8.5, 3.5, 6.5, -5.5, 8.5, 9.5, 12.5, 12.5, 16.5]),
    Example(
      "transposed convolution, cut and with a row and a column more",
      .transposedConvolution(
        TransposedConvolution(
          outputChannels: 1, kernel: Extent(2), stride: Extent(2), padding: .fixed(Padding(1)),
          outputPadding: Extent(1))), [2, 2, 2], [1, 2, 3, 4, 1, 0, 0, -1],
      ["weight": [1, 2, 3, 4, 10, 0, 0, 0], "bias": [0.5]], gives: [1, 3, 3],
      [4.5, 6.5, 8.5, 6.5, -5.5, 8.5, 12.5, 12.5, 16.5]),
    Example("mean over space", .mean(.space), [2, 1, 2], [1, 2, 3, 5], gives: [2], [1.5, 4]),
    Example("mean over the rows", .mean(.height), [1, 3, 3], ramp, gives: [1, 1, 3], [4, 5, 6]),
    Example("mean over the columns", .mean(.width), [1, 3, 3], ramp, gives: [1, 3, 1], [2, 5, 8]),
    Example("leaky relu", .activation(.leakyRelu(slope: 0.5)), [3], [-2, 0, 2], gives: [3], [-1, 0, 2]),
    Example("tanh", .activation(.tanh), [2], [0, 1], gives: [2], [0, 0.7615941559]),
    Example("sigmoid", .activation(.sigmoid), [2], [0, 1], gives: [2], [0.5, 0.7310585786]),
    Example(
      "batch norm", .batchNorm(BatchNorm(epsilon: 1)), [2, 1, 2], [1, 2, 3, 4],
      ["weight": [2, 1], "bias": [10, 20], "running_mean": [1, 3], "running_var": [3, 0]],
      gives: [2, 1, 2], [10, 11, 20, 21]),
    Example(
      "batch norm without scale and shift", .batchNorm(BatchNorm(epsilon: 1, isAffine: false)), [2, 1, 2],
      [1, 2, 3, 4], ["running_mean": [1, 3], "running_var": [3, 0]], gives: [2, 1, 2], [0, 0.5, 0, 1]),
    Example(
      "scale", .batchNorm(.scale()), [2, 1, 2], [1, 2, 3, 4], ["weight": [2, -1], "bias": [10, 20]],
      gives: [2, 1, 2], [12, 14, 17, 16]),
    Example(
      "scale without shift", .batchNorm(.scale(shift: false)), [2], [1, 2], ["weight": [2, -1]], gives: [2], [2, -2]),
    Example(
      "local response norm, mean of squares",
      .localResponseNorm(LocalResponseNorm(size: 3, alpha: 3, beta: 1, k: 1, convention: .mean)), [3, 1, 1], [1, 2, 3],
      gives: [3, 1, 1], [1.0 / 6, 2.0 / 15, 3.0 / 14]),
    Example(
      "local response norm, sum of squares",
      .localResponseNorm(LocalResponseNorm(size: 1, alpha: 1, beta: 0.5, k: 0, convention: .sum)), [2, 1, 1], [3, -4],
      gives: [2, 1, 1], [1, -1]),
    Example("dropout", .dropout(probability: 0.5), [2], [1, 2], gives: [2], [1, 2]),
    Example(
      "softmax over channels, at each position", .softmax, [2, 1, 2], [0, 1000, 0, 1000], gives: [2, 1, 2],
      [0.5, 0.5, 0.5, 0.5]),
    Example("flatten", .flatten, [2, 1, 2], [1, 2, 3, 4], gives: [4], [1, 2, 3, 4]),
    Example(
      "slice", .selectChannels(.slice(first: 1, channels: 2)), [3, 1, 2], [1, 2, 3, 4, 5, 6], gives: [2, 1, 2],
      [3, 4, 5, 6]),
    Example(
      "channel shuffle", .selectChannels(.shuffle(groups: 2)), [6], [0, 1, 2, 3, 4, 5], gives: [6], [0, 3, 1, 4, 2, 5]),
    Example(
      "channel shuffle, three groups", .selectChannels(.shuffle(groups: 3)), [6, 1, 2],
      [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5], gives: [6, 1, 2],
      [0, 0.5, 2, 2.5, 4, 4.5, 1, 1.5, 3, 3.5, 5, 5.5]),
    Example(
      "subsample", .subsample(Subsample(stride: Extent(2), channelsBefore: 1, channelsAfter: 0)), [1, 3, 3], ramp,
      gives: [2, 2, 2], [0, 0, 0, 0, 1, 3, 7, 9]),
  ]

  @Test(arguments: examples)
  func example(_ example: Example) throws {
    var graph = Graph(name: "example")
    let input = try graph.append(.input(example.input.shape), name: "input")
    let value = try graph.append(example.operation, name: "layer", inputs: [input])
    graph.outputs = [Output(name: "output", role: .features, value: value)]
    let shapes = Dictionary(uniqueKeysWithValues: graph.tensors.map { ($0.name, $0.shape) })
    let interpreter = try Interpreter(graph: graph) { name in
      let shape = try #require(shapes[name])
      return Tensor(shape: shape, floats: try #require(example.parameters[String(name.dropFirst("layer.".count))]))
    }
    let output = try interpreter.run(example.input)[0]
    #expect(output.shape == Shape([1] + example.expected.shape.dimensions))
    for (found, expected) in zip(output.floats, example.expected.floats) {
      #expect(abs(found - expected) <= 1e-6 * max(1, abs(expected)), "\(output.floats)")
    }
  }

  @Test("Sums and concatenations take their inputs in order")
  func joins() throws {
    let graph = GraphCase("joins") { graph in
      let image = try graph.image(1, 1, 2)
      let negative = try graph.add(.subsample(Subsample(stride: Extent(1), channelsBefore: 1)), image)
      let doubled = try graph.add(.concat, image, image)
      return [try graph.add(.concat, image, negative), try graph.add(.add(.relu), negative, doubled)]
    }.graph
    let images = Tensor(shape: [2, 1, 1, 2], floats: [1, -2, 3, 4])
    let outputs = try Interpreter(graph: graph, weights: SyntheticWeights(for: graph).tensor).run(images)
    #expect(outputs.map(\.shape) == [[2, 3, 1, 2], [2, 2, 1, 2]])
    #expect(outputs[0].floats == [1, -2, 0, 0, 1, -2, 3, 4, 0, 0, 3, 4])
    #expect(outputs[1].floats == [1, 0, 2, 0, 3, 4, 6, 8])
  }

  @Test("Values of every node, and what only training needs on request")
  func trainingOnly() throws {
    var graph = Graph(name: "auxiliary")
    let image = try graph.image(3, 4, 4)
    let main = try graph.append(.globalAveragePool, name: "main", inputs: [image])
    let side = try graph.append(
      .convolution(Convolution(outputChannels: 2, kernel: Extent(1))), name: "side", inputs: [image],
      isTrainingOnly: true)
    graph.outputs = [
      Output(name: "aux", role: .auxiliary, value: side), Output(name: "scores", role: .logits, value: main),
    ]
    let weights = SyntheticWeights(for: graph)
    let images = SyntheticWeights.images(graph.inputShape)
    // Inference does without the weights of the auxiliary classifier.
    let interpreter = try Interpreter(graph: graph) { throw SyntheticWeights.Missing(name: $0) }
    let network = try CompiledNetwork(graph: graph) { throw SyntheticWeights.Missing(name: $0) }
    #expect(try interpreter.run(images).map(\.shape) == [[1, 3, 1, 1]])
    #expect(try interpreter.values(images).map { $0?.shape } == [[1, 3, 4, 4], [1, 3, 1, 1], nil])
    #expect(network.outputs.map(\.name) == ["scores"])
    #expect(try network.makeRunner().run(images).map(\.shape) == [[1, 3, 1, 1]])

    let training = try Interpreter(graph: graph, includingTraining: true, weights: weights.tensor)
    let trainingNetwork = try CompiledNetwork(
      graph: graph, options: ExecutionOptions(includesTraining: true), weights: weights.tensor)
    #expect(try training.run(images).map(\.shape) == [[1, 2, 4, 4], [1, 3, 1, 1]])
    #expect(try training.values(images)[2]?.shape == [1, 2, 4, 4])
    #expect(trainingNetwork.outputShapes == [[2, 4, 4], [3, 1, 1]])
  }
}
