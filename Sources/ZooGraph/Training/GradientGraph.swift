import ZooTensor

/// A network as insight derives it: the gradient of a number made of one of its values with respect to its input and to
/// values on the way, for each image by itself, with the weights as they are.
public struct GradientGraph: Sendable {
  /// The number whose gradient it is, given what is fed in beside the images: a tensor of the value's shape for each image.
  public enum Objective: String, Hashable, Sendable, CaseIterable {
    /// The sum of the value's elements, each times the weight that is fed in.
    case weightedSum
    /// Half the squared distance of the value from what is fed in, which has its sign turned: −target.
    case squaredDistance
    /// The cross-entropy of the value's softmax with the distribution that is fed in, which has its sign turned.
    case crossEntropy
  }

  /// Forward and backward, as the interpreter runs it.
  public let graph: Graph
  /// The node that takes the images.
  public let input: NodeID
  /// What is fed in for the objective.
  public let operand: NodeID
  /// The value that is derived.
  public let value: NodeID
  /// The values with respect to which it is derived, in the order in which they were asked for; as in the network.
  public let sources: [NodeID]
  /// The gradients with respect to them.
  public let gradients: [NodeID]
  /// Their values, where they were asked for.
  public let sourceValues: [NodeID]
  /// The rectifiers that the gradient passes.
  public let rectifiers: Int

  /// - Parameters:
  ///   - network: the graph as it was defined, before passes, with one input
  ///   - value: the layer that is derived
  ///   - objective: what is derived.
  ///   - sources: the input, or layers on the way from it to the value
  ///   - rule: what becomes of the gradient at rectifiers
  ///   - answersSources: whether the values of the sources are answered with, too
  /// - Throws: `GradientGraphError` when the value does not depend on a source or the rule is not defined for the
  ///   network; what passes throw.
  public init(
    _ network: Graph, of value: NodeID, objective: Objective, withRespectTo sources: [NodeID],
    rule: RectifierRule = .derivative, answersSources: Bool = false
  ) throws {
    guard network.inputs.count == 1 else { throw GradientGraphError.inputCount(network.inputs.count) }
    try network.checkIsDefined(rule, from: sources, to: value)
    // What is asked for stays a value of its own, whatever is fused.
    var observed = network
    observed.outputs = ([value] + sources).map { Output(name: network[$0].name, role: .features, value: $0) }
    var graph = try observed.optimized([
      SelectInference(), RemoveDeadNodes(), DropInferenceNoOps(), SeparateActivation(), FoldBatchNorm(), FuseAdd(),
      FuseActivation { !$0.gradientReadsInput },
    ])
    let places = graph.outputs.map(\.value)
    guard let input = graph.inputs.first else { throw GradientGraphError.inputCount(0) }
    let shape = graph[places[0]].shape
    func free(_ name: String) -> String {
      var name = name
      while graph.nodes.contains(where: { $0.name == name }) { name += "′" }
      return name
    }
    let operand = try graph.append(.input(shape), name: free("\(objective.operandName) of \(network[value].name)"))
    var seed = operand
    if objective != .weightedSum {
      var compared = places[0]
      if objective == .crossEntropy {
        compared = try graph.append(.softmax, name: free("probabilities"), inputs: [compared])
      }
      seed = try graph.append(.add(nil), name: free("difference"), inputs: [compared, operand])
    }
    let sourcePlaces = Array(places.dropFirst())
    let found = try graph.appendGradients(
      from: [(places[0], seed)], parameters: { _ in false }, inputs: Set(sourcePlaces), rule: rule)
    for (source, place) in zip(sources, sourcePlaces) where found.values[place] == nil {
      throw GradientGraphError.independent(value: network[value].name, source: network[source].name)
    }
    rectifiers = graph.nodes.count { node in
      guard case .gradient(let gradient) = node.operation, case .activation(let function) = gradient.operation else {
        return rule == .deconvolution && node.name.hasSuffix(RectifierRule.suffix)
      }
      return function.curve.isRectifier
    }
    graph.outputs =
      [Output(name: "value", role: .features, value: places[0])]
      + zip(sources, sourcePlaces).map { source, place in
        Output(name: network[source].name + "′", role: .features, value: found.values[place] ?? place)
      }
    if answersSources {
      graph.outputs += zip(sources, sourcePlaces).map { source, place in
        Output(name: network[source].name, role: .features, value: place)
      }
    }
    let names = graph.outputs.map { graph[$0.value].name }
    let (inputName, operandName) = (graph[input].name, graph[operand].name)
    // Passes change places, but names stay.
    let fused = try RemoveDeadNodes().apply(to: try FuseGradientSum().apply(to: graph))
    let moved = Dictionary(uniqueKeysWithValues: fused.ids.map { (fused[$0].name, $0) })
    func place(_ name: String) throws -> NodeID {
      guard let place = moved[name] else { throw TrainingGraphError.lost(name) }
      return place
    }
    self.graph = fused
    self.input = try place(inputName)
    self.operand = try place(operandName)
    self.value = try place(names[0])
    self.sources = sources
    gradients = try names.dropFirst().prefix(sources.count).map(place)
    sourceValues = try names.dropFirst(1 + sources.count).map(place)
  }
}

extension GradientGraph.Objective {
  fileprivate var operandName: String {
    switch self {
    case .weightedSum: "weights"
    case .squaredDistance: "target"
    case .crossEntropy: "distribution"
    }
  }
}

/// Why a value of a network cannot be derived as it was asked for.
public enum GradientGraphError: Error, Hashable, Sendable {
  case inputCount(Int)
  /// The value does not depend on what it is to be derived with respect to.
  case independent(value: String, source: String)
  /// The rule is for rectifiers, and the network has another function at so many nodes, of which this is the first.
  case notARectifier(RectifierRule, function: String, count: Int, node: String)
}
