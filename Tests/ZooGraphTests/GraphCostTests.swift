import Testing
import ZooGraph
import ZooTensor

@Suite struct GraphCostTests {
  /// Published by torchvision for its models; by Caffe's definitions for LeNet and GoogLeNet; He et al. for ResNet-20.
  @Test(
    "parameters and MACs of well-known networks",
    arguments: [
      ("lenet", 431_080, 2_293_000, 0), ("alexnet", 61_100_840, 714_188_480, 0),
      ("vgg16", 138_357_544, 15_470_264_320, 0), ("resnet18", 11_689_512, 1_814_073_344, 9_600),
      ("resnet50", 25_557_032, 4_089_184_256, 53_120), ("resnet20", 269_722, 40_551_040, 1_376),
      ("googlenet", 6_998_552, 1_582_671_872, 0),
    ])
  func totals(name: String, parameters: Int, multiplyAccumulates: Int, buffers: Int) throws {
    let totals = try network(name).cost().inference
    #expect(totals.parameters == parameters, "\(name)")
    #expect(totals.multiplyAccumulates == multiplyAccumulates, "\(name)")
    #expect(totals.buffers == buffers, "\(name)")
  }

  @Test func trainingCountsTheAuxiliaryClassifiers() throws {
    let cost = try Networks.googlenet().cost()
    #expect(cost.training.parameters == 13_378_280)
    #expect(try Networks.googlenet().totals(includingTraining: true) == cost.training)
    #expect(try Networks.googlenet().totals() == cost.inference && cost.inference != cost.training)
    #expect(cost.training.multiplyAccumulates - cost.inference.multiplyAccumulates == 8_372_224)
  }

  /// The table of cs231n's lecture on convolutional networks, which counts weights without biases.
  @Test func vgg16WeightsLayerByLayer() throws {
    let graph = try Networks.vgg16()
    let cost = try graph.cost()
    #expect(
      cost.nodes.map(\.weights).filter { $0 > 0 } == [
        1_728, 36_864, 73_728, 147_456, 294_912, 589_824, 589_824, 1_179_648, 2_359_296, 2_359_296, 2_359_296,
        2_359_296, 2_359_296, 102_760_448, 16_777_216, 4_096_000,
      ])
    #expect(cost.inference.weights == 138_344_128)
    #expect(cost.nodes[1].outputElements == 3_211_264)
    #expect(cost.nodes[1].activationBytes == 12_845_056)
  }

  @Test(
    "receptive fields",
    arguments: [
      // name, node, size, stride, start: computed by hand.
      ("alexnet", "features.0", 11, 4, -2), ("alexnet", "features.12", 195, 32, -66),
      ("vgg16", "features.30", 212, 32, -90), ("resnet18", "layer4.1.add", 435, 32, -217),
      ("resnet50", "layer4.2.add", 427, 32, -213), ("lenet", "pool2", 16, 4, 0),
      ("googlenet", "5b.output", 715, 32, -327),
    ])
  func receptiveFields(name: String, node: String, size: Int, stride: Int, start: Int) throws {
    let graph = try network(name)
    let fields = graph.receptiveFields()
    let index = try #require(graph.nodes.firstIndex { $0.name == node })
    let field = try #require(fields[index], "\(name) \(node)")
    #expect(field.size == Extent(size), "\(name) \(node)")
    #expect(field.stride == Extent(stride), "\(name) \(node)")
    #expect(field.start == ReceptiveField.Position(row: start, column: start), "\(name) \(node)")
  }

  @Test func wholeImageAfterFullyConnectedLayersAndGlobalPooling() throws {
    for (name, node) in [("resnet18", "avgpool"), ("vgg16", "flatten"), ("vgg16", "classifier.3"), ("lenet", "prob")] {
      let graph = try network(name)
      let index = try #require(graph.nodes.firstIndex { $0.name == node })
      #expect(graph.receptiveFields()[index] == nil, "\(name) \(node)")
    }
  }

  @Test func hugeStridesAreCapped() throws {
    var net = try NetworkBuilder("strides", input: [1, 1, 1])
    for index in 0..<6 { try net.convolution("conv\(index)", 1, 1, stride: 1 << 16) }
    let cost = try net.classifier().cost()
    #expect(cost.nodes[6].receptiveField?.stride == Extent(Int.max))
  }

  @Test func hugeSumsAreCapped() throws {
    var net = try NetworkBuilder("huge", input: [1 << 15, 1 << 8, 1 << 8])
    for index in 0..<2 { try net.convolution("conv\(index)", 1 << 15, 255, padding: 127, groups: 1 << 15) }
    for index in 2..<4 { try net.convolution("conv\(index)", 1 << 15, 1) }
    let one = try net.classifier().cost()
    #expect(one.inference.multiplyAccumulates == 2 * (1 << 31) * 255 * 255 + 2 * (1 << 46))
    #expect(one.totalActivationBytes == 5 * (1 << 33))
    #expect(one.peakActivationBytes == 2 * (1 << 33))
  }

  @Test func peakMemoryIsThatOfTheOptimisedGraph() throws {
    let cost = try Networks.vgg16().cost()
    // features.0 and features.2 with their activations, 64×224×224 floats each; nothing needs more.
    #expect(cost.peakActivationBytes == 2 * 64 * 224 * 224 * 4)
    #expect(cost.totalActivationBytes > cost.peakActivationBytes)
  }

  @Test func valuesLiveUntilTheirLastReaderAndOutputsToTheEnd() throws {
    var net = try NetworkBuilder("lives", input: [1, 4, 4])
    let early = try net.convolution("early", 2, 1)
    try net.convolution("next", 3, 1)
    try net.convolution("last", 4, 1)
    var graph = net.classifier()
    graph.outputs.append(Output(name: "early", role: .features, value: early))
    #expect(
      graph.activationRequests() == [
        MemoryRequest(size: 64, firstUse: 0, lastUse: 1), MemoryRequest(size: 128, firstUse: 1, lastUse: 3),
        MemoryRequest(size: 192, firstUse: 2, lastUse: 3), MemoryRequest(size: 256, firstUse: 3, lastUse: 3),
      ])
  }

  private func network(_ name: String) throws -> Graph {
    switch name {
    case "lenet": try Networks.lenet()
    case "alexnet": try Networks.alexnet()
    case "vgg16": try Networks.vgg16()
    case "resnet18": try Networks.resnet([2, 2, 2, 2])
    case "resnet50": try Networks.resnet([3, 4, 6, 3], bottleneck: true)
    case "resnet20": try Networks.cifarResnet20()
    default: try Networks.googlenet()
    }
  }
}
