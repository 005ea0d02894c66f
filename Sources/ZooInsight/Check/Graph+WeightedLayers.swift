import ZooGraph
import ZooTensor

/// A layer with weights, and what has numbers for each of its channels and belongs to it: the batch norm behind it, slopes.
struct WeightedLayer: Hashable, Sendable {
  /// Of the layer that has the weights.
  let name: String
  var tensors: [String] = []
  /// For each layer that only has numbers for channels, its tensors.
  var channels: [[String]] = []
}

extension Graph {
  /// The layers with weights that a value depends on, from the input on.
  ///
  /// What only has numbers for channels, as a batch norm, belongs to the layer that its first input comes from; before the
  /// first weights, to the layer that has them.
  func weightedLayers(of value: NodeID) -> [WeightedLayer] {
    let needed = isNeeded(for: [value])
    var layers: [WeightedLayer] = []
    var early: [[String]] = []
    var owners = [Int?](repeating: nil, count: nodes.count)
    var seen: Set<String> = []
    for id in ids where needed[id.index] && !self[id].isTrainingOnly {
      let node = self[id]
      let tensors = node.parameters.flatMap(\.value.tensors).filter { seen.insert($0.name).inserted }
      let owner = node.inputs.first.flatMap { owners[$0.index] }
      owners[id.index] = owner
      guard !tensors.isEmpty else { continue }
      if tensors.contains(where: { $0.shape.rank > 1 }) {
        owners[id.index] = layers.count
        layers.append(WeightedLayer(name: node.name, tensors: tensors.map(\.name)))
      } else if let owner {
        layers[owner].channels.append(tensors.map(\.name))
      } else {
        early.append(tensors.map(\.name))
      }
    }
    if !layers.isEmpty { layers[0].channels = early + layers[0].channels }
    return layers
  }
}
