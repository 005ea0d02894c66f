import ZooKernels
import ZooKit
import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Trainer {
  /// What happens on the way.
  public enum Event: Sendable {
    /// Steps that are over, in an epoch.
    case progress(RunProgress.Position)
    case epoch(EpochRecord, isBest: Bool)
    case warning(TrainingWarning)
  }

  /// How a run ended.
  public struct Outcome: Sendable {
    /// Why a run ended.
    public enum End: String, Hashable, Sendable {
      case complete, stoppedEarly = "stopped early", interrupted
    }

    /// Why it ended.
    public let end: End
    /// All epochs, those before an interruption included.
    public let log: RunLog
    /// The best epoch; its weights are `best.zoow`.
    public let best: BestSoFar
    /// SHA-256 of the weights after the last step.
    public let weightsDigest: String
    /// The share of the time that steps waited for pictures.
    public let waited: Double
    /// Of the last epoch, where there are pictures to validate with.
    public let validation: Validation?
  }

  /// Trains until the recipe's end, or until told to stop.
  ///
  /// - Parameters:
  ///   - folder: where checkpoints, the log and pictures of it go; `nil` to write nothing.
  ///   - resuming: whether to go on from the folder's last checkpoint.
  ///   - checkpointInterval: seconds between checkpoints within an epoch.
  ///   - isInterrupted: asked after each step; the checkpoint is written before the run ends.
  ///   - events: told of steps, epochs and warnings.
  /// - Throws: `TrainingError`, `RunError`, `WeightsError`, and what reading pictures throws; `WorkerError`.
  /// - Returns: How the run ended.
  public func run(
    in folder: RunFolder?, resuming: Bool = false, checkpointInterval: Double = 60,
    isInterrupted: () -> Bool = { false }, events: (Event) -> Void = { _ in }
  ) throws -> Outcome {
    let identity = try communicator.together {
      RunIdentity(
        definition: try Package.definitionDigest(of: network), data: try (data.source as? DataSet)?.digest() ?? "")
    }
    try compareProcesses(identity)
    // One process reads and writes for all.
    let folder = communicator.rank == 0 ? folder : nil
    let lastPath = folder.map { $0.path(of: RunFolder.lastName) }
    var log = RunLog()
    // Of a run that ended before its first checkpoint there is nothing to go on from.
    let restores = try communicator.together {
      if let folder, resuming { try folder.has(RunFolder.lastName) || !folder.log().records.isEmpty } else { false }
    }
    if try communicator.isAny(restores) {
      try restoreTogether(from: lastPath, identity: identity)
      log = try communicator.together {
        try folder?.truncate(toStep: state.step)
        return try folder?.log() ?? RunLog()
      }
    } else if let folder {
      try folder.write(recipe)
      try folder.write(log)
      try writeCheckpoint(to: folder.path(of: RunFolder.lastName), identity: identity)
    }
    let writes = try communicator.isAny(folder != nil)
    func checkpoint() throws {
      guard writes else { return }
      try update.collectState()
      if let lastPath { try writeCheckpoint(to: lastPath, identity: identity) }
    }
    let clock = ContinuousClock()
    var (epochStart, lastCheckpoint) = (clock.now, clock.now)
    let (runStart, firstStep) = (clock.now, state.step)
    let loader = makeLoader()
    defer { loader.cancel() }
    var validated: Validation?
    var end = Outcome.End.complete
    var isWarnedOfDeadUnits = false

    while state.step < totalSteps, !state.best.shouldStop {
      if try communicator.isAny(isInterrupted()) {
        end = .interrupted
        break
      }
      let before = state.step == 0 ? update.copies() : nil
      let result = try runStep(loader.nextBatch)
      if let before { warnAboutFirstStep(result, before, events) }
      let seconds = state.seconds + (clock.now - epochStart).inSeconds
      let stepOfEpoch = (state.step - 1) % stepsPerEpoch + 1
      let taken = state.step - firstStep
      events(
        .progress(
          RunProgress.Position(
            epoch: (state.step - 1) / stepsPerEpoch, epochs: recipe.epochs, step: stepOfEpoch,
            stepsPerEpoch: stepsPerEpoch, loss: state.sums.loss / Double(max(1, state.sums.images))
          ).timed(steps: taken, images: taken * result.images, seconds: (clock.now - runStart).inSeconds)))
      guard stepOfEpoch == stepsPerEpoch else {
        let isDue = folder != nil && (clock.now - lastCheckpoint).inSeconds > checkpointInterval
        if try communicator.isAny(isDue) {
          let kept = state.seconds
          state.seconds = seconds
          try checkpoint()
          state.seconds = kept
          lastCheckpoint = clock.now
        }
        continue
      }
      // Batches that are no whole step of the optimiser are left out.
      for _ in 0..<max(0, data.stepCount - stepsPerEpoch * recipe.accumulate) { _ = try loader.nextBatch() }
      let epoch = state.step / stepsPerEpoch
      if validation == nil { try update.shareAverages() }
      validated = try validation.map { try validate(on: $0) }
      let sums = state.sums
      let record = EpochRecord(
        epoch: epoch, step: state.step, rate: result.rate, trainingLoss: sums.loss / Double(max(1, sums.images)),
        trainingTop1: sums.judged > 0 ? Double(sums.correct) / Double(sums.judged) : nil,
        validationLoss: validated?.loss, validationTop1: validated?.top1Accuracy,
        validationTop5: validated?.top5Accuracy,
        seconds: state.seconds + (clock.now - epochStart).inSeconds)
      log.records.append(record)
      let isBest = state.best.update(metric: record.validationTop1 ?? -record.trainingLoss, epoch: epoch)
      state.sums = TrainingState.Sums()
      state.seconds = 0
      epochStart = clock.now
      warnAboutLoss(log, events)
      if communicator.rank == 0, !isWarnedOfDeadUnits, epoch & (epoch - 1) == 0 {
        isWarnedOfDeadUnits = try warnAboutDeadUnits(events)
      }
      events(.epoch(record, isBest: isBest))
      if let folder {
        try write(log, record, validated, to: folder, isBest: isBest)
      }
      try compareWeights()
      try checkpoint()
      lastCheckpoint = clock.now
    }
    if end == .complete, state.best.shouldStop { end = .stoppedEarly }
    if end == .interrupted {
      state.seconds += (clock.now - epochStart).inSeconds
      try checkpoint()
    }
    let total = (clock.now - runStart).inSeconds
    let waited = total > 0 ? loader.waited.inSeconds / total : 0
    if waited > 0.1, total > 5 { events(.warning(.waitsForInput(waited))) }
    if let folder, end != .interrupted { try writeWorst(validated, to: folder) }
    return Outcome(
      end: end, log: log, best: state.best, weightsDigest: weightsDigest(), waited: waited, validation: validated)
  }

  /// The batches from where the run is.
  private func makeLoader() -> BatchLoader {
    let (epoch, step) = state.step.quotientAndRemainder(dividingBy: stepsPerEpoch)
    let first = epoch * data.stepCount + step * recipe.accumulate
    return makeLoader(data, steps: first..<max(first, recipe.epochs * data.stepCount), places: ownPlaces)
  }

  /// One that takes more threads, up to as many as compute, where steps wait for pictures. More than eight batches are not
  /// made at once: they take memory.
  func makeLoader(_ data: TrainingData, steps: Range<Int>, places: Range<Int>? = nil) -> BatchLoader {
    let most = min(options.threads ?? ThreadPool.availableProcessors, 8)
    return BatchLoader(data, steps: steps, places: places, mostThreads: most, depth: max(3, most))
  }

  private func write(
    _ log: RunLog, _ record: EpochRecord, _ validated: Validation?, to folder: RunFolder, isBest: Bool
  ) throws {
    if isBest {
      try Package.write(
        network, tensors: weights(averaged: recipe.ema > 0),
        metadata: ["zoo.epoch": "\(record.epoch)"].merging(record.validationTop1.map { ["zoo.top1": "\($0)"] } ?? [:]) {
          $1
        }, to: folder.path(of: RunFolder.bestName))
    }
    try folder.write(log)
    var scalars: [(tag: String, value: Float)] = [
      ("train/loss", Float(record.trainingLoss)), ("lr", Float(record.rate)),
    ]
    if let top1 = record.trainingTop1 { scalars.append(("train/top1", Float(top1))) }
    if let loss = record.validationLoss { scalars.append(("val/loss", Float(loss))) }
    if let top1 = record.validationTop1 { scalars.append(("val/top1", Float(top1))) }
    try folder.append(scalars, step: record.step, wallTime: Double(time(nil)))
    try folder.write(log.curves(title: "\(network.name) on \(dataName)"), as: RunFolder.curvesName)
    if let validated, classes.count <= 100 {
      let title = "\(network.name) after epoch \(record.epoch)"
      try folder.write(try validated.confusion.svg(title: title), as: RunFolder.confusionName)
    }
  }

  private var dataName: String {
    (data.source as? DataSet)?.path.split(separator: "/").last.map(String.init) ?? "data"
  }

  /// A sheet of the pictures that the network is most wrong about, and a list of them.
  private func writeWorst(_ validated: Validation?, to folder: RunFolder) throws {
    guard let validated, let data = validation, !validated.worst.isEmpty else { return }
    let pictures = try validated.worst.map { try data.source.picture(at: $0.index) }
    if let sheet = try Sheet.picture(of: pictures, cell: Extent(96), columns: 10) {
      try folder.write(sheet.encodedAsPNG(), as: "worst.png")
    }
    let lines = validated.worst.map { picture in
      [
        data.source.name(at: picture.index), classes[picture.truth], classes[picture.answer], "\(picture.loss)",
      ].joined(separator: "\t")
    }
    try folder.write((["picture\tclass\tanswer\tloss"] + lines).joined(separator: "\n") + "\n", as: "worst.tsv")
  }

  private func warnAboutFirstStep(_ result: StepResult, _ before: [FloatBuffer], _ events: (Event) -> Void) {
    let expected = recipe.kernelLoss.initialValue(classes: classes.count)
    if startsAnew, recipe.mixing.isNone, classWeights.isEmpty, abs(result.loss - expected) > 0.5 * expected {
      events(.warning(.initialLoss(result.loss, expected: expected)))
    }
    let ratios = update.ratios(to: before).map(\.ratio).sorted()
    let median = ratios.isEmpty ? 1e-3 : ratios[ratios.count / 2]
    if startsAnew, recipe.warmup == 0, recipe.schedule != .oneCycle, median > 0.1 || median < 1e-6 {
      events(.warning(.updateRatio(median)))
    }
  }

  private func warnAboutLoss(_ log: RunLog, _ events: (Event) -> Void) {
    let expected = recipe.kernelLoss.initialValue(classes: classes.count)
    guard log.records.count == 3, startsAnew, recipe.mixing.isNone, let loss = log.records.last?.trainingLoss,
      abs(loss - expected) < 0.02 * expected
    else { return }
    events(.warning(.lossDoesNotMove(loss, epochs: 3)))
  }
}

extension Trainer {
  /// - Returns: whether there was something to warn of.
  private func warnAboutDeadUnits(_ events: (Event) -> Void) throws -> Bool {
    let (pictures, layers) = try deadUnits()
    let worst = layers.max { Double($0.dead) / Double($0.units) < Double($1.dead) / Double($1.units) }
    guard let worst, worst.dead * 2 > worst.units else { return false }
    events(.warning(.deadUnits(layer: worst.layer, dead: worst.dead, units: worst.units, pictures: pictures)))
    return true
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
