import ZooGraph
import ZooTensor
import ZooWeights

extension CaffeImporter {
  /// A number for both sides, two of a list, or one for each side by its name; `nil` for a list longer than there are sides.
  private func sides(
    _ own: CaffeParameters, _ list: String, _ height: String, _ width: String, or missing: Int?, _ layer: CaffeNetLayer
  ) throws -> Extent? {
    let values = try own.integers(list)
    let (high, wide) = (try own.integer(height), try own.integer(width))
    guard values.isEmpty || high == nil && wide == nil else {
      throw invalid(layer, "\(list) stands beside \(height) or \(width), which says the same")
    }
    guard values.count <= 2 else { return nil }
    guard let down = high ?? values.first ?? missing, let across = wide ?? values.last ?? missing else {
      throw invalid(layer, "\(list) is missing")
    }
    return Extent(height: down, width: across)
  }

  private func padding(_ pad: Extent) -> PaddingRule {
    .fixed(Padding(top: pad.height, left: pad.width, bottom: pad.height, right: pad.width))
  }

  mutating func appendConvolution(_ layer: CaffeNetLayer) throws {
    guard
      let own = try parameters(
        of: layer, "convolution_param",
        [
          "num_output", "bias_term", "pad", "kernel_size", "group", "stride", "pad_h", "pad_w", "kernel_h", "kernel_w",
          "stride_h", "stride_w", "axis", "force_nd_im2col", "dilation",
        ]),
      let input = try value(of: layer)
    else { return }
    guard let outputs = try own.integer("num_output") else { throw invalid(layer, "num_output is missing") }
    if let axis = try own.integer("axis", in: -4...4), axis != 1, axis != -3 {
      return refuse(layer, "\(layer.type) with axis \(axis)")
    }
    guard let kernel = try sides(own, "kernel_size", "kernel_h", "kernel_w", or: nil, layer),
      let stride = try sides(own, "stride", "stride_h", "stride_w", or: 1, layer),
      let pad = try sides(own, "pad", "pad_h", "pad_w", or: 0, layer),
      let dilation = try sides(own, "dilation", "dilation_h", "dilation_w", or: 1, layer)
    else { return refuse(layer, "\(layer.type) over more than two axes") }
    let isDepthwise = layer.type != "Convolution" && layer.type != "Deconvolution"
    let groups = isDepthwise ? graph[input].shape.channels : try own.integer("group") ?? 1
    let hasBias = try own.boolean("bias_term") ?? true
    guard layer.type != "Deconvolution" else {
      let id = try append(
        .transposedConvolution(
          TransposedConvolution(
            outputChannels: outputs, kernel: kernel, stride: stride, padding: padding(pad), dilation: dilation,
            groups: groups, hasBias: hasBias)), layer, [input])
      if try own.parameters("weight_filler").text("type") == "bilinear",
        checkpoint?.contains("\(layer.name).weight") != true
      {
        guard graph[id].parameters[0].shape.elementCount <= 1 << 24 else {
          throw invalid(layer, "its bilinear weights would be \(graph[id].parameters[0].shape), more than 2^24 numbers")
        }
        setBilinear(id, kernel)
        note(layer.place, "its weights are those of bilinear enlargement, as weight_filler says", node: graph[id].name)
      }
      return
    }
    let id = try append(
      .convolution(
        Convolution(
          outputChannels: outputs, kernel: kernel, stride: stride, padding: padding(pad), dilation: dilation,
          groups: groups, hasBias: hasBias)), layer, [input])
    if isDepthwise {
      note(layer.place, "\(layer.type): as many groups as channels, \(groups)", node: graph[id].name)
    }
    guard case .convolution(let geometry)? = graph[id].geometry else { return }
    func rest(_ side: KeyPath<Extent, Int>) -> Int {
      let reach = dilation[keyPath: side] * (kernel[keyPath: side] - 1) + 1
      return (geometry.input[keyPath: side] + 2 * pad[keyPath: side] - reach) % stride[keyPath: side]
    }
    if rest(\.height) > 0 || rest(\.width) > 0 {
      note(
        layer.place,
        "Caffe rounds the size of a convolution down: \(rest(\.height)) rows and \(rest(\.width)) columns at the end are "
          + "not read", node: graph[id].name)
    }
  }

