import ZooGraph
import ZooTensor
import ZooWeights

extension ONNXImporter {
  /// The operators that are read, as far as their attributes and inputs allow.
  static let operators: Set<String> = [
    "Abs", "Add", "AveragePool", "BatchNormalization", "Cast", "CastLike", "Celu", "Clip", "Concat", "Constant",
    "ConstantOfShape", "Conv", "ConvTranspose", "Div", "Dropout", "Elu", "Erf", "Exp", "Expand", "Flatten", "Gather",
    "Gelu", "Gemm", "GlobalAveragePool", "GlobalMaxPool", "GroupNormalization", "HardSigmoid", "HardSwish", "Identity",
    "InstanceNormalization", "LRN", "LayerNormalization", "LeakyRelu", "Log", "LogSoftmax", "MatMul", "Max", "MaxPool",
    "Min", "Mul",
    "Neg", "PRelu", "Pad", "Pow", "Range", "Reciprocal", "ReduceMax", "ReduceMean", "ReduceProd", "ReduceSum", "Relu",
    "Reshape", "Resize", "Selu", "Shape", "Sigmoid", "Size", "Slice", "Softmax", "Softplus", "Split", "Sqrt", "Squeeze",
    "Sub",
    "Sum", "Swish", "Tanh", "Transpose", "Unsqueeze", "Upsample",
  ]

  /// Says one node in zoo's words.
  mutating func read(_ node: ONNXNode) throws {
    guard node.isStandard, Self.operators.contains(node.type) else { throw Refusal(unknown(node)) }
    if let attribute = node.otherAttributes.first {
      throw Refusal("\(node.type) with the attribute '\(attribute)', which it does not have in ONNX")
    }
    if try evaluate(node) { return }
    switch node.type {
    case "Identity", "CastLike": try setSame()
    case "Cast": try readCast()
    case "Dropout": try readDropout()
    case "Conv": try readConvolution()
    case "ConvTranspose": try readTransposedConvolution()
    case "Gemm": try readGemm()
    case "MatMul": try readMatrixProduct()
    case "BatchNormalization": try readBatchNorm()
    case "InstanceNormalization", "GroupNormalization": try readGroupNorm()
    case "LayerNormalization": try readLayerNorm()
    case "LRN": try readLocalResponseNorm()
    case "MaxPool", "AveragePool": try readPooling()
    case "GlobalAveragePool": try setLayer(.globalAveragePool, [image(0).layer])
    case "GlobalMaxPool": try setLayer(.globalMaxPool, [image(0).layer])
    case "ReduceMean", "ReduceMax", "ReduceSum": try readReduction()
    case "Softmax", "LogSoftmax": try readSoftmax()
    case "PRelu": try readPRelu()
    case "Relu", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Elu", "Gelu", "Erf", "Exp", "Log", "Sqrt",
      "Neg", "Abs", "Reciprocal", "Softplus", "Clip", "Swish", "Selu", "Celu":
      try readFunction()
    case "Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Sum": try readArithmetic()
    case "Concat": try readConcatenation()
    case "Slice": try readSlice()
    case "Split": try readSplit()
    case "Gather": try readGather()
    case "Flatten", "Reshape", "Squeeze", "Unsqueeze": try readReshape()
    case "Transpose": try readTranspose()
    case "Expand": try readExpand()
    case "Pad": try readPad()
    case "Resize", "Upsample": try readResize()
    default: throw Refusal("\(node.type) of what depends on the image")
    }
  }

  /// The first output is the first input, and the others, which are masks and statistics, are not there.
  mutating func setSame() throws {
    guard let name = node.input(0), let value = try value(name) else { throw Refusal("\(node.type) without its input") }
    if let output = node.outputs.first { set(value, output) }
    for output in node.outputs.dropFirst() where !output.isEmpty { set(.refused([]), output) }
  }

  private mutating func readCast() throws {
    guard ONNXValueInfo.floatingPointTypes.contains(node.integer("to") ?? 1) else {
      throw Refusal("Cast of the image to integers")
    }
    try setSame()
  }

  private mutating func readDropout() throws {
    if let mode = try requiredConstant(2, "training mode"), mode.single != 0 {
      throw Refusal("Dropout in its training state; export the model in its evaluation state (model.eval())")
    }
    note("dropout does nothing when images are classified, and is left out")
    try setSame()
  }

  // MARK: Views

  private mutating func readTranspose() throws {
    let map = try map(0)
    let order = node.integers("perm") ?? Array((0..<map.view.rank).reversed())
    guard order.sorted() == Array(0..<map.view.rank) else { throw Refusal("Transpose by \(order)") }
    set(.map(Map(layer: map.layer, view: map.view.transposed(order))))
  }

