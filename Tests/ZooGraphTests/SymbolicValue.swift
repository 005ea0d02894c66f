import ZooGraph
import ZooTensor

/// What a node computes as a formula over the input and the checkpoint's tensors, in which fused and separate
/// operations, and operations that inference ignores, look the same. Two graphs with equal formulas at their outputs
/// compute the same.
struct SymbolicEvaluator {
  let graph: Graph
  /// Equal formulas get equal numbers.
  private(set) var formulas: [String: Int]
  private(set) var values: [Int] = []
  /// Of values that are made of channels of others, which.
  private var channels: [Int: [String]] = [:]
  /// The other values, by their channels.
  private var wholes: [[String]: Int] = [:]

  init(_ graph: Graph, sharing formulas: [String: Int] = [:]) {
    self.graph = graph
    self.formulas = formulas
    for node in graph.nodes {
      let value = evaluate(node)
      if channels[value] == nil { wholes[(0..<node.shape.channels).map { "\($0) of \(value)" }] = value }
      values.append(value)
    }
  }

  var outputs: [String: Int] {
    Dictionary(uniqueKeysWithValues: graph.outputs.map { ($0.name, values[$0.value.index]) })
  }

  private mutating func intern(_ formula: String) -> Int {
    if let number = formulas[formula] { return number }
    formulas[formula] = formulas.count
    return formulas.count - 1
  }

  private mutating func evaluate(_ node: Node) -> Int {
    let inputs = node.inputs.map { values[$0.index] }
    let parameters = node.parameters
    switch node.operation {
    case .input(let shape):
      return intern("input \(shape)")
    case .convolution(var layer):
      let (activation, addsInput) = (layer.activation, layer.addsInput)
      (layer.activation, layer.addsInput, layer.hasBias) = (nil, false, false)
      var value = linear("convolution \(layer)", inputs[0], parameters)
      if addsInput { value = sum([value, inputs[1]]) }
      return activated(value, activation)
    case .transposedConvolution(var layer):
      let activation = layer.activation
      (layer.activation, layer.hasBias) = (nil, false)
      return activated(linear("\(layer)", inputs[0], parameters), activation)
    case .pad(let layer):
      return layer.padding.isNone ? inputs[0] : intern("\(node.operation) of \(inputs)")
    case .fullyConnected(let layer):
      return activated(
        linear("fully connected \(layer.outputFeatures)", unflattened(inputs[0]), parameters), layer.activation)
    case .join(.add, let activation, _):
      return activated(sum(inputs), activation)
    case .activation(let activation):
      return activated(inputs[0], activation)
    case .batchNorm(let norm):
      let tensors = parameters.flatMap(\.value.tensors).map(\.name)
      return activated(intern("batch norm \(norm.epsilon) \(tensors) of \(inputs[0])"), norm.activation)
    case .dropout:
      return inputs[0]
    case .flatten:
      return intern("flatten \(inputs[0])")
    case .globalAveragePool, .adaptiveAveragePool, .maxPool, .averagePool, .subsample,
      .globalMaxPool, .adaptiveMaxPool, .mean, .upsample:
      let same = graph[node.inputs[0]].shape == node.shape
      let isWindow = if case .maxPool = node.operation { true } else { false }
      return same && !isWindow ? inputs[0] : intern("\(node.operation) of \(inputs)")
    case .concat, .selectChannels:
      let all = zip(inputs, node.inputs).flatMap { value, id in
        channels[value] ?? (0..<graph[id].shape.channels).map { "\($0) of \(value)" }
      }
      let selected =
        node.operation.selectedChannels(of: node.inputs.map { graph[$0].shape }).map { $0.map { all[$0] } } ?? all
      if inputs.count == 1, selected == all { return inputs[0] }
      // All of one value, put together again.
      if let whole = wholes[selected] { return whole }
      let value = intern("channels \(selected)")
      channels[value] = selected
      return value
    case .join(.multiply, _, _):
      return intern("product of \(inputs.sorted())")
    case .locallyConnected, .localResponseNorm, .normalization, .softmax, .prelu, .parameter, .batchMean, .randomMask,
      .batchStatistics, .loss, .gradient:
      return intern("\(node.operation) \(parameters) of \(inputs)")
    }
  }

  /// A linear layer; weights scaled by batch norm are written as batch norm behind the layer.
  private mutating func linear(_ layer: String, _ input: Int, _ parameters: [Parameter]) -> Int {
    var weight = parameters[0].value
    var bias = parameters.count > 1 ? parameters[1].value : nil
    var norms: [BatchNormParameters] = []
    while case .scaled(let inner, let norm) = weight {
      weight = inner
      if case .shifted(let innerBias, let same) = bias, same == norm { bias = innerBias }
      norms.insert(norm, at: 0)
    }
    var value = intern("\(layer) by \(weight) plus \(bias.map { "\($0)" } ?? "nothing") of \(input)")
    for norm in norms {
      let names = [norm.scale, norm.shift, norm.mean, norm.variance].flatMap(\.tensors).map(\.name)
      value = intern("batch norm \(norm.epsilon) \(names) of \(value)")
    }
    return value
  }

  private mutating func sum(_ inputs: [Int]) -> Int { intern("sum of \(inputs.sorted())") }

  private mutating func activated(_ value: Int, _ activation: Activation?) -> Int {
    activation.map { intern("\($0) of \(value)") } ?? value
  }

  /// A fully connected layer takes the same elements with and without flattening before it.
  private func unflattened(_ value: Int) -> Int {
    guard let formula = formulas.first(where: { $0.value == value })?.key, formula.hasPrefix("flatten "),
      let inner = Int(formula.dropFirst("flatten ".count))
    else { return value }
    return unflattened(inner)
  }
}

/// Whether all outputs of `result` have the formulas that they have in `original`.
func computesTheSame(_ original: Graph, _ result: Graph) -> Bool {
  let first = SymbolicEvaluator(original)
  let second = SymbolicEvaluator(result, sharing: first.formulas)
  return first.outputs.filter { second.outputs[$0.key] != nil } == second.outputs
}
