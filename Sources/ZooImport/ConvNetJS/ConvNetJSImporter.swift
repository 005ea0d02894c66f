import ZooGraph
import ZooSpec
import ZooTensor
import ZooWeights

/// Makes a graph of a network of ConvNetJS's, layer after layer.
struct ConvNetJSImporter {
  let file: String
  let layers: [ConvNetJSFile.Layer]
  private var graph: Graph
  private var tensors: [(name: String, tensor: Tensor)] = []
  private var notes: [ImportNote] = []
  private var unsupported: [ImportError.UnsupportedPart] = []

  init(file: String, layers: [ConvNetJSFile.Layer]) {
    self.file = file
    self.layers = layers
    graph = Graph(name: LayerNames.model("", or: file))
  }

  mutating func network() throws -> ImportedNetwork {
    guard let first = layers.first, first.type == "input" else {
      throw ImportError.invalid(
        file: file, place: "layers", reason: "the first layer must be of type input; give what net.toJSON() wrote")
    }
    let shape = [
      try integer(first, 0, "out_depth"), try integer(first, 0, "out_sy"), try integer(first, 0, "out_sx"),
    ]
    guard let shape = Shape(validating: shape) else { throw invalid(first, 0, "it is larger than can be counted") }
    var value: NodeID
    do {
      value = try graph.append(.input(shape), name: "input")
      for (index, layer) in layers.enumerated().dropFirst() { value = try append(layer, index, value) }
    } catch let error as ShapeError {
      guard unsupported.isEmpty else { throw ImportError.unsupported(file: file, unsupported) }
      throw ImportError.invalid(file: file, place: "layers", reason: "\(error)")
    }
    guard unsupported.isEmpty else { throw ImportError.unsupported(file: file, unsupported) }
    guard graph.nodes.count > 1 else {
      throw ImportError.invalid(file: file, place: "layers", reason: "no layer of the network computes anything")
    }
    graph.outputs = [graph.standardOutput(value)]
    notes.insert(
      ImportNote(
        place: "layers",
        text:
          "volumes of ConvNetJS have the channels of a position after one another: the numbers of filters are brought into "
          + "the order of channels, rows, columns"), at: 0)
    var card = Card(name: graph.name)
    card.input = shape
    return ImportedNetwork(graph: graph, weights: try Checkpoint(tensors), card: card, notes: notes)
  }

  // MARK: Layers

  private mutating func append(_ layer: ConvNetJSFile.Layer, _ index: Int, _ input: NodeID) throws -> NodeID {
    let name = "layer\(index)"
    var value = input
    switch layer.type {
    case "conv": value = try appendConvolution(layer, index, input)
    case "fc": value = try appendFullyConnected(layer, index, input)
    case "pool": value = try appendPooling(layer, index, input)
    case "relu": value = try graph.append(.activation(.relu), name: name, inputs: [input])
    case "sigmoid": value = try graph.append(.activation(.sigmoid), name: name, inputs: [input])
    case "tanh": value = try graph.append(.activation(.tanh), name: name, inputs: [input])
    case "dropout":
      let probability = layer.numbers["drop_prob"] ?? 0.5
      value = try graph.append(.dropout(probability: probability), name: name, inputs: [input])
      if probability > 0 {
        notes.append(
          ImportNote(
            place: name,
            text:
              "ConvNetJS multiplies by drop_prob, \(probability), at prediction where others multiply by 1 − drop_prob in "
              + "training: the numbers are multiplied by it", node: name))
        value = try appendFactor(probability, name: "\(name)_factor", value)
      }
    case "softmax":
      var scores = input
      let shape = graph[input].shape
      if shape.elementCount > shape.channels {
        scores = try graph.append(.flatten, name: "\(name)_flatten", inputs: [input])
        unsupported.append(.init(place: name, what: "softmax over a map of more than one position"))
      }
      value = try graph.append(.softmax, name: name, inputs: [scores])
    case "regression", "svm":
      notes.append(ImportNote(place: name, text: "\(layer.type) is a loss; what it reads is the network's output"))
    case "lrn": value = try appendLRN(layer, index, input)
    default: unsupported.append(.init(place: name, what: layer.type.isEmpty ? "a layer without type" : layer.type))
    }
    try check(layer, index, graph[value].shape)
    return value
  }

  /// Every layer says what its result is.
  private func check(_ layer: ConvNetJSFile.Layer, _ index: Int, _ shape: Shape) throws {
    guard unsupported.isEmpty else { return }
    let count =
      shape.isFeatureMap ? [shape.channels, shape.extent.height, shape.extent.width] : [shape.channels, 1, 1]
    for (key, found) in zip(["out_depth", "out_sy", "out_sx"], count) {
      if let said = layer.numbers[key], said != Double(found) {
        throw invalid(layer, index, "\(key) is \(said), and what it computes has \(found)")
      }
    }
  }

  private mutating func appendFactor(_ factor: Double, name: String, _ input: NodeID) throws -> NodeID {
    let id = try graph.append(.batchNorm(.scale(shift: false)), name: name, inputs: [input])
    let channels = graph[id].shape.channels
    tensors.append(
      ("\(name).weight", Tensor(shape: [channels], floats: [Float](repeating: Float(factor), count: channels))))
    return id
  }

