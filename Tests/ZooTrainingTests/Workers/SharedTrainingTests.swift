import Testing
import ZooGraph
import ZooImages
import ZooKernels
import ZooKit
import ZooRuntime
import ZooTensor
import ZooTraining
import ZooWeights

@Suite("A run that processes share ends with the bits of one that is not shared", .timeLimit(.minutes(5)))
struct SharedTrainingTests {
  /// A recipe with its name.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let definition: String
    let recipe: Recipe
  }

  static let cases: [Case] = [
    Case(
      testDescription: "momentum, average, clipping, norms of slices", definition: TrainerFixture.shortcut,
      recipe: TrainerFixture.recipe(.sgd(nesterov: true), batch: 8) {
        $0.slices = 4
        $0.weightDecay = 1e-3
        $0.clipNorm = 0.5
        $0.ema = 0.8
        $0.augmentation = Augmentation(flip: 0.5, shift: 1)
      }),
    Case(
      testDescription: "Adam, pictures mixed over slices", definition: TrainerFixture.shortcut,
      recipe: TrainerFixture.recipe(.adam(), learningRate: 0.01, batch: 8) {
        $0.slices = 4
        $0.numerics = .fast
        $0.mixing = Mixing(mixup: 0.4)
      }),
    Case(
      testDescription: "dropout, one slope for all channels, slices of one picture", definition: TrainerFixture.plain,
      recipe: TrainerFixture.recipe(.adamW(), learningRate: 0.01, batch: 8) { $0.slices = 8 }),
  ]

  /// What a run ends with.
  struct Ending: Equatable, Sendable {
    var digest: String
    var rows: [EpochRecord]
    var best: [UInt8]

    init(_ outcome: Trainer.Outcome, _ folder: RunFolder?) throws {
      digest = outcome.weightsDigest
      rows = outcome.log.records
      for index in rows.indices { rows[index].seconds = 0 }
      best = try folder?.read(RunFolder.bestName) ?? []
    }
  }

  private static func trainer(
    _ drawn: Case, _ data: String, _ communicator: (any Communicator)?, threads: Int = 1
  ) throws -> Trainer {
    var options = Trainer.Options(threads: threads)
    options.communicator = communicator
    return try Trainer(TrainerFixture.network(drawn.definition), drawn.recipe, data: data, options: options)
  }

  /// The ending of each worker. `steps`: after which the run is interrupted.
  private static func run(
    _ drawn: Case, _ data: String, workers: Int, in path: String, resuming: Bool = false, steps: Int? = nil
  ) throws -> [Ending] {
    let folder = try resuming ? RunFolder.open(path) : RunFolder.create(path)
    let results = ThreadGroup.run(workers) { communicator in
      let own = communicator.rank == 0 ? folder : nil
      let trainer = try trainer(drawn, data, communicator, threads: 1 + communicator.rank % 2)
      return try Ending(
        trainer.run(steps: steps, in: own, resuming: resuming), own.flatMap { $0.has(RunFolder.bestName) ? $0 : nil })
    }
    return try results.map { try $0.get() }
  }

  @Test("for any number of processes", arguments: cases)
  func workers(_ drawn: Case) throws {
    let (data, scratch) = (ScratchFolder(), ScratchFolder())
    try TrainerFixture.writeDigits(to: data.path)
    let alone = try RunFolder.create("\(scratch.path)/alone")
    let expected = try Ending(Self.trainer(drawn, data.path, nil).run(in: alone), alone)
    #expect(expected.rows.count == 2)
    let last = try numbers(alone.path(of: RunFolder.lastName))
    for workers in 1...drawn.recipe.slices {
      let path = "\(scratch.path)/\(workers)"
      let endings = try Self.run(drawn, data.path, workers: workers, in: path)
      #expect(endings[0] == expected, "\(workers) processes")
      #expect(endings.allSatisfy { $0.digest == expected.digest && $0.rows == expected.rows }, "\(workers) processes")
      // With the optimiser's state, which has no share of any process in it.
      #expect(try numbers(RunFolder.open(path).path(of: RunFolder.lastName)) == last)
    }
  }

  /// The numbers of a checkpoint, the optimiser's state with them.
  private func numbers(_ path: String) throws -> [String: [Float]] {
    let checkpoint = try Checkpoint.open(path)
    return try Dictionary(
      uniqueKeysWithValues: checkpoint.entries.map { ($0.name, try checkpoint.tensor(named: $0.name).floats) })
  }

  @Test("interrupted, and gone on with by another number of processes", arguments: cases)
  func resumed(_ drawn: Case) throws {
    let (data, scratch) = (ScratchFolder(), ScratchFolder())
    try TrainerFixture.writeDigits(to: data.path)
    let whole = try RunFolder.create("\(scratch.path)/whole")
    let expected = try Ending(Self.trainer(drawn, data.path, nil).run(in: whole), whole)
    for (before, after) in [(1, 3), (3, 2), (4, 1)] {
      for steps in [0, 2, 4] {
        let path = "\(scratch.path)/\(before)-\(after)-\(steps)"
        _ = try Self.run(drawn, data.path, workers: before, in: path, steps: steps)
        let endings = try Self.run(drawn, data.path, workers: after, in: path, resuming: true)
        #expect(endings[0] == expected, "\(before), after \(steps) steps \(after)")
      }
    }
  }

  @Test("slices are passes of their own: what batches are that a step accumulates")
  func slices() throws {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path)
    let network = try TrainerFixture.network()
    func weights(_ batch: Int, _ change: (inout Recipe) -> Void) throws -> [String: [Float]] {
      let trainer = try Trainer(
        network, TrainerFixture.recipe(.sgd(momentum: 0), batch: batch, change), data: folder.path)
      try trainer.run(steps: 1)
      return trainer.tensorsByName
    }
    let accumulated = try weights(4) { $0.accumulate = 2 }
    let sliced = try weights(8) { $0.slices = 2 }
    let whole = try weights(8) { _ in }
    var isOther = false
    for (name, numbers) in accumulated {
      let found = try #require(sliced[name])
      let error = zip(numbers, found).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(error <= 1e-5 * numbers.reduce(0.1) { max($0, abs($1)) }, "\(name)")
      if name.hasSuffix("running_mean") || name.hasSuffix("running_var") { #expect(found == numbers, "\(name)") }
      if zip(whole[name] ?? [], found).contains(where: { abs($0 - $1) > 1e-4 }) { isOther = true }
    }
    #expect(isOther, "norms have the statistics of their slice")
  }

  @Test("gradients are complete when they are said to be", arguments: [TrainerFixture.shortcut, TrainerFixture.plain])
  func gradientSteps(_ definition: String) throws {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path)
    let (network, recipe) = (try TrainerFixture.network(definition), Recipe())
    let training = try TrainingGraph(
      network.graph, loss: recipe.kernelLoss, learns: { recipe.learns($0) }, norm: { recipe.normState(of: $0) })
    let trainer = try Trainer(network, TrainerFixture.recipe(), data: folder.path)
    let tensors = Dictionary(uniqueKeysWithValues: trainer.weights(averaged: false).map { ($0.name, $0.tensor) })
    let compiled = try CompiledTraining(
      training, options: ExecutionOptions(threads: 1), batch: 2,
      weights: ParameterSource { tensors[$0] ?? Tensor(shape: [0], floats: []) })
    func gradient(_ index: Int) -> [UInt32] {
      compiled.tensors[index].gradient.map { buffer in
        UnsafeBufferPointer(start: buffer.floats, count: buffer.count).map(\.bitPattern)
      } ?? []
    }
    for tensor in compiled.tensors {
      if let gradient = tensor.gradient { gradient.floats.update(repeating: .nan, count: gradient.count) }
    }
    var early: [Int: [UInt32]] = [:]
    let images = Tensor(shape: [2, 1, 8, 8], floats: (0..<128).map { Float($0 * 37 % 11) / 11 })
    let targets = Tensor(shape: [2, 3], floats: [1, 0, 0, 0, 1, 0])
    _ = try compiled.run(images: images, targets: targets, at: TrainingPoint()) { step in
      for (index, last) in compiled.gradientSteps.enumerated() where last == step { early[index] = gradient(index) }
    }
    let learning = compiled.tensors.indices.filter { compiled.tensors[$0].gradient != nil }
    #expect(Set(early.keys) == Set(learning) && learning.count > 3)
    for index in learning { #expect(early[index] == gradient(index), "\(compiled.tensors[index].name)") }
    // Those of the last layers are known before those of the first.
    let steps = learning.compactMap { compiled.gradientSteps[$0] }
    #expect((steps.first ?? 0) > (steps.last ?? 0))
  }

  @Test("what cannot be shared is refused by all, before the first step")
  func refused() throws {
    let data = ScratchFolder()
    try TrainerFixture.writeDigits(to: data.path)
    let drawn = Self.cases[0]
    for result in ThreadGroup.run(
      5, { communicator in try Self.trainer(drawn, data.path, communicator).weightsDigest() })
    {
      #expect { try result.get() } throws: { $0 as? WorkerError == .tooManyWorkers(5, slices: 4) }
    }
    let differing = ThreadGroup.run(3) { communicator in
      var own = drawn.recipe
      if communicator.rank == 2 { own.learningRate = 0.04 }
      return try Self.trainer(
        Case(testDescription: "", definition: drawn.definition, recipe: own), data.path, communicator
      ).run().weightsDigest
    }
    for result in differing {
      #expect { try result.get() } throws: { error in
        if case WorkerError.differs("the recipe", _)? = error as? WorkerError { true } else { false }
      }
    }
  }

  @Test("one process reads the recipe and the folder, and what was begun goes on")
  func announced() throws {
    let (data, scratch) = (ScratchFolder(), ScratchFolder())
    try TrainerFixture.writeDigits(to: data.path)
    let drawn = Self.cases[0]
    let expected = try Self.trainer(drawn, data.path, nil).run().weightsDigest
    let path = "\(scratch.path)/run"
    func run(_ workers: Int, steps: Int?) -> [Result<Trainer.Outcome, any Error>] {
      ThreadGroup.run(workers) { communicator in
        var options = TrainingRun.Options(
          folder: communicator.rank == 0 ? path : "/nowhere/\(communicator.rank)", trainer: Trainer.Options(threads: 1))
        options.trainer.communicator = communicator
        options.resumesIfBegun = true
        let run = try TrainingRun(
          TrainerFixture.network(drawn.definition), data: data.path,
          recipe: communicator.rank == 0 ? drawn.recipe : Recipe(epochs: 77), options: options)
        #expect(run.trainer.recipe == drawn.recipe && run.isResumed == (steps == nil))
        var asked = 0
        return try run.run(isInterrupted: {
          defer { asked += 1 }
          return asked == steps
        })
      }
    }
    for outcome in run(4, steps: 3) { #expect(try outcome.get().end == .interrupted) }
    for outcome in run(3, steps: nil) { #expect(try outcome.get().weightsDigest == expected) }
    // Ended before its first checkpoint, it begins.
    let begun = try RunFolder.create("\(scratch.path)/begun")
    try begun.write(drawn.recipe)
    #expect(try Self.trainer(drawn, data.path, nil).run(in: begun, resuming: true).weightsDigest == expected)
  }

  @Test("slices that a batch does not have are refused")
  func impossible() throws {
    let data = ScratchFolder()
    try TrainerFixture.writeDigits(to: data.path)
    func error(_ change: (inout Recipe) -> Void) throws -> TrainingError? {
      do {
        _ = try Trainer(TrainerFixture.network(), TrainerFixture.recipe(batch: 12, change), data: data.path)
        return nil
      } catch let error as TrainingError {
        return error
      }
    }
    #expect(try error { $0.slices = 4 } == nil)
    #expect(try error { $0.slices = 8 } == .slices(8, images: 12))
    #expect(try error { $0.slices = 3 } == .slices(3, images: 12))
    #expect(
      try error {
        $0.slices = 2
        $0.accumulate = 2
      } == .slicesOfBatches(slices: 2, accumulate: 2))
    #expect(
      "\(TrainingError.slices(3, images: 12))"
        == "a step of 12 pictures cannot be cut into 3 slices; expected a power of two that divides 12")
  }

  @Test("loss that is no number ends all, with the same words")
  func notFinite() throws {
    let data = ScratchFolder()
    try TrainerFixture.writeDigits(to: data.path)
    var drawn = Self.cases[2]
    drawn = Case(
      testDescription: "", definition: drawn.definition,
      recipe: TrainerFixture.recipe(.sgd(), learningRate: 1e30, batch: 8) { $0.slices = 4 })
    let case1 = drawn
    func words(_ result: Result<String, any Error>) -> String {
      if case .failure(let error) = result { "\(error)" } else { "" }
    }
    let alone = words(Result { try Self.trainer(case1, data.path, nil).run().weightsDigest })
    #expect(alone.contains("is not a number"))
    for result in ThreadGroup.run(
      3, { communicator in try Self.trainer(case1, data.path, communicator).run().weightsDigest })
    {
      #expect(words(result) == alone)
    }
  }
}
