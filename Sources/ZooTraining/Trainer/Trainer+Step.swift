import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor

extension Trainer {
  /// What a step of the optimiser came to.
  public struct StepResult: Hashable, Sendable {
    /// The mean loss of the network's own classifier over the images of the step.
    public let loss: Double
    /// The images that the network was right about, of those that there is a right answer for.
    public let correct: Int
    /// The images that there is a right answer for.
    public let judged: Int
    /// The images of the step.
    public let images: Int
    /// The learning rate of the step.
    public let rate: Double
    /// The Euclidean norm of all gradients together, before clipping.
    public let gradientNorm: Double
  }

  /// Runs one step of the optimiser. `rate`: in place of the schedule's. `next`: gives the next batch, or this process's
  /// pictures of it. Throws `TrainingError.notFinite`, and what making batches throws; `WorkerError.lost`.
  func runStep(rate given: Double? = nil, _ next: () throws -> Batch?) throws -> StepResult {
    let (step, epoch) = (state.step, state.step / stepsPerEpoch)
    let rate = given ?? recipe.rateSchedule.rate(step: step, stepsPerEpoch: stepsPerEpoch)
    let parts = min(recipe.accumulate, data.stepCount)
    let (own, size) = (tree.slices(of: communicator.rank), imagesPerBatch / tree.slices)
    var outcomes: [SliceOutcome] = []
    try update.exchange.begin()
    for part in 0..<parts {
      guard let batch = try next() else { throw CancellationError() }
      for (index, slice) in own.enumerated() {
        update.exchange.beginSlice()
        outcomes.append(
          try run(
            batch.part(index * size..<(index + 1) * size), slice, firstImage: part * imagesPerBatch + slice * size,
            part: part, of: parts))
      }
    }
    try update.exchange.finish()
    let all = try gathered(outcomes, squares: update.squareSums(), batches: parts)
    var (loss, correct, judged) = (0.0, 0, 0)
    for outcome in all.outcomes {
      updateStatistics(with: outcome, images: size)
      loss += outcome.loss
      correct += outcome.correct
      judged += outcome.judged
    }
    guard loss.isFinite else {
      throw TrainingError.notFinite(step: step, epoch: epoch, tensor: try firstNotFinite(), rate: rate)
    }
    let momentum = recipe.rateSchedule.momentum(step: step, stepsPerEpoch: stepsPerEpoch)
    let norm = update.gradientNorm(all.squares)
    update.step(step + 1, rate: rate, momentum: momentum, gradientNorm: norm)
    try update.shareNumbers()
    guard norm.isFinite else {
      throw TrainingError.notFinite(step: step, epoch: epoch, tensor: try firstNotFinite(), rate: rate)
    }
    let images = parts * imagesPerBatch
    state.step += 1
    state.sums.loss += loss
    state.sums.correct += correct
    state.sums.judged += judged
    state.sums.images += images
    return StepResult(
      loss: loss / Double(images), correct: correct, judged: judged, images: images, rate: rate, gradientNorm: norm)
  }

  /// The pictures of each batch that training takes.
  var imagesPerBatch: Int { min(recipe.batch, data.count) }

  /// The places of this process's pictures in a batch; `nil` for all.
  var ownPlaces: Range<Int>? {
    guard communicator.count > 1 else { return nil }
    let (own, size) = (tree.slices(of: communicator.rank), imagesPerBatch / tree.slices)
    return own.lowerBound * size..<own.upperBound * size
  }

  /// The share of a batch's statistics in the running ones, PyTorch's default.
  private static let statisticsMomentum = 0.1

  /// Brings what a slice came to into the running statistics of norms.
  func updateStatistics(with outcome: SliceOutcome, images: Int) {
    compiled.updateRunningStatistics(with: outcome.statistics, images: images, momentum: Self.statisticsMomentum)
  }

  /// Runs a slice forward and backward. `part`: which of the batches of the step it is of. `afterStep`: called when a step
  /// of the plan and what follows from it are over.
  func run(
    _ batch: Batch, _ slice: Int, firstImage: Int, part: Int, of parts: Int, afterStep: ((Int) -> Void)? = nil
  ) throws -> SliceOutcome {
    let exchange = update.exchange
    let isLast = part == parts - 1
    let isOver = { (step: Int) in
      if isLast { exchange.stepIsOver(step, of: slice) }
      afterStep?(step)
    }
    let pass = try compiled.run(
      images: batch.images, targets: targets(of: batch),
      at: TrainingPoint(seed: recipe.seed, step: state.step, firstImage: firstImage), of: parts * imagesPerBatch,
      accumulates: part > 0, afterStep: isLast || afterStep != nil ? isOver : nil)
    let isJudged = batch.mixture == nil
    return SliceOutcome(
      loss: pass.losses[0].reduce(0) { $0 + Double($1) },
      correct: isJudged ? Self.correct(pass.scores, batch.classes) : 0, judged: isJudged ? batch.count : 0,
      statistics: compiled.batchStatistics)
  }

  private func targets(of batch: Batch) -> Tensor {
    let classes = batch.targets.shape[1]
    return Tensor(shape: batch.targets.shape) { bytes in
      let target = bytes.bindMemory(to: Float.self)
      batch.targets.withFloats { _ = target.update(fromContentsOf: $0) }
      recipe.adjust(target, classes: classes, weights: classWeights)
    }
  }

  /// The first tensor, in the network's order, that holds what is no number, or whose gradient does, in any process.
  private func firstNotFinite() throws -> String? {
    let shares = update.exchange.shares.runs(of: communicator.rank)
    let own = update.items.indices.first { index in
      let numbers = update.items[index].numbers
      func isFinite(_ buffer: FloatBuffer, _ range: Range<Int>) -> Bool {
        UnsafeBufferPointer(rebasing: UnsafeBufferPointer(start: buffer.floats, count: buffer.count)[range])
          .allSatisfy(\.isFinite)
      }
      return !isFinite(numbers.weights, 0..<numbers.weights.count)
        || shares.contains { $0.tensor == index && !isFinite(numbers.gradients, $0.range) }
    }
    let all = try communicator.gather(
      (own ?? update.items.count).bytes, counts: Array(repeating: 8, count: communicator.count))
    let first = all.map { Int(bytes: $0[...]) }.min() ?? update.items.count
    return first < update.items.count ? update.items[first].tensor.name : nil
  }

  /// How many images have the highest score for their class.
  static func correct(_ scores: Tensor, _ classes: [Int]) -> Int {
    let count = scores.shape.elementCount / max(1, classes.count)
    return scores.withFloats { floats in
      classes.indices.count { image in
        let row = floats[image * count..<(image + 1) * count]
        return row.allSatisfy { $0 <= row[image * count + classes[image]] }
      }
    }
  }
}
