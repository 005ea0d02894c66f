import ZooTensor
import ZooWeights

/// What depends on nothing that is fed in is computed here: the numbers with which exporters shape what follows, and
/// arithmetic with weights.
extension ONNXImporter {
  /// Computes a node whose value does not depend on the image.
  ///
  /// - Returns: whether the node is one.
  mutating func evaluate(_ node: ONNXNode) throws -> Bool {
    switch node.type {
    case "Constant":
      guard let tensor = try network.constant(of: node) else { throw Refusal("Constant of a type that is no number's") }
      set(.constant(ConstantValue(tensor, name: node.outputs.first)))
      return true
    case "Shape": return try evaluateShape()
    case "Size":
      guard let sizes = try operandSizes() else { return false }
      set(.constant(ConstantValue([], integers: [sizes.reduce(1, *)])))
      return true
    case "ConstantOfShape": return try evaluateFilled()
    default: break
    }
    var operands: [ConstantValue?] = []
    for index in node.inputs.indices {
      guard node.input(index) != nil else {
        operands.append(nil)
        continue
      }
      guard let value = try constant(index) else { return false }
      operands.append(value)
    }
    guard let first = operands.first ?? nil else { return false }
    guard let result = try result(of: node, first, operands) else { return false }
    if node.type == "Split" { return true }
    set(.constant(result))
    return true
  }

  private mutating func operandSizes() throws -> [Int]? {
    guard let name = node.input(0) else { throw Refusal("\(node.type) without its input") }
    if let entry = values[name] == nil ? network.initializer(named: name) : nil { return entry.shape.dimensions }
    switch values[name] {
    case .constant(let constant): return constant.dimensions
    case .map(let map), .expression(_, let map): return map.view.sizes
    case .refused, nil: return nil
    }
  }

  private mutating func evaluateShape() throws -> Bool {
    guard let sizes = try operandSizes() else { return false }
    let rank = sizes.count
    func place(_ axis: Int) -> Int { min(max(axis < 0 ? axis + rank : axis, 0), rank) }
    let (start, end) = (place(node.integer("start") ?? 0), place(node.integer("end") ?? rank))
    let part = start < end ? Array(sizes[start..<end]) : []
    set(.constant(ConstantValue([part.count], integers: part)))
    return true
  }

  private mutating func evaluateFilled() throws -> Bool {
    guard let shape = try requiredConstant(0, "shape")?.integers,
      let count = Shape(validating: shape)?.elementCount, count <= ConstantValue.maximumComputed
    else { throw Refusal("ConstantOfShape of a shape that is not known") }
    let filler = try network.constant(of: node).map { ConstantValue($0) } ?? ConstantValue([1], floats: [0])
    guard filler.count == 1 else { throw Refusal("ConstantOfShape of \(filler.count) numbers") }
    set(.constant(filler.picking([Int](repeating: 0, count: count), shape)))
    return true
  }

