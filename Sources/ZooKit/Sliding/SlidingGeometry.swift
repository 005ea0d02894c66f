import ZooGraph
import ZooTensor

/// A classifier as it slides: what each score looks at, and how many scores an image gives.
struct SlidingGeometry: Sendable {
  /// Fully convolutional, with the class scores as its only output; before passes.
  let graph: Graph
  let channels: Int
  let classes: Int
  /// Of the rewritten network.
  let answer: Answer
  /// The input that the network was made for.
  let window: Extent
  let field: ReceptiveField

  /// - Throws: `ZooError.noLogits`, `SlidingError.severalPositions`, and as `Network.fullyConvolutional`.
  init(_ network: Network) throws {
    _ = try network.answer()
    let conversion = try network.fullyConvolutional()
    guard let answer = conversion.graph.answer else { throw ZooError.noLogits(model: network.name) }
    var graph = conversion.graph.computing(answer)
    graph.outputs = Array(graph.outputs.filter { $0.role == .logits }.prefix(1))
    let map = answer.shape
    guard map.extent == Extent(1) else {
      throw SlidingError.severalPositions(model: network.name, map: map.extent, input: network.input)
    }
    self.graph = graph
    self.answer = answer
    channels = conversion.nativeInput.channels
    classes = map.channels
    window = conversion.nativeInput.extent
    field = conversion.receptiveField
  }

  /// Whether each score is exactly what the classifier says of that window alone: its field lies in the window. Where it
  /// does not, the window alone sees padding where the whole image goes on.
  var isExact: Bool {
    field.start == ReceptiveField.Position(row: 0, column: 0) && field.size.height <= window.height
      && field.size.width <= window.width
  }

  /// The strides that sliding can have: the divisors of the network's own.
  var possibleStrides: [Int] {
    let (height, width) = (field.stride.height, field.stride.width)
    return (1...max(1, min(height, width, ConvolutionGeometry.maximumSide))).filter {
      height % $0 == 0 && width % $0 == 0
    }
  }

  /// The network for images of another size.
  ///
  /// - Throws: `ConversionError` when the size is beyond what a layer can have.
  func graph(for extent: Extent) throws(ConversionError) -> Graph {
    try graph.resized(input: [channels, extent.height, extent.width])
  }

  /// The rows and columns of scores that an image gives.
  ///
  /// - Throws: as `graph(for:)`.
  func map(of extent: Extent) throws(ConversionError) -> Extent {
    let graph = try graph(for: extent)
    return graph[graph.outputs[0].value].shape.extent
  }

  func rows(of extent: Extent, cells: Int) -> TiledSide {
    TiledSide(
      length: extent.height, cells: cells, field: field.size.height, stride: field.stride.height, start: field.start.row
    )
  }

  func columns(of extent: Extent, cells: Int) -> TiledSide {
    TiledSide(
      length: extent.width, cells: cells, field: field.size.width, stride: field.stride.width,
      start: field.start.column)
  }
}
