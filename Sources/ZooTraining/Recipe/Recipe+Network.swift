import ZooKit
import ZooSpec

extension Recipe {
  /// The recipe that a network's definition has under `train`; what that does not say, or all where there is none, is as in
  /// `base`.
  ///
  /// - Throws: `DefinitionErrors` with everything that is wrong with it, at its places in the definition.
  public init(of network: Network, base: Recipe = Recipe()) throws(DefinitionErrors) {
    guard let training = network.definition.training else {
      self = base
      return
    }
    self = try Recipe.read(training.node, name: "train", base: base, source: training.source)
  }
}
