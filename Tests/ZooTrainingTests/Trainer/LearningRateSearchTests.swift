import Foundation
import Testing
import ZooKernels
import ZooKit
import ZooTensor
import ZooTraining

/// Searching a learning rate with a network that learns digits.
struct LearningRateSearchTests {
  static let digits = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/digits").path

  static func trainer(_ recipe: Recipe = Recipe(batch: 32), threads: Int? = nil) throws -> Trainer {
    let network = try Network(
      yaml: """
        zoo: 1
        name: net
        input: [1, 8, 8]
        preprocess: {resize: {to: [8, 8]}, channels: grey, divide_by: 255, mean: [0.3], std: [0.3]}
        layers:
          - conv: {name: conv, out: 8, kernel: 3}
          - batch_norm: {name: norm}
          - relu
          - flatten
          - fc: {name: fc, out: 10}
        outputs: {logits: fc}
        """, path: "net.yaml")
    let parts = try DataSet.openForTraining(digits, holdingOut: 0, seed: 0)
    return try Trainer(network, recipe: recipe, parts: parts, options: Trainer.Options(threads: threads))
  }

  /// The last validation's loss of one epoch at a constant rate.
  static func loss(at rate: Double) throws -> Double {
    let trainer = try trainer(Recipe(learningRate: rate, schedule: .constant, epochs: 1, batch: 32))
    do {
      return try trainer.run(in: nil).validation?.loss ?? .infinity
    } catch TrainingError.notFinite {
      return .infinity
    }
  }

  /// Rates that are about as good as the best of the decades are good.
  @Test func `the rate that is found is within a decade of a good one`() throws {
    let search = try Self.trainer().searchLearningRate()
    let suggestions = try #require(search.suggestions)
    #expect(search.doubts == [])
    let rates = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]
    let losses = try rates.map(Self.loss)
    let least = try #require(losses.min())
    let good = zip(rates, losses).filter { $1 < 1.25 * least }.map(\.0)
    #expect(good.count < 4)
    #expect(
      good.contains { ($0 / 10...$0 * 10).contains(suggestions.valley) },
      "\(suggestions), losses \(losses) at \(rates)")
    #expect(search.points.map(\.rate) == search.points.indices.map { LearningRateSearch.rate(of: $0) })
    #expect(LearningRateSearch.rate(of: 99) == 10)
  }

  @Test(arguments: [Recipe(batch: 32, ema: 0.9), Recipe(optimizer: .adam(), batch: 100, accumulate: 4)])
  func `a search leaves the trainer as it was`(recipe: Recipe) throws {
    var recipe = recipe
    recipe.epochs = 1
    let (searched, other) = (try Self.trainer(recipe), try Self.trainer(recipe))
    let before = searched.weightsDigest()
    let search = try searched.searchLearningRate(iterations: 60)
    #expect(search.points.count > 20)
    #expect(searched.weightsDigest() == before)
    #expect(searched.step == 0)
    let averages = zip(searched.weights(averaged: true), other.weights(averaged: true))
    #expect(averages.allSatisfy { $0.tensor.withFloats(Array.init) == $1.tensor.withFloats(Array.init) })
    #expect(try searched.run(in: nil).weightsDigest == other.run(in: nil).weightsDigest)
  }

  @Test func `a search has the same bits again, and on any number of threads`() throws {
    let trainer = try Self.trainer(threads: 1)
    let search = try trainer.searchLearningRate(iterations: 40)
    #expect(try trainer.searchLearningRate(iterations: 40) == search)
    #expect(try Self.trainer(threads: 3).searchLearningRate(iterations: 40) == search)
  }

  @Test func `the average of the losses is corrected for its beginning`() throws {
    let points = try Self.trainer().searchLearningRate(iterations: 20).points
    for count in 1...points.count {
      let weights = (0..<count).map { pow(0.9, Double(count - 1 - $0)) }
      let mean = zip(weights, points).reduce(0) { $0 + $1.0 * $1.1.loss } / weights.reduce(0, +)
      #expect(abs(points[count - 1].smoothed - mean) < 1e-9 * mean, "after \(count)")
    }
  }

  @Test func `a loss that is no number ends the search, and the weights are as before`() throws {
    let trainer = try Self.trainer()
    let before = trainer.weightsDigest()
    let search = try trainer.searchLearningRate(iterations: 100, rates: 1e-3...1e300)
    #expect(search.end == .diverged || search.end == .notFinite)
    #expect(search.points.count < 100)
    #expect(trainer.weightsDigest() == before)
  }

  @Test func `an interrupted search ends, and steps are told of`() throws {
    var (asked, steps, estimates) = (0, 0, 0)
    let search = try Self.trainer().searchLearningRate(
      isInterrupted: {
        asked += 1
        return asked > 10
      },
      events: { event in
        switch event {
        case .step(let step, let count, _):
          steps += 1
          #expect((step, count) == (steps, 100))
        case .estimate(let seconds):
          estimates += 1
          #expect(steps == 4 && seconds > 0)
        }
      })
    #expect(search.end == .interrupted)
    #expect((search.points.count, steps, estimates) == (10, 10, 1))
  }

  @Test func `with a rate that no layer follows, the loss does not fall, and confidence is low`() throws {
    let recipe = Recipe(rates: [Recipe.Rate(pattern: "*", factor: 1e-12)], batch: 32)
    let search = try Self.trainer(recipe).searchLearningRate()
    #expect(search.end == .complete)
    #expect(
      search.doubts.contains { if case .smallFall = $0 { true } else { false } }, "\(search.doubts)")
  }
}
