import ArgumentParser
import ZooKit
import ZooTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One run of `train` or `finetune`.
struct TrainingSession {
  private let recipeOptions: RecipeOptions
  private let options: RunOptions
  private let communicator: any Communicator

  /// `communicator`: reaches the processes that share the run. Where there is a launcher that starts them again, the same
  /// command goes on with what it began.
  init(recipe: RecipeOptions, run: RunOptions, communicator: any Communicator) {
    recipeOptions = recipe
    options = run
    self.communicator = communicator
  }

  private var isShared: Bool { !(communicator is SingleWorker) }

  /// `freezing`: which layers do not learn. `headRate`: the learning rate of the last layer. `start`: the network as it
  /// is trained, and its first weights, given one for the data's classes and whether it was changed for that.
  func run(
    _ network: Network, _ start: TrainingRun.Start = .scratch, freezing: Freezing? = nil, headRate: Double? = nil
  ) throws {
    var settings = TrainingRun.Options(
      folder: options.output, resumes: options.resume, memorized: options.overfit, freezing: freezing,
      headRate: headRate, trainer: try communicator.together { try options.options() })
    settings.trainer.communicator = communicator
    settings.resumesIfBegun = isShared
    let run = try TrainingRun(network, data: options.data, start: start, options: settings) {
      try recipeOptions.recipe(base: $0)
    }
    run.weights?.mentionAll(trains: true)
    let trainer = run.trainer
    describe(trainer, run.parts, isAdapted: run.isAdapted)
    if options.dryRun { return try showSheet(trainer) }
    if let workers = try options.planned() {
      let plan = try trainer.plan(workers: workers, machines: options.machines, network: options.plannedNetwork())
      return options.json ? try Console.json(plan) : TrainingPlanReport.print(plan)
    }
    if options.lrFind { return try LearningRateReport(trainer: trainer, options: options).run() }
    try self.run(trainer, in: run.openFolder(), resuming: run.isResumed)
  }

  /// What is said before the first step.
  private func describe(_ trainer: Trainer, _ parts: DataSet.TrainingParts, isAdapted: Bool) {
    let counts = trainer.data.classCounts
    Console.message(
      "\(trainer.network.name)  \(trainer.tensors.filter(\.learns).reduce(0) { $0 + $1.shape.elementCount }) of "
        + "\(trainer.tensors.reduce(0) { $0 + $1.shape.elementCount }) numbers learn, \(trainer.classes.count) classes")
    if isAdapted {
      Console.message(
        "note: the last layer is new, for the classes \(trainer.classes.prefix(10).joined(separator: ", "))")
    }
    let validation =
      trainer.validation.map { "\($0.count) to validate with" + (parts.isHeldOut ? " (held out)" : "") }
      ?? "none to validate with"
    Console.message(
      "data  \(trainer.data.count) pictures (\(counts.min() ?? 0) to \(counts.max() ?? 0) a class), \(validation)")
    if let preprocessing = trainer.network.preprocessing { Console.message("input  \(preprocessing)") }
    for bad in (trainer.data.skipped + (trainer.validation?.skipped ?? [])).prefix(10) {
      Console.message("note: left out \(bad.name): \(bad.reason)")
    }
    let skipped = trainer.data.skipped.count + (trainer.validation?.skipped.count ?? 0)
    if skipped > 10 { Console.message("note: left out \(skipped) pictures that cannot be read") }
    for state in TrainingGraph.NormState.allCases {
      let norms = trainer.norms.filter { $0.state == state }.map(\.layer)
      guard !norms.isEmpty else { continue }
      let names = norms.count > 4 ? "\(norms[0]) … \(norms[norms.count - 1])" : norms.joined(separator: ", ")
      Console.message("batch norms  \(state.rawValue): \(norms.count) (\(names))")
    }
    let memory = trainer.memory
    Console.message(
      "memory  \(NumberFormat.bytes(memory.activations)) for activations and gradients, "
        + "\(NumberFormat.bytes(memory.weights)) for weights and the optimiser")
    let expected = trainer.recipe.kernelLoss.initialValue(classes: trainer.classes.count)
    Console.message(
      "steps  \(trainer.stepsPerEpoch) an epoch, \(trainer.totalSteps) in all; a loss of \(NumberFormat.fixed(expected, 4)) "
        + "is what equal scores give")
  }

