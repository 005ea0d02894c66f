import ZooGraph
import ZooTensor
import ZooWeights

extension CaffeImporter {
  /// Appends what a layer computes.
  mutating func append(_ layer: CaffeNetLayer, at index: Int) throws {
    let known: Set<String> = [
      "name", "type", "bottom", "top", "loss_weight", "param", "blobs", "blobs_lr", "weight_decay", "blob_share_mode",
      "include", "exclude", "phase", "propagate_down",
    ]
    let others = layer.fields.others(than: known).filter { !$0.name.hasSuffix("_param") }
    guard others.isEmpty else {
      return refuse(
        layer, "\(layer.type) with \(others.map(\.name).joined(separator: ", ")), which Caffe's layers do not have")
    }
    switch layer.type {
    case "Input", "Data", "ImageData", "MemoryData", "DummyData", "HDF5Data", "WindowData",
      "Python" where layer.bottoms.isEmpty:
      try appendData(layer)
    case "Accuracy", "HDF5Output":
      // What they read stays an output.
      for top in layer.tops { blobs[top] = .labels }
    case "Silence":
      for bottom in layer.bottoms {
        guard let blob = blobs[bottom] else {
          throw invalid(layer, "no layer before it makes the blob \"\(bottom)\" that it reads")
        }
        if case .value(let id) = blob { consumed.insert(id) }
      }
    case _ where layer.type.hasSuffix("Loss"):
      try appendLoss(layer)
    case "Convolution", "ConvolutionDepthwise", "DepthwiseConvolution", "Deconvolution":
      try appendConvolution(layer)
    case "InnerProduct": try appendInnerProduct(layer)
    case "Pooling": try appendPooling(layer)
    case "LRN": try appendLRN(layer)
    case "BatchNorm": try appendBatchNorm(layer, at: index)
    case "Scale": try appendScale(layer)
    case "Bias", "Power": try appendAffine(layer)
    case "Eltwise": try appendEltwise(layer)
    case "Axpy": try appendAxpy(layer)
    case "Concat", "Slice", "Split", "Flatten", "Reshape", "Softmax", "ShuffleChannel":
      try appendRearrangement(layer)
    case "ReLU", "ReLU6", "PReLU", "ELU", "Sigmoid", "TanH", "Swish", "Clip", "Dropout":
      try appendElementwise(layer)
    default: refuse(layer, layer.type)
    }
  }

  /// A layer's message of that name, when it has no other fields than those; else the layer is refused.
  mutating func parameters(
    of layer: CaffeNetLayer, _ name: String, _ known: Set<String>
  ) throws -> CaffeParameters? {
    let parameters = try layer.fields.parameters(name)
    let others = parameters.others(than: known.union(["engine", "weight_filler", "bias_filler", "filler"]))
    guard others.isEmpty else {
      refuse(layer, "\(layer.type) with \(others.map { "\($0.name) (\($0.place))" }.joined(separator: ", "))")
      return nil
    }
    return parameters
  }

  /// The only value that a layer reads.
  mutating func value(of layer: CaffeNetLayer) throws -> NodeID? {
    guard layer.bottoms.count == 1 else {
      refuse(layer, "\(layer.type) of \(layer.bottoms.count) blobs")
      return nil
    }
    return try values(of: layer)?.first
  }

  // MARK: Element by element

  private mutating func appendElementwise(_ layer: CaffeNetLayer) throws {
    let activation: Activation
    switch layer.type {
    case "ReLU":
      guard let own = try parameters(of: layer, "relu_param", ["negative_slope"]) else { return }
      let slope = try own.number("negative_slope") ?? 0
      guard (0...1).contains(slope) else { return refuse(layer, "ReLU with a negative_slope of \(slope)") }
      activation = slope == 0 ? .relu : .leakyRelu(slope: Float(slope))
    case "ELU":
      guard let own = try parameters(of: layer, "elu_param", ["alpha"]) else { return }
      let alpha = try own.number("alpha") ?? 1
      guard (0...1000).contains(alpha) else { return refuse(layer, "ELU with an alpha of \(alpha)") }
      activation = .elu(alpha: Float(alpha))
    case "ReLU6", "Sigmoid", "TanH", "Swish":
      if layer.type == "Swish" {
        guard let own = try parameters(of: layer, "swish_param", ["beta"]) else { return }
        let beta = try own.number("beta") ?? 1
        guard beta == 1 else { return refuse(layer, "Swish with a beta of \(beta)") }
      }
      guard let function = Activation(named: layer.type) else { return refuse(layer, layer.type) }
      activation = function
    case "Clip":
      guard let own = try parameters(of: layer, "clip_param", ["min", "max"]) else { return }
      guard let lower = try own.number("min"), let upper = try own.number("max"), lower <= upper else {
        throw invalid(layer, "clip_param needs min and max, the one no larger than the other")
      }
      guard max(abs(lower), abs(upper)) <= 1e6 else { return refuse(layer, "Clip from \(lower) to \(upper)") }
      activation = .clamp(lower: Float(lower), upper: Float(upper))
    case "PReLU":
      guard let own = try parameters(of: layer, "prelu_param", ["channel_shared"]), let input = try value(of: layer)
      else { return }
      try append(.prelu(isShared: own.boolean("channel_shared") ?? false), layer, [input])
      return
    default:
      guard let own = try parameters(of: layer, "dropout_param", ["dropout_ratio"]), let input = try value(of: layer)
      else { return }
      try append(.dropout(probability: own.number("dropout_ratio") ?? 0.5), layer, [input])
      return
    }
    guard let input = try value(of: layer) else { return }
    try append(.activation(activation), layer, [input])
  }

