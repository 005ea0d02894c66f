import ZooGraph
import ZooTensor
import ZooWeights

/// Pooling, means, padding and resampling.
extension ONNXImporter {
  mutating func readPooling() throws {
    let map = try image(0)
    let kernel = try extent("kernel_shape")
    let stride = try extent("strides", Extent(1))
    guard try extent("dilations", Extent(1)) == Extent(1) else {
      throw Refusal("\(node.type) with dilations \(node.integers("dilations") ?? [])")
    }
    guard node.outputs.dropFirst().allSatisfy({ $0.isEmpty || readers[$0] ?? 0 == 0 }) else {
      throw Refusal("\(node.type) whose indices are read")
    }
    guard kernel.isPositive, stride.isPositive else { throw Refusal("\(node.type) of no window") }
    let padding = try padding(kernel, stride, Extent(1), input: shape(map).extent)
    let isCeil = node.integer("ceil_mode") ?? 0 != 0 && padding != .same
    if isCeil {
      guard ["NOTSET", "VALID"].contains(node.text("auto_pad") ?? "NOTSET") || node.text("auto_pad") == nil else {
        throw Refusal("\(node.type) with ceil_mode and auto_pad, which runtimes read in several ways")
      }
      note("ceil_mode is rounding 'ceil': a last window that is not whole counts unless it begins in the padding")
    }
    let pooling = Pooling(kernel: kernel, stride: stride, padding: padding, rounding: isCeil ? .ceil : .floor)
    let countsPadding = node.integer("count_include_pad") ?? 0 != 0
    if node.type == "AveragePool", !padding.isNone {
      note(countsPadding ? "means count the padding" : "means do not count the padding")
    }
    if kernel == Extent(1), stride == Extent(1), padding.isNone {
      note("pooling of single positions does nothing and is left out")
      return set(.map(map))
    }
    try setLayer(
      node.type == "MaxPool" ? .maxPool(pooling) : .averagePool(pooling, countsPadding: countsPadding), [map.layer])
  }

  mutating func readReduction() throws {
    let map = try map(0)
    let shape = shape(map)
    let keeps = node.integer("keepdims") ?? 1 != 0
    var axes = try integers("axes", orInput: 1) ?? []
    if axes.isEmpty {
      guard node.integer("noop_with_empty_axes") ?? 0 == 0 else { return set(.map(map)) }
      axes = Array(map.view.dimensions.indices)
    }
    var reduced: Set<Int> = []
    for axis in axes { reduced.insert(try self.axis(axis, rank: map.view.rank)) }
    let parts = ImageView([reduced.sorted().flatMap { map.view.dimensions[$0] }]).dimensions[0]
    let (height, width) = (ImageView.whole(.height, shape.extent.height), ImageView.whole(.width, shape.extent.width))
    func view(_ changed: [Int: [ImageView.Part]] = [:]) -> ImageView {
      let view = map.view.replacing(changed.merging(reduced.map { ($0, []) }) { first, _ in first })
      return keeps ? view : view.removing(reduced) ?? view
    }
    if parts.isEmpty, shape.rank == 1 || shape.extent.area > 1 || map.view.rank < 4 {
      return set(.map(Map(layer: map.layer, view: view())))
    }
    let isSpace = Set(parts) == Set(height + width) && shape.isFeatureMap
    let operation: Operation
    switch node.type {
    case "ReduceMax" where isSpace: operation = .globalMaxPool
    case "ReduceMean" where isSpace, "ReduceSum" where isSpace:
      operation = keeps || node.type == "ReduceSum" ? .globalAveragePool : .mean(.space)
    case "ReduceMean" where shape.isFeatureMap && parts == height: operation = .mean(.height)
    case "ReduceMean" where shape.isFeatureMap && parts == width: operation = .mean(.width)
    default:
      throw Refusal("\(node.type) over the axes \(axes) of \(sizes(map.view.sizes))")
    }
    var layer = try append(operation, [map.layer], word: node.type == "ReduceMax" ? "max" : "mean")
    if node.type == "ReduceSum" {
      let area = Float(shape.extent.area)
      layer = try scale(
        layer, [Float](repeating: area, count: shape.channels), [Float](repeating: 0, count: shape.channels),
        names: names(weight: nil, word: "sum"))
      note("a sum over all positions is their mean times \(shape.extent.area)")
    }
    set(.map(Map(layer: layer, view: view())))
  }

