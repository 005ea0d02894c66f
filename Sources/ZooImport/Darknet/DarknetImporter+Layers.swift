import ZooGraph
import ZooTensor
import ZooWeights

extension DarknetImporter {
  /// Appends what a section computes of the value of the one before it; `nil` where it is refused, or reads one that was.
  mutating func append(_ section: DarknetSection, reading previous: NodeID?) throws -> NodeID? {
    let known = Self.options[section.type]
    guard let known else {
      let what = Self.detectors.contains(section.type) ? "[\(section.type)], which finds objects" : "[\(section.type)]"
      return refuse(section, what)
    }
    let others = section.others(than: known)
    guard others.isEmpty else {
      let list = others.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
      return refuse(section, "[\(section.type)] with \(list)")
    }
    if section.type == "route" { return try appendRoute(section) }
    // A layer that is refused is named once; what reads it is looked at all the same, for its own sake, as far as it goes.
    guard let previous else { return nil }
    switch section.type {
    case "convolutional", "conv": return try appendConvolution(section, previous)
    case "connected", "conn": return try appendConnected(section, previous)
    case "local": return try appendLocal(section, previous)
    case "batchnorm": return try appendLoneNorm(section, previous)
    case "maxpool", "max": return try appendMaxPool(section, previous)
    case "avgpool", "avg": return try append(.globalAveragePool, section, [previous])
    case "dropout":
      return try append(.dropout(probability: section.number("probability", or: 0.5)), section, [previous])
    case "activation": return try activate(section, previous, or: "linear", part: nil)
    case "shortcut": return try appendShortcut(section, previous)
    case "upsample": return try appendUpsample(section, previous)
    case "softmax", "soft": return try appendSoftmax(section, previous)
    default:
      note(section, "[cost] is left out: it is for training alone")
      return previous
    }
  }

  /// The options of each section that is supported: those that mean something, and those that do not for an answer.
  private static let options: [String: Set<String>] = {
    let always: Set<String> = [
      "stopbackward", "dontload", "dontloadscales", "learning_rate", "smooth", "onlyforward", "numload",
    ]
    let convolution: Set<String> = [
      "filters", "size", "stride", "pad", "padding", "groups", "activation", "batch_normalize", "binary", "xnor",
      "flipped",
    ]
    let connected: Set<String> = ["output", "activation", "batch_normalize"]
    let pool: Set<String> = ["size", "stride", "padding"]
    let own: [String: Set<String>] = [
      "convolutional": convolution, "conv": convolution, "connected": connected, "conn": connected,
      "local": ["filters", "size", "stride", "pad", "activation"], "maxpool": pool, "max": pool, "avgpool": [],
      "batchnorm": [],
      "avg": [],
      "dropout": ["probability"], "activation": ["activation"], "shortcut": ["from", "activation"],
      "route": ["layers", "groups", "group_id"], "upsample": ["stride", "scale"],
      "softmax": ["groups", "temperature", "spatial"], "soft": ["groups", "temperature", "spatial"],
      "cost": ["type", "scale", "ratio", "noobj", "thresh"],
    ]
    return own.mapValues { $0.union(always) }
  }()

  private static let detectors: Set<String> = ["detection", "region", "yolo", "Gaussian_yolo", "iseg"]

  // MARK: Layers with weights

  private mutating func appendConvolution(_ section: DarknetSection, _ input: NodeID) throws -> NodeID? {
    for key in ["binary", "xnor", "flipped"] where try section.integer(key, or: 0) != 0 {
      return refuse(section, "[convolutional] with \(key)=1")
    }
    let filters = try section.integer("filters", or: 1)
    let size = try section.integer("size", or: 1)
    let stride = try section.integer("stride", or: 1)
    let isPadded = try section.integer("pad", or: 0) != 0
    let padding = isPadded ? size / 2 : try section.integer("padding", or: 0)
    let groups = try section.integer("groups", or: 1)
    let hasNorm = try section.integer("batch_normalize", or: 0) != 0
    let convolution = Convolution(
      outputChannels: filters, kernel: Extent(size), stride: Extent(stride),
      padding: Padding(top: padding, left: padding, bottom: padding, right: padding), groups: groups,
      hasBias: !hasNorm)
    var value = try append(.convolution(convolution), section, [input], part: "conv")
    let name = graph[value].name
    if isPadded, section.word("padding") != nil {
      note(section, "pad=1 stands before padding, as in darknet: \(padding) on each side", node: name)
    } else if isPadded, size > 1 {
      note(section, "pad=1 is half the size: \(padding) on each side", node: name)
    }
    if hasNorm { value = try appendNorm(section, value) }
    layers.append(
      .convolution(
        name, outputs: filters, inputsPerGroup: graph[input].shape.channels / groups, kernelHeight: size,
        kernelWidth: size, batchNorm: hasNorm ? graph[value].name : nil))
    return try activate(section, value, or: "logistic")
  }

