import ZooGraph
import ZooTensor

extension KerasImporter {
  /// What does something in training only.
  mutating func passThrough(_ call: KerasCall, _ value: KerasValue) -> KerasValue {
    note(call.layer.name, "\(call.layer.type) does something in training only and is left out")
    return value
  }

  /// `RandomCrop` takes the middle of a picture when it does nothing at random.
  mutating func randomCrop(_ call: KerasCall, _ value: KerasValue) throws(KerasRefusal) -> KerasValue {
    let extent = graph[value.node].shape.extent
    let (height, width) = (try call.attributes.integer("height"), try call.attributes.integer("width"))
    guard Extent(height: height, width: width) == extent else {
      throw KerasRefusal("RandomCrop of \(extent) to \(height)×\(width)")
    }
    return passThrough(call, value)
  }

  /// Whether `axis`, of a value with its batch, is that of the channels.
  func isChannelAxis(_ axis: Int, of value: KerasValue) -> Bool {
    if value.isVector { return axis == -1 || axis == 1 }
    return isChannelsFirst ? axis == 1 || axis == -3 : axis == -1 || axis == 3
  }

  /// A map, as layers with windows want it. A vector that was given positions again is one where its node is a map.
  private func requireMap(_ value: KerasValue, _ call: KerasCall) throws(KerasRefusal) {
    guard !value.isVector else { throw KerasRefusal("\(call.layer.type) of a vector") }
    guard graph[value.node].shape.rank == 3 else {
      throw KerasRefusal("\(call.layer.type) of a vector that was made a map with one position")
    }
  }

  // MARK: Pooling

  mutating func pooling(
    _ call: KerasCall, _ value: KerasValue, isMaximum: Bool
  ) throws(KerasRefusal) -> KerasValue {
    try requireMap(value, call)
    let attributes = call.attributes
    let kernel = try attributes.extent("pool_size", or: 2)
    let stride = try attributes.optionalExtent("strides") ?? kernel
    let isSame = try attributes.isSame()
    let pooling = Pooling(kernel: kernel, stride: stride, padding: isSame ? .same : .fixed(.none))
    let node = try append(
      isMaximum ? .maxPool(pooling) : .averagePool(pooling, countsPadding: !isSame), call, [value.node])
    if isSame {
      notePadding(call, node, pooling.padding(for: graph[value.node].shape.extent))
      if !isMaximum { note(call.layer.name, "the mean does not count padding, as Keras has it", node: node) }
    }
    return KerasValue(node: node, isVector: false)
  }

  mutating func globalPooling(
    _ call: KerasCall, _ value: KerasValue, isMaximum: Bool
  ) throws(KerasRefusal) -> KerasValue {
    try requireMap(value, call)
    let node = try append(isMaximum ? .globalMaxPool : .globalAveragePool, call, [value.node])
    return KerasValue(node: node, isVector: !call.attributes.bool("keepdims", or: false))
  }

  /// Says what `same` means where it is not the same on both sides.
  mutating func notePadding(_ call: KerasCall, _ node: NodeID, _ padding: Padding) {
    guard padding.top != padding.bottom || padding.left != padding.right else { return }
    note(
      call.layer.name, "padding same is TensorFlow's: \(padding), one row or column more at the end", node: node)
  }

  // MARK: Sizes

  mutating func zeroPadding(_ call: KerasCall, _ value: KerasValue) throws(KerasRefusal) -> KerasValue {
    try requireMap(value, call)
    let json = call.attributes.json["padding"]
    var sides: [Int?] = []
    if let all = json?.integer {
      sides = [all, all, all, all]
    } else {
      for axis in 0..<2 {
        let side = json?[axis]
        sides += side?.integer.map { [$0, $0] } ?? [side?[0]?.integer, side?[1]?.integer]
      }
    }
    let known = sides.compactMap(\.self)
    guard known.count == 4, known.allSatisfy({ (0...ConvolutionGeometry.maximumSide).contains($0) }) else {
      throw KerasRefusal("ZeroPadding2D whose padding is not four numbers")
    }
    let padding = Padding(top: known[0], left: known[2], bottom: known[1], right: known[3])
    guard !padding.isNone else { return value }
    return KerasValue(node: try append(.pad(Pad(.fixed(padding))), call, [value.node]), isVector: false)
  }

  mutating func upsampling(_ call: KerasCall, _ value: KerasValue) throws(KerasRefusal) -> KerasValue {
    try requireMap(value, call)
    let mode: Upsample.Mode
    switch call.attributes.text("interpolation", or: "nearest") {
    case "nearest": mode = .nearest
    case "bilinear": mode = .bilinear
    case let other: throw KerasRefusal("UpSampling2D with interpolation '\(other)'")
    }
    let factor = try call.attributes.extent("size", or: 2)
    let node = try append(.upsample(Upsample(factor: factor, mode: mode)), call, [value.node])
    if mode == .bilinear {
      note(
        call.layer.name, "bilinear enlargement with the corners of both maps on each other, as TensorFlow 2 has it",
        node: node)
    }
    return KerasValue(node: node, isVector: false)
  }