  private func showSheet(_ trainer: Trainer) throws {
    let batch = try trainer.data.batch(epoch: 0, step: 0)
    for (name, count) in zip(trainer.classes, trainer.data.classCounts) { Console.result("\(name)\t\(count)") }
    guard let output = options.output else { return }
    let folder = try RunFolder.create(output)
    guard
      let sheet = Sheet.picture(ofInputs: batch.images, preprocessing: trainer.data.preprocessing)
    else { return }
    try folder.write(sheet.encodedAsPNG(), as: "sheet.png")
    Console.message("Wrote \(folder.path(of: "sheet.png"))")
  }

  private func run(_ trainer: Trainer, in folder: RunFolder?, resuming: Bool) throws {
    let isTerminal = Console.isTerminal(STDERR_FILENO)
    var drawn = ContinuousClock.now - .seconds(1)
    Interruption.await()
    let outcome = try trainer.run(in: folder, resuming: resuming, isInterrupted: { Interruption.wasRequested }) {
      event in
      switch event {
      case .progress(let position):
        guard isTerminal, ContinuousClock.now - drawn > .milliseconds(100) else { return }
        drawn = .now
        Console.transient(RunProgress.line(position))
      case .epoch(let record, let isBest):
        if isTerminal { Console.transient("") }
        Console.message(RunProgress.summary(record, epochs: trainer.recipe.epochs, isBest: isBest))
      case .warning(let warning):
        if isTerminal { Console.transient("") }
        Console.message("warning: \(warning.message)")
      }
    }
    if isTerminal { Console.transient("") }
    try report(outcome, trainer, folder)
    if outcome.end == .interrupted {
      Console.message(
        "Interrupted after step \(trainer.step) of \(trainer.totalSteps)"
          + (folder.map { isShared ? "; the same command goes on" : "; --resume -o \($0.path) goes on" } ?? ""))
      throw Reported(status: .interrupted)
    }
    if let least = options.minTop1, (outcome.log.records.compactMap(\.validationTop1).max() ?? 0) * 100 < least {
      throw Reported(status: .negative)
    }
  }

  private func report(_ outcome: Trainer.Outcome, _ trainer: Trainer, _ folder: RunFolder?) throws {
    let best = outcome.log.records.first { $0.epoch == outcome.best.epoch }
    if options.json {
      try Console.json(Answer(outcome, trainer, folder))
      return
    }
    if let best, let validated = best.validationTop1, let data = trainer.validation {
      let correct = Int((validated * Double(data.count)).rounded())
      let interval = Accuracy(correct: correct, count: data.count).interval95
      Console.result(
        "best     epoch \(best.epoch), top-1 \(NumberFormat.fixed(100 * validated, 2)) % of \(data.count) pictures "
          + "(95 % interval \(NumberFormat.fixed(100 * interval.lowerBound, 1)) to \(NumberFormat.fixed(100 * interval.upperBound, 1)) %)"
      )
    } else if let last = outcome.log.records.last {
      Console.result("last     epoch \(last.epoch), training loss \(NumberFormat.fixed(last.trainingLoss, 4))")
    }
    Console.result("weights  sha256 \(outcome.weightsDigest)")
    if let folder { Console.result("run      \(folder.path)") }
  }

  private struct Answer: Encodable {
    var schema = "zoo.train/1"
    var model: String
    var end: String
    var steps: Int
    var bestEpoch: Int
    var weightsSHA256: String
    var waited: Double
    var run: String?
    var epochs: [Epoch]

    struct Epoch: Encodable {
      var epoch: Int
      var step: Int
      var rate: Double
      var trainingLoss: Double
      var trainingTop1: Double?
      var validationLoss: Double?
      var validationTop1: Double?
      var validationTop5: Double?
      var seconds: Double
    }

    init(_ outcome: Trainer.Outcome, _ trainer: Trainer, _ folder: RunFolder?) {
      model = trainer.network.name
      end = outcome.end.rawValue
      steps = trainer.step
      bestEpoch = outcome.best.epoch
      weightsSHA256 = outcome.weightsDigest
      waited = outcome.waited
      run = folder?.path
      epochs = outcome.log.records.map {
        Epoch(
          epoch: $0.epoch, step: $0.step, rate: $0.rate, trainingLoss: $0.trainingLoss, trainingTop1: $0.trainingTop1,
          validationLoss: $0.validationLoss, validationTop1: $0.validationTop1, validationTop5: $0.validationTop5,
          seconds: $0.seconds)
      }
    }
  }
}
