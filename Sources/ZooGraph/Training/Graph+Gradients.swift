import ZooTensor

/// Where the gradients of a graph are, after `Graph.appendGradients`.
public struct Gradients: Hashable, Sendable {
  /// The gradient with respect to a node's value, for those on the way.
  public internal(set) var values: [NodeID: NodeID] = [:]
  /// The gradient with respect to a tensor of the checkpoint, in the order in which they are computed.
  public internal(set) var parameters: [(tensor: String, value: NodeID)] = []

  /// Equal where the same values have the same gradients.
  public static func == (left: Gradients, right: Gradients) -> Bool {
    left.values == right.values && left.parameters.elementsEqual(right.parameters, by: ==)
  }

  /// By the nodes of the gradients.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(values)
    for (tensor, value) in parameters {
      hasher.combine(tensor)
      hasher.combine(value)
    }
  }
}

extension Graph {
  /// Appends the chain rule: the nodes that compute gradients, from the last node to the first.
  ///
  /// The gradient with respect to the value of a node `conv1` is called `conv1′`, that of its tensors `conv1.weight′`,
  /// and a share that one of several readers contributes `conv1′ by conv2`.
  ///
  /// - Precondition: functions whose derivative needs their argument are nodes of their own.
  /// - Parameters:
  ///   - seeds: values with their gradients, from which the walk starts
  ///   - isWanted: whether the gradient of a tensor of the checkpoint is to be computed
  ///   - inputs: the nodes whose values' gradients are to be computed too
  ///   - rule: what becomes of a gradient at rectifiers; other than the chain rule, none may be fused into a batch norm
  /// - Throws: `LocatedShapeError` when a gradient does not fit, which is an error of this table.
  /// - Returns: Where the gradients are.
  public mutating func appendGradients(
    from seeds: [(value: NodeID, gradient: NodeID)], parameters isWanted: (String) -> Bool, inputs: Set<NodeID> = [],
    rule: RectifierRule = .derivative
  ) throws(LocatedShapeError) -> Gradients {
    var result = Gradients()
    var shares: [NodeID: [NodeID]] = [:]
    for seed in seeds { shares[seed.value, default: []].append(seed.gradient) }
    guard let last = seeds.map(\.value).max() else { return result }
    let isOnTheWay = dependsOn(inputs, parameters: isWanted)
    let readers = readers()
    for id in ids.prefix(through: last.index).reversed() where isOnTheWay[id.index] {
      guard let parts = shares[id] else { continue }
      let node = self[id]
      var gradient = try sum(parts, name: node.name + "′", of: node)
      result.values[id] = gradient
      var operation = node.operation
      if case .activation(let function) = operation {
        gradient = try rectified(gradient, by: rule, function, of: node)
      }
      if let function = operation.fusedActivation, !operation.masksGradient {
        gradient = try rectified(gradient, by: rule, function, of: node)
        if !(rule == .deconvolution && function.curve.isRectifier) {
          gradient = try append(
            Gradient(of: .activation(function), layer: node.name, target: .input(0), inputs: [node.shape]), of: node,
            name: node.name + "′ before \(function.name)", gradient, [.output: id])
        }
        operation = operation.withoutActivation
      }
      let shapes = node.inputs.map { self[$0].shape }
      var known: [Gradient.Needs.Value: NodeID] = [.output: id]
      for (index, input) in node.inputs.enumerated() { known[.input(index)] = input }
      // Those that other gradients of the node read come first; they are computed only where somebody wants them.
      let needed = Set(
        node.inputs.indices.filter { isOnTheWay[node.inputs[$0].index] }.flatMap {
          operation.gradientNeeds(.input($0), inputs: shapes.count)?.values ?? []
        })
      for parameter in node.parameters where parameter.role.isTrainable {
        let tensor: String
        switch parameter.value {
        case .tensor(let name, _): tensor = name
        // Of what is the same number everywhere, only other gradients read the gradient.
        case .constant: tensor = "\(node.name).\(parameter.role.rawValue)"
        case .reshaped, .scaled, .shifted: continue
        }
        let isWanted = !parameter.value.tensors.isEmpty && isWanted(tensor)
        guard isWanted || needed.contains(.gradient(parameter.role)) else { continue }
        let value = try append(
          Gradient(of: operation, layer: node.name, target: .parameter(parameter.role), inputs: shapes), of: node,
          name: tensor + "′",
          gradient, known)
        known[.gradient(parameter.role)] = value
        if isWanted { result.parameters.append((tensor, value)) }
      }
      for (index, input) in node.inputs.enumerated() where isOnTheWay[input.index] {
        let target = Gradient.Target.input(index)
        if rule == .deconvolution, case .activation(let function) = operation, function.curve.isRectifier {
          shares[input, default: []].append(gradient)
          continue
        }
        guard operation.gradientNeeds(target, inputs: shapes.count) != nil else {
          if operation.traits.passesGradient.contains(index) { shares[input, default: []].append(gradient) }
          continue
        }
        let isShared = readers[input.index].count > 1
        let name = self[input].name + (isShared ? "′ by \(node.name)" + (index > 0 ? " \(index + 1)" : "") : "′")
        let share = try append(
          Gradient(of: operation, layer: node.name, target: target, inputs: shapes), of: node, name: name, gradient,
          known)
        shares[input, default: []].append(share)
      }
    }
    return result
  }