  /// What Caffe's `BilinearFiller` computes.
  private mutating func setBilinear(_ id: NodeID, _ kernel: Extent) {
    guard let weight = graph[id].parameter(.weight) else { return }
    let half = Float((kernel.width + 1) / 2)
    let centre = (2 * half - 1 - half.truncatingRemainder(dividingBy: 2)) / (2 * half)
    var values: [Float] = []
    values.reserveCapacity(weight.shape.elementCount)
    for index in 0..<weight.shape.elementCount {
      let x = Float(index % kernel.width)
      let y = Float(index / kernel.width % kernel.height)
      values.append((1 - abs(x / half - centre)) * (1 - abs(y / half - centre)))
    }
    numbers["\(graph[id].name).weight"] = .constant(values)
  }

  mutating func appendInnerProduct(_ layer: CaffeNetLayer) throws {
    guard
      let own = try parameters(of: layer, "inner_product_param", ["num_output", "bias_term", "axis", "transpose"]),
      let input = try value(of: layer)
    else { return }
    guard let outputs = try own.integer("num_output") else { throw invalid(layer, "num_output is missing") }
    let shape = graph[input].shape
    if let axis = try own.integer("axis", in: -4...4), axis != 1, axis != -shape.rank {
      return refuse(layer, "InnerProduct with axis \(axis)")
    }
    let id = try append(
      .fullyConnected(FullyConnected(outputFeatures: outputs, hasBias: try own.boolean("bias_term") ?? true)), layer,
      [input])
    if shape.elementCount > shape.channels {
      note(
        layer.place,
        "reads the map \(shape) as a vector in the order of channels, rows, columns, which is Caffe's and zoo's",
        node: graph[id].name)
    }
  }

  mutating func appendPooling(_ layer: CaffeNetLayer) throws {
    guard
      let own = try parameters(
        of: layer, "pooling_param",
        [
          "pool", "kernel_size", "stride", "pad", "kernel_h", "kernel_w", "stride_h", "stride_w", "pad_h", "pad_w",
          "global_pooling", "round_mode",
        ])
    else { return }
    let method = try own.choice("pool", ["MAX", "AVE", "STOCHASTIC"]) ?? "MAX"
    guard method != "STOCHASTIC" else { return refuse(layer, "Pooling with pool STOCHASTIC") }
    guard layer.tops.count < 2 else { return refuse(layer, "Pooling with a second top, the places of the maxima") }
    guard let input = try value(of: layer) else { return }
    if try own.boolean("global_pooling") == true {
      try append(method == "MAX" ? .globalMaxPool : .globalAveragePool, layer, [input])
      return
    }
    guard var kernel = try sides(own, "kernel_size", "kernel_h", "kernel_w", or: nil, layer),
      let stride = try sides(own, "stride", "stride_h", "stride_w", or: 1, layer),
      let pad = try sides(own, "pad", "pad_h", "pad_w", or: 0, layer)
    else { return refuse(layer, "Pooling over more than two axes") }
    let shape = graph[input].shape
    let roundsDown = try own.choice("round_mode", ["CEIL", "FLOOR"]) == "FLOOR"
    if shape.isFeatureMap, !roundsDown {
      // One window that is larger than the map is cut to it, where Caffe's rounding leaves one.
      let padded = Extent(
        height: shape.extent.height + 2 * pad.height, width: shape.extent.width + 2 * pad.width)
      let asked = kernel
      if kernel.height > padded.height, kernel.height - padded.height < stride.height { kernel.height = padded.height }
      if kernel.width > padded.width, kernel.width - padded.width < stride.width { kernel.width = padded.width }
      if kernel != asked {
        note(layer.place, "the window \(asked) is larger than the map \(shape.extent); Caffe cuts it to \(kernel)")
      }
    }
    let hasSteps = stride != Extent(1)
    let pooling = Pooling(
      kernel: kernel, stride: stride, padding: padding(pad), rounding: roundsDown || !hasSteps ? .floor : .caffe)
    let id = try append(
      method == "MAX" ? .maxPool(pooling) : .averagePool(pooling, countsPadding: true), layer, [input])
    guard case .pooling(let geometry)? = graph[id].geometry else { return }
    let name = graph[id].name
    if hasSteps, !roundsDown {
      func down(_ side: KeyPath<Extent, Int>) -> Int {
        (geometry.input[keyPath: side] + 2 * pad[keyPath: side] - kernel[keyPath: side]) / stride[keyPath: side] + 1
      }
      let whole = Extent(height: down(\.height), width: down(\.width))
      note(
        layer.place,
        whole == geometry.output
          ? "Caffe rounds the number of windows up; at this size nothing is left over"
          : "Caffe rounds the number of windows up: \(geometry.output), of which \(whole) are whole", node: name)
    }
    if method == "AVE", !(pad == Extent(0)) {
      note(layer.place, "the mean counts padding, up to the edge of the padded map, as Caffe has it", node: name)
    }
  }
}