  /// What a node makes of constants; `nil` for one that is a layer even then.
  private mutating func result(
    of node: ONNXNode, _ first: ConstantValue, _ operands: [ConstantValue?]
  ) throws -> ConstantValue? {
    switch node.type {
    case "Identity", "CastLike", "Dropout": return first
    case "Cast": return try cast(first, to: node.integer("to") ?? 1)
    case "Reshape":
      guard let shape = try integers("shape", orInput: 1) else { throw Refusal("Reshape without its shape") }
      guard first.count > 0 else { return first.reshaped(to: [0]) }
      return first.reshaped(
        to: try Self.reshaped(first.dimensions, to: shape, keepsZeros: node.integer("allowzero") == 1))
    case "Flatten":
      let axis = try axis(node.integer("axis") ?? 1, rank: first.dimensions.count, orEnd: true)
      return first.reshaped(
        to: [first.dimensions[..<axis].reduce(1, *), first.dimensions[axis...].reduce(1, *)])
    case "Transpose":
      let order = node.integers("perm") ?? Array(first.dimensions.indices.reversed())
      guard order.sorted() == Array(first.dimensions.indices) else { throw Refusal("Transpose by \(order)") }
      return first.transposed(order)
    case "Squeeze":
      var removed = Set(first.dimensions.indices.filter { first.dimensions[$0] == 1 })
      if let axes = try integers("axes", orInput: 1) {
        removed = []
        for axis in axes { removed.insert(try self.axis(axis, rank: first.dimensions.count)) }
      }
      guard removed.allSatisfy({ first.dimensions[$0] == 1 }) else { throw Refusal("Squeeze of longer axes") }
      return first.reshaped(
        to: first.dimensions.indices.filter { !removed.contains($0) }.map { first.dimensions[$0] })
    case "Unsqueeze":
      guard let axes = try integers("axes", orInput: 1), axes.count <= 8 else { throw Refusal("Unsqueeze by no axes") }
      let rank = first.dimensions.count + axes.count
      var added: Set<Int> = []
      for axis in axes { added.insert(try self.axis(axis, rank: rank)) }
      guard added.count == axes.count else { throw Refusal("Unsqueeze by \(axes)") }
      var rest = first.dimensions[...]
      return first.reshaped(to: (0..<rank).map { added.contains($0) ? 1 : rest.popFirst() ?? 1 })
    case "Gather": return try gathered(first, operands)
    case "Slice": return try sliced(first)
    case "Split":
      let lengths = try splitLengths(of: first.dimensions)
      var start = 0
      for (length, output) in zip(lengths.lengths, node.outputs) {
        set(.constant(part(first, lengths.axis, (0..<length).map { start + $0 })), output)
        start += length
      }
      return first
    case "Concat": return try concatenated(operands.compactMap(\.self))
    case "Expand":
      guard let shape = operands.count == 2 ? operands[1]?.integers : nil else { return nil }
      let sizes = try broadcast(first.dimensions, shape)
      return expanded(first, to: sizes)
    case "Range": return try range(operands)
    case "Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Sum": return try arithmetic(operands.compactMap(\.self))
    case "ReduceProd", "ReduceSum", "ReduceMax", "ReduceMean":
      guard first.dimensions.count <= 1, let numbers = first.integers, !numbers.isEmpty else { return nil }
      let value: Int
      switch node.type {
      case "ReduceProd": value = numbers.reduce(1, &*)
      case "ReduceSum": value = numbers.reduce(0, &+)
      case "ReduceMax": value = numbers.max() ?? 0
      default: return nil
      }
      return ConstantValue(node.integer("keepdims") == 0 ? [] : [1], integers: [value])
    case "Neg", "Sqrt", "Exp", "Log", "Abs", "Reciprocal", "Erf", "Tanh", "Sigmoid", "Relu":
      guard first.count <= ConstantValue.maximumComputed else { return nil }
      if let numbers = first.integers, node.type == "Neg" || node.type == "Abs" {
        return ConstantValue(
          first.dimensions,
          integers: numbers.map { node.type == "Neg" ? 0 &- $0 : $0.magnitude < Int.max ? abs($0) : $0 })
      }
      guard let function = Self.unary(node.type) else { return nil }
      let floats = first.tensor.floats.map { Float(function(Double($0))) }
      return ConstantValue(first.dimensions, floats: floats, name: first.name)
    default: return nil
    }
  }

  static func unary(_ type: String) -> ScalarExpression.Unary? {
    switch type {
    case "Relu": .function(.relu)
    case "Sigmoid": .function(.sigmoid)
    case "Tanh": .function(.tanh)
    case "HardSwish": .function(.hardswish)
    case "Erf": .erf
    case "Exp": .exp
    case "Log": .log
    case "Sqrt": .sqrt
    case "Neg": .negative
    case "Abs": .absolute
    case "Reciprocal": .reciprocal
    case "Softplus": .softplus
    default: nil
    }
  }

  private func cast(_ value: ConstantValue, to code: Int) throws -> ConstantValue {
    if ONNXValueInfo.floatingPointTypes.contains(code) {
      guard let integers = value.integers else { return value }
      return ConstantValue(value.dimensions, floats: integers.map { Float($0) }, name: value.name)
    }
    if value.integers != nil { return value }
    let numbers = value.tensor.floats
    guard numbers.allSatisfy({ abs($0) < 1e15 }) else { throw Refusal("Cast of numbers that are no integers") }
    // Away from zero is what no runtime does.
    let integers = numbers.map { Int($0.rounded(.towardZero)) }
    return ConstantValue(value.dimensions, integers: code == 9 ? integers.map { $0 == 0 ? 0 : 1 } : integers)
  }