  private mutating func appendConvolution(
    _ layer: ConvNetJSFile.Layer, _ index: Int, _ input: NodeID
  ) throws -> NodeID {
    let name = "layer\(index)"
    let width = try integer(layer, index, "sx")
    let kernel = Extent(height: try integer(layer, index, "sy", or: width), width: width)
    let pad = try integer(layer, index, "pad", or: 0)
    let outputs = try integer(layer, index, "out_depth")
    let id = try graph.append(
      .convolution(
        Convolution(
          outputChannels: outputs, kernel: kernel, stride: Extent(try integer(layer, index, "stride", or: 1)),
          padding: Padding(top: pad, left: pad, bottom: pad, right: pad))), name: name, inputs: [input])
    let channels = graph[input].shape.channels
    guard layer.filters.count == outputs,
      layer.filters.allSatisfy({ $0.depth == channels && $0.height == kernel.height && $0.width == kernel.width })
    else {
      throw invalid(layer, index, "its filters must be \(outputs) of \(kernel.height)×\(kernel.width)×\(channels)")
    }
    var weight: [Float] = []
    for filter in layer.filters { weight += Self.planar(filter.values, channels: channels) }
    tensors.append(
      ("\(name).weight", Tensor(shape: [outputs, channels, kernel.height, kernel.width], floats: weight)))
    try appendBiases(layer, index, outputs)
    return id
  }

  private mutating func appendFullyConnected(
    _ layer: ConvNetJSFile.Layer, _ index: Int, _ input: NodeID
  ) throws -> NodeID {
    let name = "layer\(index)"
    let outputs = try integer(layer, index, "out_depth")
    let shape = graph[input].shape
    let id = try graph.append(.fullyConnected(FullyConnected(outputFeatures: outputs)), name: name, inputs: [input])
    guard layer.filters.count == outputs, layer.filters.allSatisfy({ $0.values.count == shape.elementCount }) else {
      throw invalid(
        layer, index, "its filters must be \(outputs) of \(shape.elementCount) numbers, as what it reads has")
    }
    var weight: [Float] = []
    for filter in layer.filters { weight += Self.planar(filter.values, channels: shape.channels) }
    tensors.append(("\(name).weight", Tensor(shape: [outputs, shape.elementCount], floats: weight)))
    if shape.elementCount > shape.channels {
      notes.append(
        ImportNote(
          place: name,
          text:
            "reads the map \(shape) as a vector; its weights, which were in the order of rows, columns, channels, are now in "
            + "that of channels, rows, columns", node: name))
    }
    try appendBiases(layer, index, outputs)
    return id
  }

  private mutating func appendBiases(_ layer: ConvNetJSFile.Layer, _ index: Int, _ outputs: Int) throws {
    guard let biases = layer.biases, biases.values.count == outputs else {
      throw invalid(layer, index, "it must have \(outputs) biases, one for each output")
    }
    tensors.append(("layer\(index).bias", Tensor(shape: [outputs], floats: biases.values)))
  }

  private mutating func appendPooling(
    _ layer: ConvNetJSFile.Layer, _ index: Int, _ input: NodeID
  ) throws -> NodeID {
    let name = "layer\(index)"
    let width = try integer(layer, index, "sx")
    let pad = try integer(layer, index, "pad", or: 0)
    let pooling = Pooling(
      kernel: Extent(height: try integer(layer, index, "sy", or: width), width: width),
      stride: Extent(try integer(layer, index, "stride", or: 2)),
      padding: Padding(top: pad, left: pad, bottom: pad, right: pad))
    let id = try graph.append(.maxPool(pooling), name: name, inputs: [input])
    notes.append(
      ImportNote(place: name, text: "rounds the number of windows down, as ConvNetJS does", node: name))
    return id
  }

  private mutating func appendLRN(_ layer: ConvNetJSFile.Layer, _ index: Int, _ input: NodeID) throws -> NodeID {
    let size = try integer(layer, index, "n")
    guard size % 2 == 1, let k = layer.numbers["k"], let alpha = layer.numbers["alpha"],
      let beta = layer.numbers["beta"]
    else { throw invalid(layer, index, "n must be odd, and k, alpha and beta must be there") }
    return try graph.append(
      .localResponseNorm(LocalResponseNorm(size: size, alpha: alpha, beta: beta, k: k, convention: .mean)),
      name: "layer\(index)", inputs: [input])
  }

  // MARK: Numbers

  /// Numbers in the order of positions, channels within each, in that of channels.
  private static func planar(_ values: [Float], channels: Int) -> [Float] {
    let positions = values.count / channels
    return (0..<values.count).map { values[$0 % positions * channels + $0 / positions] }
  }

  private func integer(
    _ layer: ConvNetJSFile.Layer, _ index: Int, _ key: String, or missing: Int? = nil
  ) throws -> Int {
    guard let number = layer.numbers[key] else {
      if let missing { return missing }
      throw invalid(layer, index, "\(key) is missing")
    }
    guard let whole = Int(exactly: number), (0...1 << 24).contains(whole) else {
      throw invalid(layer, index, "\(key) is \(number); it must be a whole number from 0 to \(1 << 24)")
    }
    return whole
  }

  private func invalid(_ layer: ConvNetJSFile.Layer, _ index: Int, _ reason: String) -> ImportError {
    .invalid(file: file, place: "layer \(index) (\(layer.type), byte \(layer.offset))", reason: reason)
  }
}
