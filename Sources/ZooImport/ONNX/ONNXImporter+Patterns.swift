import ZooGraph
import ZooTensor
import ZooWeights

/// Layers that older opsets have no operator for, so that exporters write their formulas out.
extension ONNXImporter {
  /// Layer norm as `(x − mean(x)) / √(mean((x − mean(x))²) + ε)`, at the division.
  ///
  /// - Returns: whether the node is such a division; the scale and shift after it are taken in when they are read.
  mutating func readWrittenOutNorm() throws -> Bool {
    guard node.type == "Div", node.isStandard, let difference = maker(node.input(0), "Sub"),
      let root = maker(node.input(1), "Sqrt"), let sum = maker(root.input(0), "Add"),
      let mean = maker(difference.input(1), "ReduceMean"), let source = difference.input(0), mean.input(0) == source,
      let (variance, epsilon) = try varianceAndEpsilon(sum), let square = network(making: variance.input(0)),
      variance.integers("axes") == mean.integers("axes"), case .map(let map)? = try value(source)
    else { return false }
    let isSquare: Bool
    switch square.type {
    case "Pow":
      let exponent = try constant(named: square.input(1))?.single
      isSquare = square.input(0) == node.input(0) && exponent == 2
    case "Mul": isSquare = square.input(0) == node.input(0) && square.input(1) == node.input(0)
    default: isSquare = false
    }
    let given = try mean.integers("axes") ?? constant(named: mean.input(1))?.integers
    guard isSquare, mean.integer("keepdims") ?? 1 != 0, variance.integer("keepdims") ?? 1 != 0, let axes = given,
      axes.count == 1
    else { return false }
    let axis = try axis(axes[0], rank: map.view.rank)
    let channels = shape(map).channels
    guard map.view.dimensions[axis] == ImageView.whole(.channels, channels) else { return false }
    let layer = try append(
      .normalization(Normalization(groups: nil, epsilon: Double(decimal: epsilon))), [map.layer],
      [
        .weight: Tensor(shape: [channels], floats: [Float](repeating: 1, count: channels)),
        .bias: Tensor(shape: [channels], floats: [Float](repeating: 0, count: channels)),
      ])
    note("a layer norm is written out as its formula")
    set(.map(Map(layer: layer, view: map.view)))
    return true
  }

  /// Adaptive max pooling along one side: the maxima of parts that are cut out of a map, at their concatenation.
  ///
  /// - Returns: whether the node is such a concatenation.
  mutating func readPartMaxima() throws -> Bool {
    guard node.type == "Concat", node.isStandard, let axis = node.integer("axis"),
      maker(node.input(0), "ReduceMax") != nil
    else { return false }
    var source: String?
    var parts: [Range<Int>] = []
    for input in node.inputs {
      guard let maximum = maker(input, "ReduceMax"), maximum.integer("keepdims") ?? 1 != 0,
        let axes = try maximum.integers("axes") ?? constant(named: maximum.input(1))?.integers,
        let slice = maker(maximum.input(0), "Slice"), let cut = slice.input(0), cut == source ?? cut,
        slice.input(4) == nil, let starts = try constant(named: slice.input(1))?.integers,
        let ends = try constant(named: slice.input(2))?.integers,
        let sides = try constant(named: slice.input(3))?.integers,
        axes == [axis], sides == [axis], starts.count == 1, ends.count == 1, starts[0] < ends[0]
      else { return false }
      source = cut
      parts.append(starts[0]..<ends[0])
    }
    guard let source, case .map(let map)? = try value(source) else { return false }
    return try readMaxima(parts, map, axis: axis, isReadElsewhere: readers[source] != parts.count)
  }

  private func varianceAndEpsilon(_ sum: ONNXNode) throws -> (ONNXNode, Float)? {
    for (input, other) in [(0, 1), (1, 0)] {
      if let variance = maker(sum.input(input), "ReduceMean"),
        let epsilon = try constant(named: sum.input(other))?.single
      {
        return (variance, epsilon)
      }
    }
    return nil
  }

  private func network(making name: String?) -> ONNXNode? {
    guard let name, let index = makers[name], network.nodes[index].isStandard else { return nil }
    return network.nodes[index]
  }

  private func maker(_ name: String?, _ type: String) -> ONNXNode? {
    guard let node = network(making: name), node.type == type else { return nil }
    return node
  }

  private func constant(named name: String?) throws -> ConstantValue? {
    guard let name else { return nil }
    if case .constant(let value)? = values[name] { return value }
    return values[name] == nil ? try network.tensor(named: name).map { ConstantValue($0) } : nil
  }
}
