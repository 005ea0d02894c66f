import ZooGraph
import ZooTensor
import ZooWeights

extension ONNXImporter {
  typealias Reader = @Sendable (inout ONNXImporter) throws -> Void

  /// How operators are read whose value depends on the image, as far as their attributes and inputs allow; others
  /// are unknown.
  static let operators: [String: Reader] = {
    let table: [(operators: String, reader: Reader)] = [
      ("Identity CastLike", { try $0.setSame() }),
      ("Cast", { try $0.readCast() }),
      ("Dropout", { try $0.readDropout() }),
      ("Conv", { try $0.readConvolution() }),
      ("ConvTranspose", { try $0.readTransposedConvolution() }),
      ("Gemm", { try $0.readGemm() }),
      ("MatMul", { try $0.readMatrixProduct() }),
      ("BatchNormalization", { try $0.readBatchNorm() }),
      ("InstanceNormalization GroupNormalization", { try $0.readGroupNorm() }),
      ("LayerNormalization", { try $0.readNormOfLastAxes() }),
      ("LRN", { try $0.readLocalResponseNorm() }),
      ("MaxPool AveragePool", { try $0.readPooling() }),
      ("GlobalAveragePool", { try $0.setLayer(.globalAveragePool, [$0.image(0).layer]) }),
      ("GlobalMaxPool", { try $0.setLayer(.globalMaxPool, [$0.image(0).layer]) }),
      ("ReduceMean ReduceMax ReduceSum", { try $0.readReduction() }),
      ("Softmax LogSoftmax", { try $0.readSoftmax() }),
      ("PRelu", { try $0.readPRelu() }),
      (
        "Relu LeakyRelu Sigmoid HardSigmoid HardSwish Tanh Elu Gelu Erf Exp Log Sqrt Neg Abs Reciprocal Softplus Clip Swish "
          + "Selu Celu", { try $0.readFunction() }
      ),
      ("Add Sub Mul Div Pow Min Max Sum", { try $0.readArithmetic() }),
      ("Concat", { try $0.readConcatenation() }),
      ("Slice", { try $0.readSlice() }),
      ("Split", { try $0.readSplit() }),
      ("Gather", { try $0.readGather() }),
      ("Flatten Reshape Squeeze Unsqueeze", { try $0.readReshape() }),
      ("Transpose", { try $0.readTranspose() }),
      ("Expand", { try $0.readExpand() }),
      ("Pad", { try $0.readPad() }),
      ("Resize Upsample", { try $0.readResize() }),
      (
        "Constant ConstantOfShape Range ReduceProd Shape Size",
        { throw Refusal("\($0.node.type) of what depends on the image") }
      ),
    ]
    return Dictionary(
      uniqueKeysWithValues: table.flatMap { entry in
        entry.operators.split(separator: " ").map { (String($0), entry.reader) }
      })
  }()

  /// Says one node in zoo's words.
  mutating func read(_ node: ONNXNode) throws {
    guard node.isStandard, let reader = Self.operators[node.type] else { throw Refusal(unknown(node)) }
    if let attribute = node.otherAttributes.first {
      throw Refusal("\(node.type) with the attribute '\(attribute)', which it does not have in ONNX")
    }
    if try evaluate(node) { return }
    try reader(&self)
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
