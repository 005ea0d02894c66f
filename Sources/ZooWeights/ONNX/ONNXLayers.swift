import ZooTensor

/// Which tensors of a graph are weights, of which layers, and how each is turned to be one as PyTorch has it: `[out, in]`
/// for a fully connected layer, whatever product the file computes with it.
struct ONNXLayers {
  /// A tensor that a layer reads.
  struct Use {
    let weight: ONNXWeight
    /// What the node calls it.
    let value: String
  }

  struct Layer {
    var stored: StoredLayer
    var uses: [(role: String, use: Use)] = []
    /// The value that the layer makes.
    var output: String
  }

  private(set) var layers: [Layer] = []
  /// What nodes that are no layers of zoo's do with tensors.
  private(set) var others: [Layer] = []
  /// How the layers read each tensor, and the first node that does.
  private(set) var presented: [Int: (weight: ONNXWeight, node: String)] = [:]
  let values: ONNXValues

  init(_ values: ONNXValues) throws(WeightsProblem) {
    self.values = values
    for node in values.nodes { try read(node) }
  }

  private mutating func read(_ node: ONNXNode) throws(WeightsProblem) {
    guard node.outputs.first.map({ values[$0] == nil }) ?? false else { return }
    // What other runtimes make of a convolution or a product with the activation after it, and the same inputs.
    switch node.isStandard ? node.type : node.type.hasPrefix("Fused") ? String(node.type.dropFirst(5)) : "" {
    case "Conv": try readConvolution(node)
    case "Gemm": try readProduct(node)
    case "MatMul" where node.isStandard: try readMatrixProduct(node)
    case "BatchNormalization": try readBatchNorm(node)
    case "PRelu":
      var layer = Layer(stored: StoredLayer(name: node.label, kind: .other), output: node.outputs[0])
      // Slopes are lined up with the last axes of a map: one for each channel is `[C, 1, 1]`.
      try use("weight", node, 1, in: &layer) { $0.channelVector ?? $0.vector }
      finish(layer, node)
    default: try readOther(node)
    }
  }

  /// A node that is no layer of zoo's: what it reads must not be taken for the weight of one.
  private mutating func readOther(_ node: ONNXNode) throws(WeightsProblem) {
    for input in node.inputs {
      guard let weight = values.weight(input), weight.shape.rank >= 2, presented[weight.tensor] == nil else { continue }
      guard node.isStandard else {
        throw .onnx(
          .unknownOperator(
            tensor: values.name(of: weight.tensor), node: node.label, operation: "\(node.domain).\(node.type)"))
      }
      var layer = Layer(stored: StoredLayer(name: node.label, kind: .other), output: node.outputs[0])
      layer.stored.operation = node.type
      layer.uses = [("weight", Use(weight: weight, value: input))]
      others.append(layer)
    }
  }

  // MARK: Kinds of layers

  private mutating func readConvolution(_ node: ONNXNode) throws(WeightsProblem) {
    guard values[node.input(1)] != nil else { return }
    var layer = Layer(stored: StoredLayer(name: node.label, kind: .convolution), output: node.outputs[0])
    try use("weight", node, 1, in: &layer) { $0 }
    if node.input(2) != nil {
      try use("bias", node, 2, in: &layer) { $0.vector }
    } else {
      try useSum(in: &layer, outputs: layer.uses.first?.use.weight.shape.dimensions.first) { $0.channelVector }
    }
    layer.stored.kernel = Extent(node.integers("kernel_shape"))
    layer.stored.stride = node.attributes["strides"] == nil ? Extent(1) : Extent(node.integers("strides"))
    layer.stored.dilation = node.attributes["dilations"] == nil ? Extent(1) : Extent(node.integers("dilations"))
    layer.stored.groups = node.integer("group") ?? 1
    layer.stored.padding = try padding(of: node)
    finish(layer, node)
  }

  private mutating func readProduct(_ node: ONNXNode) throws(WeightsProblem) {
    guard let value = values[node.input(1)] else { return try refuseMatrixFirst(node) }
    let alpha = node.float("alpha") ?? 1
    let beta = node.float("beta") ?? 1
    var layer = Layer(stored: StoredLayer(name: node.label, kind: .fullyConnected), output: node.outputs[0])
    if case .weight(let weight) = value {
      let tensor = values.name(of: weight.tensor)
      guard (node.integer("transA") ?? 0) == 0 else {
        throw .onnx(.transposedInput(tensor: tensor, node: node.label))
      }
      guard weight.shape.rank == 2 else { throw .onnx(.notAMatrix(tensor: tensor, node: node.label, weight.shape)) }
      for (name, factor) in [("alpha", alpha), ("beta", node.input(2) == nil ? 1 : beta)] where !factor.scalesExactly {
        throw .onnx(.inexactScale(tensor: tensor, node: node.label, attribute: name, factor))
      }
    }
    let isTransposed = (node.integer("transB") ?? 0) == 0
    try use("weight", node, 1, in: &layer) { (isTransposed ? $0.transposed([1, 0]) : $0).scaled(by: alpha) }
    if node.input(2) != nil {
      try use("bias", node, 2, in: &layer) { $0.vector?.scaled(by: beta) }
    } else {
      try useSum(in: &layer, outputs: layer.uses.first?.use.weight.shape.dimensions.first) { $0.vector }
    }
    layer.stored.inputOrder = inputOrder(of: node)
    finish(layer, node)
  }

