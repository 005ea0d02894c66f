import ZooKernels
import ZooKit
import ZooRuntime

extension Trainer {
  /// Times some steps, and says how long training takes with other numbers of processes that share them.
  ///
  /// The weights, the statistics of norms, the optimiser's state and the place in the run are afterwards what they were before,
  /// also when this throws.
  ///
  /// - Parameters:
  ///   - workers: the numbers of processes, each with the threads of this trainer.
  ///   - machines: how many there are, like this one; `nil` for as many as give each thread a processor.
  ///   - network: what joins them.
  ///   - seconds: for how long steps are timed; at least three are.
  /// - Throws: `WorkerError.tooManyWorkers` or `.notShared` before anything is timed; what making batches throws; `TrainingError.notFinite`.
  /// - Returns: What is to be expected.
  public func plan(
    workers: [Int], machines: Int? = nil, network: TrainingPlan.Network = .standard, seconds: Double = 5
  ) throws -> TrainingPlan {
    let known = TrainingPlan.Measured(
      steps: 0, sliceSeconds: 0, commonSeconds: 0, updateSeconds: 0, additionSeconds: 0, pictureSeconds: 0,
      validationSeconds: 0, completion: [], memory: 0)
    guard communicator.count == 1 else { throw WorkerError.notShared("a plan") }
    func plan(_ measured: TrainingPlan.Measured) throws -> TrainingPlan {
      try TrainingPlan(
        TrainingPlan.Work(self),
        tensors: zip(update.items, update.gradientSteps).map { ($0.numbers.weights.count, $1) },
        statistics: compiled.batchStatisticsCount, workers: workers, threads: machine.pool.threadCount,
        machines: TrainingPlan.Machines(processors: ThreadPool.availableProcessors, count: machines), network: network,
        measured: measured)
    }
    _ = try plan(known)
    return try plan(measured(seconds: seconds))
  }

  private func measured(seconds: Double) throws -> TrainingPlan.Measured {
    try restoring {
      let pictures = try timedPictures()
      var steps: [TimedStep] = []
      let clock = ContinuousClock()
      var start = clock.now
      // The first step touches memory for the first time, and tells little.
      while steps.count < 4 || (clock.now - start).inSeconds < seconds {
        if steps.count == 1 { start = clock.now }
        steps.append(try timedStep(pictures.batches))
      }
      steps.removeFirst()
      let validationSeconds = try timedValidation()
      return TrainingPlan.Measured(
        steps: steps.count, sliceSeconds: median(steps.flatMap(\.slices)), commonSeconds: median(steps.map(\.common)),
        updateSeconds: median(steps.map(\.update)), additionSeconds: timedAddition(), pictureSeconds: pictures.seconds,
        validationSeconds: validationSeconds,
        completion: update.exchange.shares.buckets.indices.map { bucket in median(steps.map { $0.completion[bucket] })
        },
        memory: Benchmark.peakResidentBytes() + pictures.bytesToCome)
    }
  }

  /// What a step took, in seconds.
  private struct TimedStep {
    /// By slice, over all batches of the step.
    var slices: [Double]
    /// By bucket: the share of the last pass after which it was complete.
    var completion: [Double] = []
    var update = 0.0
    var common = 0.0
  }