  private mutating func appendNorm(_ section: DarknetSection, _ input: NodeID) throws -> NodeID {
    let id = try append(.batchNorm(BatchNorm(epsilon: 1e-12)), section, [input], part: "norm")
    note(
      section,
      "darknet on a CPU adds 0.000001 to the root of the variance, which is taken here: the variances of the weights are "
        + "raised by 0.000002 times their roots, and epsilon is 1e-12; on a GPU, and in later forks, it adds 0.00001 to "
        + "the variance",
      node: graph[id].name)
    return id
  }

  /// A batch norm that is no layer's own.
  private mutating func appendLoneNorm(_ section: DarknetSection, _ input: NodeID) throws -> NodeID {
    let id = try appendNorm(section, input)
    layers.append(.batchNorm(graph[id].name, channels: graph[input].shape.channels))
    note(
      section,
      "where the weights end before the shifts of [batchnorm] could be in them, the shifts are 0, as darknet has it",
      node: graph[id].name)
    return id
  }

  private mutating func appendConnected(_ section: DarknetSection, _ input: NodeID) throws -> NodeID? {
    let outputs = try section.integer("output", or: 1)
    let hasNorm = try section.integer("batch_normalize", or: 0) != 0
    let shape = graph[input].shape
    var value = try append(
      .fullyConnected(FullyConnected(outputFeatures: outputs, hasBias: !hasNorm)), section, [input], part: "fc")
    let name = graph[value].name
    if shape.elementCount > shape.channels {
      note(
        section,
        "reads the map \(shape) as a vector in the order of channels, rows, columns, which is darknet's and zoo's",
        node: name)
    }
    if hasNorm { value = try appendNorm(section, value) }
    layers.append(
      .fullyConnected(
        name, outputs: outputs, inputs: shape.elementCount, batchNorm: hasNorm ? graph[value].name : nil))
    return try activate(section, value, or: "logistic")
  }

  private mutating func appendLocal(_ section: DarknetSection, _ input: NodeID) throws -> NodeID? {
    let filters = try section.integer("filters", or: 1)
    let size = try section.integer("size", or: 1)
    let stride = try section.integer("stride", or: 1)
    let pad = try section.integer("pad", or: 0)
    // With padding darknet's size of the result is right for windows of 3 alone.
    guard pad == 0 || pad == 1 && size == 3 else { return refuse(section, "[local] with size=\(size) and pad=\(pad)") }
    let layer = LocallyConnected(
      outputChannels: filters, kernel: Extent(size), stride: Extent(stride),
      padding: Padding(top: pad, left: pad, bottom: pad, right: pad))
    let value = try append(.locallyConnected(layer), section, [input], part: "local")
    let extent = graph[value].shape.extent
    layers.append(
      .locallyConnected(
        graph[value].name, outputs: filters, inputs: graph[input].shape.channels, kernel: size, rows: extent.height,
        columns: extent.width))
    return try activate(section, value, or: "logistic")
  }

  // MARK: Layers without

  /// Darknet pads by `size − 1` in all unless told otherwise, half of it rounded down before the map.
  private mutating func appendMaxPool(_ section: DarknetSection, _ input: NodeID) throws -> NodeID? {
    let stride = try section.integer("stride", or: 1, in: 1...1 << 24)
    let size = try section.integer("size", or: stride, in: 1...1 << 24)
    let total = try section.integer("padding", or: size - 1)
    let (before, after) = (total / 2, total - total / 2)
    var pooling = Pooling(
      kernel: Extent(size), stride: Extent(stride),
      padding: Padding(top: before, left: before, bottom: after, right: after))
    var text = "darknet pads by \(total) in all: \(before) before the map, \(after) after it"
    let shape = graph[input].shape
    if total == 1, size == 2, stride == 2, shape.isFeatureMap, min(shape.extent.height, shape.extent.width) > 1 {
      // One row after the map makes a last window of what is left over, and nothing else.
      pooling = Pooling(kernel: Extent(size), stride: Extent(stride), rounding: .ceil)
      text = "darknet pads by one row and column after the map, which is to round the number of windows up"
    }
    let id = try append(.maxPool(pooling), section, [input])
    if total > 0 { note(section, text, node: graph[id].name) }
    return id
  }

