import ZooGraph
import ZooTensor
import ZooWeights

/// Convolutions and products with matrices.
extension ONNXImporter {
  private func weight(_ input: Int, _ what: String = "weight") throws -> ConstantValue {
    guard let value = try requiredConstant(input, what) else { throw Refusal("\(node.type) without its \(what)") }
    return value
  }

  private func vector(_ input: Int, _ what: String, _ count: Int) throws -> Tensor? {
    guard let value = try requiredConstant(input, what) else { return nil }
    guard value.count == count else {
      throw Refusal("\(node.type) whose \(what) has \(value.count) numbers for \(count) channels")
    }
    return value.tensor.reshaped(to: [count])
  }

  /// Height and width of an attribute that has one number for each.
  func extent(_ attribute: String, _ standard: Extent? = nil) throws(Refusal) -> Extent {
    guard node.has(attribute) else {
      if let standard { return standard }
      throw Refusal("\(node.type) without \(attribute)")
    }
    guard let numbers = node.integers(attribute), numbers.count == 2 else {
      throw Refusal("\(node.type) with \(attribute) \(node.integers(attribute) ?? []) and not two numbers")
    }
    return Extent(height: numbers[0], width: numbers[1])
  }

  /// The padding by `pads` or `auto_pad`.
  mutating func padding(
    _ kernel: Extent, _ stride: Extent, _ dilation: Extent, input: Extent
  ) throws(Refusal) -> PaddingRule {
    switch node.text("auto_pad") ?? "NOTSET" {
    case "NOTSET", "":
      guard node.has("pads") else { return .fixed(.none) }
      guard let pads = node.integers("pads"), pads.count == 4 else {
        throw Refusal("\(node.type) with pads \(node.integers("pads") ?? [])")
      }
      let padding = Padding(top: pads[0], left: pads[1], bottom: pads[2], right: pads[3])
      if pads[0] != pads[2] || pads[1] != pads[3] {
        note("its padding is not the same on opposite sides: \(padding)")
      }
      return .fixed(padding)
    case "VALID": return .fixed(.none)
    case "SAME_UPPER":
      note("auto_pad SAME_UPPER is padding 'same'")
      return .same
    case "SAME_LOWER":
      guard kernel.isPositive, stride.isPositive, dilation.isPositive else {
        throw Refusal("\(node.type) of no window")
      }
      let upper = PaddingRule.same.padding(input: input, kernel: kernel, stride: stride, dilation: dilation)
      let padding = Padding(top: upper.bottom, left: upper.right, bottom: upper.top, right: upper.left)
      note("auto_pad SAME_LOWER is padding \(padding) for this size of input")
      return .fixed(padding)
    case let rule: throw Refusal("\(node.type) with auto_pad \(rule)")
    }
  }

  mutating func readConvolution() throws {
    let weight = try weight(1)
    guard weight.dimensions.count == 4 else {
      throw Refusal("Conv whose weight is \(sizes(weight.dimensions)): zoo has two-dimensional convolutions")
    }
    let map = try image(0)
    let kernel = Extent(height: weight.dimensions[2], width: weight.dimensions[3])
    guard try extent("kernel_shape", kernel) == kernel else {
      throw Refusal("Conv whose kernel_shape is not that of its weight, \(kernel)")
    }
    let (stride, dilation) = (try extent("strides", Extent(1)), try extent("dilations", Extent(1)))
    let bias = try vector(2, "bias", weight.dimensions[0])
    let convolution = Convolution(
      outputChannels: weight.dimensions[0], kernel: kernel, stride: stride,
      padding: try padding(kernel, stride, dilation, input: shape(map).extent), dilation: dilation,
      groups: node.integer("group") ?? 1, hasBias: bias != nil)
    var tensors: [Parameter.Role: Tensor] = [.weight: weight.tensor]
    tensors[.bias] = bias
    try setLayer(.convolution(convolution), [map.layer], tensors, weight: weight.name)
  }

  mutating func readTransposedConvolution() throws {
    let weight = try weight(1)
    guard weight.dimensions.count == 4 else {
      throw Refusal("ConvTranspose whose weight is \(sizes(weight.dimensions)): zoo has two-dimensional convolutions")
    }
    let map = try image(0)
    let kernel = Extent(height: weight.dimensions[2], width: weight.dimensions[3])
    let (stride, dilation) = (try extent("strides", Extent(1)), try extent("dilations", Extent(1)))
    let groups = node.integer("group") ?? 1
    let (outputs, overflow) = weight.dimensions[1].multipliedReportingOverflow(by: groups)
    guard !overflow else { throw Refusal("ConvTranspose of \(groups) groups") }
    guard !node.has("output_shape"), ["NOTSET", "VALID"].contains(node.text("auto_pad") ?? "NOTSET") else {
      throw Refusal("ConvTranspose that is told the size of its result")
    }
    let bias = try vector(2, "bias", outputs)
    let layer = TransposedConvolution(
      outputChannels: outputs, kernel: kernel, stride: stride,
      padding: try padding(kernel, stride, dilation, input: shape(map).extent),
      outputPadding: try extent("output_padding", Extent(0)), dilation: dilation, groups: groups, hasBias: bias != nil)
    var tensors: [Parameter.Role: Tensor] = [.weight: weight.tensor]
    tensors[.bias] = bias
    try setLayer(.transposedConvolution(layer), [map.layer], tensors, weight: weight.name)
  }

