import ZooTensor

/// The part of the image that one element of a value depends on.
///
/// The element in row `r` and column `c` sees the rectangle of `size` whose upper left pixel is
/// `start + (r, c) · stride`. Parts of the rectangle may lie in the padding, outside the image.
public struct ReceptiveField: Hashable, Sendable {
  /// The height and width of the rectangle in pixels.
  public var size: Extent
  /// How many pixels lie between the rectangles of neighbouring elements (also called jump).
  public var stride: Extent
  /// The row and column of the upper left pixel of the first element's rectangle; negative within the padding.
  public var start: Position

  /// A row and a column of the image.
  public struct Position: Hashable, Sendable {
    public var row: Int
    public var column: Int

    public init(row: Int, column: Int) {
      self.row = row
      self.column = column
    }
  }

  public init(size: Extent, stride: Extent, start: Position) {
    self.size = size
    self.stride = stride
    self.start = start
  }

  /// A pixel of the image itself.
  public static let pixel = ReceptiveField(size: Extent(1), stride: Extent(1), start: Position(row: 0, column: 0))

  /// The field of a window over elements with this field. Numbers that do not fit are capped.
  func window(
    kernel: Extent, stride: Extent, padding: Padding = .none, dilation: Extent = Extent(1)
  ) -> ReceptiveField {
    func grown(_ size: Int, _ kernel: Int, _ dilation: Int, _ jump: Int) -> Int {
      size.addingSaturated((kernel - 1).multipliedSaturated(by: dilation).multipliedSaturated(by: jump))
    }
    return ReceptiveField(
      size: Extent(
        height: grown(size.height, kernel.height, dilation.height, self.stride.height),
        width: grown(size.width, kernel.width, dilation.width, self.stride.width)),
      stride: Extent(
        height: self.stride.height.multipliedSaturated(by: stride.height),
        width: self.stride.width.multipliedSaturated(by: stride.width)),
      start: Position(
        row: start.row.addingSaturated(self.stride.height.multipliedSaturated(by: -padding.top)),
        column: start.column.addingSaturated(self.stride.width.multipliedSaturated(by: -padding.left))))
  }

  /// The smallest field that holds both.
  func union(_ other: ReceptiveField) -> ReceptiveField {
    func end(_ start: Int, _ size: Int) -> Int { start.addingSaturated(size) }
    let start = Position(row: min(start.row, other.start.row), column: min(start.column, other.start.column))
    let bottom = max(end(self.start.row, size.height), end(other.start.row, other.size.height))
    let right = max(end(self.start.column, size.width), end(other.start.column, other.size.width))
    return ReceptiveField(
      size: Extent(
        height: bottom.addingSaturated(0 - max(start.row, -.max)),
        width: right.addingSaturated(0 - max(start.column, -.max))),
      stride: Extent(
        height: max(stride.height, other.stride.height), width: max(stride.width, other.stride.width)),
      start: start)
  }
}

extension Graph {
  /// The receptive field of every node, over all paths from the input.
  ///
  /// `nil` where an element may depend on the whole image: after fully connected layers, global pooling, flattening of
  /// more than one position, and adaptive pooling whose windows differ in size.
  public func receptiveFields() -> [ReceptiveField?] {
    var fields: [ReceptiveField?] = []
    for node in nodes {
      let inputs = node.inputs.map { fields[$0.index] }
      let shape = node.inputs.first.map { self[$0].shape }
      fields.append(node.operation.receptiveField(of: inputs, shape: shape ?? node.shape))
    }
    return fields
  }
}

extension Operation {
  /// The field of the result for inputs with the given fields, the first of the given shape.
  fileprivate func receptiveField(of inputs: [ReceptiveField?], shape: Shape) -> ReceptiveField? {
    let field = inputs.first ?? nil
    switch self {
    case .input(let shape):
      return shape.isFeatureMap ? .pixel : nil
    case .convolution(let layer):
      let own = field?.window(
        kernel: layer.kernel, stride: layer.stride, padding: layer.padding(for: shape.extent), dilation: layer.dilation)
      return inputs.dropFirst().reduce(own) { joined, other in
        joined.flatMap { joined in other.map(joined.union) }
      }
    case .locallyConnected(let layer):
      return field?.window(kernel: layer.kernel, stride: layer.stride, padding: layer.padding(for: shape.extent))
    case .maxPool(let pooling), .averagePool(let pooling, _):
      return field?.window(
        kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding(for: shape.extent))
    case .adaptiveAveragePool(let extent):
      guard let pooling = Pooling(adaptive: extent, input: shape.extent) else { return nil }
      return field?.window(kernel: pooling.kernel, stride: pooling.stride)
    case .subsample(let subsample):
      return field?.window(kernel: Extent(1), stride: subsample.stride)
    case .activation, .batchNorm, .localResponseNorm, .dropout, .softmax:
      return field
    case .concat, .add:
      return inputs.dropFirst().reduce(field) { joined, other in
        joined.flatMap { joined in other.map(joined.union) }
      }
    case .flatten:
      return shape.extent.area == 1 ? field : nil
    case .globalAveragePool:
      return shape.extent.area == 1 ? field : nil
    case .fullyConnected:
      return nil
    }
  }
}
