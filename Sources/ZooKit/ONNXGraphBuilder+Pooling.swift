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
