import ZooGraph
import ZooTensor
import ZooWeights

/// A layer that a file of weights computes in another way than a definition does, though the tensors fit.
public struct LayerContradiction: Sendable, Hashable {
  /// The layer's path in the definition.
  public let layer: String
  /// What the file calls it.
  public let storedName: String
  /// What differs, in the definition's words.
  public let attribute: String
  /// In the file.
  public let found: String
  /// In the definition.
  public let expected: String

  /// - Parameters:
  ///   - layer: the path of the network's layer.
  ///   - storedName: what the file calls it.
  ///   - attribute: what differs: `stride`, `epsilon`.
  ///   - found: as the file has it.
  ///   - expected: as the definition has it.
  public init(layer: String, storedName: String, attribute: String, found: String, expected: String) {
    self.layer = layer
    self.storedName = storedName
    self.attribute = attribute
    self.found = found
    self.expected = expected
  }
}

extension Network {
  /// The batch norms that a file may have in the numbers of the layers before them, as `FoldBatchNorm` would put them there.
  var foldableNorms: [FoldableNorm] {
    let readers = graph.readers()
    return graph.ids.compactMap { id in
      guard case .batchNorm(let norm) = graph[id].operation, norm.hasStatistics, norm.isAffine,
        let before = graph[id].inputs.first,
        readers[before.index] == [id]
      else { return nil }
      let layer = graph[before]
      let hasBias: Bool
      switch layer.operation {
      case .convolution(let convolution): hasBias = convolution.hasBias
      case .fullyConnected(let connected): hasBias = connected.hasBias
      default: return nil
      }
      return FoldableNorm(
        name: graph[id].name, layer: layer.name, layerHasBias: hasBias, epsilon: norm.epsilon)
    }
  }

  /// Where the file's layers compute in another way than the network's that take their tensors. `layers`: what the file
  /// says, under the names of its tensors. `report`: which of them went where.
  func contradictions(_ layers: [StoredLayer], _ report: MatchReport) -> [LayerContradiction] {
    guard !layers.isEmpty else { return [] }
    var sources: [String: String] = [:]
    var reordered: Set<String> = []
    for line in report.loadable {
      sources[line.name] = line.checkpointName
      if case .transformed = line.status { reordered.insert(line.name) }
    }
    var users: [String: [Int]] = [:]
    for (position, layer) in layers.enumerated() {
      for tensor in layer.tensors.values { users[tensor, default: []].append(position) }
    }
    return graph.ids.flatMap { id -> [LayerContradiction] in
      let node = graph[id]
      let roles: [Parameter.Role] =
        if case .batchNorm = node.operation { Parameter.Role.allCases } else { [.weight] }
      let tensors = roles.flatMap { node.parameter($0)?.value.tensors.map(\.name) ?? [] }
      let found = tensors.flatMap { name in sources[name].flatMap { users[$0] } ?? [] }
      var candidates = Set(found).sorted().map { layers[$0] }
      // Layers that share a tensor may differ; a layer's name tells which is meant.
      let own = candidates.filter { $0.paths.contains(node.name) }
      if !own.isEmpty { candidates = own }
      let differences = candidates.map { stored in
        compare(id, with: stored, isReordered: tensors.contains(where: reordered.contains)).map {
          LayerContradiction(
            layer: node.name, storedName: stored.name, attribute: $0.attribute, found: $0.found, expected: $0.expected)
        }
      }
      return differences.contains([]) ? [] : differences.first ?? []
    }
  }

  private typealias Difference = (attribute: String, found: String, expected: String)

