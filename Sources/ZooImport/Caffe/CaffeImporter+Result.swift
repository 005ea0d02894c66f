import ZooGraph
import ZooSpec
import ZooTensor
import ZooWeights

extension CaffeImporter {
  /// A loss is left out; what it reads is what the network answers.
  mutating func appendLoss(_ layer: CaffeNetLayer) throws {
    for top in layer.tops { blobs[top] = .labels }
    guard let blob = layer.bottoms.first, case .value(let value)? = blobs[blob] else { return }
    let weight = try layer.fields.number("loss_weight") ?? 1
    losses.append(Loss(value: value, weight: weight, name: layer.name, isRegression: layer.type == "EuclideanLoss"))
    note(
      layer.place, "\(layer.type) is left out; what it reads is an output of the network", node: graph[value].name)
    if layer.type == "SoftmaxWithLoss", layer.tops.count == 2 {
      consumed.insert(value)
      let id = try append(.softmax, layer, [value], top: 1)
      consumed.remove(value)
      note(layer.place, "its second blob is the softmax", node: graph[id].name)
    }
  }

  /// The network, after all layers have been appended.
  mutating func network() throws -> ImportedNetwork {
    guard !graph.nodes.isEmpty else {
      throw ImportError.invalid(file: net.file, place: "line 1", reason: "no layer of the network computes anything")
    }
    try setStoredPreprocessing()
    let auxiliaries = auxiliaryLosses()
    setOutputs(auxiliaries)
    guard !graph.outputs.isEmpty else {
      throw ImportError.invalid(file: net.file, place: "line 1", reason: "the network has no output")
    }
    if !auxiliaries.isEmpty { try markTrainingOnly() }
    let weights = try checkpoint.map { try tensors(of: $0) }
    return ImportedNetwork(graph: graph, weights: weights, card: card, notes: notes)
  }

  /// Of several losses of classes all but one: the last of those that count in full.
  private func auxiliaryLosses() -> [Loss] {
    let classifiers = losses.filter { !$0.isRegression }
    guard classifiers.contains(where: { $0.weight != classifiers[0].weight }) else { return [] }
    let most = classifiers.map(\.weight).max() ?? 1
    return classifiers.filter { $0.weight < most }
  }

  /// What is left unread when all layers have run, as Caffe has it.
  private mutating func setOutputs(_ auxiliaries: [Loss]) {
    var taken: Set<String> = []
    func name(_ wanted: String) -> String {
      var name = wanted
      var number = 2
      while !taken.insert(name).inserted {
        name = "\(wanted)_\(number)"
        number += 1
      }
      return name
    }
    let open = graph.ids.filter { id in
      if case .input = graph[id].operation { return false }
      return !consumed.contains(id) && !isLossOnly(id, auxiliaries)
    }
    // The answer is one: probabilities before anything else, else the last of the scores.
    let answer = open.first { graph.isProbabilities($0) } ?? open.last { isScores($0) }
    for id in open {
      if id == answer {
        let role: Output.Role = graph.isProbabilities(id) ? .probabilities : .logits
        graph.outputs.append(Output(name: name(role.rawValue), role: role, value: id))
      } else {
        graph.outputs.append(Output(name: name(graph[id].name), role: .features, value: id))
      }
    }
    for loss in auxiliaries {
      graph.outputs.append(
        Output(name: name(graph[loss.value].name), role: .auxiliary, value: loss.value, lossWeight: loss.weight))
    }
  }

  private func isLossOnly(_ id: NodeID, _ auxiliaries: [Loss]) -> Bool { auxiliaries.contains { $0.value == id } }

  /// Whether a value can be scores of classes, be it at many positions.
  private func isScores(_ id: NodeID) -> Bool { !losses.contains { $0.value == id && $0.isRegression } }

  /// Marks what only auxiliary classifiers need.
  private mutating func markTrainingOnly() throws {
    let needed = graph.isNeeded(for: graph.outputs.filter { $0.role != .auxiliary }.map(\.value))
    var marked = Graph(name: graph.name)
    for (node, isNeeded) in zip(graph.nodes, needed) {
      try marked.append(
        node.operation, name: node.name, inputs: node.inputs, parameters: node.parameters, isTrainingOnly: !isNeeded,
        origin: node.origin)
    }
    marked.outputs = graph.outputs
    graph = marked
  }

  // MARK: Weights

  /// The graph's tensors out of the file with weights.
  private mutating func tensors(of checkpoint: Checkpoint) throws -> Checkpoint {
    var tensors: [(name: String, tensor: Tensor)] = []
    var missing: [String] = []
    var used: Set<String> = []
    for declaration in graph.tensors {
      switch numbers[declaration.name] {
      case .constant(let values):
        guard values.count == declaration.shape.elementCount else { continue }
        tensors.append((declaration.name, Tensor(shape: declaration.shape, floats: values)))
      case .stored(let name, let place):
        used.insert(name)
        guard let entry = checkpoint.entry(named: name) else {
          missing.append("\(name) (\(place))")
          continue
        }
        guard entry.shape.elementCount == declaration.shape.elementCount,
          entry.shape.dimensions.filter({ $0 != 1 }) == declaration.shape.dimensions.filter({ $0 != 1 })
        else {
          throw ImportError.invalid(
            file: checkpoint.path, place: place,
            reason:
              "the weights' \(name) is \(entry.shape), and the definition says \(declaration.shape); give the weights "
              + "that belong to it")
        }
        let tensor = try checkpoint.tensor(named: name).convertedToFloat32()
        tensors.append((declaration.name, tensor.reshaped(to: declaration.shape)))
      case nil: continue
      }
    }
    guard missing.isEmpty else {
      let shown =
        missing.prefix(8).joined(separator: ", ") + (missing.count > 8 ? " and \(missing.count - 8) more" : "")
      throw ImportError.invalid(
        file: checkpoint.path, place: "weights",
        reason: "the file has no \(shown); give the weights that belong to the definition")
    }
    let left = checkpoint.entries.map(\.name).filter { !used.contains($0) }
    if !left.isEmpty {
      note(
        "weights",
        "\(left.count) of the file's tensors belong to no layer of the network: \(left.prefix(4).joined(separator: ", "))"
          + (left.count > 4 ? ", …" : ""))
    }
    return try Checkpoint(tensors)
  }
}