  /// As `runStep`, at a rate that moves next to nothing.
  private func timedStep(_ batches: [Batch]) throws -> TimedStep {
    let clock = ContinuousClock()
    let exchange = update.exchange
    let buckets = exchange.shares.buckets.map(\.step)
    let size = imagesPerBatch / tree.slices
    var timed = TimedStep(slices: Array(repeating: 0, count: tree.slices))
    var outcomes: [SliceOutcome] = []
    let begin = clock.now
    try exchange.begin()
    for (part, batch) in batches.enumerated() {
      for slice in 0..<tree.slices {
        let start = clock.now
        var ends: [Double] = []
        exchange.beginSlice()
        outcomes.append(
          try run(
            batch.part(slice * size..<(slice + 1) * size), slice, firstImage: part * imagesPerBatch + slice * size,
            part: part, of: batches.count
          ) { step in
            while ends.count < buckets.count, buckets[ends.count] <= step { ends.append((clock.now - start).inSeconds) }
          })
        let took = (clock.now - start).inSeconds
        timed.slices[slice] += took
        timed.completion = ends.map { min(1, $0 / took) }
      }
    }
    try exchange.finish()
    let norm = update.gradientNorm(update.squareSums())
    for outcome in outcomes { updateStatistics(with: outcome, images: size) }
    guard norm.isFinite else {
      throw TrainingError.notFinite(step: state.step, epoch: 0, tensor: nil, rate: 0)
    }
    let beforeUpdate = clock.now
    update.step(1, rate: 1e-9, momentum: nil, gradientNorm: norm)
    let end = clock.now
    timed.update = (end - beforeUpdate).inSeconds
    timed.common = max(0, (end - begin).inSeconds - timed.update - timed.slices.reduce(0, +))
    return timed
  }

  /// The batches of a step; how long one thread takes for a picture of them, which is there already where the budget keeps all;
  /// and the bytes of the pictures that a run keeps and that are not there yet.
  private func timedPictures() throws -> (batches: [Batch], seconds: Double, bytesToCome: Int) {
    let clock = ContinuousClock()
    let before = data.store.byteCount
    func time() throws -> Double {
      try clock.measure { _ = try data.batch(epoch: 0, step: 0) }.inSeconds / Double(imagesPerBatch)
    }
    let first = try time()
    let bytes = (data.store.byteCount - before) / imagesPerBatch
    let isKept = bytes > 0 && bytes * data.count <= options.pictureBudget
    let seconds = isKept ? median(try (0..<3).map { _ in try time() }) : first
    let batches = try (0..<min(recipe.accumulate, data.stepCount)).map { try data.batch(epoch: 0, step: $0) }
    let all =
      min(options.pictureBudget, bytes * data.count) + min(options.pictureBudget, bytes * (validation?.count ?? 0))
    return (batches, seconds, max(0, all - data.store.byteCount))
  }

  /// A picture of the validation, as `validate` takes them, in seconds.
  private func timedValidation() throws -> Double {
    guard let validation else { return 0 }
    let runner = try inference(computing: []).makeRunner(batch: min(validation.batchSize, validation.count))
    let clock = ContinuousClock()
    let steps = min(4, validation.stepCount)
    func time() throws -> Double {
      let loader = makeLoader(validation, steps: 0..<steps)
      defer { loader.cancel() }
      var images = 0
      let seconds = try clock.measure {
        while let batch = try loader.nextBatch() {
          _ = try runner.run(batch.images)
          images += batch.count
        }
      }.inSeconds
      return seconds / Double(max(1, images))
    }
    // The first time pictures are decoded, which they are once in a run.
    return try (0..<2).map { _ in try time() }[1]
  }

  /// The addition of a number to another, in seconds, by all threads on what takes no room in caches.
  private func timedAddition() -> Double {
    let gradients = update.items.map(\.numbers.gradients)
    let sums = update.copies()
    let parts = gradients.indices.flatMap { tensor in
      stride(from: 0, to: gradients[tensor].count, by: Machine.partFloats).map {
        (tensor: tensor, range: $0..<min($0 + Machine.partFloats, gradients[tensor].count))
      }
    }
    let clock = ContinuousClock()
    let seconds = (0..<3).map { _ in
      clock.measure {
        machine.pool.parallel(parts.count) { number in
          let (tensor, range) = parts[number]
          let (sum, other) = (sums[tensor].floats, gradients[tensor].floats)
          for place in range { sum[place] += other[place] }
        }
      }.inSeconds
    }
    return median(seconds) / Double(max(1, gradients.reduce(0) { $0 + $1.count }))
  }
}

private func median(_ numbers: [Double]) -> Double {
  numbers.isEmpty ? 0 : numbers.sorted()[numbers.count / 2]
}