  // MARK: Products

  mutating func readGemm() throws {
    guard try constant(0) == nil else { throw Refusal("Gemm of a constant and the image") }
    let stored = try weight(1, "second factor")
    guard stored.dimensions.count == 2 else { throw Refusal("Gemm with \(sizes(stored.dimensions))") }
    guard node.integer("transA") ?? 0 == 0 else { throw Refusal("Gemm with transA") }
    let matrix = node.integer("transB") ?? 0 == 0 ? stored.transposed([1, 0]) : stored
    let (alpha, beta) = (node.float("alpha") ?? 1, node.float("beta") ?? 1)
    var bias: Tensor?
    if let value = try requiredConstant(2, "summand") {
      guard value.count == matrix.dimensions[0] || value.count == 1 else {
        throw Refusal("Gemm with \(sizes(value.dimensions)) for its \(matrix.dimensions[0]) results")
      }
      let floats = value.tensor.floats.map { $0 * beta }
      bias = Tensor(
        shape: [matrix.dimensions[0]],
        floats: value.count == 1 ? [Float](repeating: floats[0], count: matrix.dimensions[0]) : floats)
    }
    if alpha != 1 || beta != 1 { note("alpha \(alpha) and beta \(beta) are multiplied into weight and bias") }
    try setProduct(matrix.tensor.scaled(by: alpha), bias, weight: stored.name)
  }

  mutating func readMatrixProduct() throws {
    if let left = try constant(0) {
      let map = try map(1)
      if try readSharedRows(left.tensor, map, axis: 2) { return }
      if try readLocalProduct(left, map) { return }
      throw Refusal("MatMul of a constant and the image")
    }
    guard let stored = try constant(1) else {
      throw Refusal("MatMul of two values that depend on the image, as in attention")
    }
    guard stored.dimensions.count == 2 || stored.dimensions.dropLast(2).allSatisfy({ $0 == 1 }),
      stored.dimensions.count >= 2
    else { throw Refusal("MatMul with \(sizes(stored.dimensions))") }
    let matrix = stored.reshaped(to: stored.dimensions.suffix(2)).transposed([1, 0])
    if try readSharedRows(matrix.tensor, map(0), axis: 3) { return }
    try setProduct(matrix.tensor, nil, weight: stored.name)
  }

  /// A product with `[outputs, inputs]` along the last axis.
  private mutating func setProduct(_ matrix: Tensor, _ bias: Tensor?, weight: String?) throws {
    let map = try map(0)
    let shape = shape(map)
    let (outputs, inputs) = (matrix.shape[0], matrix.shape[1])
    guard map.view.rank >= 2, map.view.sizes.last == inputs else {
      throw Refusal("\(node.type) of \(sizes(map.view.sizes)) with a matrix for \(inputs) numbers")
    }
    var tensors: [Parameter.Role: Tensor] = [:]
    tensors[.bias] = bias
    let last = map.view.rank - 1
    let others = map.view.dimensions[..<last].flatMap(\.self).filter { $0.side != .batch }
    if others.isEmpty, shape.rank == 1 || map.view.rank == 2 {
      // Everything of an image goes into the product.
      var matrix = matrix
      if !map.view.isInOrder {
        matrix = try reordered(matrix, map, shape)
        note("it reads the image in another order than channel, row, column; the columns of its weight are exchanged")
      }
      tensors[.weight] = matrix
      let layer = try append(
        .fullyConnected(FullyConnected(outputFeatures: outputs, hasBias: bias != nil)), [map.layer], tensors,
        weight: weight)
      let view = map.view.replacing([last: ImageView.whole(.channels, outputs)])
      return set(.map(Map(layer: layer, view: view)))
    }
    guard map.view.dimensions[last] == ImageView.whole(.channels, shape.channels), inputs == shape.channels else {
      throw Refusal("\(node.type) along an axis of \(sizes(map.view.sizes)) that is not that of the channels")
    }
    guard shape.isFeatureMap else { throw Refusal("\(node.type) of \(sizes(map.view.sizes))") }
    tensors[.weight] = matrix.reshaped(to: [outputs, inputs, 1, 1])
    let convolution = Convolution(outputChannels: outputs, kernel: Extent(1), hasBias: bias != nil)
    let layer = try append(.convolution(convolution), [map.layer], tensors, weight: weight)
    note("a product at each position is a convolution of 1×1")
    set(.map(Map(layer: layer, view: map.view.replacing([last: ImageView.whole(.channels, outputs)]))))
  }

