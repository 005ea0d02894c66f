import Testing
import ZooGraph
import ZooTensor

@Suite struct FullyConnectedToConvolutionTests {
  @Test func lenet() throws {
    let conversion = try FullyConnectedToConvolution(Networks.lenet())
    #expect(
      conversion.graph.description == """
        %0 input = input() : 1×28×28
        %1 conv1 = convolution(%0) 1→20, 5×5 : 20×24×24
        %2 pool1 = max pool(%1) 2×2, stride 2 : 20×12×12
        %3 conv2 = convolution(%2) 20→50, 5×5 : 50×8×8
        %4 pool2 = max pool(%3) 2×2, stride 2 : 50×4×4
        %5 ip1 = convolution(%4) 50→500, 4×4 : 500×1×1
        %6 relu1 = relu(%5) : 500×1×1
        %7 ip2 = convolution(%6) 500→10, 1×1 : 10×1×1
        %8 prob = softmax(%7) : 10×1×1
        probabilities prob = %8
        """)
    try conversion.graph.verify()
    #expect(conversion.nativeInput == [1, 28, 28])
    #expect(conversion.outputStride == Extent(4))
    #expect(
      conversion.receptiveField
        == ReceptiveField(
          size: Extent(28), stride: Extent(4), start: ReceptiveField.Position(row: 0, column: 0)))
    #expect(conversion.changes.map(\.node.name) == ["flatten", "ip1", "ip2"])
    #expect(conversion.changes.map(\.map) == [[50, 4, 4], [50, 4, 4], [500, 1, 1]])
    #expect(conversion.changes.map(\.from.kind.name) == ["flatten", "fully connected", "fully connected"])
    #expect(conversion.changes.map(\.to?.kind.name) == [nil, "convolution", "convolution"])
    #expect(conversion.changes.map(\.weight?.from) == [nil, [500, 800], [10, 500]])
    #expect(conversion.changes.map(\.weight?.to) == [nil, [500, 50, 4, 4], [10, 500, 1, 1]])
    #expect(
      conversion.graph.nodes[5].parameter(.weight)?.value
        == .reshaped(.tensor("ip1.weight", [500, 800]), [500, 50, 4, 4]))
    #expect(conversion.graph.nodes[5].parameter(.bias)?.value == .tensor("ip1.bias", [500]))
  }

  /// VGG16's published table: ⌊S / 32⌋ − 6.
  @Test("VGG16 maps", arguments: [(224, 1), (256, 2), (384, 6), (512, 10)])
  func vgg16(side: Int, map: Int) throws {
    let conversion = try FullyConnectedToConvolution(Networks.vgg16(), input: [3, side, side])
    let graph = conversion.graph
    let logits = try #require(graph.output(role: .logits))
    #expect(graph[logits.value].shape == [1000, map, map], "\(side)")
    #expect(conversion.outputStride == Extent(32))
    #expect(conversion.receptiveField.size == Extent(404))
    #expect(conversion.nativeInput == [3, 224, 224])
    #expect(graph.nodes.first { $0.name == "classifier.0" }?.parameter(.weight)?.shape == [4096, 512, 7, 7])
    try graph.verify()
  }

  @Test func globalPoolingBecomesAWindow() throws {
    let conversion = try FullyConnectedToConvolution(Networks.resnet([2, 2, 2, 2]), input: [3, 384, 384])
    let pool = try #require(conversion.graph.nodes.first { $0.name == "avgpool" })
    #expect(
      pool.operation == .averagePool(Pooling(kernel: Extent(7), stride: Extent(1)), countsPadding: false))
    #expect(pool.shape == [512, 6, 6])
    #expect(conversion.graph.nodes.last?.shape == [1000, 6, 6])
    #expect(conversion.changes.map(\.node.name) == ["avgpool", "flatten", "fc"])
  }

  @Test func auxiliaryClassifiersAreLeftOut() throws {
    let conversion = try FullyConnectedToConvolution(Networks.googlenet())
    #expect(conversion.graph.outputs.map(\.name) == ["logits"])
    #expect(!conversion.graph.nodes.contains { $0.isTrainingOnly })
    #expect(conversion.graph.nodes.last?.shape == [1000, 1, 1])
  }

  @Test(
    "adaptive pooling",
    arguments: [
      // input, output, kernel, stride; the windows of torch.nn.AdaptiveAvgPool2d
      (12, 6, 2, 2), (13, 6, 3, 2), (7, 1, 7, 1), (9, 3, 3, 3), (10, 9, 2, 1), (5, 4, 2, 1), (10, 3, 4, 3),
    ])
  func regularAdaptivePooling(input: Int, output: Int, kernel: Int, stride: Int) throws {
    let graph = try adaptive(input: input, output: output)
    let conversion = try FullyConnectedToConvolution(graph)
    #expect(
      conversion.graph.nodes[1].operation
        == .averagePool(Pooling(kernel: Extent(kernel), stride: Extent(stride)), countsPadding: false),
      "\(input) to \(output)")
    #expect(conversion.graph.nodes[1].shape == graph.nodes[1].shape, "\(input) to \(output)")
  }

  @Test("adaptive pooling that no window does", arguments: [(14, 4), (1, 7), (7, 14), (11, 3)])
  func irregularAdaptivePooling(input: Int, output: Int) throws {
    let graph = try adaptive(input: input, output: output)
    #expect(
      throws: ConversionError.irregularAdaptivePooling(
        node: NodePlace(name: "pool"), input: Extent(input), output: Extent(output))
    ) { try FullyConnectedToConvolution(graph) }
  }

  /// The rule for fixed windows against the windows that adaptive pooling is defined by.
  @Test func adaptiveWindowsByDefinition() {
    for input in 1...24 {
      for output in 1...26 {
        let windows = (0..<output).map { index in
          (start: index * input / output, end: ((index + 1) * input + output - 1) / output)
        }
        let lengths = Set(windows.map { $0.end - $0.start })
        let distances = Set(zip(windows, windows.dropFirst()).map { $1.start - $0.start })
        let isRegular = lengths.count == 1 && distances.count <= 1 && !distances.contains(0)
        let pooling = Pooling(adaptive: Extent(output), input: Extent(input))
        #expect((pooling != nil) == isRegular, "\(input) to \(output)")
        guard let pooling else { continue }
        #expect(pooling.kernel.height == lengths.first, "\(input) to \(output)")
        #expect(pooling.stride.height == distances.first ?? 1, "\(input) to \(output)")
      }
    }
  }

  @Test(
    "global and adaptive maxima and means become windows of the native size",
    arguments: [
      (.globalMaxPool, .maxPool(Pooling(kernel: Extent(height: 6, width: 9), stride: Extent(1)))),
      (
        .adaptiveMaxPool(Extent(3)),
        .maxPool(
          Pooling(kernel: Extent(height: 2, width: 3), stride: Extent(height: 2, width: 3)))
      ),
      (
        .mean(.space),
        .averagePool(Pooling(kernel: Extent(height: 6, width: 9), stride: Extent(1)), countsPadding: false)
      ),
      (
        .mean(.height),
        .averagePool(Pooling(kernel: Extent(height: 6, width: 1), stride: Extent(1)), countsPadding: false)
      ),
      (
        .mean(.width),
        .averagePool(Pooling(kernel: Extent(height: 1, width: 9), stride: Extent(1)), countsPadding: false)
      ),
    ] as [(Operation, Operation)])
  func shares(operation: Operation, window: Operation) throws {
    var net = try NetworkBuilder("shares", input: [4, 6, 9])
    try net.add("pool", operation)
    try net.fullyConnected("fc", 3)
    let conversion = try FullyConnectedToConvolution(net.classifier())
    #expect(conversion.graph.nodes[1].operation == window, "\(operation)")
    #expect(conversion.graph.nodes[2].shape == [3, 1, 1], "\(operation)")
    #expect(try conversion.graph.resized(input: [4, 8, 12]).nodes[2].shape.channels == 3, "\(operation)")
  }

  @Test func upsamplingSlidesWhereItsPixelsAreWholePixelsApart() throws {
    func network(_ operation: Operation, stride: Int = 2) throws -> Graph {
      var net = try NetworkBuilder("up", input: [4, 8, 8])
      try net.convolution("conv", 8, 3, stride: stride, padding: 1)
      try net.add("up", operation)
      try net.fullyConnected("fc", 3)
      return net.classifier()
    }
    let place = NodePlace(name: "up")
    let transposed = Operation.transposedConvolution(
      TransposedConvolution(outputChannels: 4, kernel: Extent(4), stride: Extent(2), padding: .fixed(Padding(1))))
    for operation in [.upsample(Upsample(factor: Extent(2))), transposed] {
      let conversion = try FullyConnectedToConvolution(network(operation))
      #expect(conversion.outputStride == Extent(1), "\(operation)")
      let larger = try conversion.graph.resized(input: [4, 10, 12]).nodes
      #expect(larger.last?.shape == [3, 3, 5], "\(operation)")
      #expect(
        throws: ConversionError.finerThanPixels(node: place, factor: Extent(2), stride: Extent(1)), "\(operation)"
      ) { try FullyConnectedToConvolution(network(operation, stride: 1)) }
    }
    #expect(throws: ConversionError.fixedUpsampling(node: place, output: Extent(9))) {
      try FullyConnectedToConvolution(network(.upsample(Upsample(output: Extent(9)))))
    }
    #expect(throws: ConversionError.alignsCorners(node: place)) {
      try FullyConnectedToConvolution(
        network(.upsample(Upsample(factor: Extent(2), mode: .bilinear, alignsCorners: true))))
    }
  }

  @Test func identicalAdaptivePoolingVanishes() throws {
    let conversion = try FullyConnectedToConvolution(adaptive(input: 6, output: 6))
    #expect(conversion.graph.nodes.map(\.name) == ["input", "fc"])
    #expect(conversion.changes.first?.to == nil)
  }

  @Test func normsActivationsAndDropoutStay() throws {
    var net = try NetworkBuilder("head", input: [4, 6, 6])
    try net.add("flatten", .flatten)
    try net.add("dropout", .dropout(probability: 0.5))
    try net.relu("relu0")
    try net.fullyConnected("fc1", 8)
    try net.batchNorm("bn")
    try net.add("tanh", .activation(.tanh))
    try net.fullyConnected("fc2", 3)
    let graph = try FullyConnectedToConvolution(net.classifier()).graph
    #expect(graph.nodes.map(\.name) == ["input", "dropout", "relu0", "fc1", "bn", "tanh", "fc2"])
    #expect(
      graph.nodes.map(\.shape) == [[4, 6, 6], [4, 6, 6], [4, 6, 6], [8, 1, 1], [8, 1, 1], [8, 1, 1], [3, 1, 1]])
  }

  @Test func functionsWithSlopesActAtEachPosition() throws {
    var net = try NetworkBuilder("slopes", input: [4, 6, 6])
    try net.add("map", .prelu(isShared: false))
    try net.fullyConnected("fc1", 8)
    try net.add("vector", .prelu(isShared: false))
    try net.add("swish", .activation(.hardswish))
    try net.fullyConnected("fc2", 3)
    let graph = try FullyConnectedToConvolution(net.classifier(), input: [4, 9, 7]).graph
    #expect(graph.nodes.map(\.shape) == [[4, 9, 7], [4, 9, 7], [8, 4, 2], [8, 4, 2], [8, 4, 2], [3, 4, 2]])
    #expect(graph.nodes[3].parameter(.weight)?.value == .tensor("vector.weight", [8]))
  }

  @Test func productsOfMapsSlide() throws {
    var net = try NetworkBuilder("products", input: [4, 6, 6])
    let input = net.last
    let first = try net.fullyConnected("fc1", 8)
    net.last = input
    let second = try net.fullyConnected("fc2", 8)
    try net.add("product", .multiply, from: [first, second])
    let graph = try FullyConnectedToConvolution(net.classifier(), input: [4, 8, 9]).graph
    #expect(graph.nodes.last?.shape == [8, 3, 4])
  }

  @Test("a gate is made of the whole image, which a window of a larger one has not", arguments: [true, false])
  func gatesDoNotSlide(isVector: Bool) throws {
    var net = try NetworkBuilder("excitation", input: [4, 6, 6])
    let map = net.last
    try net.add("pool", .globalAveragePool)
    if isVector { try net.fullyConnected("squeeze", 4) } else { try net.convolution("squeeze", 4, 1) }
    let gate = try net.add("gate", .activation(.sigmoid))
    try net.add("product", .multiply, from: [map, gate])
    try net.fullyConnected("fc", 3)
    let graph = net.classifier()
    #expect(throws: ConversionError.gate(node: NodePlace(name: "product"), gate: "gate", map: [4, 6, 6])) {
      try FullyConnectedToConvolution(graph)
    }
    // At another size the gate is made of all of that.
    if !isVector { #expect(throws: Never.self) { try graph.optimized() } }
  }

  @Test func joinedVectorsOfOneStride() throws {
    var net = try NetworkBuilder("joined", input: [4, 6, 6])
    let input = net.last
    let first = try net.fullyConnected("fc1", 8)
    net.last = input
    let second = try net.fullyConnected("fc2", 8)
    try net.add("concat", .concat, from: [first, second])
    try net.fullyConnected("fc3", 3)
    let graph = try FullyConnectedToConvolution(net.classifier(), input: [4, 8, 9]).graph
    #expect(graph.nodes.last?.shape == [3, 3, 4])
  }

  @Test func vectorsWithoutAnImage() throws {
    var net = try NetworkBuilder("vector", input: [10])
    try net.fullyConnected("fc", 3)
    let graph = net.classifier()
    #expect(throws: ConversionError.noImage(node: NodePlace(name: "fc"), input: [10])) {
      try FullyConnectedToConvolution(graph)
    }
  }

  @Test func vectorsOfDifferentMaps() throws {
    var net = try NetworkBuilder("maps", input: [4, 6, 6])
    let first = try net.add("flatten1", .flatten)
    let pooled = try net.maxPool("pool", 2, 2, from: NodeID(index: 0))
    let second = try net.add("flatten2", .flatten, from: [pooled])
    try net.add("concat", .concat, from: [first, second])
    let sizes = net.classifier()
    #expect(
      throws: ConversionError.differentMaps(node: NodePlace(name: "concat"), maps: [[4, 6, 6], [4, 3, 3]])
    ) { try FullyConnectedToConvolution(sizes) }

    net.last = first
    let near = try net.fullyConnected("fc1", 5)
    net.last = second
    let far = try net.fullyConnected("fc2", 5)
    try net.add("add", .add(nil), from: [near, far])
    var strides = net.graph
    strides.outputs = [Output(name: "logits", role: .logits, value: net.last)]
    let only = try strides.optimized([RemoveDeadNodes()])
    #expect(throws: ConversionError.differentMaps(node: NodePlace(name: "add"), maps: [[5, 1, 1], [5, 1, 1]])) {
      try FullyConnectedToConvolution(only)
    }
  }

  @Test func normsOverFlattenedMapsStayVectors() throws {
    for operation in [
      Operation.batchNorm(BatchNorm()), .softmax, .prelu(isShared: false), .normalization(Normalization()),
    ] {
      var net = try NetworkBuilder("mixed", input: [4, 6, 6])
      try net.add("flatten", .flatten)
      try net.add("mix", operation)
      let graph = net.classifier()
      #expect(
        throws: ConversionError.mixesPositions(node: NodePlace(name: "mix"), operation: operation, map: [4, 6, 6])
      ) { try FullyConnectedToConvolution(graph) }
    }
  }

  @Test("a norm over the channels acts at each position")
  func layerNormsSlide() throws {
    var net = try NetworkBuilder("norms", input: [4, 6, 6])
    try net.add("map", .normalization(Normalization()))
    try net.fullyConnected("fc1", 8)
    try net.add("vector", .normalization(Normalization()))
    try net.fullyConnected("fc2", 3)
    let graph = try FullyConnectedToConvolution(net.classifier(), input: [4, 9, 7]).graph
    #expect(graph.nodes.map(\.shape) == [[4, 9, 7], [4, 9, 7], [8, 4, 2], [8, 4, 2], [3, 4, 2]])
  }

  @Test("statistics of all positions are another window's in a larger image", arguments: [true, false])
  func groupNormsDoNotSlide(isVector: Bool) throws {
    var net = try NetworkBuilder("norms", input: [4, 6, 6])
    if isVector { try net.fullyConnected("fc1", 8) }
    let operation = Operation.normalization(Normalization(groups: 2))
    try net.add("norm", operation)
    try net.fullyConnected("fc2", 3)
    let graph = net.classifier()
    let map: Shape = isVector ? [8, 1, 1] : [4, 6, 6]
    let error = #expect(throws: ConversionError.self) { try FullyConnectedToConvolution(graph) }
    #expect(error == .normalizesWholeMap(node: NodePlace(name: "norm"), operation: operation, map: map))
    #expect(
      error?.description
        == "layer norm: group norm takes the mean and the variance over all positions of the \(map) map; the windows of a "
        + "larger image would each need their own, so the network cannot slide. Give it crops instead")
  }

  @Test func locallyConnectedLayersDoNotSlide() throws {
    var net = try NetworkBuilder("local", input: [4, 6, 6])
    try net.add("local", .locallyConnected(LocallyConnected(outputChannels: 2, kernel: Extent(3))))
    let graph = net.classifier()
    #expect(throws: ConversionError.locallyConnected(node: NodePlace(name: "local"))) {
      try FullyConnectedToConvolution(graph)
    }
    #expect(
      throws: ConversionError.locallyConnectedNeedsNativeSize(
        node: NodePlace(name: "local"), expected: [4, 6, 6], found: [4, 7, 7])
    ) { try graph.resized(input: [4, 7, 7]) }
  }

  @Test func exactlyOneInput() throws {
    #expect(throws: ConversionError.inputCount(found: 0)) { try FullyConnectedToConvolution(Graph(name: "empty")) }
    #expect(throws: ConversionError.inputCount(found: 0)) { try Graph(name: "empty").resized(input: [1]) }
  }

  private func adaptive(input: Int, output: Int) throws -> Graph {
    var net = try NetworkBuilder("adaptive", input: [4, input, input])
    try net.add("pool", .adaptiveAveragePool(Extent(output)))
    try net.fullyConnected("fc", 3)
    return net.classifier()
  }
}