  private func compare(_ id: NodeID, with stored: StoredLayer, isReordered: Bool) -> [Difference] {
    let node = graph[id]
    switch (node.operation, stored.kind) {
    case (.convolution(let convolution), .convolution):
      return compare(convolution, input: graph[node.inputs[0]].shape.extent, with: stored)
    case (.fullyConnected, .convolution):
      // The whole of the input is one window, which nothing else may be read beside.
      let whole = Convolution(outputChannels: 1, kernel: stored.kernel ?? Extent(1), stride: stored.stride ?? Extent(1))
      return compare(whole, input: shapeBeforeFlattening(id).extentOrOne, with: stored)
    case (.fullyConnected, .fullyConnected):
      return isReordered ? [] : compare(inputOrder: stored.inputOrder, of: shapeBeforeFlattening(id))
    case (.convolution(let convolution), .fullyConnected):
      let channels = graph[node.inputs[0]].shape.channels
      let window: Shape = [channels, convolution.kernel.height, convolution.kernel.width]
      return isReordered ? [] : compare(inputOrder: stored.inputOrder, of: window)
    case (.batchNorm(let norm), .batchNorm) where norm.hasStatistics:
      guard let epsilon = stored.epsilon, !norm.epsilon.isNearly(epsilon) else { return [] }
      return [("epsilon", "\(Float(epsilon))", "\(norm.epsilon)")]
    case (.convolution, .other), (.convolution, .batchNorm): return [("operation", stored.operation, "conv")]
    case (.fullyConnected, .other), (.fullyConnected, .batchNorm): return [("operation", stored.operation, "fc")]
    default: return []
    }
  }

  /// Axes of one element may be anywhere.
  private func compare(inputOrder order: [Int]?, of shape: Shape) -> [Difference] {
    guard let order, order.sorted() == [0, 1, 2], shape.rank == 3 else { return [] }
    let extended = order.filter { shape[$0] > 1 }
    guard extended != extended.sorted() else { return [] }
    let axes = ["channels", "height", "width"]
    return [("order of inputs", order.map { axes[$0] }.joined(separator: ", "), axes.joined(separator: ", "))]
  }

  private func compare(_ convolution: Convolution, input: Extent, with stored: StoredLayer) -> [Difference] {
    var differences: [Difference] = []
    func compare<Value: Equatable & CustomStringConvertible>(_ name: String, _ found: Value?, _ expected: Value) {
      if let found, found != expected { differences.append((name, "\(found)", "\(expected)")) }
    }
    compare("kernel", stored.kernel, convolution.kernel)
    compare("stride", stored.stride, convolution.stride)
    compare("padding", stored.padding(input: input, convolution.kernel), "\(convolution.padding(for: input))")
    // Between the taps of a kernel of one there is nothing.
    let dilation = stored.dilation.map { found in
      Extent(
        height: convolution.kernel.height == 1 ? convolution.dilation.height : found.height,
        width: convolution.kernel.width == 1 ? convolution.dilation.width : found.width)
    }
    compare("dilation", dilation, convolution.dilation)
    compare("groups", stored.groups, convolution.groups)
    return differences
  }

  /// The shape of an image that a fully connected layer reads, before it was made a vector.
  private func shapeBeforeFlattening(_ id: NodeID) -> Shape {
    var id = graph[id].inputs[0]
    while graph[id].shape.rank == 1, let input = graph[id].inputs.first {
      let traits = graph[id].operation.traits
      guard traits.keepsElements || traits.isElementwise && traits.inputs == 1...1 else { return graph[id].shape }
      id = input
    }
    return graph[id].shape
  }
}

extension StoredLayer {
  /// In the words of a definition, for an input of that extent.
  fileprivate func padding(input: Extent, _ kernel: Extent) -> String? {
    switch padding {
    case nil: return nil
    case .explicit(let padding): return "\(padding)"
    case .other(let text): return text
    case .sameUpper, .sameLower:
      var same = PaddingRule.same.padding(
        input: input, kernel: kernel, stride: stride ?? Extent(1), dilation: dilation ?? Extent(1))
      if padding == .sameLower {
        same = ZooTensor.Padding(top: same.bottom, left: same.right, bottom: same.top, right: same.left)
      }
      return "\(same)"
    }
  }
}

extension Shape {
  /// The extent of an image, or one pixel for a vector.
  fileprivate var extentOrOne: Extent { rank == 3 ? extent : Extent(1) }
}

extension Double {
  /// Whether a number is the same but for having been stored as a float32.
  fileprivate func isNearly(_ stored: Double) -> Bool {
    Float(self) == Float(stored) || abs(self - stored) <= 1e-6 * abs(self)
  }
}