  /// A matrix with its columns in the order of zoo's elements.
  private func reordered(_ matrix: Tensor, _ map: Map, _ shape: Shape) throws(Refusal) -> Tensor {
    let parts = map.view.parts.filter { $0.side != .batch }
    let area = shape.extent.area
    let strides = parts.map { part in
      switch part.side {
      case .batch: 0
      case .channels: part.stride * area
      case .height: part.stride * shape.extent.width
      case .width: part.stride
      }
    }
    let places = ConstantValue.indices(parts.map(\.size), strides)
    guard places.count == matrix.shape[1], shape.elementCount == places.count else {
      throw Refusal("\(node.type) of \(sizes(map.view.sizes))")
    }
    return Tensor(shape: matrix.shape) { bytes in
      let target = bytes.bindMemory(to: Float.self)
      matrix.withFloats { source in
        for row in 0..<matrix.shape[0] {
          let start = row * places.count
          for (column, place) in places.enumerated() { target[start + place] = source[start + column] }
        }
      }
    }
  }

  // MARK: Normalisation

  /// The value of the input with all channels along its axis 1, and nothing else.
  private mutating func channelsSecond() throws -> Map {
    var map = try map(0)
    guard map.view.rank >= 2 else { throw Refusal("\(node.type) of \(sizes(map.view.sizes))") }
    if map.view.dimensions[1] != ImageView.whole(.channels, shape(map).channels) { map = try inOrder(map) }
    if map.view.rank == 2, map.view.dimensions[1] != ImageView.whole(.channels, shape(map).channels) {
      map = try vector(map)
    }
    guard map.view.dimensions[1] == ImageView.whole(.channels, shape(map).channels) else {
      throw Refusal("\(node.type) of \(sizes(map.view.sizes))")
    }
    return map
  }

  private mutating func set(
    _ operation: Operation, on map: Map, _ tensors: [Parameter.Role: Tensor], weight: String?
  ) throws {
    let layer = try append(operation, [map.layer], tensors, weight: weight)
    let view = map.view
    if let first = node.outputs.first { set(.map(Map(layer: layer, view: view)), first) }
    for output in node.outputs.dropFirst() where !output.isEmpty { set(.refused([]), output) }
  }

  mutating func readBatchNorm() throws {
    guard node.integer("training_mode") ?? 0 == 0,
      node.outputs.dropFirst().allSatisfy({ $0.isEmpty || readers[$0] ?? 0 == 0 })
    else {
      throw Refusal(
        "BatchNormalization in its training state; export the model in its evaluation state (model.eval())")
    }
    guard node.integer("spatial") ?? 1 == 1 else { throw Refusal("BatchNormalization of each position by itself") }
    let map = try channelsSecond()
    let channels = shape(map).channels
    var tensors: [Parameter.Role: Tensor] = [:]
    let roles: [Parameter.Role] = [.weight, .bias, .runningMean, .runningVariance]
    var name: String?
    var found: [Parameter.Role: ConstantValue] = [:]
    for (index, role) in roles.enumerated() {
      guard let tensor = try vector(index + 1, role.rawValue, channels) else {
        throw Refusal("BatchNormalization without its \(role.rawValue)")
      }
      tensors[role] = tensor
      found[role] = try constant(index + 1)
      if let path = found[role]?.name, ONNXLayerNames.path(ofTensor: path) != nil { name = name ?? path }
    }
    var norm = BatchNorm(epsilon: Double(decimal: node.float("epsilon") ?? 1e-5))
    // An exporter writes the ones and zeros that a norm without scale and shift has; definitions have both or neither.
    let isMadeUp = [(Parameter.Role.weight, Float(1)), (.bias, 0)].allSatisfy { role, number in
      guard found[role]?.single == number else { return false }
      guard let path = found[role]?.name, ONNXLayerNames.path(ofTensor: path) != nil else { return true }
      return network.initializer(named: path) == nil
    }
    if isMadeUp {
      (norm.hasScale, norm.hasShift) = (false, false)
      (tensors[.weight], tensors[.bias]) = (nil, nil)
    }
    try set(.batchNorm(norm), on: map, tensors, weight: name)
  }