  /// The parts of a value along an axis.
  private func part(_ value: ConstantValue, _ axis: Int, _ positions: [Int]) -> ConstantValue {
    let sizes = value.dimensions
    let (outer, inner) = (sizes[..<axis].reduce(1, *), sizes[(axis + 1)...].reduce(1, *))
    var indices: [Int] = []
    for row in 0..<outer {
      for position in positions {
        let start = (row * sizes[axis] + position) * inner
        indices += start..<start + inner
      }
    }
    var target = sizes
    target[axis] = positions.count
    return value.picking(indices, target)
  }

  private func gathered(_ value: ConstantValue, _ operands: [ConstantValue?]) throws -> ConstantValue? {
    guard operands.count == 2, let positions = operands[1], var numbers = positions.integers else { return nil }
    let axis = try axis(node.integer("axis") ?? 0, rank: value.dimensions.count)
    let size = value.dimensions[axis]
    numbers = numbers.map { $0 < 0 ? $0 &+ size : $0 }
    guard numbers.allSatisfy((0..<size).contains), fits(numbers.count, value.count / max(size, 1)) else {
      throw Refusal("Gather of elements \(numbers.prefix(4)) of \(size)")
    }
    let result = part(value, axis, numbers)
    let sizes = value.dimensions
    return result.reshaped(to: Array(sizes[..<axis]) + positions.dimensions + Array(sizes[(axis + 1)...]))
  }

  private func fits(_ left: Int, _ right: Int) -> Bool {
    let (product, overflow) = left.multipliedReportingOverflow(by: right)
    return !overflow && product <= ConstantValue.maximumComputed
  }

  private func sliced(_ value: ConstantValue) throws -> ConstantValue {
    var result = value
    for (axis, positions) in try slices(of: value.dimensions) { result = part(result, axis, positions) }
    return result
  }

  /// The positions that `Slice` takes along each axis that it names.
  func slices(of sizes: [Int]) throws -> [(axis: Int, positions: [Int])] {
    guard let starts = try integers("starts", orInput: 1), let ends = try integers("ends", orInput: 2),
      starts.count == ends.count
    else { throw Refusal("Slice without its limits") }
    let axes = try integers("axes", orInput: 3) ?? Array(starts.indices)
    let steps = try integers("steps", orInput: 4) ?? [Int](repeating: 1, count: starts.count)
    guard axes.count == starts.count, steps.count == starts.count else { throw Refusal("Slice without its limits") }
    var result: [(axis: Int, positions: [Int])] = []
    for index in starts.indices {
      let axis = try axis(axes[index], rank: sizes.count)
      let (size, step) = (sizes[axis], steps[index])
      guard step != 0, step != .min, size <= ConstantValue.maximumComputed else {
        throw Refusal("Slice by steps of \(step)")
      }
      func place(_ position: Int, _ range: ClosedRange<Int>) -> Int {
        let counted = position < 0 ? position &+ size : position
        return min(max(counted, range.lowerBound), range.upperBound)
      }
      let positions =
        step > 0
        ? Array(stride(from: place(starts[index], 0...size), to: place(ends[index], 0...size), by: step))
        : Array(
          stride(
            from: place(starts[index], -1...size - 1), to: ends[index] < -size ? -1 : place(ends[index], -1...size - 1),
            by: step))
      result.append((axis, positions))
    }
    return result
  }

  /// The axis that `Split` cuts, and into which lengths.
  func splitLengths(of sizes: [Int]) throws -> (axis: Int, lengths: [Int]) {
    let axis = try axis(node.integer("axis") ?? 0, rank: sizes.count)
    let size = sizes[axis]
    let count = max(1, node.outputs.count)
    var lengths = try integers("split", orInput: 1) ?? []
    if lengths.isEmpty {
      let each = (size + count - 1) / count
      lengths = (0..<count).map { min(each, max(0, size - $0 * each)) }
    }
    guard lengths.count == node.outputs.count, lengths.allSatisfy({ (0...size).contains($0) }),
      lengths.reduce(0, +) == size
    else { throw Refusal("Split of \(size) into \(lengths)") }
    return (axis, lengths)
  }

