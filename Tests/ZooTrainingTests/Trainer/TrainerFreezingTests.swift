import Testing
import ZooGraph
import ZooKit
import ZooRuntime
import ZooTensor
import ZooTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite("What a run leaves as it is")
struct TrainerFreezingTests {
  /// The tensors that some steps changed, with a folder's pictures.
  private func changed(
    _ definition: String = TrainerFixture.shortcut, _ change: (inout Recipe) -> Void
  ) throws -> Set<String> {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path)
    let network = try TrainerFixture.network(definition)
    var recipe = TrainerFixture.recipe(.sgd()) {
      ($0.weightDecay, $0.decayNorms, $0.ema) = (0.01, true, 0.5)
    }
    change(&recipe)
    // Weights that are nowhere what new ones are, so that nothing hides behind zeros and ones.
    let weights = try LoadedWeights.load(.synthetic(seed: 1), for: network)
    let trainer = try Trainer(network, recipe, data: folder.path, start: .weights(weights))
    for (name, tensor) in trainer.weights(averaged: false) {
      #expect(tensor.floats == (try weights.tensor(name).floats), "\(name) before the first step")
    }
    try trainer.run(steps: 5)
    let (now, averages) = (
      trainer.tensorsByName,
      Dictionary(uniqueKeysWithValues: trainer.weights(averaged: true).map { ($0.name, $0.tensor.floats) })
    )
    var names: Set<String> = []
    for (name, numbers) in now {
      let start = try weights.tensor(name).floats
      if numbers.map(\.bitPattern) != start.map(\.bitPattern) { names.insert(name) }
      #expect((averages[name] == start) == (numbers == start), "the average of \(name)")
    }
    return names
  }

  private static let scales = ["bn1.weight", "bn1.bias", "bn2.weight", "bn2.bias"]
  private static let statistics = ["bn1.running_mean", "bn1.running_var", "bn2.running_mean", "bn2.running_var"]
  private static let others = [
    "conv1.weight", "conv2.weight", "conv2.bias", "side.weight", "side.bias", "fc.weight", "fc.bias",
  ]

  @Test("norms that are trained, whose statistics are fixed, and that are frozen")
  func norms() throws {
    #expect(try changed { _ in } == Set(Self.others + Self.scales + Self.statistics))
    #expect(try changed { $0.norms = .statisticsFixed } == Set(Self.others + Self.scales))
    #expect(try changed { $0.norms = .frozen } == Set(Self.others))
  }

  @Test("layers that are frozen, or have a rate of zero, with their norms")
  func layers() throws {
    let rest = Set(Self.others + Self.scales + Self.statistics)
    let first = Set(["conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var"])
    #expect(try changed { $0.freeze = ["conv1", "bn1"] } == rest.subtracting(first))
    #expect(try changed { $0.freeze = ["*1"] } == rest.subtracting(first))
    #expect(
      try changed { $0.rates = [Recipe.Rate(pattern: "conv1", factor: 0), Recipe.Rate(pattern: "bn1", factor: 0)] }
        == rest.subtracting(first))
    #expect(
      try changed { ($0.freeze, $0.frozenNorms) = (["conv1", "bn1"], .train) }
        == rest.subtracting(["conv1.weight", "bn1.weight", "bn1.bias"]))
    #expect(try changed { $0.freeze = ["conv2"] } == rest.subtracting(["conv2.weight", "conv2.bias"]))
    #expect(
      try changed(TrainerFixture.plain) { $0.freeze = ["conv1", "hidden", "fc"] } == ["slope.weight"])
  }

  @Test("all but the last layer, and what is before a layer")
  func adapted() throws {
    let network = try TrainerFixture.network()
    func adapted(_ freezing: Freezing?, _ rate: Double? = nil) throws -> Recipe {
      try TrainerFixture.recipe().adapted(to: network, freezing: freezing, headRate: rate)
    }
    let head = try adapted(.allButHead)
    #expect(head.freeze == ["conv1", "bn1", "conv2", "bn2", "side"])
    #expect(try changed { $0.freeze = head.freeze } == ["fc.weight", "fc.bias"])
    #expect(try adapted(.until("bn2")).freeze == ["conv1", "bn1", "conv2"])
    #expect(try adapted(.until("conv1")).freeze == [])
    #expect(try adapted(nil, 0.5).rates == [Recipe.Rate(pattern: "fc", factor: 10)])
    #expect(
      throws: TrainingError.patternsWithoutLayer(["fd"], layers: ["conv1", "bn1", "conv2", "bn2", "side", "fc"])
    ) { try adapted(.until("fd")) }
  }

  @Test("a frozen convolution that Winograd's algorithm computes is pooled by its own layer")
  func pooled() throws {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path, training: 60)
    let network = try TrainerFixture.network(
      """
      zoo: 1
      name: pooled
      input: [1, 28, 28]
      preprocess: {resize: {to: [28, 28], filter: bilinear}, channels: grey, divide_by: 255}
      layers:
        - conv: {name: conv1, out: 20, kernel: 5}
        - max_pool: {name: pool1, kernel: 2, stride: 2}
        - conv: {name: conv2, out: 50, kernel: 5}
        - max_pool: {name: pool2, kernel: 2, stride: 2}
        - fc: {name: fc, out: 3}
      """)
    let weights = try LoadedWeights.load(.synthetic(seed: 1), for: network)
    // So many pixels that transforming weights pays.
    let recipe = TrainerFixture.recipe(batch: 50) { ($0.freeze, $0.numerics) = (["conv1", "conv2"], .fast) }
    let trainer = try Trainer(network, recipe, data: folder.path, start: .weights(weights))
    try trainer.run(steps: 1)
    for (name, tensor) in trainer.weights(averaged: false) {
      #expect((tensor.floats == (try weights.tensor(name).floats)) == !name.hasPrefix("fc"), "\(name)")
    }
  }

  @Test("frozen norms compute what they do in inference")
  func inference() throws {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path)
    // Dropout would be something else in training.
    let network = try TrainerFixture.network(TrainerFixture.shortcut.replacing("- dropout:", with: "- relu:"))
    let weights = try LoadedWeights.load(.synthetic(seed: 1), for: network)
    for state in [Recipe.NormState.frozen, .statisticsFixed] {
      let recipe = TrainerFixture.recipe(epochs: 1, batch: 30) { $0.norms = state }
      let trainer = try Trainer(network, recipe, data: folder.path, start: .weights(weights))
      let batch = try trainer.data.batch(epoch: 0, step: 0)
      let scores = try Interpreter(graph: network.graph, weights: weights.tensor).run(batch.images)[0]
      #expect(scores.shape == [30, 3])
      let expected = batch.classes.indices.reduce(0.0) { sum, image in
        let row = scores.floats[3 * image..<3 * image + 3].map(Double.init)
        return sum + log(row.reduce(0) { $0 + exp($1) }) - row[batch.classes[image]]
      }
      let loss = try #require(try trainer.run().log.records.first?.trainingLoss)
      #expect(abs(loss - expected / 30) <= 1e-5 * loss, "\(state)")
    }
  }
}
