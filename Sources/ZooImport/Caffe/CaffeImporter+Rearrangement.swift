import ZooGraph
import ZooTensor
import ZooWeights

extension CaffeImporter {
  /// What moves numbers and changes none, and softmax, which is over the same axis.
  mutating func appendRearrangement(_ layer: CaffeNetLayer) throws {
    switch layer.type {
    case "Concat":
      guard let own = try parameters(of: layer, "concat_param", ["axis", "concat_dim"]),
        try hasChannelAxis(own, ["axis", "concat_dim"], layer), let inputs = try values(of: layer)
      else { return }
      if inputs.count == 1 { try alias(layer, inputs[0]) } else { try append(.concat, layer, inputs) }
    case "Split":
      guard let input = try value(of: layer) else { return }
      try alias(layer, input)
    case "Softmax":
      guard let own = try parameters(of: layer, "softmax_param", ["axis"]), try hasChannelAxis(own, ["axis"], layer),
        let input = try value(of: layer)
      else { return }
      try append(.softmax, layer, [input])
    case "ShuffleChannel":
      guard let own = try parameters(of: layer, "shuffle_channel_param", ["group"]), let input = try value(of: layer)
      else { return }
      try append(.selectChannels(.shuffle(groups: own.integer("group") ?? 1)), layer, [input])
    case "Slice": try appendSlice(layer)
    case "Flatten":
      guard let own = try parameters(of: layer, "flatten_param", ["axis", "end_axis"]),
        try hasChannelAxis(own, ["axis"], layer)
      else { return }
      if let end = try own.integer("end_axis", in: -8...8), end != -1, end != 3 {
        return refuse(layer, "Flatten with end_axis \(end)")
      }
      guard let input = try value(of: layer) else { return }
      try flatten(layer, input)
    default: try appendReshape(layer)
    }
  }

  /// Whether the axis that a layer names is that of the channels; else it is refused.
  private mutating func hasChannelAxis(
    _ own: CaffeParameters, _ fields: [String], _ layer: CaffeNetLayer
  ) throws -> Bool {
    for field in fields {
      if let axis = try own.integer(field, in: -8...8), axis != 1, axis != -3 {
        refuse(layer, "\(layer.type) with \(field) \(axis)")
        return false
      }
    }
    return true
  }

  private mutating func flatten(_ layer: CaffeNetLayer, _ input: NodeID) throws {
    guard graph[input].shape.rank > 1 else { return try alias(layer, input) }
    let shape = graph[input].shape
    let id = try append(.flatten, layer, [input])
    note(
      layer.place,
      "the map \(shape) becomes a vector in the order of channels, rows, columns, which is Caffe's and zoo's",
      node: graph[id].name)
  }

  private mutating func appendSlice(_ layer: CaffeNetLayer) throws {
    guard let own = try parameters(of: layer, "slice_param", ["axis", "slice_dim", "slice_point"]),
      try hasChannelAxis(own, ["axis", "slice_dim"], layer), let input = try value(of: layer)
    else { return }
    let channels = graph[input].shape.channels
    let count = layer.tops.count
    guard count > 0 else { throw invalid(layer, "it has no top, so nothing can read it") }
    var points = try own.integers("slice_point")
    if points.isEmpty {
      guard channels % count == 0 else {
        throw invalid(layer, "\(channels) channels do not divide into \(count) equal parts; say slice_point")
      }
      points = (1..<count).map { $0 * channels / count }
    }
    let bounds = [0] + points + [channels]
    guard points.count == count - 1, zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw invalid(
        layer, "slice_point must have \(count - 1) rising numbers between 0 and \(channels), the number of channels")
    }
    for top in 0..<count {
      let slice = ChannelSelection.slice(first: bounds[top], channels: bounds[top + 1] - bounds[top])
      try append(.selectChannels(slice), layer, [input], suffix: count > 1 ? ".\(top)" : "", top: top)
    }
  }

  /// A new shape is supported where it is the old one, or the vector of it.
  private mutating func appendReshape(_ layer: CaffeNetLayer) throws {
    guard let own = try parameters(of: layer, "reshape_param", ["shape", "axis", "num_axes"]) else { return }
    let wanted = try own.parameters("shape").integers("dim", in: -1...1 << 30)
    let text = wanted.map(String.init).joined(separator: "×")
    guard try own.integer("axis", in: -8...8) ?? 0 == 0, try own.integer("num_axes", in: -8...8) ?? -1 == -1 else {
      return refuse(layer, "Reshape of some of the axes")
    }
    guard let input = try value(of: layer) else { return }
    let own4D = [1] + graph[input].shape.dimensions
    var dimensions = wanted.enumerated().map {
      $0.element == 0 && $0.offset < own4D.count ? own4D[$0.offset] : $0.element
    }
    // The first is the batch, of which every graph has one image.
    if dimensions.first == -1, wanted.dropFirst().allSatisfy({ $0 != -1 }) { dimensions[0] = 1 }
    let count = graph[input].shape.elementCount
    if let open = dimensions.firstIndex(of: -1) {
      let product = dimensions.reduce(into: 1) { product, dimension in
        if dimension > 0 { product = product.multipliedReportingOverflow(by: dimension).partialValue }
      }
      guard product > 0, count % product == 0 else {
        throw invalid(layer, "\(count) numbers do not fit a shape of \(text)")
      }
      dimensions[open] = count / product
    }
    let rest = Array(dimensions.dropFirst())
    if rest == graph[input].shape.dimensions { return try alias(layer, input) }
    if rest.filter({ $0 != 1 }) == [count] || rest == [count] { return try flattenForm(layer, input, rest) }
    refuse(layer, "Reshape of \(graph[input].shape) to \(text)")
  }

  /// A vector; written with sides of 1 it is the same only where no map is needed.
  private mutating func flattenForm(_ layer: CaffeNetLayer, _ input: NodeID, _ dimensions: [Int]) throws {
    guard dimensions.count == 1 else {
      return refuse(layer, "Reshape of \(graph[input].shape) to a map of one position")
    }
    try flatten(layer, input)
  }
}