  private mutating func readReshape() throws {
    let map = try map(0)
    let sizes = map.view.sizes
    let target: [Int]
    switch node.type {
    case "Flatten":
      let axis = try axis(node.integer("axis") ?? 1, rank: sizes.count, orEnd: true)
      target = [sizes[..<axis].reduce(1, *), sizes[axis...].reduce(1, *)]
    case "Reshape":
      guard let shape = try integers("shape", orInput: 1) else { throw Refusal("Reshape without its shape") }
      target = try Self.reshaped(sizes, to: shape, keepsZeros: node.integer("allowzero") == 1)
    case "Squeeze":
      let axes = try integers("axes", orInput: 1)
      var removed = Set(sizes.indices.filter { sizes[$0] == 1 })
      if let axes {
        removed = []
        for axis in axes { removed.insert(try self.axis(axis, rank: sizes.count)) }
      }
      guard let view = map.view.removing(removed) else { throw Refusal("Squeeze of axes that are longer than 1") }
      return set(.map(Map(layer: map.layer, view: view)))
    default:
      guard let axes = try integers("axes", orInput: 1), axes.count <= 8 else { throw Refusal("Unsqueeze by no axes") }
      let rank = sizes.count + axes.count
      var added: Set<Int> = []
      for axis in axes { added.insert(try self.axis(axis, rank: rank)) }
      guard added.count == axes.count else { throw Refusal("Unsqueeze by \(axes)") }
      var rest = map.view.dimensions[...]
      return set(
        .map(
          Map(layer: map.layer, view: ImageView((0..<rank).map { added.contains($0) ? [] : rest.popFirst() ?? [] }))))
    }
    guard let view = map.view.reshaped(to: target) else {
      throw Refusal("\(node.type) of \(self.sizes(sizes)) to \(self.sizes(target))")
    }
    var result = Map(layer: map.layer, view: view)
    if !view.isInOrder, !map.view.isInOrder, Array(target.dropFirst()) == shape(map).dimensions {
      result = try inOrder(result, names: shuffleNames())
    } else if shape(map).isFeatureMap, target.count <= 2, view.isInOrder, isOutput(node.outputs.first) {
      result = try vector(result)
    }
    set(.map(result))
  }

  /// What the three nodes are called that exchange groups of channels with the channels in them.
  private func shuffleNames() -> ONNXLayerNames? {
    guard let name = node.input(0), let transposition = makers[name],
      let before = network.nodes[transposition].input(0).flatMap({ makers[$0] }),
      network.nodes[before].type == node.type
    else { return nil }
    return names(of: [network.nodes[before], network.nodes[transposition], node], word: "channel_shuffle")
  }

  private func isOutput(_ name: String?) -> Bool { network.outputs.contains { $0.name == name } }

  private mutating func readExpand() throws {
    let map = try map(0)
    guard let shape = try requiredConstant(1, "shape")?.integers, shape.count <= map.view.rank,
      zip(shape.reversed(), map.view.sizes.reversed()).allSatisfy({ $0 == 1 || $0 == $1 })
    else { throw Refusal("Expand of \(sizes(map.view.sizes)) to more elements") }
    set(.map(map))
  }

  /// An axis counted from the front.
  func axis(_ axis: Int, rank: Int, orEnd: Bool = false) throws(Refusal) -> Int {
    let result = axis < 0 ? axis + rank : axis
    guard (0..<(orEnd ? rank + 1 : rank)).contains(result) else {
      throw Refusal("\(node.type) along axis \(axis) of \(rank)")
    }
    return result
  }

  /// The sizes that `Reshape` asks for, with 0 and -1 made good.
  static func reshaped(_ sizes: [Int], to shape: [Int], keepsZeros: Bool) throws(Refusal) -> [Int] {
    var target = shape
    for (axis, size) in shape.enumerated() where size == 0 && !keepsZeros && axis < sizes.count {
      target[axis] = sizes[axis]
    }
    let count = sizes.reduce(1, *)
    let misfit = Refusal("Reshape of \(sizes) to \(shape)")
    if let open = target.firstIndex(of: -1) {
      var known = 1
      for (axis, size) in target.enumerated() where axis != open {
        guard (1...1 << 40).contains(size), known <= 1 << 40 else { throw misfit }
        known *= size
      }
      guard count % known == 0 else { throw misfit }
      target[open] = count / known
    }
    guard target.count <= 16, target.allSatisfy({ $0 > 0 }), Shape(validating: target)?.elementCount == count else {
      throw misfit
    }
    return target
  }
}