  // MARK: Normalisation and factors

  private mutating func appendLRN(_ layer: CaffeNetLayer) throws {
    guard
      let own = try parameters(of: layer, "lrn_param", ["local_size", "alpha", "beta", "norm_region", "k"]),
      let input = try value(of: layer)
    else { return }
    guard try own.choice("norm_region", ["ACROSS_CHANNELS", "WITHIN_CHANNEL"]) != "WITHIN_CHANNEL" else {
      return refuse(layer, "LRN with norm_region WITHIN_CHANNEL")
    }
    let norm = LocalResponseNorm(
      size: try own.integer("local_size") ?? 5, alpha: try own.number("alpha") ?? 1,
      beta: try own.number("beta") ?? 0.75,
      k: try own.number("k") ?? 1, convention: .mean)
    let id = try append(.localResponseNorm(norm), layer, [input])
    note(
      layer.place, "alpha \(norm.alpha) multiplies the mean of the squares of \(norm.size) channels, as Caffe has it",
      node: graph[id].name)
  }

  private mutating func appendBatchNorm(_ layer: CaffeNetLayer, at index: Int) throws {
    guard
      let own = try parameters(
        of: layer, "batch_norm_param", ["use_global_stats", "moving_average_fraction", "eps"])
    else { return }
    guard try own.boolean("use_global_stats") != false else {
      return refuse(layer, "BatchNorm with the statistics of each batch (use_global_stats: false)")
    }
    guard let input = try value(of: layer) else { return }
    let epsilon = try own.number("eps") ?? 1e-5
    guard epsilon > 0, epsilon < 1 else { throw invalid(layer, "eps is \(epsilon); it must be above 0 and below 1") }
    let scale = scales[index].map { net.layers[$0] }
    let id = try append(.batchNorm(BatchNorm(epsilon: epsilon, isAffine: scale != nil)), layer, [input])
    let name = graph[id].name
    guard let scale else {
      note(layer.place, "normalises without scale and shift; epsilon \(epsilon) is added to the variance", node: name)
      return
    }
    let hasBias = try scale.fields.parameters("scale_param").boolean("bias_term") ?? false
    let place = "\(scale.place), \(scale.name)"
    numbers["\(name).weight"] = .stored("\(scale.name).weight", place: place)
    numbers["\(name).bias"] =
      hasBias
      ? .stored("\(scale.name).bias", place: place)
      : .constant([Float](repeating: 0, count: graph[id].shape.channels))
    note(
      layer.place,
      "one batch norm with the layer \(scale.name) after it, its scale and \(hasBias ? "shift" : "no shift"); epsilon "
        + "\(epsilon) is added to the variance", node: name)
  }

  private mutating func appendScale(_ layer: CaffeNetLayer) throws {
    guard let own = try parameters(of: layer, "scale_param", ["axis", "num_axes", "bias_term"]) else { return }
    let axis = try own.integer("axis", in: -4...4) ?? 1
    if layer.bottoms.count == 2 {
      guard axis == 0, try own.boolean("bias_term") != true else {
        return refuse(layer, "Scale by another blob with \(axis == 0 ? "bias_term" : "axis \(axis)")")
      }
      guard let inputs = try values(of: layer) else { return }
      try append(.join(.multiply), layer, inputs)
      return
    }
    let axes = try own.integer("num_axes", in: -1...4) ?? 1
    guard axis == 1, axes == 1 else { return refuse(layer, "Scale with axis \(axis) and num_axes \(axes)") }
    guard let input = try value(of: layer) else { return }
    try append(.batchNorm(.scale(shift: try own.boolean("bias_term") ?? false)), layer, [input])
  }

