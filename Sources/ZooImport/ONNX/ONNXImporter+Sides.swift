import ZooGraph
import ZooTensor
import ZooWeights

/// A layer that makes other rows and columns of a map, one side after the other: what ONNX has no operator for is written as
/// a step for each side.
private enum Resizing: CaseIterable {
  case nearest, bilinear, alignedBilinear, mean, maximum

  /// An input, from 0, and what it counts.
  struct Share: Equatable {
    let input: Int
    let weight: Double
  }

  /// The layer of `input` rows and columns to `output`.
  func operation(from input: Extent, to output: Extent) -> Operation {
    // Nothing yet, for the other side to follow; enlarging by 1 is no layer.
    if input == output, self != .maximum { return .adaptiveAveragePool(output) }
    return switch self {
    case .nearest: .upsample(Upsample(from: input, to: output, mode: .nearest))
    case .bilinear: .upsample(Upsample(from: input, to: output, mode: .bilinear))
    case .alignedBilinear: .upsample(Upsample(from: input, to: output, mode: .bilinear, alignsCorners: true))
    case .mean: .adaptiveAveragePool(output)
    case .maximum: .adaptiveMaxPool(output)
    }
  }

  /// The inputs that one of `outputs` along a side is made of, with their shares; those of a maximum count alike.
  func shares(_ index: Int, of outputs: Int, from inputs: Int) -> [Share] {
    func resampled(_ rule: Resampling.Rule) -> [Share] {
      Resampling(rule, input: Extent(inputs), output: Extent(outputs)).vertical.taps(output: index).map {
        Share(input: $0.input, weight: $0.weight)
      }
    }
    switch self {
    case .nearest: return resampled(.nearest)
    case .bilinear: return resampled(.bilinear(alignsCorners: false))
    case .alignedBilinear: return resampled(.bilinear(alignsCorners: true))
    case .mean, .maximum:
      let window = adaptiveWindow(index, of: outputs, from: inputs)
      return window.map { Share(input: $0, weight: 1 / Double(window.count)) }
    }
  }

  /// Those whose shares along a side a matrix `[outputs, inputs]` has; the likelier first.
  static func fitting(_ matrix: Tensor) -> [Resizing] {
    let (outputs, inputs) = (matrix.shape[0], matrix.shape[1])
    let kinds: [Resizing] =
      outputs < inputs ? [.mean, .bilinear, .alignedBilinear] : [.bilinear, .alignedBilinear, .mean]
    return matrix.withFloats { floats in
      kinds.filter { kind in
        (0..<outputs).allSatisfy { output in
          var row = floats[output * inputs..<(output + 1) * inputs].map { Double($0) }
          for share in kind.shares(output, of: outputs, from: inputs) {
            row[row.startIndex + share.input] -= share.weight
          }
          return row.allSatisfy { abs($0) < 1e-6 }
        }
      }
    }
  }

  /// Whether another one does the same along a side.
  func agrees(with other: Resizing, outputs: Int, inputs: Int) -> Bool {
    if self == other { return true }
    guard (self == .maximum) == (other == .maximum) else { return false }
    return (0..<outputs).allSatisfy { output in
      shares(output, of: outputs, from: inputs) == other.shares(output, of: outputs, from: inputs)
    }
  }
}

/// The inputs that adaptive pooling makes one of `outputs` of.
func adaptiveWindow(_ index: Int, of outputs: Int, from inputs: Int) -> Range<Int> {
  index * inputs / outputs..<((index + 1) * inputs + outputs - 1) / outputs
}

extension Upsample {
  /// By a factor where that is a whole number for both sides, else to a size.
  init(from input: Extent, to output: Extent, mode: Mode, alignsCorners: Bool = false) {
    let isWhole = output.height % input.height == 0 && output.width % input.width == 0
    self.init(
      factor: isWhole ? Extent(height: output.height / input.height, width: output.width / input.width) : Extent(1),
      output: isWhole ? Extent(0) : output, mode: mode, alignsCorners: alignsCorners)
  }
}

extension ONNXImporter {
  /// Whether a value is a map as zoo has it, whose axes 2 and 3 are rows and columns.
  private func isPlainImage(_ map: Map) -> Bool {
    shape(map).isFeatureMap && map.view == ImageView(of: shape(map), batch: batch)
  }

  /// Rows or columns in an order that is that of the nearest of fewer or more.
  ///
  /// - Returns: whether the numbers are.
  mutating func readNearest(_ numbers: [Int], _ map: Map, axis: Int) throws -> Bool {
    guard axis >= 2, isPlainImage(map), !numbers.isEmpty else { return false }
    let inputs = map.view.sizes[axis]
    guard numbers.indices.allSatisfy({ numbers[$0] == $0 * inputs / numbers.count }) else { return false }
    if numbers.count == inputs, !isFirstOfTwo { return false }
    try setResized(map, axis: axis, to: numbers.count, by: [.nearest], isShared: isShared(map.layer))
    return true
  }

  /// A product of a map's rows with a matrix `[outputs, inputs]` (axis 2), or of its columns (axis 3).
  ///
  /// - Returns: whether it is one that zoo has a layer for.
  mutating func readSharedRows(_ matrix: Tensor, _ map: Map, axis: Int) throws -> Bool {
    guard isPlainImage(map), matrix.shape.rank == 2, map.view.sizes[axis] == matrix.shape[1] else { return false }
    let kinds = Resizing.fitting(matrix)
    guard !kinds.isEmpty else { return false }
    if matrix.shape[0] == matrix.shape[1], !isFirstOfTwo {
      set(.map(map))
    } else {
      try setResized(map, axis: axis, to: matrix.shape[0], by: kinds, isShared: isShared(map.layer))
    }
    return true
  }

