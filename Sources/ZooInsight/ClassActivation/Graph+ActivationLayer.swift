import ZooGraph
import ZooTensor

extension Graph {
  /// The layer whose maps say best where a class was seen: the last one with more than one position that all of the
  /// network passes through, before pooling, dropout and flattening; behind activation, sum and concatenation.
  ///
  /// The last ReLU of VGG before its last pooling, the last sum of a ResNet behind its ReLU, the last concatenation of
  /// GoogLeNet, the last convolution of MobileNetV2 behind its activation.
  ///
  /// - Parameter value: the class scores
  /// - Returns: `nil` when there is no such layer.
  package func activationLayer(of value: NodeID) -> NodeID? {
    let needed = isNeeded(for: [value])
    // What an edge leads past is not on all ways.
    var isPassed = [Bool](repeating: false, count: nodes.count)
    for id in ids where needed[id.index] {
      for input in self[id].inputs {
        for between in input.index + 1..<max(id.index, input.index + 1) { isPassed[between] = true }
      }
    }
    return ids.prefix(through: value.index).last { id in
      let node = self[id]
      return needed[id.index] && !isPassed[id.index] && node.shape.isFeatureMap && node.shape.extent.area > 1
        && node.operation.isFeatureOfPlaces
    }
  }

  /// Whether the scores are a linear function of the mean over each map of a layer: nothing but pooling over all places,
  /// dropout, flattening and one fully connected layer follows.
  ///
  /// - Returns: the fully connected layer, or the layer itself where nothing with weights follows; `nil` otherwise.
  package func linearHead(from layer: NodeID, to value: NodeID) -> NodeID? {
    var head = layer
    var isPooled = false
    for id in ids where id > layer && id <= value && isNeeded(for: [value])[id.index] {
      switch self[id].operation {
      case .globalAveragePool: isPooled = true
      case .adaptiveAveragePool(let extent):
        guard extent == Extent(1) else { return nil }
        isPooled = true
      case .mean(let side):
        guard side == .space else { return nil }
        isPooled = true
      case .dropout, .flatten: break
      case .fullyConnected(let connected):
        guard isPooled, head == layer, connected.activation == nil else { return nil }
        head = id
      case .convolution(let convolution):
        guard isPooled, head == layer, convolution.activation == nil, self[self[id].inputs[0]].shape.extent.area == 1,
          convolution.kernel == Extent(1), !convolution.addsInput
        else { return nil }
        head = id
      case .input, .locallyConnected, .maxPool, .averagePool, .activation, .prelu, .batchNorm, .localResponseNorm,
        .globalMaxPool, .adaptiveMaxPool, .pad, .upsample, .transposedConvolution, .normalization, .softmax, .concat,
        .join, .selectChannels, .subsample, .parameter, .batchMean, .randomMask, .batchStatistics, .loss,
        .gradient:
        return nil
      }
    }
    return isPooled ? head : nil
  }
}

extension Operation {
  /// Whether the value says what is at its places, and not only fewer of them.
  fileprivate var isFeatureOfPlaces: Bool {
    switch self {
    case .maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool, .dropout, .flatten, .input,
      .globalMaxPool, .adaptiveMaxPool, .mean, .pad, .upsample,
      .localResponseNorm:
      false
    case .transposedConvolution, .convolution, .locallyConnected, .fullyConnected, .activation, .prelu, .batchNorm,
      .normalization, .softmax, .concat, .join, .selectChannels, .subsample, .parameter, .batchMean,
      .randomMask, .batchStatistics, .loss, .gradient:
      true
    }
  }
}