  /// Squeeze-and-excitation's `a · x + y` (Hu et al., 2018), with one number of `a` for each channel.
  private mutating func appendAxpy(_ layer: CaffeNetLayer) throws {
    guard layer.bottoms.count == 3 else { return refuse(layer, "Axpy of \(layer.bottoms.count) blobs") }
    guard let inputs = try values(of: layer) else { return }
    let product = try append(.join(.multiply), layer, [inputs[0], inputs[1]], suffix: "_scale", top: nil)
    try append(.join(.add), layer, [product, inputs[2]])
  }

  /// A factor and a summand for each channel.
  private mutating func appendAffine(_ layer: CaffeNetLayer) throws {
    if layer.type == "Bias" {
      guard let own = try parameters(of: layer, "bias_param", ["axis", "num_axes"]) else { return }
      let (axis, axes) = (try own.integer("axis", in: -4...4) ?? 1, try own.integer("num_axes", in: -1...4) ?? 1)
      guard axis == 1, axes == 1 else { return refuse(layer, "Bias with axis \(axis) and num_axes \(axes)") }
      guard let input = try value(of: layer) else { return }
      let id = try append(.batchNorm(.scale()), layer, [input])
      setConstant("weight", 1, of: id)
      return
    }
    guard let own = try parameters(of: layer, "power_param", ["power", "scale", "shift"]) else { return }
    let power = try own.number("power") ?? 1
    let (scale, shift) = (try own.number("scale") ?? 1, try own.number("shift") ?? 0)
    guard power == 1 else { return refuse(layer, "Power with a power of \(power)") }
    guard let input = try value(of: layer) else { return }
    guard scale != 1 || shift != 0 else { return try alias(layer, input) }
    try appendFactor(scale, shift: shift, layer, input)
  }

  /// The same factor, and the same summand, for all channels.
  @discardableResult
  private mutating func appendFactor(
    _ factor: Double, shift: Double, _ layer: CaffeNetLayer, _ input: NodeID, suffix: String = "", top: Int? = 0
  ) throws -> NodeID {
    let id = try append(.batchNorm(.scale(shift: shift != 0)), layer, [input], suffix: suffix, top: top)
    setConstant("weight", factor, of: id)
    if shift != 0 { setConstant("bias", shift, of: id) }
    let sum = shift == 0 ? "" : ", and \(shift) is added"
    let missing = checkpoint == nil ? "; the numbers are weights, which were not given" : ""
    note(layer.place, "every channel is multiplied by \(factor)\(sum)\(missing)", node: graph[id].name)
    return id
  }

  private mutating func setConstant(_ role: String, _ value: Double, of id: NodeID) {
    numbers["\(graph[id].name).\(role)"] = .constant([Float](repeating: Float(value), count: graph[id].shape.channels))
  }

  private mutating func appendEltwise(_ layer: CaffeNetLayer) throws {
    guard let own = try parameters(of: layer, "eltwise_param", ["operation", "coeff", "stable_prod_grad"]) else {
      return
    }
    let operation = try own.choice("operation", ["PROD", "SUM", "MAX"]) ?? "SUM"
    let factors = try own.numbers("coeff")
    guard operation != "MAX" else { return refuse(layer, "Eltwise with operation MAX") }
    guard var inputs = try values(of: layer) else { return }
    if operation == "PROD" {
      guard factors.isEmpty else { throw invalid(layer, "coeff is for a sum, and the operation is PROD") }
      try append(.join(.multiply), layer, inputs)
      return
    }
    guard factors.isEmpty || factors.count == inputs.count else {
      throw invalid(layer, "it has \(factors.count) of coeff for \(inputs.count) blobs; one for each, or none")
    }
    for (index, factor) in factors.enumerated() where factor != 1 {
      inputs[index] = try appendFactor(
        factor, shift: 0, layer, inputs[index], suffix: "_coeff\(index)", top: nil)
    }
    try append(.join(.add), layer, inputs)
  }

  /// The layer's value is the one that it reads.
  mutating func alias(_ layer: CaffeNetLayer, _ value: NodeID) throws {
    // What it read is not used up by it.
    consumed.remove(value)
    for top in layer.tops { define(top, .value(value)) }
  }
}