  /// The maxima of the windows of adaptive pooling along a side, which were cut out and joined. `isReadElsewhere`: whether
  /// something else reads the map. `false`: of other parts.
  mutating func readMaxima(_ parts: [Range<Int>], _ map: Map, axis: Int, isReadElsewhere: Bool) throws -> Bool {
    guard axis >= 2, isPlainImage(map) else { return false }
    let inputs = map.view.sizes[axis]
    guard
      parts.indices.allSatisfy({ parts[$0] == adaptiveWindow($0, of: parts.count, from: inputs) })
    else { return false }
    try setResized(map, axis: axis, to: parts.count, by: [.maximum], isShared: isReadElsewhere)
    return true
  }

  /// Whether what the node makes is read by one node of its kind alone, which may do the same with the other side.
  private var isFirstOfTwo: Bool {
    guard let output = node.outputs.first, readers[output] == 1, let reader = readingNodes[output]?.first else {
      return false
    }
    return network.nodes[reader].type == node.type
  }

  /// Sets the map with so many rows (axis 2) or columns (axis 3), by one of the layers; rows and columns after each other are
  /// one layer.
  private mutating func setResized(
    _ map: Map, axis: Int, to count: Int, by kinds: [Resizing], isShared: Bool
  ) throws {
    let made = shape(map).extent
    let output = axis == 2 ? Extent(height: count, width: made.width) : Extent(height: made.height, width: count)
    let below = draft.layers[map.layer]
    let layer: Int
    if !isShared, let source = below.inputs.first,
      let kind = merged(below.operation, from: draft.layers[source].shape.extent, to: made, axis: axis, kinds)
    {
      let input = draft.layers[source].shape.extent
      // Of several nodes the first has the layer's name, but what is cut out and joined has it at the end.
      let names = kind == .maximum ? self.names(weight: nil, word: below.operation.kind.word) : below.names
      layer = try draft.append(
        kind.operation(from: input, to: output), [source], names: names, place: below.place)
    } else {
      layer = try append(kinds[0].operation(from: made, to: output), [map.layer])
    }
    set(.map(Map(layer: layer, view: ImageView(of: draft.layers[layer].shape, batch: batch))))
  }

  /// Which of the layers also does what `operation` does with the other side of `input`, and nothing with this one.
  private func merged(
    _ operation: Operation, from input: Extent, to made: Extent, axis: Int, _ kinds: [Resizing]
  ) -> Resizing? {
    guard input.isPositive, axis == 2 ? input.height == made.height : input.width == made.width,
      let own = Resizing.allCases.first(where: { $0.operation(from: input, to: made) == operation })
    else { return nil }
    let (inputs, outputs) = axis == 2 ? (input.width, made.width) : (input.height, made.height)
    return (kinds.contains(own) ? own : nil) ?? kinds.first { $0.agrees(with: own, outputs: outputs, inputs: inputs) }
  }

  // MARK: Weights for each position

  /// `[rows, columns, outputs, patch]` times what each position of a result reads, laid out by a convolution: a locally
  /// connected layer.
  ///
  /// - Returns: whether the product is one.
  mutating func readLocalProduct(_ matrices: ConstantValue, _ map: Map) throws -> Bool {
    let below = draft.layers[map.layer]
    guard case .convolution(let patches) = below.operation, let input = below.inputs.first,
      let filters = below.tensors[.weight],
      patches.groups == draft.layers[input].shape.channels, !patches.hasBias, patches.dilation == Extent(1),
      patches.outputChannels == patches.groups * patches.kernel.area,
      map.view == ImageView(of: below.shape, batch: batch).transposed([2, 3, 1, 0]), matrices.dimensions.count == 4,
      matrices.dimensions[..<2] == map.view.sizes[..<2], matrices.dimensions[3] == patches.outputChannels
    else { return false }
    let area = patches.kernel.area
    let laysOut = filters.withFloats { floats in
      floats.indices.allSatisfy { floats[$0] == ($0 % area == $0 / area % area ? 1 : 0) }
    }
    guard laysOut else { return false }
    let outputs = matrices.dimensions[2]
    let layer = try append(
      .locallyConnected(
        LocallyConnected(
          outputChannels: outputs, kernel: patches.kernel, stride: patches.stride, padding: patches.padding,
          hasBias: false)),
      [input],
      [
        .weight: matrices.tensor.reshaped(
          to: Shape(
            Array(matrices.dimensions[..<3]) + [patches.groups, patches.kernel.height, patches.kernel.width]))
      ], weight: matrices.name)
    note("a product at each position with what a convolution lays out there is a locally connected layer")
    let view = ImageView(of: draft.layers[layer].shape, batch: batch).transposed([2, 3, 1, 0])
    set(.map(Map(layer: layer, view: view)))
    return true
  }

  /// Makes numbers for each element the bias of a locally connected layer that has none and that nothing else reads.
  mutating func takeLocalBias(_ value: ConstantValue, _ map: Map) -> Bool {
    let below = draft.layers[map.layer]
    guard case .locallyConnected(var layer) = below.operation, !layer.hasBias, !isShared(map.layer), isPlainImage(map),
      Array(value.dimensions.drop { $0 == 1 }) == Array(below.shape.dimensions.drop { $0 == 1 }),
      value.dimensions.count <= 4
    else { return false }
    layer.hasBias = true
    var tensors = below.tensors
    tensors[.bias] = value.tensor.reshaped(to: below.shape)
    draft.change(map.layer, to: .locallyConnected(layer), tensors, for: position)
    return true
  }
}