  /// What is positive of a gradient, where the rule keeps only that.
  private mutating func rectified(
    _ gradient: NodeID, by rule: RectifierRule, _ function: Activation, of node: Node
  ) throws(LocatedShapeError) -> NodeID {
    guard rule != .derivative, function.curve.isRectifier else { return gradient }
    var draft = NodeDraft(node)
    draft.name += RectifierRule.suffix
    draft.operation = .activation(.relu)
    draft.inputs = [gradient]
    draft.parameters = []
    return try append(draft)
  }

  /// For each node, whether its value depends on one of the inputs or on a wanted tensor.
  private func dependsOn(_ inputs: Set<NodeID>, parameters isWanted: (String) -> Bool) -> [Bool] {
    var depends: [Bool] = []
    for id in ids {
      let node = self[id]
      let hasWanted = node.parameters.contains { parameter in
        parameter.role.isTrainable && parameter.value.tensors.contains { isWanted($0.name) }
      }
      depends.append(inputs.contains(id) || hasWanted || node.inputs.contains { depends[$0.index] })
    }
    return depends
  }

  private mutating func append(
    _ gradient: Gradient, of node: Node, name: String, _ outputGradient: NodeID,
    _ known: [Gradient.Needs.Value: NodeID]
  ) throws(LocatedShapeError) -> NodeID {
    let needs = gradient.needs
    var inputs = needs.readsOutputGradient ? [outputGradient] : []
    for value in needs.values {
      guard let id = known[value] else { preconditionFailure("'\(node.name)' has no \(value)") }
      inputs.append(id)
    }
    return try append(
      gradient, of: node, name: name, inputs: inputs,
      parameters: node.parameters.filter { needs.parameters.contains($0.role) })
  }

  private mutating func append(
    _ gradient: Gradient, of node: Node, name: String, inputs: [NodeID], parameters: [Parameter]
  ) throws(LocatedShapeError) -> NodeID {
    var draft = NodeDraft(node)
    draft.name = name
    draft.operation = .gradient(gradient)
    draft.inputs = inputs
    draft.parameters = parameters
    return try append(draft)
  }

  /// The sum of the shares of a gradient, in the order in which they were computed; sums take so many at a time.
  private mutating func sum(_ shares: [NodeID], name: String, of node: Node) throws(LocatedShapeError) -> NodeID {
    let most = Operation.add(nil).traits.inputs.upperBound
    var rest = shares[...]
    var sum = rest.removeFirst()
    while !rest.isEmpty {
      let part = rest.prefix(most - 1)
      rest = rest.dropFirst(part.count)
      var draft = NodeDraft(node)
      draft.name = rest.isEmpty ? name : "\(name) of \(shares.count - rest.count)"
      draft.operation = .add(nil)
      draft.inputs = [sum] + part
      draft.parameters = []
      sum = try append(draft)
    }
    return sum
  }
}

extension Operation {
  /// Whether the gradients take the function that was fused into the operation into account themselves.
  package var masksGradient: Bool {
    if case .batchNorm(let norm) = self { norm.usesBatch && norm.activation == .relu } else { false }
  }

  /// Without the function that is applied at once.
  var withoutActivation: Operation { withActivation(nil) ?? self }
}
