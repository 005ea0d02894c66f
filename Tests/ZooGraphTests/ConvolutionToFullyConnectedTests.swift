import Testing
import ZooGraph
import ZooTensor

@Suite struct ConvolutionToFullyConnectedTests {
  /// LeNet, converted.
  private func lenet() throws -> (graph: Graph, record: SlidingRecord) {
    let conversion = try FullyConnectedToConvolution(Networks.lenet())
    return (conversion.graph, conversion.record)
  }

  @Test func theRecordHoldsWhatChanged() throws {
    let record = try lenet().record
    #expect(record.name == "lenet" && record.nativeInput == [1, 28, 28] && record.stride == Extent(4))
    #expect(record.receptiveField.size == Extent(28))
    #expect(record.lastShared == "pool2")
    #expect(record.layers.map(\.name) == ["flatten", "ip1", "relu1", "ip2", "prob"])
    #expect(record.layers.map(\.inputs) == [["pool2"], ["flatten"], ["ip1"], ["relu1"], ["ip2"]])
    #expect(record.rewrittenLayers.map(\.name) == ["flatten", "ip1", "ip2"])
    #expect(record.outputs.map(\.value) == ["prob"])
  }

  @Test(arguments: ["lenet", "vgg16", "resnet", "googlenet", "alexnet"])
  func whatIsUndoneIsTheOriginal(name: String) throws {
    let original =
      switch name {
      case "lenet": try Networks.lenet()
      case "vgg16": try Networks.vgg16()
      case "resnet": try Networks.resnet([2, 2, 2, 2])
      case "googlenet": try Networks.googlenet()
      default: try Networks.alexnet()
      }
    let conversion = try FullyConnectedToConvolution(original)
    let restored = try ConvolutionToFullyConnected(conversion.graph, record: conversion.record)
    #expect(restored.graph == original)
    #expect(restored.graph.tensors == original.tensors)
    #expect(restored.changes == conversion.changes)
  }

  @Test func itIsUndoneAtAnySize() throws {
    let original = try Networks.vgg16()
    let conversion = try FullyConnectedToConvolution(original, input: [3, 384, 416])
    #expect(try ConvolutionToFullyConnected(conversion.graph, record: conversion.record).graph == original)
  }

  @Test func aNetworkThatSlidAlreadyIsRecordedWithoutLayers() throws {
    var net = try NetworkBuilder("flat", input: [3, 8, 8])
    try net.convolution("conv", 4, 8)
    let original = net.classifier()
    let conversion = try FullyConnectedToConvolution(original)
    #expect(conversion.record.layers.isEmpty && conversion.record.lastShared == "conv")
    #expect(try ConvolutionToFullyConnected(conversion.graph, record: conversion.record).graph == original)
  }

  /// A concatenation of one value with itself, seen through a pooling layer that changes nothing.
  @Test func whoReadTheLayerThatVanishedIsKnown() throws {
    var net = try NetworkBuilder("twice", input: [3, 6, 6])
    let input = net.last
    let pooled = try net.add("pool", .adaptiveAveragePool(Extent(6)))
    try net.add("concat", .concat, from: [pooled, input])
    try net.fullyConnected("fc", 2)
    let original = net.classifier()
    let conversion = try FullyConnectedToConvolution(original)
    #expect(conversion.graph.nodes[1].inputs == [input, input])
    #expect(try ConvolutionToFullyConnected(conversion.graph, record: conversion.record).graph == original)
  }

  // MARK: Contradictions

  private func error(_ change: (inout SlidingRecord) -> Void) throws -> RestorationError? {
    var (graph, record) = try lenet()
    change(&record)
    graph.name = "changed"
    do throws(RestorationError) {
      _ = try ConvolutionToFullyConnected(graph, record: record)
      return nil
    } catch {
      return error
    }
  }

  @Test func recordsOfOtherNetworksAreRefused() throws {
    #expect(try error { $0.name = "other" } == nil)
    #expect(try error { $0.lastShared = "pool9" } == .lastSharedMissing(name: "pool9"))
    #expect(try error { $0.layers[1].inputs = ["none"] } == .inputMissing(layer: "ip1", input: "none"))
    #expect(try error { $0.outputs[0].value = "none" } == .outputMissing(output: "prob", value: "none"))
    #expect(
      try error { $0.receptiveField.stride = Extent(2) } == .strideDiffers(expected: Extent(4), found: Extent(2)))
    #expect(try error { $0.outputs = [] } == .outputsDiffer(expected: ["probabilities"], found: ["prob"]))
    let field = ReceptiveField(
      size: Extent(28), stride: Extent(4), start: ReceptiveField.Position(row: 0, column: 0))
    var wrong = field
    wrong.size = Extent(27)
    #expect(try error { $0.receptiveField = wrong } == .receptiveFieldDiffers(expected: field, found: wrong))
    #expect(
      try error { $0.nativeInput = [1, 8, 8] }?.description.hasPrefix(
        "the record of what the network was does not fit it: layer conv2: kernel 5×5 is larger") == true)
    #expect(
      try error {
        $0.layers.removeLast(2); $0.outputs[0].value = "relu1"
      }
        == .layersDiffer(expected: nil, found: NodePlace(name: "ip2")))
    #expect(
      try error { $0.layers[4].operation = .locallyConnected(LocallyConnected(outputChannels: 1, kernel: Extent(1))) }?
        .node == NodePlace(name: "prob"))
    #expect(
      try error { $0.layers[1].operation = .fullyConnected(FullyConnected(outputFeatures: 400)) }
        == .operationsDiffer(
          node: NodePlace(name: "ip1"),
          expected: .convolution(Convolution(outputChannels: 400, kernel: Extent(4))),
          found: .convolution(Convolution(outputChannels: 500, kernel: Extent(4)))))
    #expect(
      try error { $0.layers[3].inputs = ["ip1"] }
        == .inputsDiffer(node: NodePlace(name: "ip2"), expected: ["ip1"], found: ["relu1"]))
    #expect(
      try error { $0.layers[2].name = "conv1" }
        == .shape(
          LocatedShapeError(
            node: NodePlace(name: "conv1"), error: .duplicateName("conv1"),
            producers: [LocatedShapeError.Producer(name: "ip1", shape: [500])])))
  }

  @Test func anEmptyGraphIsRefused() throws {
    let record = try lenet().record
    #expect(throws: RestorationError.conversion(.inputCount(found: 0))) {
      try ConvolutionToFullyConnected(Graph(name: "empty"), record: record)
    }
  }
}
