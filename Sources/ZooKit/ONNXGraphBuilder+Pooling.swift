import ZooGraph
import ZooTensor
import ZooWeights

/// ONNX has a rule of its own for the last, partial window, which runtimes read differently; so windows are always counted
/// down, over padding that puts the last one where the geometry has it.
extension ONNXGraphBuilder {
  func maxPool(_ geometry: PoolingGeometry, _ shape: Shape) -> Call {
    Call(
      "MaxPool", shape,
      [
        extent("kernel_shape", geometry.kernel), pads(geometry.coveredPadding), extent("strides", geometry.stride),
      ])
  }

  /// What the last window covers beyond the padding never counts, and ONNX can only count all padding or none: where there
  /// are both, the zeros that count are made real first.
  mutating func averagePool(
    _ geometry: PoolingGeometry, countsPadding: Bool, _ node: Node
  ) -> (steps: [Call], main: Int) {
    let (covered, padding) = (geometry.coveredPadding, geometry.padding)
    let beyond = Padding(
      top: 0, left: 0, bottom: max(0, covered.bottom - padding.bottom), right: max(0, covered.right - padding.right))
    guard countsPadding, !padding.isNone, !beyond.isNone else {
      let counts = countsPadding && !padding.isNone
      let pads = counts ? padding : covered
      return ([averagePool(geometry.kernel, geometry.stride, pads, countsPadding: counts, node.shape)], 0)
    }
    let zeros = constant(
      "pads", of: node, [0, 0, padding.top, padding.left, 0, 0, padding.bottom, padding.right])
    let padded: Shape = [
      node.shape.channels, geometry.input.height + padding.vertical, geometry.input.width + padding.horizontal,
    ]
    return (
      [
        Call("Pad", padded) { [$0, zeros] },
        averagePool(geometry.kernel, geometry.stride, beyond, countsPadding: false, node.shape),
      ], 1
    )
  }

  private func averagePool(
    _ kernel: Extent, _ stride: Extent, _ padding: Padding, countsPadding: Bool, _ shape: Shape
  ) -> Call {
    Call(
      "AveragePool", shape,
      [
        integer("count_include_pad", countsPadding ? 1 : 0), extent("kernel_shape", kernel), pads(padding),
        extent("strides", stride),
      ])
  }

  /// A pooling window where one does the same, else a product with a matrix of weights on either side.
  mutating func adaptiveAveragePool(_ output: Extent, _ node: Node, input: Shape) -> [Call] {
    if output == Extent(1) { return [Call("GlobalAveragePool", node.shape)] }
    if let pooling = Pooling(adaptive: output, input: input.extent) {
      return [averagePool(pooling.kernel, pooling.stride, .none, countsPadding: false, node.shape)]
    }
    let rows = constant(
      "rows", of: node, shape: [output.height, input.extent.height],
      .floats(Self.means(output.height, over: input.extent.height).flatMap { $0 }))
    let columns = Self.means(output.width, over: input.extent.width)
    let transposed = constant(
      "columns", of: node, shape: [input.extent.width, output.width],
      .floats((0..<input.extent.width).flatMap { column in columns.map { $0[column] } }))
    return [
      Call("MatMul", [input.channels, output.height, input.extent.width]) { [rows, $0] },
      Call("MatMul", node.shape) { [$0, transposed] },
    ]
  }

  /// A pooling window where one does the same, else the maxima of parts side by side: of rows, then of columns.
  mutating func adaptiveMaxPool(
    _ output: Extent, _ node: Node, input: Shape
  ) -> (steps: [Call], main: Int) {
    if output == Extent(1) { return ([Call("GlobalMaxPool", node.shape)], 0) }
    if let pooling = Pooling(adaptive: output, input: input.extent) {
      let attributes = [extent("kernel_shape", pooling.kernel), extent("strides", pooling.stride)]
      return ([Call("MaxPool", node.shape, attributes)], 0)
    }
    let rows = partMaxima(
      output.height, axis: 2, of: inputs(of: node)[0], [input.channels, input.extent.height, input.extent.width], node)
    let joined: Shape = [input.channels, output.height, input.extent.width]
    let map = aside(Call("Concat", joined, [integer("axis", 2)]) { _ in rows }, "rows", of: node)
    let columns = partMaxima(output.width, axis: 3, of: map, joined, node)
    return ([Call("Concat", node.shape, [integer("axis", 3)]) { _ in columns }], 0)
  }

  /// The maxima of adaptive pooling's windows along one axis, each a value of its own.
  private mutating func partMaxima(
    _ count: Int, axis: Int, of map: String, _ shape: Shape, _ node: Node
  ) -> [String] {
    let length = shape.dimensions[axis - 1]
    return (0..<count).map { index in
      let window = index * length / count..<((index + 1) * length + count - 1) / count
      let limits = [
        constant("starts", of: node, [window.lowerBound]), constant("ends", of: node, [window.upperBound]),
        constant("axes", of: node, [axis]),
      ]
      var dimensions: [Int?] = [nil] + shape.dimensions
      dimensions[axis] = window.count
      let part = aside(Call("Slice", dimensions: dimensions) { _ in [map] + limits }, "part", of: node)
      dimensions[axis] = 1
      let maximum = reduction("ReduceMax", of: part, dimensions: dimensions, axes: [axis], keepsAxes: true, node)
      return aside(maximum, "maximum", of: node)
    }
  }

  /// Axes are an attribute, and since opset 18 an input. `value`: what is read; `nil`: what the step before gives.
  mutating func reduction(
    _ type: String, of value: String? = nil, dimensions: [Int?], axes: [Int], keepsAxes: Bool, _ node: Node
  ) -> Call {
    let keeps = integer("keepdims", keepsAxes ? 1 : 0)
    guard operatorSet != .v17 else {
      return Call(type, dimensions: dimensions, [integers("axes", axes), keeps]) { [value ?? $0] }
    }
    let list = constant("axes", of: node, axes)
    return Call(type, dimensions: dimensions, [keeps]) { [value ?? $0, list] }
  }

  mutating func mean(over side: MeanSide, _ node: Node) -> Call {
    let axes =
      switch side {
      case .space: [2, 3]
      case .height: [2]
      case .width: [3]
      }
    return reduction(
      "ReduceMean", dimensions: [nil] + node.shape.dimensions, axes: axes, keepsAxes: side != .space, node)
  }

  /// For each of `count` windows, what each of `length` cells counts in its mean.
  private static func means(_ count: Int, over length: Int) -> [[Float]] {
    (0..<count).map { index in
      let window = index * length / count..<((index + 1) * length + count - 1) / count
      return (0..<length).map { window.contains($0) ? 1 / Float(window.count) : 0 }
    }
  }
}

extension PoolingGeometry {
  /// The padding with the bottom and the right moved to where the last window ends, but not into the input: rounding down
  /// over it gives `output`.
  fileprivate var coveredPadding: Padding {
    guard rounding != .floor else { return padding }
    return Padding(
      top: padding.top, left: padding.left,
      bottom: max(0, (output.height - 1) * stride.height + kernel.height - input.height - padding.top),
      right: max(0, (output.width - 1) * stride.width + kernel.width - input.width - padding.left))
  }
}
