import ZooTensor

/// A tensor of the file on its way to where it is used.
struct ONNXWeight {
  /// In `ONNXValues.items`.
  let tensor: Int
  private(set) var steps: [TransformedTensor.Change] = []
  private(set) var shape: Shape

  init(tensor: Int, shape: Shape) {
    self.tensor = tensor
    self.shape = shape
  }

  func transposed(_ order: [Int]) -> ONNXWeight {
    var weight = self
    weight.shape = Shape(order.map { shape[$0] })
    var order = order
    if case .transpose(let before) = steps.last {
      weight.steps.removeLast()
      order = order.map { before[$0] }
    }
    if order != Array(order.indices) { weight.steps.append(.transpose(order)) }
    return weight
  }

  /// - Precondition: as many elements.
  func reshaped(to shape: Shape) -> ONNXWeight {
    guard shape != self.shape else { return self }
    var weight = self
    weight.shape = shape
    if case .reshape = steps.last { weight.steps.removeLast() }
    weight.steps.append(.reshape(shape))
    return weight
  }

  func scaled(by factor: Float) -> ONNXWeight {
    guard factor != 1 else { return self }
    var weight = self
    weight.steps.append(.scale(factor))
    return weight
  }
}

/// A value that depends on nothing that is fed in.
enum ONNXValue {
  case weight(ONNXWeight)
  case integers([Int])
  /// What is no weight, or is made of one that is none.
  case ignored
  /// From tensors alone, of which `tensor` is one, in a way that zoo does not follow.
  case computed(tensor: String, node: String, operation: String)
}

/// The values of a graph that are tensors of the file, under all names that nodes give them.
///
/// Nodes are read in their order, which ONNX requires to be one in which they can be computed. So a value that is read before
/// it is made, as in a cycle, is one that zoo knows nothing about.
struct ONNXValues {
  /// The initializers, then what constants among the nodes hold.
  private(set) var items: [ONNXSource.Item]
  let initializerCount: Int
  let nodes: [ONNXNode]
  /// The nodes that read a value, in order; one that reads it twice is there twice.
  private(set) var readers: [String: [Int]] = [:]
  /// The node that makes a value.
  private(set) var makers: [String: Int] = [:]
  private var values: [String: ONNXValue] = [:]
  private var files: ONNXExternalFiles
  private let file: InputFile

  /// As many changes as a weight goes through before it is used.
  private static let maximumSteps = 8

  /// `readsConstants`: whether constants among the nodes may be weights.
  init(
    _ initializers: [ONNXSource.Item], _ nodes: [ONNXNode], in file: InputFile, _ files: ONNXExternalFiles,
    readsConstants: Bool
  ) throws(WeightsProblem) {
    items = initializers
    initializerCount = initializers.count
    self.nodes = nodes
    self.file = file
    self.files = files
    for (position, item) in initializers.enumerated() {
      values[item.entry.name] = .weight(ONNXWeight(tensor: position, shape: item.entry.shape))
    }
    for (position, node) in nodes.enumerated() {
      for input in node.inputs where !input.isEmpty { readers[input, default: []].append(position) }
      for output in node.outputs where !output.isEmpty {
        guard values[output] == nil, makers.updateValue(position, forKey: output) == nil else {
          throw .onnx(.valueTwice(output))
        }
      }
      guard let output = node.outputs.first, !output.isEmpty else { continue }
      if node.isStandard, node.type == "Constant" {
        values[output] = try constant(node, output, isWeight: readsConstants)
      } else if let value = try result(of: node) {
        for output in node.outputs { values[output] = value }
      }
    }
  }

  subscript(name: String?) -> ONNXValue? { name.flatMap { values[$0] } }

  func weight(_ name: String?) -> ONNXWeight? {
    if case .weight(let weight) = self[name] { weight } else { nil }
  }

  func name(of tensor: Int) -> String { items[tensor].entry.name }

  // MARK: Constants

  private mutating func constant(
    _ node: ONNXNode, _ output: String, isWeight: Bool
  ) throws(WeightsProblem) -> ONNXValue? {
    if let integers = node.integers("value_ints") ?? node.integer("value_int").map({ [$0] }) {
      return .integers(integers)
    }
    var tensor: ONNXTensor?
    if let message = node.attributes["value"]?.tensor {
      tensor = try ONNXTensor(message, name: output)
    } else if let floats = node.attributes["value_floats"]?.floats {
      tensor = ONNXTensor(name: output, floats)
    }
    guard let tensor, tensor.hasReadableType else { return .ignored }
    let item = try tensor.item(files: &files)
    guard isWeight || !item.entry.elementType.isFloatingPoint else { return .ignored }
    items.append(item)
    return .weight(ONNXWeight(tensor: items.count - 1, shape: item.entry.shape))
  }

  // MARK: What nodes make of tensors

  /// `nil` for what depends on what is fed in.
  private func result(of node: ONNXNode) throws(WeightsProblem) -> ONNXValue? {
    let inputs = node.inputs.filter { !$0.isEmpty }
    guard let first = inputs.first, inputs.allSatisfy({ values[$0] != nil }) else { return nil }
    let tensor: String
    switch values[first] {
    case .weight(let weight):
      tensor = name(of: weight.tensor)
      if node.isStandard, weight.steps.count < Self.maximumSteps, let moved = try moved(weight, by: node) {
        return .weight(moved)
      }
    case .computed(let source, let node, let operation):
      return .computed(tensor: source, node: node, operation: operation)
    case .ignored: return .ignored
    case .integers, nil: tensor = first
    }
    return .computed(tensor: tensor, node: node.label, operation: node.type)
  }