  mutating func flatten(_ call: KerasCall, _ value: KerasValue) throws(KerasRefusal) -> KerasValue {
    // It puts the channels last before it flattens where they came first; versions that had no such format did not.
    let turns = call.attributes.json["data_format"]?.string == "channels_first"
    guard isChannelsFirst || !turns || value.isVector else {
      throw KerasRefusal("Flatten with data_format 'channels_first' of a map whose channels come last")
    }
    return try flatten(call, value, channelsLast: turns || !isChannelsFirst)
  }

  /// `channelsLast`: how Keras has the elements of each position in the vector.
  private mutating func flatten(
    _ call: KerasCall, _ value: KerasValue, channelsLast: Bool
  ) throws(KerasRefusal) -> KerasValue {
    guard !value.isVector else { return value }
    let shape = graph[value.node].shape
    let node = shape.rank == 1 ? value.node : try append(.flatten, call, [value.node])
    guard channelsLast else { return KerasValue(node: node, isVector: true) }
    let order = ElementOrder(channels: shape.channels, positions: shape.rank == 3 ? shape.extent.area : 1)
    if !order.isPlain {
      note(
        call.layer.name,
        "Keras flattens rows, columns, channels and zoo channels, rows, columns: what the next layers have for each element is "
          + "put into zoo's order", node: node)
    }
    return KerasValue(node: node, isVector: true, order: order)
  }

  mutating func reshape(_ call: KerasCall, _ value: KerasValue) throws(KerasRefusal) -> KerasValue {
    let shape = graph[value.node].shape
    let count = shape.elementCount
    guard let asked = call.attributes.json["target_shape"]?.array, asked.allSatisfy({ $0.integer != nil }) else {
      throw KerasRefusal("Reshape without target_shape")
    }
    var target = asked.compactMap(\.integer)
    let text = "(\(target.map(String.init).joined(separator: ", ")))"
    if let open = target.firstIndex(of: -1) {
      let others = target.enumerated().reduce(1) {
        $1.offset == open ? $0 : $0.multipliedReportingOverflow(by: $1.element).partialValue
      }
      guard others > 0, count % others == 0 else { throw KerasRefusal("Reshape of \(count) elements to \(text)") }
      target[open] = count / others
    }
    let map = shape.rank == 3 ? shape.dimensions : [shape.channels, 1, 1]
    let current = value.isVector ? [count] : isChannelsFirst ? map : [map[1], map[2], map[0]]
    if target == current { return value }
    // A vector as a map with one position, and back.
    let one = isChannelsFirst ? [count, 1, 1] : [1, 1, count]
    if value.isVector, target == one, value.order.isPlain {
      return KerasValue(node: value.node, isVector: false)
    }
    if !value.isVector, target == [count] {
      return try flatten(call, value, channelsLast: !isChannelsFirst)
    }
    throw KerasRefusal("Reshape from (\(current.map(String.init).joined(separator: ", "))) to \(text)")
  }

  /// Only an order that changes nothing.
  func permute(_ call: KerasCall, _ value: KerasValue) throws(KerasRefusal) -> KerasValue {
    guard let order = call.attributes.json["dims"]?.array?.compactMap(\.integer),
      order == Array(1...max(1, order.count))
    else { throw KerasRefusal("Permute") }
    return value
  }

  // MARK: Several inputs

  mutating func join(_ call: KerasCall, _ inputs: [KerasValue]) throws(KerasRefusal) -> KerasValue {
    guard inputs.count > 1 else { return inputs[0] }
    let type = call.layer.type
    var values: [KerasValue] = []
    for value in inputs {
      // A gate may be a map with one position; sums and concatenations are of one kind.
      values.append(
        type == "Multiply" && !inputs.allSatisfy(\.isVector)
          ? value : try vector(value, named: graph[value.node].name + "_flatten"))
    }
    guard values.allSatisfy({ $0.isVector == values[0].isVector }) else {
      throw KerasRefusal("\(type) of vectors and maps")
    }
    let nodes = values.map(\.node)
    switch type {
    case "Concatenate":
      let axis = call.attributes.json["axis"]?.integer ?? -1
      guard isChannelAxis(axis, of: values[0]) else {
        throw KerasRefusal("Concatenate along axis \(axis), which is not the channels'")
      }
      let order = ElementOrder(joining: values.map { ($0.order, graph[$0.node].shape.elementCount) })
      return KerasValue(
        node: try append(.concat, call, nodes), isVector: values[0].isVector,
        order: values[0].isVector ? order : ElementOrder())
    default:
      guard values.allSatisfy({ $0.order == values[0].order }) else {
        throw KerasRefusal("\(type) of vectors whose elements are in different orders")
      }
      let node = try append(joining: nodes, call)
      return KerasValue(node: node, isVector: values[0].isVector, order: values[0].order)
    }
  }