  mutating func readGroupNorm() throws {
    var map = try map(0)
    let shape = shape(map)
    let channels = shape.channels
    let epsilon = Double(decimal: node.float("epsilon") ?? 1e-5)
    guard map.view.rank >= 3 else { throw Refusal("\(node.type) of \(sizes(map.view.sizes))") }
    let groups: Int
    if node.type == "GroupNormalization" {
      map = try channelsSecond()
      groups = node.integer("num_groups") ?? 1
    } else {
      map = try inOrder(map)
      groups = map.view.sizes[1]
    }
    let outer = map.view.dimensions[1]
    let isGroup = outer.allSatisfy { $0.side == .channels && $0.stride == channels / max(1, groups) }
    guard groups > 0, channels % groups == 0, outer.isEmpty || isGroup || node.type == "GroupNormalization" else {
      throw Refusal("\(node.type) of \(sizes(map.view.sizes))")
    }
    func numbers(_ input: Int, _ what: String, _ standard: Float) throws -> Tensor {
      guard let value = try requiredConstant(input, what) else {
        return Tensor(shape: [channels], floats: [Float](repeating: standard, count: channels))
      }
      let floats = value.tensor.floats
      if floats.count == channels { return Tensor(shape: [channels], floats: floats) }
      guard floats.count == groups else {
        throw Refusal("\(node.type) whose \(what) has \(floats.count) numbers for \(channels) channels")
      }
      return Tensor(shape: [channels], floats: (0..<channels).map { floats[$0 / (channels / groups)] })
    }
    let tensors: [Parameter.Role: Tensor] = [.weight: try numbers(1, "scale", 1), .bias: try numbers(2, "bias", 0)]
    let isFile = try constant(1).map { $0.count == channels } ?? false
    try set(
      .normalization(Normalization(groups: groups, epsilon: epsilon)), on: map, tensors,
      weight: isFile ? try constant(1)?.name : nil)
  }

  /// Normalisation over all axes from `axis` on, which are the channels or everything.
  mutating func readNormOfLastAxes() throws {
    let map = try map(0)
    let channels = shape(map).channels
    let axis = try axis(node.integer("axis") ?? -1, rank: map.view.rank)
    let normed = map.view.dimensions[axis...].flatMap(\.self)
    let groups: Int?
    if normed == ImageView.whole(.channels, channels) {
      groups = nil
    } else if shape(map).isFeatureMap, map.view.dimensions[..<axis].joined().allSatisfy({ $0.side == .batch }) {
      groups = 1
    } else {
      throw Refusal("\(node.type) over \(sizes(Array(map.view.sizes[axis...]))), which are not the channels")
    }
    guard node.outputs.dropFirst().allSatisfy({ $0.isEmpty || readers[$0] ?? 0 == 0 }) else {
      throw Refusal("\(node.type) whose mean and variance are read")
    }
    func numbers(_ input: Int, _ what: String, _ standard: Float) throws -> Tensor {
      guard let value = try requiredConstant(input, what) else {
        return Tensor(shape: [channels], floats: [Float](repeating: standard, count: channels))
      }
      if groups == nil, value.count == channels { return value.tensor.reshaped(to: [channels]) }
      guard let single = value.single else {
        throw Refusal("\(node.type) with a \(what) for each element of \(sizes(value.dimensions))")
      }
      return Tensor(shape: [channels], floats: [Float](repeating: single, count: channels))
    }
    let tensors: [Parameter.Role: Tensor] = [.weight: try numbers(1, "scale", 1), .bias: try numbers(2, "bias", 0)]
    let norm = Normalization(groups: groups, epsilon: Double(decimal: node.float("epsilon") ?? 1e-5))
    try set(.normalization(norm), on: map, tensors, weight: try constant(1)?.name)
  }

  mutating func readLocalResponseNorm() throws {
    let map = try image(0)
    let norm = LocalResponseNorm(
      size: node.integer("size") ?? 0, alpha: Double(decimal: node.float("alpha") ?? 1e-4),
      beta: Double(decimal: node.float("beta") ?? 0.75), k: Double(decimal: node.float("bias") ?? 1), convention: .mean)
    try setLayer(.localResponseNorm(norm), [map.layer])
  }

  mutating func readPRelu() throws {
    let map = try map(0)
    guard let slope = try requiredConstant(1, "slope") else { throw Refusal("PRelu without its slope") }
    if slope.count == 1 {
      return try set(.prelu(isShared: true), on: map, [.weight: slope.tensor.reshaped(to: [1])], weight: slope.name)
    }
    let (target, numbers) = try perChannel(slope, map)
    try set(
      .prelu(isShared: false), on: target, [.weight: Tensor(shape: [numbers.count], floats: numbers)],
      weight: slope.name)
  }
}

extension Extent {
  var isPositive: Bool { height > 0 && width > 0 }
}

extension Tensor {
  fileprivate func scaled(by factor: Float) -> Tensor {
    factor == 1 ? self : Tensor(shape: shape, floats: floats.map { $0 * factor })
  }
}

extension Double {
  /// The shortest decimal that is a number in float32: what whoever wrote it down meant.
  init(decimal number: Float) { self = Double(number.description) ?? Double(number) }
}
