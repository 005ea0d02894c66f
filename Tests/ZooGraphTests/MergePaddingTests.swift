import Testing
import ZooGraph
import ZooTensor

@Suite struct MergePaddingTests {
  private let pad = Padding(top: 1, left: 2, bottom: 0, right: 3)

  /// The operations after a layer of padding and the pass.
  private func merged(_ pad: Pad, _ reader: ZooGraph.Operation) throws -> [ZooGraph.Operation] {
    var net = try NetworkBuilder("pad", input: [4, 7, 9])
    try net.add("pad", .pad(pad))
    try net.add("layer", reader)
    let graph = net.classifier()
    let result = try MergePadding().apply(to: graph)
    try result.verify()
    #expect(result.nodes.last?.shape == graph.nodes.last?.shape, "\(reader)")
    return result.nodes.dropFirst().map(\.operation)
  }

  @Test func zerosBecomePaddingOfWhatReadsThem() throws {
    let convolution = Convolution(outputChannels: 2, kernel: Extent(3), stride: Extent(2), padding: Padding(1))
    var expected = convolution
    expected.padding = .fixed(Padding(top: 2, left: 3, bottom: 1, right: 4))
    #expect(try merged(Pad(.fixed(pad)), .convolution(convolution)) == [.convolution(expected)])
    let pooling = Pooling(kernel: Extent(4), stride: Extent(2))
    var padded = pooling
    padded.padding = .fixed(pad)
    #expect(
      try merged(Pad(.fixed(pad)), .averagePool(pooling, countsPadding: true)) == [
        .averagePool(padded, countsPadding: true)
      ])
    // TensorFlow's padding is that of the padded map, whose 8 rows and 14 columns take 1 more row and column.
    var same = convolution
    same.padding = .same
    expected.padding = .fixed(Padding(top: 1, left: 2, bottom: 1, right: 4))
    #expect(try merged(Pad(.fixed(pad)), .convolution(same)) == [.convolution(expected)])
  }

  @Test(
    "what would be another operation stays",
    arguments: [
      (Pad(.fixed(Padding(1))), .maxPool(Pooling(kernel: Extent(3), stride: Extent(2)))),
      (Pad(.fixed(Padding(1))), .averagePool(Pooling(kernel: Extent(3), stride: Extent(2)), countsPadding: false)),
      (
        Pad(.fixed(Padding(1))),
        .averagePool(Pooling(kernel: Extent(3), stride: Extent(2), rounding: .ceil), countsPadding: true)
      ),
      (Pad(.fixed(Padding(3))), .averagePool(Pooling(kernel: Extent(3), stride: Extent(2)), countsPadding: true)),
      (Pad(.fixed(Padding(1)), mode: .reflect), .convolution(Convolution(outputChannels: 2, kernel: Extent(3)))),
      (Pad(.fixed(Padding(1)), mode: .replicate), .convolution(Convolution(outputChannels: 2, kernel: Extent(3)))),
    ] as [(Pad, ZooGraph.Operation)])
  func others(pad: Pad, reader: ZooGraph.Operation) throws {
    #expect(try merged(pad, reader) == [.pad(pad), reader], "\(pad), \(reader)")
  }
}
