import ZooGraph
import ZooKit
import ZooTensor

/// A convolution as a product of matrices: each patch that a filter sees is a column, each filter a row (im2col; Chellapilla,
/// Puri and Simard, High performance convolutional neural networks for document processing, 2006).
///
/// The matrix of patches is never held as a whole, except by `patches()`: its columns are made when they are asked for. A
/// convolution in groups is as many products; this is one of them.
public struct Im2col: Sendable {
  /// What the product was compared with.
  public struct Check: Hashable, Sendable {
    /// The columns that were multiplied, of all.
    public let columns: Int
    /// The largest difference of the product, with the bias, from the layer's value, and the largest magnitude of that.
    public let difference: Double
    /// The largest number of the product, by magnitude.
    public let largest: Double

    /// The difference that is allowed, as a part of the largest magnitude: sums in float32 depend on their order.
    public static let tolerance = 1e-5
    /// Whether `difference` is within the tolerance of float32 sums in another order.
    public var isEqual: Bool { difference.isFinite && difference <= Self.tolerance * largest }

    /// - Throws: `Im2colError.productDiffers` unless it is equal.
    public func requireEqual(layer: String) throws(Im2colError) {
      if !isEqual { throw .productDiffers(layer: layer, difference: difference, largest: largest) }
    }

    package init(columns: Int, difference: Double, largest: Double) {
      (self.columns, self.difference, self.largest) = (columns, difference, largest)
    }
  }

  /// The layer's path.
  public let layer: String
  /// The layer whose value it reads.
  public let reads: String
  /// Of the convolution.
  public let geometry: ConvolutionGeometry
  /// Which of the convolution's groups.
  public let group: Int
  /// `[outputs of the group, rows]`.
  public let filters: Tensor
  /// What the layer reads, all channels, `[C, H, W]`.
  public let input: Tensor
  /// Of the group's outputs; `nil` of a layer without.
  private let bias: [Float]?
  /// The group's part of what the layer answers, `[outputs, columns]`, before any activation.
  private let value: [Float]

  /// The numbers of a patch: channels of the group, then rows and columns of the kernel.
  public var rows: Int { geometry.inputChannelsPerGroup * geometry.kernel.area }
  /// The patches, one for each position of the layer's value, row by row.
  public var columns: Int { geometry.output.area }
  /// The numbers of the patch matrices of all groups.
  public var count: Int { geometry.groups * rows * columns }
  /// How many times the numbers of the input that is; without the padding about kernel area over stride area.
  public var factor: Double { Double(count) / Double(input.shape.elementCount) }

  /// The largest matrix that `patches()` makes, in numbers: 1 GiB.
  public static let maximumCount = 1 << 28

  /// - Parameters:
  ///   - layer: a convolution; the network's first for `nil`.
  ///   - group: which of a grouped convolution's groups, from 0.
  ///   - network: the network of the layer.
  ///   - weights: its weights.
  ///   - input: of the network, `[C, H, W]`, preprocessed.
  ///   - options: how the network is run; convolutions sum as they are defined, term by term, whatever `numerics` says.
  /// - Throws: `Im2colError`, `ZooError`, `WeightsError`, `RuntimeError`.
  public init(
    _ layer: String? = nil, group: Int = 0, of network: Network, weights: LoadedWeights, input: Tensor,
    options: Model.Options = Model.Options()
  ) throws {
    let id = try network.convolution(named: layer)
    let node = network.graph[id]
    let geometry = node.convolutionGeometry
    guard (0..<geometry.groups).contains(group) else {
      throw Im2colError.group(group, layer: node.name, groups: geometry.groups)
    }
    let source = network.graph[node.inputs[0]]
    let readsInput = network.graph.inputs.contains(node.inputs[0])
    var options = options
    options.numerics = .direct
    let model = try Model(
      network, loaded: weights, outputs: readsInput ? [node.name] : [source.name, node.name], options: options)
    let values = try model.values(for: input)
    guard let answer = values[node.name], let read = readsInput ? input : values[source.name] else {
      preconditionFailure("a layer that was asked for has no value")
    }
    (self.layer, reads, self.geometry, self.group) = (node.name, source.name, geometry, group)
    self.input = read.reshaped(to: source.shape)
    let outputs = geometry.outputChannelsPerGroup
    let size = geometry.inputChannelsPerGroup * geometry.kernel.area
    let numbers = try Self.numbers(of: .weight, node, weights) ?? []
    filters = Tensor(
      shape: [outputs, size], floats: Array(numbers[(group * outputs * size)..<(group + 1) * outputs * size]))
    bias = try Self.numbers(of: .bias, node, weights).map { Array($0[(group * outputs)..<(group + 1) * outputs]) }
    let area = geometry.output.area
    value = answer.withFloats { Array($0[(group * outputs * area)..<(group + 1) * outputs * area]) }
  }

