import ZooGraph
import ZooTensor
import ZooWeights

extension ONNXImporter {
  /// What element-wise operators are read as an expression.
  static let elementwise: Set<String> = [
    "Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Sum", "Relu", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish",
    "Tanh", "Elu", "Gelu", "Erf", "Exp", "Log", "Sqrt", "Neg", "Abs", "Reciprocal", "Softplus", "Clip", "Swish", "Selu",
    "Celu", "Cast", "Identity", "Dropout",
  ]

  /// A larger expression is cut, so that what a stranger nests takes no time.
  private static let maximumSize = 64

  mutating func readFunction() throws {
    if try readComposedFunction() { return }
    let function = try function()
    let (operand, leaf) = try operand(0)
    try set(ScalarExpression(.unary(function, operand), node: position), of: leaf)
  }

  /// Functions that are several of zoo's one after the other.
  ///
  /// - Returns: whether the node is one.
  private mutating func readComposedFunction() throws -> Bool {
    typealias Expression = ScalarExpression
    let (node, position) = (node, position)
    func binary(_ function: Expression.Binary, _ left: Expression, _ right: Double) -> Expression {
      Expression(.binary(function, left, Expression(.constant(right), node: position)), node: position)
    }
    func unary(_ function: Activation, _ operand: Expression) -> Expression {
      Expression(.unary(.function(function), operand), node: position)
    }
    func number(_ attribute: String, _ standard: Float) -> Double { Double(decimal: node.float(attribute) ?? standard) }
    let (alpha, upper): (Double, Float)
    switch node.type {
    case "HardSigmoid":
      (alpha, upper) = (number("alpha", 0.2), 1)
      if abs(alpha - 1.0 / 6) < 1e-6, number("beta", 0.5) == 0.5 { return false }
      note("a hard sigmoid with the slope \(alpha) is a line, then a clamp")
    case "Selu": (alpha, upper) = (number("alpha", 1.6732632), .infinity)
    case "Celu":
      (alpha, upper) = (number("alpha", 1), .infinity)
      guard alpha > 0 else { throw Refusal("Celu with alpha \(alpha)") }
    case "Clip":
      let bounds = try bounds()
      guard bounds.lower == -.infinity, bounds.upper < .infinity else { return false }
      (alpha, upper) = (1, bounds.upper)
    default: return false
    }
    let (operand, leaf) = try operand(0)
    let expression =
      switch node.type {
      case "HardSigmoid":
        unary(
          .clamp(lower: 0, upper: upper), binary(.add, binary(.multiply, operand, alpha), number("beta", 0.5)))
      case "Selu": binary(.multiply, unary(.elu(alpha: Float(alpha)), operand), number("gamma", 1.050701))
      case "Celu": binary(.multiply, unary(.elu(alpha: 1), binary(.divide, operand, alpha)), alpha)
      // What is below may be a rectifier, which it makes a clamp.
      default: binary(.minimum, operand, Double(decimal: upper))
      }
    try set(expression, of: leaf)
    return true
  }

  /// What `Clip` cuts at; infinite where it does not.
  private func bounds() throws -> (lower: Float, upper: Float) {
    func bound(_ attribute: String, _ input: Int) throws -> Float? {
      if let number = node.float(attribute) { return number }
      guard let value = try requiredConstant(input, "bounds") else { return nil }
      guard let number = value.single else { throw Refusal("Clip with a bound for each element") }
      return number
    }
    let (lower, upper) = (try bound("min", 1) ?? -.infinity, try bound("max", 2) ?? .infinity)
    // What cuts nothing off.
    let most = Float.greatestFiniteMagnitude
    return (lower <= -most ? -.infinity : lower, upper >= most ? .infinity : upper)
  }

  private func function() throws -> ScalarExpression.Unary {
    if let function = Self.unary(node.type) { return function }
    switch node.type {
    case "LeakyRelu": return .function(.leakyRelu(slope: node.float("alpha") ?? 0.01))
    case "Elu": return .function(.elu(alpha: node.float("alpha") ?? 1))
    case "Gelu": return .function(node.text("approximate") == "tanh" ? .geluTanh : .gelu)
    case "Swish":
      guard node.float("alpha") ?? 1 == 1 else { throw Refusal("Swish with alpha \(node.float("alpha") ?? 1)") }
      guard let function = Activation(named: node.type) else { throw Refusal(node.type) }
      return .function(function)
    case "HardSigmoid": return .function(.hardsigmoid)
    case "Clip":
      let most: Float = 1e6
      switch try bounds() {
      case (0, let upper) where upper > most: return .function(.relu)
      case (let lower, let upper) where lower >= -most && upper <= most && lower <= upper:
        return .function(.clamp(lower: lower, upper: upper))
      case (let lower, let upper): throw Refusal("Clip from \(lower) to \(upper)")
      }
    default: throw Refusal(node.type)
    }
  }