  private func concatenated(_ values: [ConstantValue]) throws -> ConstantValue {
    let axis = try axis(node.integer("axis") ?? 0, rank: values[0].dimensions.count)
    var sizes = values[0].dimensions
    let isMixed = values.contains { $0.integers == nil }
    for value in values.dropFirst() {
      guard value.dimensions.count == sizes.count else { throw Refusal("Concat of constants of several ranks") }
      for other in sizes.indices where other != axis && value.dimensions[other] != sizes[other] {
        throw Refusal("Concat of \(self.sizes(sizes)) and \(self.sizes(value.dimensions))")
      }
      sizes[axis] += value.dimensions[axis]
    }
    guard fits(sizes.reduce(1, *), 1) else { throw Refusal("Concat of constants with \(self.sizes(sizes)) elements") }
    let outer = sizes[..<axis].reduce(1, *)
    if !isMixed {
      let all = values.map { ($0.integers ?? [], $0.count / max(1, outer)) }
      return ConstantValue(
        sizes, integers: (0..<outer).flatMap { row in all.flatMap { $0.0[row * $0.1..<(row + 1) * $0.1] } })
    }
    let all = values.map { ($0.tensor.floats, $0.count / max(1, outer)) }
    return ConstantValue(
      sizes, floats: (0..<outer).flatMap { row in all.flatMap { $0.0[row * $0.1..<(row + 1) * $0.1] } })
  }

  private func range(_ operands: [ConstantValue?]) throws -> ConstantValue? {
    let numbers = operands.compactMap { $0?.integers?.first }
    guard numbers.count == 3 else { return nil }
    guard numbers[2] != 0, numbers.allSatisfy({ $0.magnitude < 1 << 40 }) else { throw Refusal("Range by \(numbers)") }
    let count = max(0, (numbers[1] - numbers[0] + numbers[2] - numbers[2].signum()) / numbers[2])
    guard fits(count, 1) else { throw Refusal("Range of \(count) numbers") }
    return ConstantValue([count], integers: (0..<count).map { numbers[0] + $0 * numbers[2] })
  }

  // MARK: Arithmetic

  private func broadcast(_ left: [Int], _ right: [Int]) throws -> [Int] {
    let rank = max(left.count, right.count)
    let padded = [left, right].map { [Int](repeating: 1, count: rank - $0.count) + $0 }
    var sizes: [Int] = []
    for (a, b) in zip(padded[0], padded[1]) {
      guard a == b || a == 1 || b == 1 else {
        throw Refusal("\(node.type) of \(self.sizes(left)) and \(self.sizes(right))")
      }
      sizes.append(a == 1 ? b : a)
    }
    guard let shape = Shape(validating: sizes),
      shape.elementCount <= max(ConstantValue.maximumComputed, left.reduce(1, *), right.reduce(1, *))
    else {
      throw Refusal("\(node.type) of constants that become \(self.sizes(sizes))")
    }
    return sizes
  }

  private func expanded(_ value: ConstantValue, to sizes: [Int]) -> ConstantValue {
    if value.dimensions == sizes { return value }
    let padded = [Int](repeating: 1, count: sizes.count - value.dimensions.count) + value.dimensions
    let strides = zip(ConstantValue.strides(padded), padded).map { $1 == 1 ? 0 : $0 }
    return value.picking(ConstantValue.indices(sizes, strides), sizes)
  }

  private func arithmetic(_ values: [ConstantValue]) throws -> ConstantValue? {
    var result = values[0]
    for value in values.dropFirst() {
      let sizes = try broadcast(result.dimensions, value.dimensions)
      let (left, right) = (expanded(result, to: sizes), expanded(value, to: sizes))
      if let a = left.integers, let b = right.integers {
        var numbers: [Int] = []
        for (x, y) in zip(a, b) {
          switch node.type {
          case "Add", "Sum": numbers.append(x &+ y)
          case "Sub": numbers.append(x &- y)
          case "Mul": numbers.append(x &* y)
          case "Div":
            guard y != 0 else { throw Refusal("Div by 0") }
            numbers.append(x.dividedReportingOverflow(by: y).partialValue)
          case "Min": numbers.append(min(x, y))
          case "Max": numbers.append(max(x, y))
          default: return nil
          }
        }
        result = ConstantValue(sizes, integers: numbers)
      } else {
        guard let function = ScalarExpression.Binary(rawValue: node.type == "Sum" ? "Add" : node.type) else {
          return nil
        }
        let floats = zip(left.tensor.floats, right.tensor.floats).map { Float(function(Double($0), Double($1))) }
        result = ConstantValue(sizes, floats: floats, name: result.name ?? value.name)
      }
    }
    return result
  }
}
