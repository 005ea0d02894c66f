import ZooGraph
import ZooKit
import ZooTensor

extension Network {
  /// The layer of that name, as `zoo show` lists them.
  ///
  /// - Throws: `ZooError.layerNotFound`, with near names, or `.layerForTraining`.
  package func layer(named name: String) throws(ZooError) -> NodeID {
    try layers(named: [name])[0]
  }

  /// The layers whose values have rows and columns, in the network's order.
  package var mapLayers: [NodeID] {
    graph.ids.filter { id in
      !graph[id].isTrainingOnly && graph[id].shape.isFeatureMap && graph[id].shape.extent.area > 1
    }
  }

  /// The layer of that name, which must have maps.
  ///
  /// - Throws: as `layer(named:)`, and `InsightError.notAMap` naming the nearest layers that have.
  package func mapLayer(named name: String) throws -> NodeID {
    let id = try layer(named: name)
    let maps = mapLayers
    guard maps.contains(id) else {
      let nearest = maps.sorted { abs($0.index - id.index) < abs($1.index - id.index) }.prefix(3)
      throw InsightError.notAMap(
        layer: name, shape: "\(graph[id].shape)", maps: nearest.sorted().map { graph[$0].name })
    }
    return id
  }

  /// - Throws: `InsightError.unitNotFound` unless the layer has that many units: channels of maps, else numbers.
  package func checkUnit(_ unit: Int, of layer: NodeID) throws(InsightError) {
    let shape = graph[layer].shape
    let units = shape.isFeatureMap ? shape.channels : shape.elementCount
    guard (0..<units).contains(unit) else {
      throw .unitNotFound(unit, layer: graph[layer].name, units: units)
    }
  }
}