  private mutating func readMatrixProduct(_ node: ONNXNode) throws(WeightsProblem) {
    guard let value = values[node.input(1)] else { return try refuseMatrixFirst(node) }
    // What is no matrix is multiplied in another way, and presented as it is.
    if case .weight(let weight) = value, weight.shape.rank != 2 { return try readOther(node) }
    var layer = Layer(stored: StoredLayer(name: node.label, kind: .fullyConnected), output: node.outputs[0])
    try use("weight", node, 1, in: &layer) { $0.transposed([1, 0]) }
    try useSum(in: &layer, outputs: layer.uses.first?.use.weight.shape.dimensions.first) { $0.vector }
    layer.stored.inputOrder = inputOrder(of: node)
    finish(layer, node)
  }

  private func refuseMatrixFirst(_ node: ONNXNode) throws(WeightsProblem) {
    guard let weight = values.weight(node.input(0)), weight.shape.rank == 2 else { return }
    throw .onnx(.matrixFirst(tensor: values.name(of: weight.tensor), node: node.label))
  }

  private mutating func readBatchNorm(_ node: ONNXNode) throws(WeightsProblem) {
    var layer = Layer(stored: StoredLayer(name: node.label, kind: .batchNorm), output: node.outputs[0])
    for (index, role) in ["weight", "bias", "running_mean", "running_var"].enumerated() {
      try use(role, node, index + 1, in: &layer) { $0 }
    }
    layer.stored.epsilon = node.float("epsilon").map { Double($0) } ?? 1e-5
    finish(layer, node)
  }

  // MARK: Uses

  /// `turn`: what makes the tensor one of PyTorch's; `nil` when nothing does.
  private mutating func use(
    _ role: String, _ node: ONNXNode, _ input: Int, in layer: inout Layer, _ turn: (ONNXWeight) -> ONNXWeight?
  ) throws(WeightsProblem) {
    guard let name = node.input(input) else { return }
    switch values[name] {
    case nil, .integers, .ignored: return
    case .computed(let tensor, let maker, let operation):
      throw .onnx(.computedWeight(tensor: tensor, node: maker, operation: operation, reader: node.label))
    case .weight(let found): try add(role, turn(found) ?? found, name, node.label, to: &layer)
    }
  }

  private mutating func add(
    _ role: String, _ weight: ONNXWeight, _ value: String, _ node: String, to layer: inout Layer
  ) throws(WeightsProblem) {
    if let other = presented[weight.tensor], other.weight.steps != weight.steps {
      throw .onnx(
        .contradictoryUse(tensor: values.name(of: weight.tensor), first: other.node, second: node))
    }
    presented[weight.tensor] = presented[weight.tensor] ?? (weight, node)
    layer.uses.append((role, Use(weight: weight, value: value)))
  }

  /// Takes a vector that alone is added to the layer's value for its bias.
  private mutating func useSum(
    in layer: inout Layer, outputs: Int?, _ turn: (ONNXWeight) -> ONNXWeight?
  ) throws(WeightsProblem) {
    guard let outputs, let readers = values.readers[layer.output], readers.count == 1 else { return }
    let sum = values.nodes[readers[0]]
    guard sum.isStandard, sum.type == "Add", sum.inputs.count == 2, let result = sum.outputs.first,
      let other = sum.inputs.first(where: { $0 != layer.output }), let found = values.weight(other),
      let vector = turn(found), vector.shape == [outputs]
    else { return }
    try add("bias", vector, other, sum.label, to: &layer)
    layer.output = result
  }

  private mutating func finish(_ layer: Layer, _ node: ONNXNode) {
    guard !layer.uses.isEmpty else { return }
    var layer = layer
    layer.stored.operation = node.type
    layer.stored.isWithoutNorm =
      (layer.stored.kind == .convolution || layer.stored.kind == .fullyConnected) && isPlain(layer.output)
    for (role, use) in layer.uses {
      guard use.value.hasSuffix(".\(role)") else { continue }
      let path = String(use.value.dropLast(role.count + 1))
      if !layer.stored.paths.contains(path) { layer.stored.paths.append(path) }
    }
    if let path = node.scope.path(of: layer.stored.kind, nodeName: node.name), !layer.stored.paths.contains(path) {
      layer.stored.paths.append(path)
    }
    layers.append(layer)
  }

  /// Whether nothing that could be a batch norm, or a part of one, reads a value.
  private func isPlain(_ value: String) -> Bool {
    (values.readers[value] ?? []).allSatisfy { reader in
      let node = values.nodes[reader]
      switch node.type {
      case "Add", "Sub", "Mul", "Div", "Sum":
        return node.inputs.allSatisfy { values[$0] == nil || values.weight($0)?.shape.elementCount == 1 }
      // It hides what comes after it.
      case "Identity", "Cast", "Dropout", "Reshape", "Squeeze", "Unsqueeze", "Transpose": return false
      default: return node.isStandard && !node.type.hasSuffix("Normalization")
      }
    }
  }
}

extension ONNXWeight {
  /// `[n]` for a tensor that extends in its last dimension alone; `nil` for another.
  var vector: ONNXWeight? {
    guard let last = shape.dimensions.last, shape.elementCount == last else { return nil }
    return reshaped(to: [last])
  }

  /// `[n]` for a tensor that extends in the third dimension from the end alone: one number for each channel.
  var channelVector: ONNXWeight? {
    guard shape.rank >= 3, shape.elementCount == shape[shape.rank - 3] else { return nil }
    return reshaped(to: [shape.elementCount])
  }
}

extension Float {
  /// Whether products with the number are exact, as far as they are neither too large nor too small.
  fileprivate var scalesExactly: Bool {
    isNormal && significand == 1 && (-32...32).contains(exponent)
  }
}

extension Extent {
  /// Of a list of two numbers.
  init?(_ numbers: [Int]?) {
    guard let numbers, numbers.count == 2 else { return nil }
    self.init(height: numbers[0], width: numbers[1])
  }
}