@Suite struct ResizedGraphTests {
  @Test func adaptiveNetworksTakeOtherSizes() throws {
    let graph = try Networks.alexnet()
    let resized = try graph.resized(input: [3, 256, 320])
    try resized.verify()
    #expect(resized.nodes.map(\.name) == graph.nodes.map(\.name))
    #expect(resized.tensors == graph.tensors)
    #expect(resized.outputs == graph.outputs)
    #expect(resized.nodes.first { $0.name == "features.12" }?.shape == [256, 7, 9])
    #expect(resized.nodes.first { $0.name == "avgpool" }?.shape == [256, 6, 6])
  }

  @Test func theNativeSizeChangesNothing() throws {
    let graph = try Networks.googlenet()
    #expect(try graph.resized(input: [3, 224, 224]) == graph)
  }

  @Test func fullyConnectedLayersNeedTheirSize() throws {
    let graph = try Networks.lenet()
    #expect(
      throws: ConversionError.fullyConnectedNeedsNativeSize(
        node: NodePlace(name: "ip1"), expected: [50, 4, 4], found: [50, 5, 5])
    ) { try graph.resized(input: [1, 32, 32]) }
  }

  @Test func tooSmallAnInputIsLocated() throws {
    let graph = try Networks.alexnet()
    let error = #expect(throws: ConversionError.self) { try graph.resized(input: [3, 62, 62]) }
    #expect(
      error?.description
        == "layer features.12: kernel 3×3 is larger than the padded input 2×2; use a smaller kernel, more padding, or a "
        + "larger input (the input is 256×2×2); it reads features.11 (256×2×2)")
  }

  @Test func otherChannelsAreLocated() throws {
    let graph = try Networks.lenet()
    let error = #expect(throws: ConversionError.self) { try graph.resized(input: [3, 28, 28]) }
    #expect(
      error?.description
        == "layer conv1: the layer needs parameters of 20×3×5×5 and 20 elements, found 20×1×5×5 and 20 elements; it reads "
        + "input (3×28×28)")
  }
}
