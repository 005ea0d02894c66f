import ZooGraph
import ZooImages
import ZooTensor

extension Model {
  /// What each layer in `outputs` computes for a batch, by the layer's name: its value as the definition has it, before
  /// any activation or batch norm that follows as a layer of its own.
  ///
  ///     let model = try Model("resnet18", weights: .file("resnet18.pth"), outputs: ["layer3.1.relu_2", "avgpool"])
  ///     let features = try model.values(for: model.input(for: image))["avgpool"]
  ///
  /// - Parameter images: `[C, H, W]` or `[N, C, H, W]`, preprocessed.
  /// - Returns: `[N, …]` in float32, with the shape of the layer's value behind the number of images.
  /// - Throws: as `logits`.
  public func values(for images: Tensor) throws -> [String: Tensor] {
    try logitsAndValues(images).values
  }

  /// As above, for pictures, which are preprocessed first.
  ///
  /// - Throws: `ZooError`, also `.noImages`; `ImageError`, `RuntimeError`.
  public func values(for images: [PixelImage]) throws -> [String: Tensor] {
    try values(for: Model.stacked(images.map(input)))
  }

  /// `logits` and `values` of one forward pass.
  ///
  /// - Throws: as `logits`.
  public func logitsAndValues(_ images: Tensor) throws -> (logits: Tensor, values: [String: Tensor]) {
    let (logits, tensors) = try run(images)
    return (logits, Dictionary(zip(outputs, tensors)) { first, _ in first })
  }
}

extension Network {
  /// The layers of those names, each once, in the network's order.
  ///
  /// - Throws: `ZooError.layerNotFound` or `.layerForTraining` for the first name that is no layer of inference.
  package func layers(named names: [String]) throws(ZooError) -> [NodeID] {
    var layers: Set<NodeID> = []
    for name in names {
      guard let id = graph.ids.first(where: { graph[$0].name == name }) else {
        let known = graph.nodes.filter { !$0.isTrainingOnly }.map(\.name)
        throw .layerNotFound(name, model: self.name, suggestions: name.near(among: known))
      }
      guard !graph[id].isTrainingOnly else { throw .layerForTraining(name, model: self.name) }
      layers.insert(id)
    }
    return layers.sorted()
  }
}

extension Graph {
  /// The graph with the values of layers as further outputs, the last ones.
  package func computing(_ layers: [NodeID]) -> Graph {
    var graph = self
    graph.outputs += layers.map { Output(name: self[$0].name, role: .features, value: $0) }
    return graph
  }
}
