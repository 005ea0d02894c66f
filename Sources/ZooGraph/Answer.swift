import ZooTensor

/// What a network says about classes, worked out from its graph: scores, or the probabilities that it makes of them itself.
///
/// Where the network ends in softmax or sigmoid, whatever its output is called, that is applied once and not again.
public struct Answer: Hashable, Sendable {
  /// What makes probabilities of class scores.
  public enum Function: String, Hashable, Sendable {
    /// The classes exclude each other: their probabilities add up to 1.
    case softmax
    /// Each class is there or not, whatever the others are.
    case sigmoid
  }

  /// The output that answers: the one with the role logits, else the one with the role probabilities.
  public let output: Output
  /// The shape of the output for one image: `[classes]`, or `[classes, height, width]` of a network that slides.
  public let shape: Shape
  /// What zoo still has to apply, or what the network has applied itself.
  public let function: Function
  /// Whether the network itself ends in the function, so that its output is probabilities.
  public let isApplied: Bool
  /// The value that is the class scores, with as many elements as the output and in their order; `nil` where the network
  /// works on with probabilities after the function, as when it averages them.
  public let scores: NodeID?

  /// The number of classes, which is the number of channels of the output.
  public var classes: Int { shape.channels }

  /// What is to be computed: the scores, else the probabilities.
  public var value: NodeID { scores ?? output.value }
}

extension Graph {
  /// What the network says about classes; `nil` when it has neither logits nor probabilities among its outputs.
  public var answer: Answer? {
    guard let output = output(role: .logits) ?? output(role: .probabilities) else { return nil }
    let shape = self[output.value].shape
    switch meaning(of: output.value) {
    case .probabilities(let function, let scores):
      return Answer(output: output, shape: shape, function: function, isApplied: true, scores: scores)
    case .scores:
      // Softmax of a single score is 1 whatever the score.
      return Answer(
        output: output, shape: shape, function: shape.channels == 1 ? .sigmoid : .softmax, isApplied: false,
        scores: output.value)
    }
  }

  /// Whether the value is probabilities: made by softmax or sigmoid, and not changed into something else since.
  public func isProbabilities(_ value: NodeID) -> Bool {
    meaning(of: value) != .scores
  }

  /// The output of a network that names none.
  public func standardOutput(_ value: NodeID) -> Output {
    let role: Output.Role = isProbabilities(value) ? .probabilities : .logits
    return Output(name: role.rawValue, role: role, value: value)
  }

  /// The graph with the value of its answer, the class scores if there are any, as the first output with the role logits.
  public func computing(_ answer: Answer) -> Graph {
    var graph = self
    graph.outputs = outputs.map { output in
      guard output == answer.output else { return output }
      return Output(name: output.name, role: .logits, value: answer.value, lossWeight: output.lossWeight)
    }
    return graph
  }

  /// What the numbers of a value are.
  private enum Meaning: Hashable {
    case scores
    /// Probabilities, by the function that made them, with the scores from which it did.
    case probabilities(Answer.Function, from: NodeID?)
  }

  private func meaning(of value: NodeID) -> Meaning {
    var meanings: [Meaning] = []
    for id in ids.prefix(through: value.index) {
      meanings.append(meaning(of: id, inputs: self[id].inputs.map { meanings[$0.index] }))
    }
    return meanings[value.index]
  }

  private func meaning(of id: NodeID, inputs: [Meaning]) -> Meaning {
    let node = self[id]
    if case .softmax = node.operation { return .probabilities(.softmax, from: node.inputs[0]) }
    if case .activation(.sigmoid) = node.operation { return .probabilities(.sigmoid, from: node.inputs[0]) }
    if let activation = node.operation.fusedActivation {
      return activation == .sigmoid ? .probabilities(.sigmoid, from: nil) : .scores
    }
    guard case .probabilities(let function, _)? = inputs.first, !inputs.contains(.scores) else {
      return .scores
    }
    if case .activation(let activation) = node.operation { return activation.keepsUnitInterval ? inputs[0] : .scores }
    let shape = self[node.inputs[0]].shape
    let traits = node.operation.traits
    if traits.reach == .elements, function == .softmax, shape.elementCount > shape.channels {
      return .probabilities(.sigmoid, from: nil)
    }
    if keepsValue(id) { return inputs[0] }
    switch traits.range {
    case .any: return .scores
    case .means: return .probabilities(function, from: nil)
    // Numbers from 0 to 1 that need not add up to 1.
    case .unitInterval: return .probabilities(.sigmoid, from: nil)
    }
  }
}

extension Answer: CustomStringConvertible {
  /// `class scores (logits) of 1000 classes; zoo applies softmax`, `probabilities of 4 classes (softmax is the last layer)`
  public var description: String {
    let extent = shape.extent
    let places = shape.isFeatureMap && extent.area > 1 ? " at \(extent) places" : ""
    let subject = (classes == 1 ? "1 class" : "\(classes) classes") + places
    guard isApplied else { return "class scores (logits) of \(subject); zoo applies \(function)" }
    let kind = function == .sigmoid ? "independent probabilities" : "probabilities"
    let origin = scores == nil ? "made by the network" : "\(function) is the last layer"
    return "\(kind) of \(subject) (\(origin)\(output.role == .logits ? ", though the output has the role logits" : ""))"
  }
}