  /// The layers that join values element by element.
  private mutating func append(joining nodes: [NodeID], _ call: KerasCall) throws(KerasRefusal) -> NodeID {
    let type = call.layer.type
    switch type {
    case "Add": return try append(.join(.add), call, nodes)
    case "Average":
      let sum = try append(.join(.add), call, nodes, suffix: "_sum")
      note(call.layer.name, "a mean of \(nodes.count) values is their sum and a scale", node: sum)
      return try appendScale(call, sum, by: 1 / Double(nodes.count))
    case "Subtract":
      guard nodes.count == 2 else { throw KerasRefusal("Subtract of \(nodes.count) values") }
      let negative = try appendScale(call, nodes[1], by: -1, suffix: "_negative")
      note(call.layer.name, "a difference is a sum with the negative", node: negative)
      return try append(.join(.add), call, [nodes[0], negative])
    case "Maximum", "Minimum":
      var node = nodes[0]
      for (index, other) in nodes.enumerated().dropFirst() {
        let isLast = index == nodes.count - 1
        node = try append(
          extremeOf: node, other, isMaximum: type == "Maximum", call, part: nodes.count > 2 ? "\(index)" : "",
          suffix: isLast ? nil : "_until\(index)")
      }
      note(
        call.layer.name,
        type == "Maximum" ? "max(a, b) is a + relu(b − a)" : "min(a, b) is a − relu(a − b)", node: node)
      return node
    default: return try append(.join(.multiply), call, nodes)
    }
  }

  /// `first + relu(second − first)`, or `first − relu(first − second)`.
  private mutating func append(
    extremeOf first: NodeID, _ second: NodeID, isMaximum: Bool, _ call: KerasCall, part: String, suffix: String?
  ) throws(KerasRefusal) -> NodeID {
    let (whole, less) = isMaximum ? (second, first) : (first, second)
    let negative = try appendScale(call, less, by: -1, suffix: "_negative\(part)")
    let difference = try append(.join(.add), call, [whole, negative], suffix: "_difference\(part)")
    var rest = try append(.activation(.relu), call, [difference], suffix: "_relu\(part)")
    if !isMaximum { rest = try appendScale(call, rest, by: -1, suffix: "_excess\(part)") }
    return try append(.join(.add), call, [first, rest], suffix: suffix)
  }

  /// A layer that multiplies all with one number, and adds one.
  mutating func appendScale(
    _ call: KerasCall, _ node: NodeID, by factor: Double, plus summand: Double? = nil, suffix: String? = nil
  ) throws(KerasRefusal) -> NodeID {
    let channels = graph[node].shape.channels
    var tensors: [Parameter.Role: Tensor] = [.weight: constant(Float(factor), channels)]
    if let summand { tensors[.bias] = constant(Float(summand), channels) }
    return try append(.batchNorm(.scale(shift: summand != nil)), call, [node], suffix: suffix, tensors)
  }

  /// An operator of one value and one number, as `x + 3` writes it.
  mutating func computeWithConstant(
    _ call: KerasCall, _ inputs: [KerasValue], _ constants: [KerasLayer.Constant]
  ) throws(KerasRefusal) -> KerasValue {
    let type = call.layer.type
    let isFirst = constants[0].place == 0
    guard ["Add", "Subtract", "Multiply", "TrueDivide"].contains(type), inputs.count == 1, constants.count == 1,
      let number = constants[0].number, number.isFinite, type != "TrueDivide" || !isFirst && number != 0
    else { throw KerasRefusal("\(type) with a constant among what it reads") }
    var value = try vector(inputs[0], named: graph[inputs[0].node].name + "_flatten")
    value.node =
      switch type {
      case "Add": try appendScale(call, value.node, by: 1, plus: number)
      case "Subtract": try appendScale(call, value.node, by: isFirst ? -1 : 1, plus: isFirst ? number : -number)
      case "Multiply": try appendScale(call, value.node, by: number)
      default: try appendScale(call, value.node, by: 1 / number)
      }
    return value
  }

  /// A factor for each channel that training finds, as ConvNeXt has it.
  mutating func layerScale(_ call: KerasCall, _ value: KerasValue) throws -> KerasValue {
    guard call.attributes.json["projection_dim"]?.integer != nil, value.isVector || !isChannelsFirst else {
      throw KerasRefusal("LayerScale that is not ConvNeXt's")
    }
    var value = try vector(value, named: graph[value.node].name + "_flatten")
    let channels = graph[value.node].shape.channels
    let tensor = try numbers(call, 0, of: 1)
    guard tensor.shape == [channels] else {
      throw invalid(call.layer.name, "'\(call.tensors[0])' must be \(channels), found \(tensor.shape)")
    }
    value.node = try append(
      .batchNorm(.scale(shift: false)), call, [value.node], [.weight: ordered(tensor.floats, by: value.order)])
    return value
  }
}
