import ZooGraph
import ZooTensor
import ZooWeights

extension ONNXGraphBuilder {
  /// ONNX's operator where the factor is a whole number. Other factors are told to it by floats, of which runtimes make other
  /// sizes and pixels, or by sizes, which include the number of images: pixels are gathered, or rows and columns are products
  /// with matrices of their weights, then.
  mutating func resize(_ layer: Upsample, _ node: Node, input: Shape) -> [Call] {
    let (from, to) = (input.extent, node.shape.extent)
    if to.height % from.height == 0, to.width % from.width == 0 {
      let scales = constant(
        "scales", of: node, shape: [4],
        .floats([1, 1, Float(to.height / from.height), Float(to.width / from.width)]))
      let transformation =
        switch layer.mode {
        case .nearest: "asymmetric"
        case .bilinear: layer.alignsCorners ? "align_corners" : "half_pixel"
        }
      var attributes: [ONNXGraph.Attribute] = [
        .init("coordinate_transformation_mode", .string(transformation)),
        .init("mode", .string(layer.mode == .nearest ? "nearest" : "linear")),
      ]
      if layer.mode == .nearest { attributes.append(.init("nearest_mode", .string("floor"))) }
      return [Call("Resize", node.shape, attributes) { [$0, "", scales] }]
    }
    let (vertical, horizontal) = (node.resampling.vertical, node.resampling.horizontal)
    let half: Shape = [input.channels, to.height, from.width]
    switch layer.mode {
    case .nearest:
      func indices(_ axis: AxisResampling) -> [Int] { (0..<axis.output).flatMap { axis.taps(output: $0).map(\.input) } }
      let rows = constant("rows", of: node, indices(vertical))
      let columns = constant("columns", of: node, indices(horizontal))
      return [
        Call("Gather", half, [integer("axis", 2)]) { [$0, rows] },
        Call("Gather", node.shape, [integer("axis", 3)]) { [$0, columns] },
      ]
    case .bilinear:
      func weight(_ axis: AxisResampling, _ output: Int, _ input: Int) -> Float {
        axis.taps(output: output).reduce(0) { $1.input == input ? $0 + Float($1.weight) : $0 }
      }
      let rows = (0..<to.height).flatMap { row in (0..<from.height).map { weight(vertical, row, $0) } }
      let columns = (0..<from.width).flatMap { column in (0..<to.width).map { weight(horizontal, $0, column) } }
      let left = constant("rows", of: node, shape: [to.height, from.height], .floats(rows))
      let right = constant("columns", of: node, shape: [from.width, to.width], .floats(columns))
      return [Call("MatMul", half) { [left, $0] }, Call("MatMul", node.shape) { [$0, right] }]
    }
  }
}
