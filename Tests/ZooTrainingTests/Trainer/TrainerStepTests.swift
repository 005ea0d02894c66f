import Testing
import ZooGraph
import ZooKernels
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

@Suite("Steps of a run against double precision")
struct TrainerStepTests {
  /// A recipe with its name, for a network.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let definition: String
    let recipe: Recipe

    init(
      _ name: String, _ definition: String, _ optimizer: Optimizer, rate: Double = 0.05,
      _ change: (inout Recipe) -> Void = { _ in }
    ) {
      testDescription = name
      self.definition = definition
      recipe = TrainerFixture.recipe(optimizer, learningRate: rate, batch: 6, change)
    }
  }

  /// With an epsilon that keeps what rounding leaves of a gradient of zero small.
  private static let moments = Optimizer.Moments(beta1: 0.8, beta2: 0.95, epsilon: 1e-3)

  static let cases = [
    Case("momentum", TrainerFixture.shortcut, .sgd()),
    Case("Nesterov's, with decay", TrainerFixture.shortcut, .sgd(nesterov: true)) { $0.weightDecay = 0.1 },
    Case("no momentum, decay of all", TrainerFixture.plain, .sgd(momentum: 0)) {
      ($0.weightDecay, $0.decayNorms) = (0.1, true)
    },
    Case("norms decay", TrainerFixture.shortcut, .sgd(momentum: 0)) { ($0.weightDecay, $0.decayNorms) = (0.1, true) },
    Case("clipped", TrainerFixture.plain, .sgd()) { $0.clipNorm = 0.1 },
    Case("rates of layers", TrainerFixture.plain, .sgd()) {
      $0.rates = [Recipe.Rate(pattern: "conv1", factor: 0.1), Recipe.Rate(pattern: "fc", factor: 3)]
    },
    Case("cosine with warm-up", TrainerFixture.plain, .sgd()) { ($0.schedule, $0.warmup) = (.cosine, 0.5) },
    Case("one cycle", TrainerFixture.plain, .sgd()) { $0.schedule = .oneCycle },
    Case("Adam, with decay", TrainerFixture.plain, .adam(moments)) { $0.weightDecay = 0.1 },
    Case("AdamW", TrainerFixture.plain, .adamW(moments)) { $0.weightDecay = 0.1 },
    Case("statistics fixed", TrainerFixture.shortcut, .sgd()) { $0.norms = .statisticsFixed },
    Case("norms frozen", TrainerFixture.shortcut, .sgd()) { $0.norms = .frozen },
    Case("SVM", TrainerFixture.plain, .sgd()) { $0.loss = .svm },
    Case("squared SVM", TrainerFixture.plain, .sgd()) { $0.loss = .svmSquared },
    Case("one against all", TrainerFixture.plain, .sgd()) { $0.loss = .oneAgainstAll },
  ]

  @Test("all optimisers, decays, rates and losses", arguments: cases)
  func steps(_ drawn: Case) throws {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path)
    for numerics in Numerics.allCases {
      var recipe = drawn.recipe
      recipe.numerics = numerics
      for steps in [1, 4] {
        let trainer = try Trainer(TrainerFixture.network(drawn.definition), recipe, data: folder.path)
        let expected = try TrainerRecomputation(
          trainer, steps: steps,
          decays: { name in recipe.decayNorms || (name.hasSuffix(".weight") && !name.hasPrefix("bn")) })
        var losses: [Double] = []
        var asked = 0
        _ = try trainer.run(
          in: nil,
          isInterrupted: {
            defer { asked += 1 }
            return asked == steps
          }
        ) { event in
          if case .progress(let position) = event, let loss = position.loss { losses.append(loss) }
        }
        let means = expected.losses.indices.map { expected.losses[...$0].reduce(0, +) / Double($0 + 1) }
        #expect(losses.count == steps)
        for (loss, mean) in zip(losses, means) {
          #expect(abs(loss - mean) <= 1e-5 * mean, "losses \(losses), \(means)")
        }
        let found = trainer.tensorsByName
        #expect(expected.differences(from: found).isEmpty, "after \(steps) steps, \(numerics)")
        for (name, _, learns) in trainer.tensors where learns {
          #expect(found[name] != expected.start[name], "\(name) stays as it is")
        }
      }
    }
  }

  @Test("a batch in parts is the batch, with the same dropout")
  func parts() throws {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path)
    let network = try TrainerFixture.network(TrainerFixture.plain)
    func step(_ batch: Int, _ accumulate: Int) throws -> (weights: [String: [Float]], loss: Double) {
      var recipe = TrainerFixture.recipe(.sgd(momentum: 0), batch: batch)
      recipe.accumulate = accumulate
      let trainer = try Trainer(network, recipe, data: folder.path)
      var (loss, asked) = (0.0, 0)
      _ = try trainer.run(
        in: nil,
        isInterrupted: {
          defer { asked += 1 }
          return asked == 1
        }
      ) { if case .progress(let position) = $0 { loss = position.loss ?? 0 } }
      return (trainer.tensorsByName, loss)
    }
    let whole = try step(16, 1)
    for (batch, accumulate) in [(8, 2), (4, 4), (2, 8), (1, 16)] {
      let parted = try step(batch, accumulate)
      #expect(abs(parted.loss - whole.loss) <= 1e-5 * whole.loss, "\(batch) × \(accumulate)")
      for (name, numbers) in whole.weights {
        let error = zip(numbers, parted.weights[name] ?? []).reduce(0) { max($0, abs($1.0 - $1.1)) }
        #expect(error <= 1e-5 * numbers.reduce(0.1) { max($0, abs($1)) }, "\(name) of \(batch) × \(accumulate)")
      }
    }
    #expect(try step(14, 1).loss != whole.loss)
  }

  /// Scores that are linear in the pixels, whose gradients are known.
  private static let linear = """
    zoo: 1
    name: linear
    title: Linear
    input: [1, 8, 8]
    preprocess: {channels: grey, divide_by: 255}
    layers:
      - fc: {name: fc, out: 3}
    outputs: {logits: fc}
    """

  @Test("smoothing and class weights by their formulas")
  func targets() throws {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path, training: 30)
    let network = try TrainerFixture.network(Self.linear)
    let cases: [(Double, Recipe.ClassWeights)] = [
      (0, .none), (0.2, .none), (0, .balanced), (0, .sqrt), (0.3, .balanced), (0.1, .sqrt),
    ]
    for (smoothing, rule) in cases {
      let recipe = TrainerFixture.recipe(.sgd(momentum: 0), learningRate: 0.5, epochs: 1, batch: 30) {
        $0.loss = .softmax(labelSmoothing: smoothing, classWeights: rule)
      }
      let trainer = try Trainer(network, recipe, data: folder.path)
      let start = trainer.tensorsByName
      let batch = try trainer.data.batch(epoch: 0, step: 0)
      let counts = (0..<3).map { label in Double(batch.classes.count { $0 == label }) }
      #expect(counts == [15, 8, 7])
      let weights: [Double] =
        switch rule {
        case .none: [1, 1, 1]
        // 30 pictures, so that 30 / 3 / count; by the root, the sum of roots is what the mean is over.
        case .balanced: counts.map { 10 / $0 }
        case .sqrt: counts.map { 30 / counts.reduce(0) { $0 + $1.squareRoot() } / $0.squareRoot() }
        }
      let (rows, shifts) = (start["fc.weight"] ?? [], start["fc.bias"] ?? [])
      var (loss, slopes) = (0.0, [0.0, 0, 0])
      batch.images.withFloats { pixels in
        for (image, truth) in batch.classes.enumerated() {
          let scores = (0..<3).map { output in
            (0..<64).reduce(Double(shifts[output])) {
              $0 + Double(rows[output * 64 + $1]) * Double(pixels[image * 64 + $1])
            }
          }
          let total = scores.reduce(0) { $0 + exp($1) }
          let targets = (0..<3).map { weights[$0] * (($0 == truth ? 1 - smoothing : 0) + smoothing / 3) }
          for output in 0..<3 {
            loss -= targets[output] * (scores[output] - log(total)) / 30
            slopes[output] += (exp(scores[output]) / total * targets.reduce(0, +) - targets[output]) / 30
          }
        }
      }
      let outcome = try trainer.run()
      let found = try #require(outcome.log.records.first?.trainingLoss)
      #expect(abs(found - loss) <= 1e-5 * loss, "\(smoothing), \(rule): \(found), not \(loss)")
      for output in 0..<3 {
        let moved = Double(trainer.tensorsByName["fc.bias"]?[output] ?? .nan) - Double(shifts[output])
        #expect(abs(moved + 0.5 * slopes[output]) <= 1e-6, "\(smoothing), \(rule): \(moved)")
      }
    }
  }
}
