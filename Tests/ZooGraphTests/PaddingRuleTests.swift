import Testing
import ZooGraph
import ZooTensor

@Suite struct PaddingRuleTests {
  /// What TensorFlow pads: `total = max((⌈in / stride⌉ − 1) · stride + (kernel − 1) · dilation + 1 − in, 0)`, of which
  /// `⌊total / 2⌋` go before.
  @Test(
    "same",
    arguments: [
      (224, 7, 2, 1, 2, 3), (224, 3, 2, 1, 0, 1), (225, 3, 2, 1, 1, 1), (7, 2, 1, 1, 0, 1), (7, 3, 1, 2, 2, 2),
      (5, 1, 3, 1, 0, 0), (6, 2, 4, 1, 0, 0), (5, 2, 4, 1, 0, 1), (1, 5, 3, 1, 2, 2), (2, 5, 1, 1, 2, 2),
    ])
  func same(input: Int, kernel: Int, stride: Int, dilation: Int, before: Int, after: Int) throws {
    let convolution = Convolution(
      outputChannels: 1, kernel: Extent(kernel), stride: Extent(stride), padding: .same, dilation: Extent(dilation))
    let geometry = try convolution.geometry(input: [1, input, input])
    #expect(geometry.padding == Padding(top: before, left: before, bottom: after, right: after))
    #expect(geometry.output == Extent((input + stride - 1) / stride))
    if dilation == 1 {
      let pooling = Pooling(kernel: Extent(kernel), stride: Extent(stride), padding: .same)
      #expect(try pooling.geometry(input: [1, input, input]).output == geometry.output)
    }
  }

  @Test func `a pooling window that is the same never rounds`() {
    #expect(
      throws: ShapeError.attributeOutOfRange(
        attribute: "rounding", value: "ceil", expected: "floor, since with padding 'same' nothing is rounded")
    ) {
      try Pooling(kernel: Extent(3), stride: Extent(2), padding: .same, rounding: .ceil).geometry(input: [1, 7, 7])
    }
  }

  @Test func `a network that slides keeps the padding of its own size`() throws {
    var graph = Graph(name: "net")
    let image = try graph.append(.input([1, 8, 8]), name: "input")
    let map = try graph.append(
      .convolution(Convolution(outputChannels: 2, kernel: Extent(3), stride: Extent(2), padding: .same)), name: "conv",
      inputs: [image])
    let pool = try graph.append(
      .maxPool(Pooling(kernel: Extent(2), stride: Extent(1), padding: .same)), name: "pool", inputs: [map])
    let scores = try graph.append(.fullyConnected(FullyConnected(outputFeatures: 3)), name: "fc", inputs: [pool])
    graph.outputs = [Output(name: "scores", role: .logits, value: scores)]
    let conversion = try FullyConnectedToConvolution(graph)
    let below = Padding(top: 0, left: 0, bottom: 1, right: 1)
    #expect(
      conversion.graph[map].operation
        == .convolution(Convolution(outputChannels: 2, kernel: Extent(3), stride: Extent(2), padding: below)))
    #expect(
      conversion.graph[pool].operation == .maxPool(Pooling(kernel: Extent(2), stride: Extent(1), padding: below)))
    #expect(conversion.changes.map(\.node.name) == ["conv", "pool", "fc"])
    #expect(conversion.record.rewrittenLayers.map(\.name) == ["conv", "pool", "fc"])
    #expect(try ConvolutionToFullyConnected(conversion.graph, record: conversion.record).graph == graph)
  }
}
