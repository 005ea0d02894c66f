import Testing
import ZooGraph
import ZooRuntime
import ZooTensor

/// Operations on rows and columns, each in every way in which a network uses it.
@Suite("Operations on rows and columns")
struct SpatialOperationTests {
  /// An operation on a map of 19 channels that a convolution wrote and another one reads with a halo.
  static let cases: [GraphCase] = operations.map { operation, extent in
    GraphCase("\(operation) of \(extent)") { graph in
      let image = try graph.image(3, extent.height, extent.width)
      let map = try graph.add(.activation(.tanh), try graph.convolution(image, 19, 3, padding: 1))
      let value = try graph.add(operation, map)
      guard graph[value].shape.isFeatureMap else { return [value, try graph.convolution(map, 2, 3, padding: 2)] }
      return [try graph.convolution(value, 5, 3, padding: 1), try graph.convolution(map, 2, 3, padding: 2)]
    }
  }

  private static let operations: [(Operation, Extent)] = [
    (.globalMaxPool, Extent(height: 5, width: 7)), (.adaptiveMaxPool(Extent(3)), Extent(height: 5, width: 7)),
    (.adaptiveMaxPool(Extent(height: 4, width: 2)), Extent(height: 3, width: 6)),
    (.mean(.space), Extent(height: 5, width: 6)), (.mean(.height), Extent(height: 5, width: 6)),
    (.mean(.width), Extent(height: 5, width: 6)),
    (.pad(Pad(.fixed(Padding(top: 1, left: 0, bottom: 3, right: 2)))), Extent(height: 5, width: 6)),
    (.pad(Pad(.fixed(Padding(top: 1, left: 4, bottom: 3, right: 2)), mode: .reflect)), Extent(5)),
    (.pad(Pad(.fixed(Padding(top: 1, left: 7, bottom: 0, right: 2)), mode: .replicate)), Extent(height: 3, width: 4)),
    (.upsample(Upsample(factor: Extent(height: 2, width: 3))), Extent(height: 4, width: 3)),
    (.upsample(Upsample(output: Extent(height: 3, width: 11))), Extent(5)),
    (.upsample(Upsample(factor: Extent(2), mode: .bilinear)), Extent(height: 4, width: 3)),
    (.upsample(Upsample(output: Extent(height: 7, width: 2), mode: .bilinear, alignsCorners: true)), Extent(5)),
    (
      .transposedConvolution(
        TransposedConvolution(
          outputChannels: 18, kernel: Extent(height: 3, width: 4), stride: Extent(2), padding: .fixed(Padding(1)),
          outputPadding: Extent(height: 1, width: 0))), Extent(height: 4, width: 3)
    ),
    (
      .transposedConvolution(
        TransposedConvolution(
          outputChannels: 38, kernel: Extent(2), stride: Extent(height: 3, width: 1), dilation: Extent(2), groups: 19,
          hasBias: false)), Extent(height: 4, width: 3)
    ),
    (
      .transposedConvolution(
        TransposedConvolution(outputChannels: 33, kernel: Extent(3), padding: .fixed(Padding(2)), activation: .sigmoid)),
      Extent(6)
    ),
  ]

  @Test("give the interpreter's answers", arguments: cases)
  func answers(_ graphCase: GraphCase) throws { try AgreementTests().table(graphCase) }

  @Test("have the interpreter's gradients in training", arguments: cases)
  func training(_ graphCase: GraphCase) throws {
    try CompiledTrainingTests().compare(GradientCase(graphCase), loss: .softmax, images: 2)
  }

  @Test("have the gradients of central differences", arguments: cases)
  func differences(_ graphCase: GraphCase) throws {
    try GradientCheckTests().check(GradientCase(graphCase), loss: .softmax)
  }

  @Test("keep the bits when a part of the image changes", arguments: cases)
  func windows(_ graphCase: GraphCase) throws { try WindowedTests().sameBits(graphCase) }
}
