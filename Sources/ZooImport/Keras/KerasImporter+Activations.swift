import ZooGraph
import ZooTensor
import ZooWeights

extension KerasImporter {
  /// The function that a layer applies to what it has computed, a node of its own. `json` is the name of a function, or a
  /// layer that is one; `suffix` ends the node's name, which else is the function's.
  mutating func activation(
    _ json: JSONValue?, _ call: KerasCall, _ value: KerasValue, suffix: String? = nil
  ) throws(KerasRefusal) -> KerasValue {
    guard let json, !json.isNull else { return value }
    var name = json.string
    if name == nil, let configuration = json["config"] {
      // A function that was registered, by its name, or a layer in the place of a function.
      name = configuration.string
      if name == nil, let type = json["class_name"]?.string, KerasClass.all[type]?.isFunction == true {
        let inner = KerasAttributes(type: type, json: configuration)
        guard type != "PReLU" else { throw KerasRefusal("\(call.layer.type) with PReLU for its activation") }
        return try apply(inner, call, value, suffix: suffix ?? "_" + KerasWeights.snakeCase(type))
      }
    }
    guard let name else { throw KerasRefusal("\(call.layer.type) with an activation that is no function of Keras'") }
    if name == "linear" { return value }
    let end = suffix ?? "_\(name)"
    switch name {
    case "softmax": return try softmax(call, value, suffix: end)
    case "hard_sigmoid": return try hardSigmoid(call, value, suffix: end)
    case "selu":
      var value = try append(.elu(alpha: 1.6732632), call, value, suffix: end + "_elu")
      value.node = try appendScale(call, value.node, by: 1.0507009873554805, suffix: end)
      return value
    default:
      guard let function = Self.functions[name] ?? Activation(named: name) else {
        throw KerasRefusal("\(call.layer.type) with activation '\(name)'")
      }
      return try append(function, call, value, suffix: end)
    }
  }

  /// Those whose numbers Keras chose.
  private static let functions: [String: Activation] = [
    "elu": .elu(alpha: 1), "leaky_relu": .leakyRelu(slope: 0.2), "hard_tanh": .clamp(lower: -1, upper: 1),
  ]

  /// A layer that is a function.
  mutating func activationLayer(_ call: KerasCall, _ value: KerasValue) throws -> KerasValue {
    if call.layer.type == "PReLU" { return try prelu(call, value) }
    return try apply(call.attributes, call, value, suffix: "")
  }

  private mutating func apply(
    _ attributes: KerasAttributes, _ call: KerasCall, _ value: KerasValue, suffix: String
  ) throws(KerasRefusal) -> KerasValue {
    switch attributes.type {
    case "ReLU":
      let function = try rectifier(attributes)
      return try append(function, call, value, suffix: suffix)
    case "LeakyReLU":
      // Keras 3 and 2 call it so, in this order.
      let slope = try attributes.number("negative_slope", or: attributes.number("alpha", or: 0.3))
      return try append(.leakyRelu(slope: Float(slope)), call, value, suffix: suffix)
    case "ELU":
      let alpha = try attributes.number("alpha", or: 1)
      return try append(.elu(alpha: Float(alpha)), call, value, suffix: suffix)
    default:
      let axis = attributes.json["axis"]?[0]?.integer ?? attributes.json["axis"]?.integer ?? -1
      guard isChannelAxis(axis, of: value) else {
        throw KerasRefusal("Softmax along axis \(axis), which is not the channels'")
      }
      return try softmax(call, value, suffix: suffix)
    }
  }

  private func rectifier(_ attributes: KerasAttributes) throws(KerasRefusal) -> Activation {
    let slope = try attributes.number("negative_slope", or: 0)
    let threshold = try attributes.number("threshold", or: 0)
    let limit = try attributes.optionalNumber("max_value")
    guard threshold == 0, slope == 0 || limit == nil, limit ?? 0 >= 0 else {
      throw KerasRefusal("ReLU with a threshold, or with both negative_slope and max_value")
    }
    if let limit { return .clamp(lower: 0, upper: Float(limit)) }
    return slope == 0 ? .relu : .leakyRelu(slope: Float(slope))
  }

  private mutating func append(
    _ function: Activation, _ call: KerasCall, _ value: KerasValue, suffix: String
  ) throws(KerasRefusal) -> KerasValue {
    var value = value
    value.node = try append(.activation(function), call, [value.node], suffix: suffix)
    return value
  }

  private mutating func softmax(
    _ call: KerasCall, _ value: KerasValue, suffix: String
  ) throws(KerasRefusal) -> KerasValue {
    // Keras' softmax is over the last axis, whatever it holds.
    guard value.isVector || !isChannelsFirst || call.layer.type == "Softmax" else {
      throw KerasRefusal("\(call.layer.type) with softmax over the columns")
    }
    var value = try vector(value, named: graph[value.node].name + "_flatten")
    value.node = try append(.softmax, call, [value.node], suffix: suffix)
    return value
  }

  /// Keras 1 and 2 have `0.2 x + 0.5` between 0 and 1, Keras 3 has `x / 6 + 0.5`.
  private mutating func hardSigmoid(
    _ call: KerasCall, _ value: KerasValue, suffix: String
  ) throws(KerasRefusal) -> KerasValue {
    guard let major = version?.split(separator: ".").first.flatMap({ Int($0) }) else {
      throw KerasRefusal(
        "\(call.layer.type) with activation 'hard_sigmoid', whose slope depends on the version of Keras, "
          + "which the file does not say")
    }
    if major >= 3 { return try append(.hardsigmoid, call, value, suffix: suffix) }
    var value = value
    let channels = graph[value.node].shape.channels
    value.node = try append(
      .batchNorm(.scale()), call, [value.node], suffix: suffix + "_scale",
      [.weight: constant(0.2, channels), .bias: constant(0.5, channels)])
    note(
      call.layer.name, "hard_sigmoid of Keras \(major) is 0.2 x + 0.5 between 0 and 1: a scale and a clamp",
      node: value.node)
    return try append(.clamp(lower: 0, upper: 1), call, value, suffix: suffix)
  }

  func constant(_ number: Float, _ count: Int) -> Tensor {
    Tensor(shape: [count], floats: [Float](repeating: number, count: count))
  }

  private mutating func prelu(_ call: KerasCall, _ value: KerasValue) throws -> KerasValue {
    let channels = graph[value.node].shape.channels
    let alpha = try numbers(call, 0, of: 1)
    let sides = alpha.shape.dimensions
    let own = value.isVector || isChannelsFirst ? sides.first : sides.last
    guard alpha.shape.elementCount == 1 || own == channels && alpha.shape.elementCount == channels else {
      throw KerasRefusal(
        "PReLU with a slope for each position (\(alpha.shape)); zoo has one for each channel, shared_axes=[1, 2]")
    }
    let isShared = alpha.shape.elementCount == 1 && channels > 1
    var value = value
    value.node = try append(
      .prelu(isShared: isShared), call, [value.node],
      [.weight: ordered(alpha.floats, by: isShared ? ElementOrder() : value.order)])
    return value
  }

  /// One number for each element of a vector or channel of a map, in zoo's order.
  func ordered(_ numbers: [Float], by order: ElementOrder) -> Tensor {
    let places = order.isPlain ? nil : order.places(numbers.count)
    let list = places.map { $0.map { numbers[$0] } } ?? numbers
    return Tensor(shape: [numbers.count], floats: list)
  }
}
