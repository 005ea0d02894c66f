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
    /// From 0 at the top; negative in the padding.
    public var row: Int
    /// From 0 on the left; negative in the padding.
    public var column: Int

    /// Rows downwards, columns to the right.
    public init(row: Int, column: Int) {
      self.row = row
      self.column = column
    }
  }

  /// - Parameters:
  ///   - size: the rectangle that an element sees.
  ///   - stride: how far apart neighbouring elements' rectangles are.
  ///   - start: the upper left corner of the first element's rectangle.
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
    for node in nodes { fields.append(receptiveField(of: node, fields)) }
    return fields
  }

  /// `fields`: those of the nodes before.
  private func receptiveField(of node: Node, _ fields: [ReceptiveField?]) -> ReceptiveField? {
    // What the batch has in common is no part of the image.
    let inputs = node.inputs.filter { self[$0].scope == .image }
    guard let first = inputs.first else {
      if case .input(let shape) = node.operation { return shape.isFeatureMap ? .pixel : nil }
      return nil
    }
    let (field, extent) = (fields[first.index], self[first].shape.extent)
    let own: ReceptiveField?
    switch node.operation.traits.reach {
    case .nothing, .map, .everything: own = nil
    case .position: own = field
    case .window(let kernel, let stride, let padding, let dilation):
      own = field?.window(
        kernel: kernel, stride: stride,
        padding: padding.padding(input: extent, kernel: kernel, stride: stride, dilation: dilation), dilation: dilation)
    case .share:
      let output = node.shape.extent
      own = Pooling(adaptive: output, input: extent).flatMap { pooling in
        output == Extent(1) && extent.area > 1 ? nil : field?.window(kernel: pooling.kernel, stride: pooling.stride)
      }
    case .geometry: own = field.flatMap { node.receptiveField(over: $0) }
    case .elements: own = extent.area == 1 ? field : nil
    }
    return inputs.dropFirst().reduce(own) { joined, other in
      joined.flatMap { joined in fields[other.index].map(joined.union) }
    }
  }
}

extension Node {
  /// The field of what the geometry has over elements with a field: the smallest that holds what each element reads. Of
  /// pixels that padding repeats, it holds the places where they stand.
  ///
  /// - Returns: `nil` where neighbours look at places that lie less than a pixel apart, or no whole number of them.
  fileprivate func receptiveField(over field: ReceptiveField) -> ReceptiveField? {
    let rows: (stride: Int, reach: ClosedRange<Int>)?
    let columns: (stride: Int, reach: ClosedRange<Int>)?
    switch geometry {
    case .resampling(let resampling):
      if case .padding(let padding, _) = resampling.rule {
        return field.window(kernel: Extent(1), stride: Extent(1), padding: padding)
      }
      let (vertical, horizontal) = (resampling.vertical, resampling.horizontal)
      rows = Self.field(field.stride.height, per: (vertical.output, vertical.input), outputs: vertical.output) {
        vertical.taps(output: $0).map(\.input)
      }
      columns = Self.field(field.stride.width, per: (horizontal.output, horizontal.input), outputs: horizontal.output) {
        horizontal.taps(output: $0).map(\.input)
      }
    case .transposedConvolution(let geometry):
      let (vertical, horizontal) = (geometry.vertical, geometry.horizontal)
      rows = Self.field(field.stride.height, per: (vertical.stride, 1), outputs: vertical.input) {
        vertical.readers(input: $0).map(\.output)
      }
      columns = Self.field(field.stride.width, per: (horizontal.stride, 1), outputs: horizontal.input) {
        horizontal.readers(input: $0).map(\.output)
      }
    case .convolution, .pooling, nil: return nil
    }
    guard let rows, let columns else { return nil }
    return ReceptiveField(
      size: Extent(
        height: field.size.height.addingSaturated(rows.reach.count - 1),
        width: field.size.width.addingSaturated(columns.reach.count - 1)),
      stride: Extent(height: rows.stride, width: columns.stride),
      start: ReceptiveField.Position(
        row: field.start.row.addingSaturated(rows.reach.lowerBound),
        column: field.start.column.addingSaturated(columns.reach.lowerBound)))
  }

  /// Along one side: the distance of neighbours, and how far from where an element's field begins those that it reads
  /// begin. `per`: how many elements there are for how many of those that they are made of.
  private static func field(
    _ stride: Int, per ratio: (outputs: Int, inputs: Int), outputs: Int, _ reads: (Int) -> [Int]
  ) -> (stride: Int, reach: ClosedRange<Int>)? {
    let (total, overflows) = stride.multipliedReportingOverflow(by: ratio.inputs)
    guard !overflows, total % ratio.outputs == 0 else { return nil }
    let distance = total / ratio.outputs
    let starts = (0..<outputs).flatMap { output in
      reads(output).map { $0.multipliedSaturated(by: stride) - output * distance }
    }
    guard let first = starts.min(), let last = starts.max() else { return nil }
    return (distance, first...last)
  }
}