  /// An input as an expression, and the map that it is of.
  private mutating func operand(_ input: Int) throws -> (ScalarExpression, Map) {
    if let name = node.input(input), case .expression(let expression, let leaf)? = values[name],
      expression.size < Self.maximumSize
    {
      return (expression, leaf)
    }
    let map = try map(input)
    return (expression(of: map), map)
  }

  /// Keeps an expression that a later node may go on with, and makes the layer of another.
  private mutating func set(_ expression: ScalarExpression, of leaf: Map) throws {
    // What is made of the leaf in two places must not change the leaf in one of them.
    if let output = node.outputs.first, readers[output] ?? 0 > 1 { shared.insert(leaf.layer) }
    let isOpen = node.outputs.first.map { output in
      readingNodes[output, default: []].contains { Self.elementwise.contains(network.nodes[$0].type) }
    }
    var isWhole = isOpen != true
    if case .unary(.function(let function), _) = expression.form {
      // What saturates may be a part of another function, such as swish; a rectifier without limit and what leaks are none.
      switch function.curve {
      case .leaky, .bounds(lower: 0, upper: .infinity): isWhole = true
      case .saturating, .bounds: break
      }
    }
    set(isWhole ? .map(try layer(for: expression, of: leaf)) : .expression(expression, of: leaf))
  }

  // MARK: Two operands

  mutating func readArithmetic() throws {
    let inputs = node.inputs.indices.filter { has($0) }
    guard inputs.count >= 2 else {
      guard inputs.count == 1 else { throw Refusal("\(node.type) of nothing") }
      return try setSame()
    }
    if inputs.count > 2 || node.type == "Sum" { return try readSum(inputs) }
    guard let function = ScalarExpression.Binary(rawValue: node.type) else { throw Refusal(node.type) }
    let constants = [try constant(0), try constant(1)]
    if let position = constants.firstIndex(where: { $0 != nil }), let value = constants[position] {
      return try apply(function, to: 1 - position, value, constantFirst: position == 0)
    }
    let (left, leftLeaf) = try operand(0)
    let (right, rightLeaf) = try operand(1)
    if leftLeaf == rightLeaf, left.size + right.size < Self.maximumSize {
      let expression = ScalarExpression(.binary(function, left, right), node: position)
      return try set(expression, of: leftLeaf)
    }
    try combine(function)
  }

  private mutating func readSum(_ inputs: [Int]) throws {
    guard node.type == "Sum" || node.type == "Add" else { throw Refusal("\(node.type) of \(inputs.count) values") }
    var maps: [Map] = []
    for input in inputs {
      guard try constant(input) == nil else { throw Refusal("\(node.type) of a constant and several values") }
      maps.append(try map(input))
    }
    guard maps.allSatisfy({ $0.view == maps[0].view && shape($0) == shape(maps[0]) }) else {
      throw Refusal("\(node.type) of values of several shapes")
    }
    set(.map(Map(layer: try append(.add(nil), maps.map(\.layer)), view: maps[0].view)))
  }

  /// An operator with a constant.
  private mutating func apply(
    _ function: ScalarExpression.Binary, to input: Int, _ value: ConstantValue, constantFirst: Bool
  ) throws {
    if function == .add, let name = node.input(input), case .map(let map)? = values[name], takeLocalBias(value, map) {
      return set(.map(map))
    }
    if let number = value.single, value.count == 1 {
      let (operand, leaf) = try operand(input)
      guard value.dimensions.count <= leaf.view.rank else {
        throw Refusal("\(node.type) that gives \(sizes(leaf.view.sizes)) more dimensions")
      }
      let constant = ScalarExpression(.constant(Double(decimal: number)), node: position)
      let form: ScalarExpression.Form =
        constantFirst ? .binary(function, constant, operand) : .binary(function, operand, constant)
      return try set(ScalarExpression(form, node: position), of: leaf)
    }
    let (map, numbers) = try perChannel(value, map(input))
    let ones = [Float](repeating: 1, count: numbers.count)
    let zeros = [Float](repeating: 0, count: numbers.count)
    if function == .add, try takeBias(numbers, map, value.name) { return set(.map(map)) }
    switch function {
    case .add: try setScale(map, ones, numbers, value.name)
    case .subtract where constantFirst: try setScale(map, ones.map { -$0 }, numbers, value.name)
    case .subtract: try setScale(map, ones, numbers.map { -$0 }, value.name)
    case .multiply: try setScale(map, numbers, zeros, value.name)
    case .divide where !constantFirst: try setScale(map, numbers.map { 1 / $0 }, zeros, value.name)
    case .divide, .power, .minimum, .maximum:
      throw Refusal("\(node.type) with a constant for each channel")
    }
  }

  private mutating func setScale(_ map: Map, _ factors: [Float], _ summands: [Float], _ weight: String?) throws {
    let layer = try scale(
      map.layer, factors, summands, names: names(weight: weight, word: "scale"), weight: weight)
    set(.map(Map(layer: layer, view: map.view)))
  }

