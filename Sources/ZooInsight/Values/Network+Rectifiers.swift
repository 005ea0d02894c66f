import ZooGraph
import ZooKit
import ZooTensor

extension Network {
  /// The layers of inference whose function lets through what is positive and next to nothing of what is negative: ReLU,
  /// clamps from 0, and their leaky and smooth relatives.
  package var rectifiers: [NodeID] {
    graph.ids.filter { !graph[$0].isTrainingOnly && graph[$0].operation.isRectifier }
  }

  /// The rectifier that a layer's value goes through: the layer itself, or the one that reads it, with nothing between them
  /// but batch norm and dropout; `nil` where there is none, or where several layers read the value.
  package func rectifier(of layer: NodeID) -> NodeID? {
    let readers = graph.readers()
    var id = layer
    while !graph[id].operation.isRectifier {
      let next = readers[id.index].filter { !graph[$0].isTrainingOnly }
      guard next.count == 1, graph[next[0]].inputs.count == 1 else { return nil }
      switch graph[next[0]].operation {
      case .batchNorm, .dropout: break
      case let operation where operation.isRectifier: break
      default: return nil
      }
      id = next[0]
    }
    return id
  }
}

extension ZooGraph.Operation {
  fileprivate var isRectifier: Bool { traits.curve?.favoursPositive ?? false }
}

extension Shape {
  /// How many units a layer of this shape has: channels of maps, else numbers.
  package var unitCount: Int { isFeatureMap ? channels : elementCount }
  /// The positions of a unit's map; 1×1 for a vector.
  package var unitExtent: Extent { isFeatureMap ? extent : Extent(1) }
}
