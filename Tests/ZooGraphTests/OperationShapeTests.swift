import Testing
import ZooGraph
import ZooTensor

@Suite struct OperationShapeTests {
  private static func pooling(_ kernel: Int, _ stride: Int, _ padding: Int = 0) -> Pooling {
    Pooling(kernel: Extent(kernel), stride: Extent(stride), padding: Padding(padding))
  }

  private static func convolution(_ channels: Int, _ kernel: Int, groups: Int = 1, addsInput: Bool = false) -> Operation
  {
    .convolution(
      Convolution(outputChannels: channels, kernel: Extent(kernel), groups: groups, addsInput: addsInput))
  }

  @Test(
    "shapes",
    arguments: [
      (convolution(8, 3), [[4, 6, 7]], [8, 4, 5]),
      (convolution(8, 3, addsInput: true), [[4, 6, 7], [8, 4, 5]], [8, 4, 5]),
      (.locallyConnected(LocallyConnected(outputChannels: 2, kernel: Extent(3))), [[4, 6, 7]], [2, 4, 5]),
      (.fullyConnected(FullyConnected(outputFeatures: 10)), [[4, 6, 7]], [10]),
      (.maxPool(pooling(2, 2)), [[4, 6, 7]], [4, 3, 3]),
      (.averagePool(pooling(3, 1, 1), countsPadding: true), [[4, 6, 7]], [4, 6, 7]),
      (.globalAveragePool, [[4, 6, 7]], [4, 1, 1]), (.adaptiveAveragePool(Extent(9)), [[4, 6, 7]], [4, 9, 9]),
      (.globalMaxPool, [[4, 6, 7]], [4, 1, 1]), (.adaptiveMaxPool(Extent(9)), [[4, 6, 7]], [4, 9, 9]),
      (.pad(Pad(.fixed(Padding(top: 1, left: 2, bottom: 3, right: 4)))), [[4, 6, 7]], [4, 10, 13]),
      (.pad(Pad(.fixed(Padding(5)), mode: .reflect)), [[4, 6, 7]], [4, 16, 17]),
      (.upsample(Upsample(factor: Extent(height: 2, width: 3))), [[4, 6, 7]], [4, 12, 21]),
      (
        .upsample(Upsample(factor: Extent(height: 2, width: 1), output: Extent(height: 0, width: 3), mode: .bilinear)),
        [[4, 6, 7]], [4, 12, 3]
      ),
      (
        .transposedConvolution(
          TransposedConvolution(
            outputChannels: 6, kernel: Extent(3), stride: Extent(2), padding: .fixed(Padding(1)),
            outputPadding: Extent(1), dilation: Extent(2), groups: 2)), [[4, 6, 7]], [6, 14, 16]
      ),
      (.mean(.space), [[4, 6, 7]], [4]), (.mean(.height), [[4, 6, 7]], [4, 1, 7]),
      (.mean(.width), [[4, 6, 7]], [4, 6, 1]),
      (.activation(.relu), [[7]], [7]), (.batchNorm(BatchNorm()), [[4, 6, 7]], [4, 6, 7]), (.softmax, [[10]], [10]),
      (.dropout(probability: 0), [[10]], [10]), (.concat, [[4, 6, 7], [5, 6, 7], [1, 6, 7]], [10, 6, 7]),
      (.concat, [[4], [5]], [9]), (.add(nil), [[4, 6, 7], [4, 6, 7]], [4, 6, 7]), (.flatten, [[4, 6, 7]], [168]),
      (.batchNorm(.scale()), [[4, 6, 7]], [4, 6, 7]), (.batchNorm(.scale(shift: false)), [[10]], [10]),
      (.selectChannels(.slice(first: 1, channels: 3)), [[4, 6, 7]], [3, 6, 7]),
      (.selectChannels(.slice(first: 3, channels: 1)), [[4]], [1]),
      (.selectChannels(.shuffle(groups: 2)), [[4, 6, 7]], [4, 6, 7]),
      (.selectChannels(.listed([4, 0, 2])), [[2, 6, 7], [3, 6, 7]], [3, 6, 7]),
      (.prelu(isShared: false), [[4, 6, 7]], [4, 6, 7]), (.prelu(isShared: true), [[10]], [10]),
      (.multiply, [[4, 6, 7], [4, 6, 7]], [4, 6, 7]), (.multiply, [[4, 6, 7], [4, 1, 1]], [4, 6, 7]),
      (.multiply, [[4], [4, 6, 7], [4, 1, 1]], [4, 6, 7]), (.multiply, [[4], [4]], [4]),
      (.multiply, [[4], [4, 1, 1]], [4, 1, 1]), (.batchMean, [[4, 6, 7]], [4, 6, 7]),
      (.parameter(.weight, [3, 2]), [], [3, 2]),
      (
        .subsample(Subsample(stride: Extent(height: 2, width: 3), channelsBefore: 1, channelsAfter: 2)), [[4, 6, 7]],
        [7, 3, 3]
      ),
    ] as [(Operation, [Shape], Shape)])
  func shapes(operation: Operation, inputs: [Shape], output: Shape) throws {
    #expect(try operation.signature(inputs: inputs).shape == output, "\(operation.kind)")
  }