  /// What a node that only moves elements makes of a tensor; `nil` for another node.
  private func moved(_ weight: ONNXWeight, by node: ONNXNode) throws(WeightsProblem) -> ONNXWeight? {
    switch node.type {
    case "Identity": return weight
    case "Cast":
      // Everything is computed in float32, which holds the half types.
      let type = node.integer("to").flatMap(ElementType.init(onnx:))
      let from = items[weight.tensor].entry.elementType
      let widens = from == type || type == .float64 || (type == .float32 && from != .float64)
      return from.isFloatingPoint && type?.isFloatingPoint == true && widens ? weight : nil
    case "Transpose":
      let order = node.attributes["perm"] == nil ? Array((0..<weight.shape.rank).reversed()) : node.integers("perm")
      guard let order, order.sorted() == Array(0..<weight.shape.rank) else { return nil }
      return weight.transposed(order)
    case "Reshape":
      guard var dimensions = try integers("shape", of: node, orInput: 1) else { return nil }
      for (axis, dimension) in dimensions.enumerated() where dimension == 0 && node.integer("allowzero") != 1 {
        guard axis < weight.shape.rank else { return nil }
        dimensions[axis] = weight.shape[axis]
      }
      return reshaped(weight, dimensions)
    case "Flatten":
      let axis = node.integer("axis") ?? 1
      let rank = weight.shape.rank
      guard (-rank...rank).contains(axis) else { return nil }
      let outer = weight.shape.dimensions.prefix(axis < 0 ? axis + rank : axis).reduce(1, *)
      return reshaped(weight, [outer, -1])
    case "Squeeze", "Unsqueeze":
      let axes = try integers("axes", of: node, orInput: 1)
      return reshaped(weight, node.type == "Squeeze" ? squeezed(weight.shape, axes) : unsqueezed(weight.shape, axes))
    default: return nil
    }
  }

  private func reshaped(_ weight: ONNXWeight, _ dimensions: [Int]?) -> ONNXWeight? {
    guard let dimensions,
      let shape = try? TensorTransform.reshape(dimensions).shape(
        of: weight.shape, divisor: { (name) throws(TransformProblem) in throw .divisorMissing(name, nearest: nil) })
    else { return nil }
    return weight.reshaped(to: shape)
  }

  private func squeezed(_ shape: Shape, _ axes: [Int]?) -> [Int]? {
    guard let axes else { return shape.dimensions.filter { $0 != 1 } }
    let left = Set(axes.map { $0 < 0 ? $0 + shape.rank : $0 })
    return shape.dimensions.indices.filter { !left.contains($0) }.map { shape[$0] }
  }

  private func unsqueezed(_ shape: Shape, _ axes: [Int]?) -> [Int]? {
    guard let axes, axes.count <= ONNXTensor.maximumRank else { return nil }
    let rank = shape.rank + axes.count
    let added = Set(axes.map { $0 < 0 ? $0 + rank : $0 })
    guard added.count == axes.count, added.allSatisfy((0..<rank).contains) else { return nil }
    var rest = shape.dimensions[...]
    return (0..<rank).map { added.contains($0) ? 1 : rest.popFirst() ?? 1 }
  }

  // MARK: Small values

  /// What a node is told by an attribute or, since a later version of its operator, by an input.
  func integers(
    _ attribute: String, of node: ONNXNode, orInput input: Int
  ) throws(WeightsProblem) -> [Int]? {
    if let numbers = node.integers(attribute) { return numbers }
    return try integers(node.input(input))
  }

  /// The numbers of a short list of integers; `nil` for another value.
  func integers(_ name: String?) throws(WeightsProblem) -> [Int]? {
    switch self[name] {
    case .integers(let numbers): return numbers
    case .weight(let weight) where weight.steps.isEmpty:
      let entry = items[weight.tensor].entry
      guard entry.elementType == .int64 || entry.elementType == .int32 else { return nil }
      guard let bytes = try smallBytes(weight.tensor) else { return nil }
      return bytes.withUnsafeBytes { bytes in
        entry.elementType == .int64
          ? bytes.bindMemory(to: Int64.self).map { Int($0) } : bytes.bindMemory(to: Int32.self).map { Int($0) }
      }
    default: return nil
    }
  }

  /// Whether a value is one number, and zero; an input that is left out counts as that.
  func isZero(_ name: String?) throws(WeightsProblem) -> Bool {
    guard name != nil else { return true }
    guard let weight = weight(name), items[weight.tensor].entry.shape.elementCount == 1,
      let bytes = try smallBytes(weight.tensor)
    else { return false }
    return bytes.convertedToFloat32().floats == [0]
  }

  /// Has no more elements than an operator is told numbers.
  private func smallBytes(_ tensor: Int) throws(WeightsProblem) -> Tensor? {
    let entry = items[tensor].entry
    guard entry.shape.elementCount <= 2 * ONNXTensor.maximumRank else { return nil }
    return try Checkpoint(
      format: .onnx, path: file.path, entries: [entry], source: ONNXSource(file: file, items: [items[tensor]])
    ).read(0, threads: 1)
  }
}