  /// Makes the numbers the bias of the convolution or product before, where that has none and nothing else reads it.
  private mutating func takeBias(_ numbers: [Float], _ map: Map, _ name: String?) throws -> Bool {
    let below = draft.layers[map.layer]
    guard !shared.contains(map.layer) else { return false }
    let operation: Operation
    switch below.operation {
    case .convolution(var layer) where !layer.hasBias:
      layer.hasBias = true
      operation = .convolution(layer)
    case .fullyConnected(var layer) where !layer.hasBias:
      layer.hasBias = true
      operation = .fullyConnected(layer)
    case .transposedConvolution(var layer) where !layer.hasBias:
      layer.hasBias = true
      operation = .transposedConvolution(layer)
    default: return false
    }
    var tensors = below.tensors
    tensors[.bias] = Tensor(shape: [numbers.count], floats: numbers)
    draft.change(map.layer, to: operation, tensors, for: position)
    if below.names.weight == nil, let path = name.flatMap(ownPath(ofTensor:)) {
      var names = below.names
      names.weight = path
      draft.rename(map.layer, names)
    }
    return true
  }

  /// The numbers of a constant for each channel of a map, which becomes a vector where they are for each of its elements.
  mutating func perChannel(_ value: ConstantValue, _ map: Map) throws -> (map: Map, numbers: [Float]) {
    let rank = map.view.rank
    let misfit = Refusal(
      "\(node.type) with a constant of \(sizes(value.dimensions)), which are not the channels of \(sizes(map.view.sizes))"
    )
    guard value.dimensions.count <= rank else { throw misfit }
    let sizes = [Int](repeating: 1, count: rank - value.dimensions.count) + value.dimensions
    let long = sizes.indices.filter { sizes[$0] > 1 }
    if long.count == 1 {
      let channels = shape(map).channels
      if map.view.dimensions[long[0]] == ImageView.whole(.channels, channels), sizes[long[0]] == channels {
        return (map, value.tensor.floats)
      }
      let axis = map.view.dimensions[long[0]]
      if sizes[long[0]] == map.view.sizes[long[0]], map.view.sizes.filter({ $0 > 1 }).count == 1, axis.count > 1 {
        let vector = try vector(map)
        return (vector, value.tensor.floats)
      }
    }
    // The same number at all positions of a channel, written down for each.
    if let number = value.single, zip(sizes, map.view.sizes).allSatisfy({ $0 == 1 || $0 == $1 }) {
      return (map, [Float](repeating: number, count: shape(map).channels))
    }
    throw misfit
  }

  /// An operator with two values that depend on the image.
  private mutating func combine(_ function: ScalarExpression.Binary) throws {
    var (left, right) = (try map(0), try map(1))
    let hasGate = function == .multiply && (isGate(right, of: left) || isGate(left, of: right))
    if !isAlike(left, right), !hasGate, left.view.sizes == right.view.sizes {
      (left, right) = (try mapInOrder(0), try mapInOrder(1))
      if shape(left) != shape(right), left.view.sizes.filter({ $0 > 1 }).count <= 1 {
        (left, right) = (try vector(left), try vector(right))
      }
    }
    switch function {
    case .add where isAlike(left, right):
      set(.map(Map(layer: try append(.add(nil), [left.layer, right.layer]), view: left.view)))
    case .subtract where isAlike(left, right):
      let channels = shape(right).channels
      let negative = try draft.append(
        .batchNorm(.scale(shift: false)), [right.layer],
        [.weight: Tensor(shape: [channels], floats: [Float](repeating: -1, count: channels))],
        names: names(weight: nil, word: "negative"), place: node.label)
      note("a difference is a sum with the negative")
      set(.map(Map(layer: try append(.add(nil), [left.layer, negative], word: "subtract"), view: left.view)))
    case .multiply where isAlike(left, right):
      set(.map(Map(layer: try append(.multiply, [left.layer, right.layer]), view: left.view)))
    case .multiply:
      let whole = isGate(right, of: left) ? left : isGate(left, of: right) ? right : nil
      guard let whole else {
        throw Refusal(
          "Mul of \(sizes(left.view.sizes)) and \(sizes(right.view.sizes)), neither of which has a number for each channel"
        )
      }
      set(.map(Map(layer: try append(.multiply, [left.layer, right.layer]), view: whole.view)))
    default:
      throw Refusal("\(node.type) of \(sizes(left.view.sizes)) and \(sizes(right.view.sizes))")
    }
  }

  private func isAlike(_ left: Map, _ right: Map) -> Bool { left.view == right.view && shape(left) == shape(right) }

  /// Whether a value has one number for each channel of a map, lined up with its channels.
  private func isGate(_ gate: Map, of map: Map) -> Bool {
    let (small, large) = (shape(gate), shape(map))
    guard large.isFeatureMap, small.elementCount == large.channels, small.channels == large.channels,
      gate.view.rank <= map.view.rank
    else { return false }
    let offset = map.view.rank - gate.view.rank
    return gate.view.dimensions.indices.allSatisfy { axis in
      let parts = gate.view.dimensions[axis]
      return parts.isEmpty || parts == map.view.dimensions[axis + offset]
    }
  }
}