  @Test(
    "inputs that do not fit",
    arguments: [
      (.input([3, 0, 8]), [], .tooLarge(what: "the input", dimensions: [3, 0, 8])),
      (
        .input([1 << 16, 1 << 16, 1 << 16]), [], .tooLarge(what: "the input", dimensions: [1 << 16, 1 << 16, 1 << 16])
      ),
      (.activation(.relu), [], .inputCount(expected: 1...1, found: 0)),
      (.add(nil), [[4]], .inputCount(expected: 2...16, found: 1)),
      (convolution(8, 3), [[10]], .needsFeatureMap(found: [10])),
      (.globalAveragePool, [[10]], .needsFeatureMap(found: [10])),
      (
        .pad(Pad(.same)), [[4, 6, 7]],
        .attributeOutOfRange(
          attribute: "padding", value: "same",
          expected: "numbers of rows and columns, since no window says what 'same' is")
      ),
      (
        .pad(Pad(.fixed(Padding(top: 0, left: 6, bottom: 6, right: 0)), mode: .reflect)), [[4, 6, 7]],
        .attributeOutOfRange(
          attribute: "padding", value: "top 0, left 6, bottom 6, right 0",
          expected: "less than the map of 6×7 has rows and columns, since it is mirrored; use replicate for more")
      ),
      (
        .pad(Pad(.fixed(Padding(40000)))), [[4, 6, 7]],
        .attributeOutOfRange(
          attribute: "padding", value: "40000", expected: "what makes the map of 6×7 no longer than 65536 on any side")
      ),
      (
        .pad(Pad(.fixed(Padding(-1)))), [[4, 6, 7]],
        .attributeOutOfRange(attribute: "padding", value: "-1", expected: "0 to 65535 on each side")
      ),
      (
        .upsample(Upsample()), [[4, 6, 7]],
        .attributeOutOfRange(
          attribute: "factor", value: "1", expected: "more than 1, or out: the size of the result")
      ),
      (
        .upsample(Upsample(factor: Extent(2), output: Extent(12))), [[4, 6, 7]],
        .attributeOutOfRange(
          attribute: "out", value: "12", expected: "nothing beside a factor of 2, which says the same")
      ),
      (
        .upsample(Upsample(factor: Extent(2), alignsCorners: true)), [[4, 6, 7]],
        .attributeOutOfRange(
          attribute: "align_corners", value: "true",
          expected: "false with mode nearest, which takes pixels as they are")
      ),
      (
        .upsample(Upsample(factor: Extent(60000))), [[4, 6, 7]],
        .attributeOutOfRange(
          attribute: "factor", value: "60000", expected: "what makes no side longer than 65536; the input's is 6")
      ),
      (
        .transposedConvolution(
          TransposedConvolution(outputChannels: 6, kernel: Extent(3), stride: Extent(2), outputPadding: Extent(2))),
        [[4, 6, 7]],
        .attributeOutOfRange(
          attribute: "output_padding", value: "2", expected: "0 to 1, less than the stride")
      ),
      (
        .transposedConvolution(
          TransposedConvolution(outputChannels: 6, kernel: Extent(1), padding: .fixed(Padding(3)))), [[4, 6, 7]],
        .attributeOutOfRange(
          attribute: "padding", value: "3", expected: "what leaves 1 to 65536 rows and columns; this would leave 0")
      ),
      (
        .transposedConvolution(TransposedConvolution(outputChannels: 6, kernel: Extent(1), padding: .same)),
        [[4, 6, 7]],
        .attributeOutOfRange(
          attribute: "padding", value: "same",
          expected: "numbers of rows and columns: several sizes of the result have the same input with 'same'")
      ),
      (
        .transposedConvolution(TransposedConvolution(outputChannels: 7, kernel: Extent(1), groups: 2)), [[4, 6, 7]],
        .geometry(.channelsNotDivisible(attribute: "output channels", channels: 7, groups: 2), input: [4, 6, 7])
      ),
      (.globalMaxPool, [[10]], .needsFeatureMap(found: [10])), (.mean(.space), [[10]], .needsFeatureMap(found: [10])),
      (
        .adaptiveMaxPool(Extent(height: 1, width: 0)), [[4, 6, 7]],
        .attributeOutOfRange(attribute: "output width", value: "0", expected: "1 to 65536")
      ),
      (.maxPool(pooling(2, 2)), [[10]], .needsFeatureMap(found: [10])),
      (
        convolution(8, 9), [[4, 6, 7]],
        .geometry(
          .kernelLargerThanInput(kernel: Extent(9), paddedInput: Extent(height: 6, width: 7)), input: [4, 6, 7])
      ),
      (
        convolution(9, 3, groups: 3), [[4, 6, 7]],
        .geometry(.channelsNotDivisible(attribute: "input channels", channels: 4, groups: 3), input: [4, 6, 7])
      ),
      (convolution(8, 3, addsInput: true), [[4, 6, 7], [8, 6, 7]], .shapesDiffer([[8, 4, 5], [8, 6, 7]])),
      (.add(nil), [[4, 6, 7], [4, 6, 6]], .shapesDiffer([[4, 6, 7], [4, 6, 6]])),
      (.multiply, [[4, 6, 7]], .inputCount(expected: 2...16, found: 1)),
      (.multiply, [[4, 6, 7], [4, 6, 6]], .factorsDiffer([[4, 6, 7], [4, 6, 6]])),
      (.multiply, [[4, 6, 7], [3, 1, 1]], .factorsDiffer([[4, 6, 7], [3, 1, 1]])),
      (.multiply, [[4, 6, 7], [4, 1, 7]], .factorsDiffer([[4, 6, 7], [4, 1, 7]])),
      (.multiply, [[4, 6, 7], [42]], .factorsDiffer([[4, 6, 7], [42]])),
      (.multiply, [[4], [1]], .factorsDiffer([[4], [1]])),
      (
        .activation(.clamp(lower: 2, upper: 1)), [[4]],
        .attributeOutOfRange(attribute: "lower", value: "2", expected: "at most upper, 1")
      ),
      (
        .selectChannels(.slice(first: 4, channels: 1)), [[4, 6, 7]],
        .attributeOutOfRange(attribute: "first", value: "4", expected: "0 to 3; the input has 4 channels")
      ),
      (
        .selectChannels(.slice(first: -1, channels: 1)), [[4]],
        .attributeOutOfRange(attribute: "first", value: "-1", expected: "0 to 3; the input has 4 channels")
      ),
      (
        .selectChannels(.slice(first: 2, channels: 3)), [[4, 6, 7]],
        .attributeOutOfRange(
          attribute: "channels", value: "3", expected: "1 to 2; from channel 2 on, the input has so many")
      ),
      (
        .selectChannels(.slice(first: 2, channels: 0)), [[4]],
        .attributeOutOfRange(
          attribute: "channels", value: "0", expected: "1 to 2; from channel 2 on, the input has so many")
      ),
      (
        .selectChannels(.shuffle(groups: 3)), [[4, 6, 7]],
        .attributeOutOfRange(attribute: "groups", value: "3", expected: "a divisor of the input's 4 channels")
      ),
      (
        .selectChannels(.shuffle(groups: 0)), [[4, 6, 7]],
        .attributeOutOfRange(attribute: "groups", value: "0", expected: "a divisor of the input's 4 channels")
      ),
      (
        .selectChannels(.listed([1, 1])), [[4, 6, 7]],
        .attributeOutOfRange(
          attribute: "channels", value: "[1, 1]", expected: "different ones of the 4 that there are")
      ),
      (.selectChannels(.listed([1])), [[4, 6, 7], [4, 6, 6]], .extentsDiffer([[4, 6, 7], [4, 6, 6]])),
      (.selectChannels(.shuffle(groups: 2)), [[4], [4]], .inputCount(expected: 1...1, found: 2)),
      (.concat, [[4, 6, 7], [4, 6, 6]], .extentsDiffer([[4, 6, 7], [4, 6, 6]])),
      (.concat, [[4, 1, 1], [4]], .extentsDiffer([[4, 1, 1], [4]])),
      (
        .concat, [[1 << 31], [1 << 31]], .tooLarge(what: "the output", dimensions: [1 << 32])
      ),
      (
        .fullyConnected(FullyConnected(outputFeatures: 0)), [[10]],
        .attributeOutOfRange(attribute: "output features", value: "0", expected: "1 to 1048576")
      ),
      (
        .dropout(probability: 1), [[10]],
        .attributeOutOfRange(attribute: "probability", value: "1.0", expected: "at least 0 and below 1")
      ),
      (
        .normalization(Normalization(groups: 3)), [[4, 6, 7]],
        .attributeOutOfRange(attribute: "groups", value: "3", expected: "a divisor of the input's 4 channels")
      ),
      (
        .normalization(Normalization(groups: 0)), [[4]],
        .attributeOutOfRange(attribute: "groups", value: "0", expected: "a divisor of the input's 4 channels")
      ),
      (
        .localResponseNorm(LocalResponseNorm(size: 4, alpha: 1, beta: 1, k: 1, convention: .mean)), [[4, 6, 7]],
        .attributeOutOfRange(attribute: "size", value: "4", expected: "an odd number from 1 to 1025")
      ),
      (
        .maxPool(pooling(1 << 16, 1, (1 << 16) - 1)), [[1 << 31, 1, 1]],
        .tooLarge(what: "the output", dimensions: [1 << 31, 1 << 16, 1 << 16])
      ),
      (
        .adaptiveAveragePool(Extent(1 << 16)), [[1 << 20, 8, 8]],
        .tooLarge(what: "the output", dimensions: [1 << 20, 1 << 16, 1 << 16])
      ),
    ] as [(Operation, [Shape], ShapeError)])
  func misfits(operation: Operation, inputs: [Shape], error: ShapeError) {
    #expect(throws: error) { try operation.signature(inputs: inputs) }
  }

