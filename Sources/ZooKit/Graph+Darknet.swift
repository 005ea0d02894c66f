import ZooGraph
import ZooWeights

/// Why a file of darknet's cannot hold a network's weights.
public enum DarknetObstacle: Sendable, Hashable {
  /// A layer before a batch norm has a bias of its own; darknet has one of the two.
  case biasBeforeBatchNorm
  /// A batch norm does not directly follow a convolution or a fully connected layer that nothing else reads.
  case batchNormAlone
  /// A layer has neither a bias nor a batch norm; darknet always has a bias.
  case noBias
  /// A layer's weights are not shared between positions.
  case locallyConnected
  /// A layer has weights of a kind that darknet's files do not hold.
  case unknown(operation: String)
}

extension Graph {
  /// The layers with weights as a `.weights` file of darknet's has them, in the order of the definition.
  ///
  /// Layers that only training uses are left out: darknet has none.
  ///
  /// - Throws: `ZooError.notForDarknet` with the first layer that darknet does not have.
  func darknetLayers() throws(ZooError) -> [DarknetLayer] {
    let readers = readers()
    var layers: [DarknetLayer] = []
    var norms: Set<NodeID> = []
    for id in ids where !self[id].isTrainingOnly {
      let node = self[id]
      let norm = readers[id.index].count == 1 && self[readers[id.index][0]].isBatchNorm ? readers[id.index][0] : nil
      let hasBias: Bool
      let layer: DarknetLayer
      switch node.operation {
      case .convolution(let convolution):
        hasBias = convolution.hasBias
        layer = .convolution(
          node.name, outputs: convolution.outputChannels,
          inputsPerGroup: self[node.inputs[0]].shape.channels / convolution.groups,
          kernelHeight: convolution.kernel.height, kernelWidth: convolution.kernel.width,
          batchNorm: norm.map { self[$0].name })
      case .fullyConnected(let connected):
        hasBias = connected.hasBias
        layer = .fullyConnected(
          node.name, outputs: connected.outputFeatures, inputs: self[node.inputs[0]].shape.elementCount,
          batchNorm: norm.map { self[$0].name })
      case .locallyConnected: throw notForDarknet(node, .locallyConnected)
      case .batchNorm(let norm) where norm.isPlain && !norms.contains(id):
        throw notForDarknet(node, .batchNormAlone)
      case _ where !node.operation.kind.hasWeights || norms.contains(id): continue
      default: throw notForDarknet(node, .unknown(operation: node.operation.kind.name))
      }
      if norm != nil, hasBias { throw notForDarknet(node, .biasBeforeBatchNorm) }
      if norm == nil, !hasBias { throw notForDarknet(node, .noBias) }
      if let norm { norms.insert(norm) }
      layers.append(layer)
    }
    return layers
  }

  private func notForDarknet(_ node: Node, _ obstacle: DarknetObstacle) -> ZooError {
    .notForDarknet(model: name, layer: node.name, obstacle)
  }
}

extension Node {
  fileprivate var isBatchNorm: Bool {
    if case .batchNorm(let norm) = operation { norm.isPlain } else { false }
  }
}

extension BatchNorm {
  /// Whether it has all that darknet's have.
  fileprivate var isPlain: Bool { hasStatistics && isAffine }
}