  mutating func readSoftmax() throws {
    var map = try map(0)
    let isOld = network.operatorSet < 13
    let axis = try axis(node.integer("axis") ?? (isOld ? 1 : -1), rank: map.view.rank)
    let axes = isOld ? Array(axis..<map.view.rank) : [axis]
    var parts = axes.flatMap { map.view.dimensions[$0] }
    if parts != ImageView.whole(.channels, shape(map).channels) {
      let others = map.view.dimensions.indices.filter { !axes.contains($0) }.flatMap { map.view.dimensions[$0] }
      guard others.allSatisfy({ $0.side == .batch }) else {
        throw Refusal("\(node.type) along axis \(axis) of \(sizes(map.view.sizes)), which is not that of the channels")
      }
      map = try vector(map)
      parts = axes.flatMap { map.view.dimensions[$0] }
    }
    guard node.type == "LogSoftmax" else {
      return set(.map(Map(layer: try append(.softmax, [map.layer]), view: map.view)))
    }
    guard let output = node.outputs.first, readers[output] == 1, network.outputs.contains(where: { $0.name == output })
    else { throw Refusal("LogSoftmax that is not the end of the network") }
    note("the logarithm of a softmax at the end is left out: what it reads are the scores, with the same probabilities")
    set(.map(map))
  }

  // MARK: Padding

  mutating func readPad() throws {
    let map = try image(0)
    guard let given = try integers("pads", orInput: 1) else { throw Refusal("Pad without its widths") }
    var pads = given
    if let axes = try requiredConstant(3, "axes")?.integers {
      pads = [Int](repeating: 0, count: 8)
      guard given.count == 2 * axes.count else { throw Refusal("Pad with pads \(given)") }
      for (index, axis) in axes.enumerated() {
        let axis = try self.axis(axis, rank: 4)
        (pads[axis], pads[axis + 4]) = (given[index], given[index + axes.count])
      }
    }
    guard pads.count == 8, pads.allSatisfy({ (0..<1 << 20).contains($0) }), pads[0] == 0, pads[4] == 0 else {
      throw Refusal("Pad with pads \(given)")
    }
    if pads.allSatisfy({ $0 == 0 }) { return set(.map(map)) }
    let mode: PaddingMode
    switch node.text("mode") ?? "constant" {
    case "constant":
      let value = try requiredConstant(2, "value")?.single ?? node.float("value") ?? 0
      guard value == 0 else { throw Refusal("Pad with the number \(value)") }
      mode = .zero
    case "reflect": mode = .reflect
    case "edge": mode = .replicate
    case let mode: throw Refusal("Pad with mode \(mode)")
    }
    if pads[1] + pads[5] > 0 {
      guard mode == .zero, [2, 3, 6, 7].allSatisfy({ pads[$0] == 0 }) else {
        throw Refusal("Pad of channels and positions")
      }
      return try setSubsample(map, Extent(1), before: pads[1], after: pads[5])
    }
    let padding = Padding(top: pads[2], left: pads[3], bottom: pads[6], right: pads[7])
    try setLayer(.pad(Pad(.fixed(padding), mode: mode)), [map.layer])
  }

  /// Every so many rows and columns, with channels of zeros around; what was left out just before is taken in.
  mutating func setSubsample(_ map: Map, _ stride: Extent, before: Int = 0, after: Int = 0) throws {
    if case .subsample(let below) = draft.layers[map.layer].operation, stride == Extent(1), !isShared(map.layer),
      below.channelsBefore + below.channelsAfter == 0
    {
      let layer = draft.layers[map.layer]
      let merged = try draft.append(
        .subsample(Subsample(stride: below.stride, channelsBefore: before, channelsAfter: after)), layer.inputs,
        names: layer.names, place: layer.place)
      return set(.map(Map(layer: merged, view: ImageView(of: draft.layers[merged].shape, batch: batch))))
    }
    try setLayer(
      .subsample(Subsample(stride: stride, channelsBefore: before, channelsAfter: after)), [map.layer])
  }

  // MARK: Resampling