  private static func numbers(of role: Parameter.Role, _ node: Node, _ weights: LoadedWeights) throws -> [Float]? {
    guard let parameter = node.parameter(role), case .tensor(let name, _) = parameter.value else { return nil }
    return try weights.tensor(name).convertedToFloat32().floats
  }

  /// The input's rows and columns that a patch covers, where it reaches beyond the input only in the padding.
  public func window(_ column: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    func range(_ axis: ConvolutionAxis, _ output: Int) -> Range<Int> {
      let start = output * axis.stride - axis.padding
      return start..<start + (axis.kernel - 1) * axis.dilation + 1
    }
    let (row, place) = column.quotientAndRemainder(dividingBy: geometry.output.width)
    return (range(geometry.vertical, row), range(geometry.horizontal, place))
  }

  /// One patch, `rows` numbers; padding is zero.
  ///
  /// - Precondition: there is that column.
  public func column(_ column: Int) -> [Float] {
    precondition((0..<columns).contains(column), "column \(column) of \(columns)")
    let (row, place) = column.quotientAndRemainder(dividingBy: geometry.output.width)
    let (vertical, horizontal) = (geometry.vertical, geometry.horizontal)
    var patch: [Float] = []
    patch.reserveCapacity(rows)
    input.withFloats { floats in
      for channel in 0..<geometry.inputChannelsPerGroup {
        let plane = (group * geometry.inputChannelsPerGroup + channel) * geometry.input.area
        for tapRow in 0..<geometry.kernel.height {
          let y = vertical.input(output: row, tap: tapRow)
          for tapColumn in 0..<geometry.kernel.width {
            let x = horizontal.input(output: place, tap: tapColumn)
            if let y, let x { patch.append(floats[plane + y * geometry.input.width + x]) } else { patch.append(0) }
          }
        }
      }
    }
    return patch
  }

  /// The matrix of patches, `[rows, columns]`.
  ///
  /// - Throws: `Im2colError.tooLarge`.
  public func patches() throws(Im2colError) -> Tensor {
    guard rows * columns <= Self.maximumCount else {
      throw .tooLarge(layer: layer, rows: rows, columns: columns, limit: Self.maximumCount)
    }
    return Tensor(shape: [rows, columns]) { bytes in
      let floats = bytes.bindMemory(to: Float.self)
      for index in 0..<columns {
        for (row, number) in column(index).enumerated() { floats[row * columns + index] = number }
      }
    }
  }

  /// Multiplies, and compares with what the layer answered.
  ///
  /// - Parameter maximumCost: the multiplications that are allowed; where all columns need more, those that are
  ///   multiplied are spread evenly.
  /// - Returns: The largest difference, and the largest number that it stands beside.
  public func check(maximumCost: Int = 1 << 28) -> Check {
    let outputs = filters.shape[0]
    let step = max(1, (rows * outputs * columns + maximumCost - 1) / maximumCost)
    var (done, difference) = (0, 0.0)
    for index in stride(from: 0, to: columns, by: step) {
      for (output, product) in product(column: index).enumerated() {
        let error = abs(product - Double(value[output * columns + index]))
        // A number that is none is no agreement.
        difference = error.isNaN ? .infinity : max(difference, error)
      }
      done += 1
    }
    let largest = value.reduce(0.0) { max($0, Double($1.magnitude)) }
    return Check(columns: done, difference: difference, largest: largest)
  }

  /// One column of the product with the bias, the group's outputs in float64.
  func product(column index: Int) -> [Double] {
    let patch = column(index)
    return filters.withFloats { floats in
      patch.withUnsafeBufferPointer { patch in
        (0..<filters.shape[0]).map { output in
          var sum = Double(bias?[output] ?? 0)
          let start = output * rows
          for row in 0..<rows { sum += Double(floats[start + row]) * Double(patch[row]) }
          return sum
        }
      }
    }
  }

  /// The layer's value as the product has it: a row for each output of the group.
  public func answer(output: Int, column: Int) -> Float { value[output * columns + column] }
}

extension Network {
  /// The convolution of that name, the first one for `nil`.
  ///
  /// - Throws: `Im2colError`, `ZooError.layerNotFound`.
  func convolution(named name: String?) throws -> NodeID {
    let convolutions = graph.ids.filter { id in
      if case .convolution = graph[id].operation { !graph[id].isTrainingOnly } else { false }
    }
    let named = try name.map { try layer(named: $0) }
    if let named, case .locallyConnected = graph[named].operation {
      throw Im2colError.locallyConnected(
        layer: graph[named].name, positions: graph[named].convolutionGeometry.output.area)
    }
    guard let first = convolutions.first else { throw Im2colError.noConvolution(model: self.name) }
    guard let named else { return first }
    guard convolutions.contains(named) else {
      let nearest = convolutions.sorted { abs($0.index - named.index) < abs($1.index - named.index) }.prefix(3).sorted()
      throw Im2colError.notAConvolution(
        layer: graph[named].name, what: graph[named].operation.kind.word,
        convolutions: nearest.map { graph[$0].name })
    }
    return named
  }
}