  @Test(
    "parameters",
    arguments: [
      (convolution(8, 3, groups: 2), [4, 6, 7], ["layer.weight": [8, 2, 3, 3], "layer.bias": [8]]),
      (
        .locallyConnected(LocallyConnected(outputChannels: 2, kernel: Extent(3))), [4, 6, 7],
        ["layer.weight": [4, 5, 2, 4, 3, 3], "layer.bias": [2, 4, 5]]
      ),
      (
        .fullyConnected(FullyConnected(outputFeatures: 10, hasBias: false)), [4, 6, 7], ["layer.weight": [10, 168]]
      ),
      (
        .batchNorm(BatchNorm()), [4, 6, 7],
        ["layer.weight": [4], "layer.bias": [4], "layer.running_mean": [4], "layer.running_var": [4]]
      ),
      (
        .batchNorm(BatchNorm(isAffine: false)), [4, 6, 7], ["layer.running_mean": [4], "layer.running_var": [4]]
      ),
      (.batchNorm(.scale()), [4, 6, 7], ["layer.weight": [4], "layer.bias": [4]]),
      (.batchNorm(.scale(shift: false)), [4], ["layer.weight": [4]]),
      (.normalization(Normalization()), [4, 6, 7], ["layer.weight": [4], "layer.bias": [4]]),
      (.normalization(Normalization(groups: 5)), [10], ["layer.weight": [10], "layer.bias": [10]]),
      (
        .transposedConvolution(TransposedConvolution(outputChannels: 6, kernel: Extent(3), groups: 2)), [4, 6, 7],
        ["layer.weight": [4, 3, 3, 3], "layer.bias": [6]]
      ),
      (.softmax, [10], [:]),
    ] as [(Operation, Shape, [String: Shape])])
  func parameters(operation: Operation, input: Shape, expected: [String: Shape]) throws {
    var graph = Graph(name: "parameters")
    let source = try graph.append(.input(input), name: "input")
    try graph.append(operation, name: "layer", inputs: [source])
    #expect(Dictionary(uniqueKeysWithValues: graph.tensors.map { ($0.name, $0.shape) }) == expected)
  }

