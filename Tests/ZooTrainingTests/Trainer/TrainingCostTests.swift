import Testing
import ZooKit
import ZooTraining

/// What `zoo build --training` says of memory is what a step takes.
@Suite struct TrainingCostTests {
  private static let definition = """
    zoo: 1
    name: net
    input: [3, 16, 16]
    layers:
      - conv: {name: conv1, out: 16, kernel: 3, padding: 1, bias: false}
      - batch_norm: {name: bn1}
      - relu: {name: relu1}
      - conv: {name: left, from: relu1, out: 16, kernel: 1}
      - conv: {name: right, from: relu1, out: 16, kernel: 3, padding: 1}
      - concat: {name: both, from: [left, right]}
      - relu: {name: relu2}
      - max_pool: {name: pool1, kernel: 2, stride: 2}
      - dropout: {name: drop1}
      - fc: {name: fc1, out: 5}
    outputs: {logits: fc1}
    """

  private func network() throws -> Network { try Network(yaml: Self.definition, path: "net.yaml") }

  @Test("the arena is that of a step, for several batches", arguments: [1, 3, 8])
  func arena(batch: Int) throws {
    let network = try network()
    let recipe = Recipe(batch: batch)
    let cost = try TrainingCost(network, recipe: recipe)
    let step = try TrainingBenchmark(network, recipe: recipe, batch: batch, time: 0)
    #expect(cost.activations == step.arenaByteCount, "\(batch) images")
    #expect(cost.kept > 0 && cost.kept <= cost.activations, "\(batch) images: \(cost.kept) of \(cost.activations)")
    // Four values of 16 channels of 16×16 are read backward, at least: those of conv1, bn1 with relu1, and both branches.
    #expect(cost.kept >= 4 * batch * 16 * 16 * 16 * 4, "\(batch) images: \(cost.kept)")
  }

  @Test("layers add up, and the state is the optimiser's")
  func state() throws {
    let network = try network()
    for (optimizer, count) in [
      (Optimizer.sgd(momentum: 0), 0), (.sgd(momentum: 0.9), 1), (.adam(), 2), (.adamW(), 2),
    ] {
      var recipe = Recipe(batch: 4)
      recipe.optimizer = optimizer
      let cost = try TrainingCost(network, recipe: recipe)
      #expect(cost.numbersOfState == count, "\(optimizer)")
      #expect(cost.optimizerState == count * cost.gradients, "\(optimizer)")
      #expect(cost.layers.reduce(0) { $0 + $1.parameters } == cost.parameters, "\(optimizer)")
      #expect(cost.layers.reduce(0) { $0 + $1.gradients } == cost.gradients, "\(optimizer)")
      #expect(cost.layers.reduce(0) { $0 + $1.kept } <= cost.kept, "\(optimizer)")
      // Running means do not learn.
      #expect(cost.gradients < cost.parameters, "\(optimizer)")
    }
  }

  @Test("what is frozen has no gradient")
  func frozen() throws {
    let network = try network()
    var recipe = Recipe(batch: 4)
    let all = try TrainingCost(network, recipe: recipe)
    try recipe.set("freeze", "conv1")
    let cost = try TrainingCost(network, recipe: recipe)
    #expect(try #require(cost.layers.first { $0.path == "conv1" }).gradients < all.layers[1].gradients)
    #expect(cost.gradients < all.gradients)
  }

  @Test("more images than there can be are refused, not counted")
  func tooMany() throws {
    let network = try network()
    #expect(throws: (any Error).self) { _ = try TrainingCost(network, recipe: Recipe(batch: 1 << 20)) }
  }
}
