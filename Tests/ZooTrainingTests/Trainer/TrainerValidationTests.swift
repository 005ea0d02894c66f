import Testing
import ZooGraph
import ZooKernels
import ZooKit
import ZooRuntime
import ZooTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite("What a run says of itself")
struct TrainerValidationTests {
  @Test("validation by the model that is kept, with and without an average", arguments: [0, 0.9])
  func validation(_ ema: Double) throws {
    let (data, scratch) = (ScratchFolder(), ScratchFolder())
    try TrainerFixture.writeDigits(to: data.path, test: 23)
    let recipe = TrainerFixture.recipe(learningRate: 0.005, epochs: 1) { $0.ema = ema }
    let folder = try RunFolder.create("\(scratch.path)/run")
    let trainer = try Trainer(TrainerFixture.network(), recipe, data: data.path)
    let outcome = try trainer.run(in: folder)
    let validated = try #require(outcome.validation)
    let record = try #require(outcome.log.records.first)
    let model = try Model(folder.path(of: RunFolder.bestName), options: Model.Options(threads: 1))
    let test = try DataSet.open(data.path, split: .test)
    var (loss, right, losses) = (0.0, 0, [Double]())
    var confusion = ConfusionMatrix(classes: trainer.classes)
    for index in 0..<test.count {
      let answers = try model.classify(test.picture(at: index), top: 3)
      let truth = test.label(at: index)
      let own = answers.first { $0.index == truth }.map { -log($0.probability) } ?? .nan
      loss += own
      losses.append(own)
      right += answers[0].index == truth ? 1 : 0
      confusion.add(truth: truth, answer: answers[0].index)
    }
    #expect(validated.images == 23 && validated.top1 == right && validated.top5 == 23)
    #expect(validated.confusion == confusion && right < 23)
    #expect(abs(validated.loss - loss / 23) <= 1e-5 * loss / 23)
    #expect((record.validationLoss, record.validationTop1) == (validated.loss, Double(right) / 23))
    #expect(validated.worst.count == 23 && validated.worst.map(\.loss) == validated.worst.map(\.loss).sorted(by: >))
    for picture in validated.worst {
      #expect(abs(picture.loss - losses[picture.index]) <= 1e-4 * max(1, losses[picture.index]))
      #expect(picture.truth == test.label(at: picture.index))
    }
    #expect(record.epoch == 1 && record.step == trainer.totalSteps && record.rate == 0.005)
  }

  @Test("a row of the log for each epoch, and a place in it after each step")
  func events() throws {
    let data = ScratchFolder()
    try TrainerFixture.writeDigits(to: data.path)
    let recipe = TrainerFixture.recipe(epochs: 2) { $0.accumulate = 2 }
    let trainer = try Trainer(TrainerFixture.network(), recipe, data: data.path)
    var (places, epochs): ([[Int]], [Int]) = ([], [])
    let outcome = try trainer.run(
      in: nil,
      events: { event in
        switch event {
        case .progress(let position): places.append([position.epoch, position.step, position.stepsPerEpoch])
        case .epoch(let record, _): epochs.append(record.epoch)
        case .warning: break
        }
      })
    #expect(places == [[0, 1, 3], [0, 2, 3], [0, 3, 3], [1, 1, 3], [1, 2, 3], [1, 3, 3]])
    #expect(epochs == [1, 2] && outcome.log.records.map(\.step) == [3, 6])
  }

  private func warnings(_ recipe: Recipe, steps: Int? = nil) throws -> [TrainingWarning] {
    let data = ScratchFolder()
    try TrainerFixture.writeDigits(to: data.path)
    var warnings: [TrainingWarning] = []
    let network = try TrainerFixture.network(TrainerFixture.plain)
    let trainer = try Trainer(network, recipe, data: data.path)
    _ = try trainer.run(
      in: nil, isInterrupted: { trainer.step == steps },
      events: { event in
        if case .warning(let warning) = event { warnings.append(warning) }
      })
    return warnings
  }

  @Test("what looks wrong")
  func warnings() throws {
    #expect(try warnings(TrainerFixture.recipe(learningRate: 0.01, epochs: 3)).isEmpty)
    let large = try warnings(TrainerFixture.recipe(learningRate: 0.01) { $0.initialization = .gaussian(2) })
    #expect(
      large.contains { if case .initialLoss(_, let expected) = $0 { abs(expected - log(3)) < 1e-9 } else { false } })
    let small = try warnings(
      TrainerFixture.recipe(.sgd(momentum: 0), learningRate: 1e-9, epochs: 4) {
        $0.initialization = .gaussian(1e-3)
      })
    #expect(small.contains { if case .updateRatio(let ratio) = $0 { ratio < 1e-6 } else { false } })
    #expect(small.contains { if case .lossDoesNotMove(_, 3) = $0 { true } else { false } })
    let high = try warnings(TrainerFixture.recipe(.sgd(momentum: 0), learningRate: 20), steps: 1)
    #expect(high.contains { if case .updateRatio(let ratio) = $0 { ratio > 0.1 } else { false } })
    let dead = try warnings(TrainerFixture.recipe(.sgd(momentum: 0), learningRate: 1, epochs: 1))
    #expect(
      dead.contains { if case .deadUnits(_, let dead, let units, 1...) = $0 { dead * 2 > units } else { false } },
      "\(dead)")
  }

  @Test("gradients are right in three ways", arguments: [TrainerFixture.shortcut, TrainerFixture.plain])
  func gradients(_ definition: String) throws {
    let network = try TrainerFixture.network(definition)
    for numerics in Numerics.allCases {
      let report = try GradientReport(network, recipe: TrainerFixture.recipe { $0.numerics = numerics }, batch: 3)
      #expect(report.isRight && report.hasSameBits, "\(report.summary)")
      #expect(Set(report.lines.map(\.tensor)) == Set(network.graph.tensors.filter { $0.role.isTrainable }.map(\.name)))
      #expect(report.summary.hasPrefix("all \(report.lines.count) gradients are right"))
    }
    let frozen = try GradientReport(network, recipe: TrainerFixture.recipe { $0.freeze = ["conv1"] })
    #expect(frozen.isRight && !frozen.lines.contains { $0.layer == "conv1" })
  }

  @Test("where the time of a step goes")
  func benchmark() throws {
    let result = try TrainingBenchmark(
      TrainerFixture.network(), recipe: TrainerFixture.recipe(), options: ExecutionOptions(threads: 1), batch: 4,
      time: 0)
    #expect(result.seconds.count == 3 && result.minimum > 0 && result.minimum <= result.median)
    let kernels = result.shares.dropLast()
    #expect(result.shares.last?.kernel == "optimiser" && result.shares.last?.calls == 11)
    #expect(kernels.map(\.seconds) == kernels.map(\.seconds).sorted(by: >))
    // Of both convolutions, the second also to its input; of both classifiers, both also to their inputs.
    let (first, second, classifier) = (64 * 6 * 9, 64 * 6 * 6 * 9, 96 * 3)
    #expect(
      kernels.reduce(0) { $0 + $1.multiplyAccumulates } == 4 * (2 * first + 3 * second + 2 * 3 * classifier))
  }
}
