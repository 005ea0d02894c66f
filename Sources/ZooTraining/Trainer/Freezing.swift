import ZooGraph
import ZooKit

/// Which layers do not learn.
public enum Freezing: Hashable, Sendable {
  case allButHead
  /// What comes before a layer, in the definition's order.
  case until(String)
}

extension Recipe {
  /// The recipe with layers frozen, and with a rate of its own for the last layer.
  ///
  /// - Parameters:
  ///   - network: what is trained.
  ///   - freezing: what stays as it is; `nil` for nothing.
  ///   - headRate: of the network's last layer
  /// - Throws: `TrainingError.patternsWithoutLayer` for a layer that there is not, `ZooError`.
  /// - Returns: The recipe with patterns added.
  public func adapted(to network: Network, freezing: Freezing?, headRate: Double?) throws -> Recipe {
    var recipe = self
    var layers: [String] = []
    for tensor in network.graph.tensors {
      let layer = Self.layer(of: tensor.name)
      if layers.last != layer { layers.append(layer) }
    }
    let head = try network.headName()
    switch freezing {
    case nil: break
    case .allButHead: recipe.freeze += layers.filter { $0 != head }
    case .until(let name):
      guard let first = layers.firstIndex(where: { LayerPattern(name).fits($0) }) else {
        throw TrainingError.patternsWithoutLayer([name], layers: layers)
      }
      recipe.freeze += layers[..<first]
    }
    if let headRate { recipe.rates.insert(Rate(pattern: head, factor: headRate / learningRate), at: 0) }
    return recipe
  }
}