  mutating func readResize() throws {
    let map = try image(0)
    let extent = shape(map).extent
    let isUpsample = node.type == "Upsample"
    let scalesInput = isUpsample || network.operatorSet < 11 ? 1 : 2
    var sizes: [Int]?
    var factors: [Double]?
    if let scales = try network.floats("scales", of: node) {
      factors = scales.map { Double(decimal: $0) }
    } else if let scales = try requiredConstant(scalesInput, "scales"), scales.count > 0 {
      factors = scales.tensor.floats.map { Double(decimal: $0) }
    } else {
      sizes = try requiredConstant(3, "sizes")?.integers
    }
    if let axes = node.integers("axes") {
      guard axes.allSatisfy({ (-4..<4).contains($0) }) else { throw Refusal("\(node.type) along \(axes)") }
      func spread<T>(_ given: [T]?, _ standard: [T]) throws -> [T]? {
        guard let given else { return nil }
        guard given.count == axes.count else { throw Refusal("\(node.type) along \(axes)") }
        var all = standard
        for (axis, number) in zip(axes, given) { all[axis < 0 ? axis + 4 : axis] = number }
        return all
      }
      factors = try spread(factors, [1, 1, 1, 1])
      sizes = try spread(sizes, map.view.sizes)
    }
    let target: Extent
    if let factors, factors.count == 4, factors[0] == 1, factors[1] == 1, factors.allSatisfy({ $0 > 0 && $0 < 65536 }) {
      target = Extent(
        height: Int((Double(extent.height) * factors[2]).rounded(.down)),
        width: Int((Double(extent.width) * factors[3]).rounded(.down)))
    } else if let sizes, sizes.count == 4, sizes[1] == map.view.sizes[1] {
      target = Extent(height: sizes[2], width: sizes[3])
    } else {
      throw Refusal("\(node.type) that is not of rows and columns by numbers in the file")
    }
    guard target.isPositive, max(target.height, target.width) <= ConvolutionGeometry.maximumSide else {
      throw Refusal("\(node.type) to \(target)")
    }
    if target == extent { return set(.map(map)) }
    let mode = node.text("mode") ?? "nearest"
    guard mode == "nearest" || mode == "linear" else { throw Refusal("\(node.type) with mode \(mode)") }
    guard node.integer("antialias") ?? 0 == 0, node.text("keep_aspect_ratio_policy") ?? "stretch" == "stretch" else {
      throw Refusal("\(node.type) with antialias or a kept aspect ratio")
    }
    let position = ResizePosition(
      transformation: node.text("coordinate_transformation_mode")
        ?? (isUpsample || network.operatorSet < 11 ? "asymmetric" : "half_pixel"),
      nearest: mode == "nearest"
        ? node.text("nearest_mode") ?? (network.operatorSet < 11 ? "floor" : "round_prefer_floor") : nil)
    let forms: [(Upsample.Mode, Bool)] =
      mode == "nearest" ? [(.nearest, false)] : [(.bilinear, false), (.bilinear, true)]
    for (mode, alignsCorners) in forms {
      let layer = Upsample(from: extent, to: target, mode: mode, alignsCorners: alignsCorners)
      let rule: Resampling.Rule = mode == .nearest ? .nearest : .bilinear(alignsCorners: alignsCorners)
      let resampling = Resampling(rule, input: extent, output: target)
      guard position.agrees(with: resampling.vertical, factor: factors?[2]),
        position.agrees(with: resampling.horizontal, factor: factors?[3])
      else { continue }
      return try setLayer(.upsample(layer), [map.layer])
    }
    throw Refusal("\(node.type) with mode \(mode) and coordinate_transformation_mode \(position.transformation)")
  }

  func isShared(_ layer: Int) -> Bool { shared.contains(layer) }
}

/// Where `Resize` looks for what it makes a row or a column of.
private struct ResizePosition {
  let transformation: String
  /// How it rounds; `nil` for none.
  let nearest: String?

  /// Whether all outputs are made of the same inputs, by the same shares.
  func agrees(with axis: AxisResampling, factor: Double?) -> Bool {
    let (input, output) = (Double(axis.input), Double(axis.output))
    let factor = factor ?? output / input
    for index in 0..<axis.output {
      let x = Double(index)
      var place: Double
      switch transformation {
      case "asymmetric": place = x / factor
      case "half_pixel": place = (x + 0.5) / factor - 0.5
      case "pytorch_half_pixel": place = axis.output > 1 ? (x + 0.5) / factor - 0.5 : 0
      case "half_pixel_symmetric":
        place = input / 2 * (1 - output / (factor * input)) + (x + 0.5) / factor - 0.5
      case "align_corners":
        // Where the factor makes no whole number of rows, ONNX counts the part of one and ONNX Runtime does not.
        guard abs(factor * input - output) < 1e-6 * output else { return false }
        place = axis.output > 1 ? x * (input - 1) / (output - 1) : 0
      case "tf_half_pixel_for_nn": place = (x + 0.5) / factor
      default: return false
      }
      var mean = 0.0
      for tap in axis.taps(output: index) { mean += Double(tap.input) * tap.weight }
      if let nearest {
        let rounded: Double
        switch nearest {
        case "floor": rounded = (place + 1e-9).rounded(.down)
        case "ceil": rounded = (place - 1e-9).rounded(.up)
        case "round_prefer_floor": rounded = (place - 0.5).rounded(.up)
        case "round_prefer_ceil": rounded = (place + 0.5).rounded(.down)
        default: return false
        }
        place = rounded
      }
      place = min(max(place, 0), input - 1)
      // Two inputs beside each other, with shares that are a fraction's: their mean position says both.
      guard abs(place - mean) < 1e-6 * max(1, input) else { return false }
    }
    return true
  }
}
