import Testing
import ZooGraph
import ZooTensor
import ZooTestSupport

@Suite struct PassTests {
  @Test func inferencePassesOnAResidualBlock() throws {
    var net = try NetworkBuilder("block", input: [64, 8, 8])
    let input = net.last
    try net.convolution("conv1", 128, 3, stride: 2, padding: 1, bias: false)
    try net.batchNorm("bn1")
    try net.relu("relu1")
    try net.convolution("conv2", 128, 3, padding: 1, bias: false)
    let branch = try net.batchNorm("bn2")
    try net.convolution("downsample.0", 128, 1, stride: 2, bias: false, from: input)
    let shortcut = try net.batchNorm("downsample.1")
    try net.add("add", .add(nil), from: [branch, shortcut])
    try net.relu("relu")
    let optimized = try net.classifier().optimized()
    // The shortcut is computed last, so it is the one that adds.
    #expect(
      optimized.description == """
        %0 input = input() : 64×8×8
        %1 conv1 = convolution(%0) 64→128, 3×3, stride 2, padding 1 + relu : 128×4×4
        %2 conv2 = convolution(%1) 128→128, 3×3, padding 1 : 128×4×4
        %3 downsample.0 = convolution(%0, %2) 64→128, 1×1, stride 2 + input + relu : 128×4×4
        logits logits = %3
        """)
    let weight = try #require(optimized.nodes[1].parameter(.weight))
    #expect(
      weight.value.tensors.map(\.name) == [
        "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var",
      ])
    #expect(optimized.nodes[1].parameter(.bias)?.shape == [128])
  }

  @Test func preActivationBlocksKeepTheirNorms() throws {
    var net = try NetworkBuilder("pre-activation", input: [16, 8, 8])
    let input = net.last
    try net.batchNorm("bn1")
    try net.relu("relu1")
    try net.convolution("conv1", 16, 3, padding: 1)
    try net.batchNorm("bn2")
    try net.relu("relu2")
    let branch = try net.convolution("conv2", 16, 3, padding: 1)
    try net.add("add", .add(nil), from: [input, branch])
    let optimized = try net.classifier().optimized()
    #expect(
      optimized.description == """
        %0 input = input() : 16×8×8
        %1 bn1 = batch norm(%0) + relu : 16×8×8
        %2 conv1 = convolution(%1) 16→16, 3×3, padding 1 + relu : 16×8×8
        %3 conv2 = convolution(%2, %0) 16→16, 3×3, padding 1 + input : 16×8×8
        logits logits = %3
        """)
  }

  @Test func anActivatedConvolutionDoesNotAdd() throws {
    var net = try NetworkBuilder("activated", input: [4, 8, 8])
    let input = net.last
    try net.convolution("conv", 4, 3, padding: 1)
    let branch = try net.relu("relu")
    try net.add("add", .add(nil), from: [branch, input])
    let optimized = try net.classifier().optimized()
    #expect(optimized.nodes.map(\.operation.kind.name) == ["input", "convolution", "add"])
    #expect(optimized.nodes.map(\.operation.fusedText) == ["", "+ relu", ""])
  }

  @Test func aValueWithTwoReadersIsNotFused() throws {
    var net = try NetworkBuilder("two readers", input: [4, 8, 8])
    let convolution = try net.convolution("conv", 4, 3, padding: 1)
    let norm = try net.batchNorm("bn")
    try net.add("add", .add(nil), from: [convolution, norm])
    let graph = net.classifier()
    #expect(try graph.optimized() == graph)
  }

  @Test func aValueAddedToItselfIsNotFused() throws {
    var net = try NetworkBuilder("twice", input: [4, 8, 8])
    let convolution = try net.convolution("conv", 4, 3, padding: 1)
    try net.add("add", .add(nil), from: [convolution, convolution])
    let graph = net.classifier()
    #expect(try graph.optimized() == graph)
  }

  @Test func anOutputKeepsItsValue() throws {
    var net = try NetworkBuilder("outputs", input: [4, 8, 8])
    let convolution = try net.convolution("conv", 4, 3, padding: 1)
    let norm = try net.batchNorm("bn")
    let dropout = try net.add("dropout", .dropout(probability: 0.5))
    let flat = try net.add("flatten", .flatten)
    try net.fullyConnected("fc", 3)
    try net.relu("relu")
    var graph = net.classifier()
    for (name, value) in [("conv", convolution), ("bn", norm), ("dropout", dropout), ("flatten", flat)] {
      graph.outputs.append(Output(name: name, role: .features, value: value))
    }
    let optimized = try graph.optimized()
    #expect(optimized.nodes.map(\.name) == ["input", "conv", "bn", "flatten", "fc"])
    #expect(optimized.outputs.map { optimized[$0.value].name } == ["fc", "conv", "bn", "bn", "flatten"])
    #expect(computesTheSame(graph, optimized))
  }

  @Test func onlyTheLaterConvolutionAdds() throws {
    var net = try NetworkBuilder("choice", input: [4, 8, 8])
    let input = net.last
    let first = try net.convolution("first", 4, 1, from: input)
    let second = try net.convolution("second", 4, 3, padding: 1, from: input)
    try net.add("add", .add(.relu), from: [second, first])
    let optimized = try net.classifier().optimized()
    #expect(optimized.nodes.map(\.name) == ["input", "first", "second"])
    #expect(optimized.nodes[2].inputs.map(\.index) == [0, 1])
    #expect(optimized.nodes[2].operation.fusedText == "+ input + relu")
  }

  @Test func twoNormsFoldIntoOneLayer() throws {
    var net = try NetworkBuilder("norms", input: [4])
    try net.fullyConnected("fc", 3)
    try net.batchNorm("bn1")
    try net.batchNorm("bn2")
    let graph = net.classifier()
    let optimized = try graph.optimized()
    #expect(optimized.nodes.map(\.name) == ["input", "fc"])
    #expect(computesTheSame(graph, optimized))
  }

  @Test func scalesFoldIntoTheLayerBefore() throws {
    var chain = try NetworkBuilder("chain", input: [4, 6, 6])
    try chain.convolution("conv", 3, 1)
    try chain.add("scale", .batchNorm(.scale(shift: false)))
    try chain.add("norm", .batchNorm(BatchNorm(isAffine: false)))
    let folded = try chain.classifier().optimized()
    #expect(folded.nodes.map(\.name) == ["input", "conv"])
    #expect(
      folded.tensors.map(\.name) == [
        "conv.weight", "scale.weight", "norm.running_mean", "norm.running_var", "conv.bias",
      ])
    #expect(computesTheSame(chain.classifier(), folded))
  }

  @Test(
    "what inference ignores is dropped",
    arguments: [
      Operation.dropout(probability: 0.5), .adaptiveAveragePool(Extent(6)), .concat,
      .subsample(Subsample(stride: Extent(1))), .selectChannels(.slice(first: 0, channels: 4)),
      .selectChannels(.shuffle(groups: 1)), .selectChannels(.shuffle(groups: 4)),
      .averagePool(Pooling(kernel: Extent(1), stride: Extent(1)), countsPadding: true),
      .maxPool(Pooling(kernel: Extent(1), stride: Extent(1))),
    ])
  func noOps(operation: Operation) throws {
    var net = try NetworkBuilder("no-op", input: [4, 6, 6])
    try net.add("no-op", operation)
    #expect(try net.classifier().optimized().nodes.map(\.name) == ["input"], "\(operation)")
  }

  @Test(
    "what inference needs stays",
    arguments: [
      Operation.adaptiveAveragePool(Extent(3)), .subsample(Subsample(stride: Extent(2))), .flatten, .globalAveragePool,
      .subsample(Subsample(stride: Extent(1), channelsAfter: 2)), .softmax,
      .selectChannels(.slice(first: 1, channels: 3)), .selectChannels(.shuffle(groups: 2)),
      .maxPool(Pooling(kernel: Extent(3), stride: Extent(1), padding: Padding(1))),
      .averagePool(Pooling(kernel: Extent(1), stride: Extent(2)), countsPadding: true),
    ])
  func operationsThatStay(operation: Operation) throws {
    var net = try NetworkBuilder("operation", input: [4, 6, 6])
    try net.add("operation", operation)
    #expect(try net.classifier().optimized().nodes.map(\.name) == ["input", "operation"], "\(operation)")
  }

  @Test func flatteningStaysForOtherReaders() throws {
    var net = try NetworkBuilder("flatten", input: [4, 6, 6])
    let flat = try net.add("flatten", .flatten)
    try net.add("dropout", .dropout(probability: 0.5))
    let first = try net.fullyConnected("fc", 10)
    net.last = flat
    let second = try net.add("softmax", .softmax)
    try net.add("concat", .concat, from: [first, second])
    #expect(
      try net.classifier().optimized().nodes.map(\.name) == ["input", "flatten", "fc", "softmax", "concat"])
  }

  @Test func flatteningBehindDropoutVanishes() throws {
    let optimized = try Networks.alexnet().optimized()
    #expect(!optimized.nodes.contains { $0.operation.kind.name == "flatten" || $0.operation.kind.name == "dropout" })
    #expect(optimized.nodes.count == 12)
  }

  @Test func deadNodesAndAuxiliaryClassifiersGo() throws {
    let graph = try Networks.googlenet()
    let optimized = try graph.optimized()
    #expect(!optimized.nodes.contains { $0.name.hasPrefix("loss") })
    #expect(optimized.outputs.map(\.role) == [.logits])
    #expect(computesTheSame(graph, optimized))
  }

  @Test func inferenceMustNotReadTrainingOnlyNodes() throws {
    var net = try NetworkBuilder("leak", input: [4, 6, 6])
    try net.add("noise", .dropout(probability: 0.1), isTrainingOnly: true)
    try net.convolution("conv", 4, 1)
    let graph = net.classifier()
    let error = GraphInvariantError.readsTrainingOnly(node: "conv", input: "noise")
    #expect(throws: error) { try SelectInference().apply(to: graph) }
    #expect(throws: error) { try graph.verify() }
  }

  @Test func auxiliaryOutputsOfInferenceNodesGo() throws {
    var net = try NetworkBuilder("auxiliary", input: [4, 6, 6])
    let convolution = try net.convolution("conv", 4, 1)
    try net.relu("relu")
    var graph = net.classifier()
    graph.outputs.append(Output(name: "aux", role: .auxiliary, value: convolution))
    let optimized = try graph.optimized()
    #expect(optimized.outputs.map(\.name) == ["logits"])
    #expect(optimized.nodes.map(\.name) == ["input", "conv"])
  }

  @Test func aGraphWithoutOutputsKeepsItsNodes() throws {
    let net = try NetworkBuilder("bare", input: [4, 6, 6])
    #expect(try net.graph.optimized().nodes.count == 1)
  }

  @Test("each pass keeps the formulas of random graphs", arguments: 1...150)
  func randomGraphs(seed: Int) throws {
    var generator = SplitMix64(seed: seed)
    var graph = try Networks.random(using: &generator)
    for pass in Graph.inferencePasses {
      let result = try pass.apply(to: graph)
      #expect(throws: Never.self, "seed \(seed), \(pass.name)") { try result.verify() }
      #expect(computesTheSame(graph, result), "seed \(seed), \(pass.name)\n\(graph)\n\(result)")
      #expect(result.outputs.map(\.name) == graph.outputs.map(\.name), "seed \(seed), \(pass.name)")
      graph = result
    }
    #expect(try graph.optimized() == graph, "seed \(seed): a second run changes nothing")
  }

  @Test func optimizedKeepsTheOriginal() throws {
    let graph = try Networks.cifarResnet20()
    let optimized = try graph.optimized()
    #expect(optimized.nodes.count < graph.nodes.count)
    #expect(computesTheSame(graph, optimized))
    let kinds = Set(optimized.nodes.map(\.operation.kind.name))
    #expect(kinds == ["input", "convolution", "subsample", "global average pool", "fully connected"])
  }
}
