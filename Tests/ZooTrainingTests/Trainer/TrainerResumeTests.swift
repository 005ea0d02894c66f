import Testing
import ZooImages
import ZooKernels
import ZooKit
import ZooTraining
import ZooWeights

@Suite("A run that was interrupted ends as one that was not")
struct TrainerResumeTests {
  /// A recipe with its name.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let recipe: Recipe
  }

  static let cases = [
    Case(
      testDescription: "momentum, average, clipping, parts of a batch",
      recipe: TrainerFixture.recipe(.sgd(nesterov: true), epochs: 3) {
        $0.schedule = .cosine
        $0.warmup = 1
        $0.weightDecay = 1e-3
        $0.clipNorm = 0.5
        $0.ema = 0.8
        $0.accumulate = 2
        $0.augmentation = Augmentation(flip: 0.5, shift: 1)
      }),
    Case(
      testDescription: "Adam, mixup, smoothing",
      recipe: TrainerFixture.recipe(.adam(), learningRate: 0.01) {
        $0.loss = .softmax(labelSmoothing: 0.1)
        $0.mixing = Mixing(mixup: 0.4)
      }),
    Case(
      testDescription: "AdamW, one cycle, average, cutmix, class weights",
      recipe: TrainerFixture.recipe(.adamW(), learningRate: 0.01) {
        $0.schedule = .oneCycle
        $0.weightDecay = 0.1
        $0.ema = 0.9
        $0.loss = .softmax(classWeights: .balanced)
        $0.mixing = Mixing(cutmix: 1)
        $0.numerics = .fast
      }),
    Case(
      testDescription: "one cycle without a momentum of its own, statistics fixed, part frozen",
      recipe: TrainerFixture.recipe(.sgd(momentum: 0)) {
        $0.schedule = .oneCycle
        $0.norms = .statisticsFixed
        $0.freeze = ["conv1", "bn1"]
      }),
  ]

  /// What a run leaves behind.
  struct Result: Equatable {
    var digest: String
    var rows: [EpochRecord]
    var best: [UInt8]
    var epoch: Int

    init(_ outcome: Trainer.Outcome, _ folder: RunFolder) throws {
      digest = outcome.weightsDigest
      rows = try folder.log().records
      for index in rows.indices { rows[index].seconds = 0 }
      best = try folder.read(RunFolder.bestName)
      epoch = outcome.best.epoch
    }

    static func == (left: Result, right: Result) -> Bool {
      // Compared in full, but told apart in few words.
      left.digest == right.digest && left.rows == right.rows && left.best == right.best && left.epoch == right.epoch
    }
  }

  private func trainer(_ recipe: Recipe, _ data: ScratchFolder, threads: Int = 1) throws -> Trainer {
    try Trainer(try TrainerFixture.network(), recipe, data: data.path, options: Trainer.Options(threads: threads))
  }

  private func check(_ result: Result, _ expected: Result, _ place: String) {
    #expect(result.digest == expected.digest, "\(place)")
    #expect(result.rows == expected.rows, "\(place)")
    #expect(result.best == expected.best && result.epoch == expected.epoch, "best.zoow \(place)")
  }

  @Test("after any step", arguments: cases)
  func interrupted(_ drawn: Case) throws {
    let (data, scratch) = (ScratchFolder(), ScratchFolder())
    try TrainerFixture.writeDigits(to: data.path)
    let whole = try RunFolder.create("\(scratch.path)/whole")
    let first = try trainer(drawn.recipe, data)
    let expected = try Result(first.run(in: whole), whole)
    #expect(expected.rows.count == drawn.recipe.epochs)
    for steps in 0..<first.totalSteps {
      let folder = try RunFolder.create("\(scratch.path)/\(steps)")
      let started = try trainer(drawn.recipe, data)
      #expect(try started.run(steps: steps, in: folder).end == .interrupted && started.step == steps)
      let outcome = try trainer(drawn.recipe, data, threads: 2).run(in: folder, resuming: true)
      #expect(outcome.end == .complete)
      check(try Result(outcome, folder), expected, "interrupted after \(steps) steps")
    }
    let folder = try RunFolder.create("\(scratch.path)/often")
    var (outcome, pieces) = (try trainer(drawn.recipe, data).run(steps: 1, in: folder), 1)
    while outcome.end == .interrupted {
      outcome = try trainer(drawn.recipe, data, threads: 1 + pieces % 3).run(
        steps: pieces % 3, in: folder, resuming: true)
      pieces += 1
    }
    check(try Result(outcome, folder), expected, "in \(pieces) pieces")
  }

  @Test("a trainer that goes on itself, and a run that writes nothing")
  func same() throws {
    let data = ScratchFolder()
    try TrainerFixture.writeDigits(to: data.path)
    let recipe = Self.cases[0].recipe
    let expected = try trainer(recipe, data).run().weightsDigest
    let split = try trainer(recipe, data)
    try split.run(steps: 4)
    #expect(try split.run().weightsDigest == expected)
  }

  /// A run that ends without a last checkpoint.
  private struct Crash: Error {}

  @Test("after a crash, from the checkpoint before it", arguments: [0.0, 60])
  func crashed(_ interval: Double) throws {
    let (data, scratch) = (ScratchFolder(), ScratchFolder())
    try TrainerFixture.writeDigits(to: data.path)
    let recipe = Self.cases[0].recipe
    let whole = try RunFolder.create("\(scratch.path)/whole")
    let expected = try Result(try trainer(recipe, data).run(in: whole), whole)
    for steps in [1, 2, 3, 5, 6, 8] {
      let folder = try RunFolder.create("\(scratch.path)/\(steps)")
      var checkpoints: [[UInt8]] = []
      // The files of a run that was killed after some steps are those that were there: `last.zoow` may be older than the
      // log, the events and `best.zoow`.
      let crashing = try trainer(recipe, data)
      _ = try crashing.run(
        in: folder, checkpointInterval: interval,
        isInterrupted: {
          if let bytes = try? folder.read(RunFolder.lastName) { checkpoints.append(bytes) }
          return crashing.step == steps
        })
      try folder.write(checkpoints[checkpoints.count - 1], as: RunFolder.lastName)
      for older in [checkpoints.count - 1, checkpoints.count / 2, 0] {
        try folder.write(checkpoints[older], as: RunFolder.lastName)
        let outcome = try trainer(recipe, data, threads: 3).run(in: folder, resuming: true)
        check(try Result(outcome, folder), expected, "killed after \(steps) steps, with checkpoint \(older)")
      }
    }
  }

  @Test("a run that stopped early, or is complete, has nothing left to do")
  func over() throws {
    let (data, scratch) = (ScratchFolder(), ScratchFolder())
    try TrainerFixture.writeDigits(to: data.path)
    var recipe = TrainerFixture.recipe(learningRate: 1e-7, epochs: 9)
    recipe.earlyStop = 2
    recipe.norms = .statisticsFixed
    let folder = try RunFolder.create("\(scratch.path)/early")
    let outcome = try trainer(recipe, data).run(in: folder)
    #expect(outcome.end == .stoppedEarly && outcome.log.records.count < 9)
    let expected = try Result(outcome, folder)
    let again = try trainer(recipe, data).run(in: folder, resuming: true)
    #expect(again.end == .stoppedEarly)
    check(try Result(again, folder), expected, "stopped early")
    recipe.earlyStop = 0
    recipe.epochs = 1
    let complete = try RunFolder.create("\(scratch.path)/complete")
    let whole = try Result(try trainer(recipe, data).run(in: complete), complete)
    let more = try trainer(recipe, data).run(in: complete, resuming: true)
    #expect(more.end == .complete)
    check(try Result(more, complete), whole, "complete")
  }

  @Test("what has changed is named, and nothing is written")
  func changed() throws {
    let (data, other, scratch) = (ScratchFolder(), ScratchFolder(), ScratchFolder())
    try TrainerFixture.writeDigits(to: data.path)
    try TrainerFixture.writeDigits(to: other.path, shade: 1)
    let recipe = Self.cases[0].recipe
    let folder = try RunFolder.create("\(scratch.path)/run")
    try trainer(recipe, data).run(steps: 4, in: folder)
    let names = ScratchFolder.names(in: folder.path)
    func files() throws -> [[UInt8]] { try names.map { try folder.read($0) } }
    let before = try files()
    func fields(_ make: () throws -> Trainer) throws -> [String] {
      do {
        try make().run(in: folder, resuming: true)
        return []
      } catch TrainingError.changed(let changes) {
        #expect(try ScratchFolder.names(in: folder.path) == names && files() == before)
        #expect(changes.allSatisfy { $0.before != $0.now })
        return changes.map(\.field)
      }
    }
    #expect(try fields { try trainer(recipe, other) } == ["data"])
    let definition = TrainerFixture.shortcut.replacing("loss_weight: 0.3", with: "loss_weight: 0.4")
    #expect(
      try fields { try Trainer(TrainerFixture.network(definition), recipe, data: data.path) } == ["definition"])
    var edited = recipe
    (edited.learningRate, edited.seed) = (0.5, 3)
    #expect(try fields { try trainer(edited, data) } == ["lr", "seed"])
    edited = recipe
    edited.earlyStop = 3
    #expect(try fields { try trainer(edited, data) } == ["early_stop"])
    edited = recipe
    edited.optimizer = .adam()
    #expect(try fields { try trainer(edited, data) }.first == "optimizer")
  }

  @Test("a last.zoow that is damaged or none of a run is refused, and nothing is written")
  func damaged() throws {
    let (data, scratch) = (ScratchFolder(), ScratchFolder())
    try TrainerFixture.writeDigits(to: data.path)
    let recipe = Self.cases[0].recipe
    let folder = try RunFolder.create("\(scratch.path)/run")
    try trainer(recipe, data).run(steps: 4, in: folder)
    let names = ScratchFolder.names(in: folder.path)
    let bytes = try folder.read(RunFolder.lastName)
    let path = folder.path(of: RunFolder.lastName)
    func refusal(_ bytes: [UInt8]) throws -> any Error {
      try folder.write(bytes, as: RunFolder.lastName)
      let before = try names.map { try folder.read($0) }
      let error = #expect(throws: (any Error).self) { try trainer(recipe, data).run(in: folder, resuming: true) }
      #expect(try ScratchFolder.names(in: folder.path) == names && names.map { try folder.read($0) } == before)
      return try #require(error)
    }
    for count in [0, 1, 100, bytes.count / 2, bytes.count - 1] {
      let error = try refusal(Array(bytes[..<count]))
      #expect(error is WeightsError && "\(error)".contains(path), "\(count) bytes: \(error)")
    }
    var flipped = bytes
    flipped[bytes.count * 3 / 4] ^= 1
    let error = try refusal(flipped)
    #expect(error is WeightsError && "\(error)".contains(path), "\(error)")
    #expect(try refusal(folder.read(RunFolder.bestName)) as? TrainingError == .notACheckpoint(path: path))
    #expect("\(TrainingError.notACheckpoint(path: "a/last.zoow"))" == "a/last.zoow holds no state of a training run")
    // The right one again.
    try folder.write(bytes, as: RunFolder.lastName)
    #expect(try trainer(recipe, data).run(in: folder, resuming: true).end == .complete)
  }
}