  private mutating func appendUpsample(_ section: DarknetSection, _ input: NodeID) throws -> NodeID? {
    let stride = try section.integer("stride", or: 2, in: -1024...1024)
    let scale = try section.number("scale", or: 1)
    guard stride > 1, scale == 1 else { return refuse(section, "[upsample] with stride=\(stride) and scale=\(scale)") }
    return try append(.upsample(Upsample(factor: Extent(stride))), section, [input])
  }

  private mutating func appendSoftmax(_ section: DarknetSection, _ input: NodeID) throws -> NodeID? {
    let groups = try section.integer("groups", or: 1)
    guard groups == 1 else { return refuse(section, "[softmax] with groups=\(groups)") }
    let temperature = try section.number("temperature", or: 1)
    guard temperature == 1 else { return refuse(section, "[softmax] with temperature=\(temperature)") }
    var input = input
    let shape = graph[input].shape
    if shape.elementCount > shape.channels, try section.integer("spatial", or: 0) == 0 {
      input = try append(.flatten, section, [input], part: "flatten")
      note(section, "softmax is over all of the map \(shape), as a vector", node: graph[input].name)
      return try append(.softmax, section, [input], part: "softmax")
    }
    return try append(.softmax, section, [input])
  }

  // MARK: Layers that read others than the one before

  /// The number of a layer that is named relative to this one, or from the beginning.
  private func number(_ index: Int, of section: DarknetSection) throws -> Int {
    let number = index < 0 ? section.number + index : index
    guard (0..<min(section.number, values.count)).contains(number) else {
      throw section.invalid("layer \(index) is none of the \(section.number) before it")
    }
    return number
  }

  private mutating func appendShortcut(_ section: DarknetSection, _ input: NodeID) throws -> NodeID? {
    guard let from = try section.integers("from", in: -(1 << 24)...1 << 24), !from.isEmpty else {
      throw section.invalid("from is missing")
    }
    var inputs = [input]
    for index in from {
      guard let value = values[try number(index, of: section)] else { return nil }
      inputs.append(value)
    }
    let shape = graph[input].shape
    for place in inputs.indices where graph[inputs[place]].shape != shape {
      guard let value = try shared(inputs[place], by: shape, section, place) else { return nil }
      inputs[place] = value
    }
    let value = try append(.join(.add), section, inputs, part: "add")
    return try activate(section, value, or: "linear")
  }

  /// What darknet adds of a value to one of another shape: the channels that both have, of every so many rows and columns.
  private mutating func shared(
    _ value: NodeID, by shape: Shape, _ section: DarknetSection, _ place: Int
  ) throws -> NodeID? {
    var value = value
    let other = graph[value].shape
    let (large, small) = (other.extent, shape.extent)
    guard shape.isFeatureMap, other.isFeatureMap, large.height % small.height == 0, large.width % small.width == 0,
      large.height / small.height == large.width / small.width
    else {
      return refuse(section, "[shortcut] of \(shape) and \(other), of which darknet adds some elements only")
    }
    let stride = large.height / small.height
    note(
      section,
      "darknet adds the first \(min(other.channels, shape.channels)) channels of \(other)"
        + (stride > 1 ? ", of every \(stride) rows and columns the first" : "")
        + ", to \(shape)")
    if other.channels > shape.channels {
      value = try append(
        .selectChannels(.slice(first: 0, channels: shape.channels)), section, [value], part: "slice\(place)")
    }
    let missing = max(0, shape.channels - other.channels)
    guard stride > 1 || missing > 0 else { return value }
    return try append(
      .subsample(Subsample(stride: Extent(stride), channelsAfter: missing)), section, [value], part: "part\(place)")
  }

  private mutating func appendRoute(_ section: DarknetSection) throws -> NodeID? {
    guard let numbers = try section.integers("layers", in: -(1 << 24)...1 << 24), !numbers.isEmpty else {
      throw section.invalid("layers is missing")
    }
    let groups = try section.integer("groups", or: 1, in: 1...1 << 24)
    let group = try section.integer("group_id", or: 0, in: 0...groups - 1)
    var inputs: [NodeID] = []
    for (index, relative) in numbers.enumerated() {
      guard var value = values[try number(relative, of: section)] else { return nil }
      if groups > 1 {
        let channels = graph[value].shape.channels
        guard channels % groups == 0 else {
          throw section.invalid("\(channels) channels do not divide into \(groups) groups")
        }
        value = try append(
          .selectChannels(.slice(first: channels / groups * group, channels: channels / groups)), section, [value],
          part: "slice\(index)")
      }
      inputs.append(value)
    }
    if inputs.count == 1 { return inputs[0] }
    return try append(.concat, section, inputs, part: groups > 1 ? "concat" : nil)
  }
}