  @Test func weightsTooLargeToStore() throws {
    var graph = Graph(name: "huge")
    let source = try graph.append(.input([1 << 10, 8, 8]), name: "input")
    let layer = Operation.fullyConnected(FullyConnected(outputFeatures: 1 << 20))
    #expect(throws: ShapeError.tooLarge(what: "the weight", dimensions: [1 << 20, 1 << 16])) {
      try graph.append(layer, name: "fc", inputs: [source])
    }
  }

  @Test func aNodeThatDoesNotFitTakesNoName() throws {
    var graph = Graph(name: "net")
    let input = try graph.append(.input([3, 8, 8]), name: "input")
    #expect(throws: ShapeError.self) {
      try graph.append(.maxPool(Self.pooling(9, 1)), name: "pool", inputs: [input])
    }
    #expect(try graph.append(.maxPool(Self.pooling(2, 2)), name: "pool", inputs: [input]) == NodeID(index: 1))
  }

  @Test func namesAreTakenOnce() throws {
    var graph = Graph(name: "names")
    let source = try graph.append(.input([4]), name: "a")
    #expect(throws: ShapeError.duplicateName("a")) { try graph.append(.softmax, name: "a", inputs: [source]) }
  }

  @Test("the table has every attribute, and says what an operation is with none")
  func table() throws {
    for kind in OperationKind.all {
      #expect(OperationKind(word: kind.word) == kind)
      for attribute in kind.attributes where attribute.standard != .required {
        let operation = try #require(kind.operation { $0.name == attribute.name ? nil : example($0) }, "\(kind)")
        if case .value(let standard) = attribute.standard {
          #expect(attribute.value(of: operation) == standard, "\(kind.word): \(attribute.name)")
        }
      }
      let operation = try #require(kind.operation { example($0) }, "\(kind)")
      #expect(operation.kind == kind)
      for attribute in kind.attributes {
        #expect(attribute.value(of: operation) == example(attribute), "\(kind.word): \(attribute.name)")
        #expect(
          kind.operation { $0.name == attribute.name ? attribute.value(of: operation) : example($0) } == operation)
      }
      #expect((kind.operation { _ in nil } == nil) == kind.attributes.contains { $0.standard == .required }, "\(kind)")
    }
  }

  /// A value that is no standard one.
  private func example(_ attribute: OperationAttribute) -> OperationAttribute.Value {
    switch attribute.form {
    case .integer: .integer(7)
    case .extent: .extent(Extent(height: 3, width: 5))
    case .padding: .padding(.fixed(Padding(top: 1, left: 2, bottom: 0, right: 1)))
    case .boolean: .boolean(attribute.standard == .value(.boolean(false)))
    case .number(let range): .number(range.contains(0.25) ? 0.25 : range.upper)
    case .choice(let choices): .choice(choices[1])
    }
  }
}
