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

  /// Runs one step of the optimiser. `rate`: in place of the schedule's. `next`: gives the next batch. Throws
  /// `TrainingError.notFinite`, and what making batches throws.
  func runStep(rate given: Double? = nil, _ next: () throws -> Batch?) throws -> StepResult {
    let (step, epoch) = (state.step, state.step / stepsPerEpoch)
    let rate = given ?? recipe.rateSchedule.rate(step: step, stepsPerEpoch: stepsPerEpoch)
    var (loss, correct, judged, images) = (0.0, 0, 0, 0)
    let parts = min(recipe.accumulate, data.stepCount)
    for part in 0..<parts {
      guard let batch = try next() else { throw CancellationError() }
      let point = TrainingPoint(seed: recipe.seed, step: step, firstImage: images)
      let pass = try compiled.run(
        images: batch.images, targets: targets(of: batch), at: point, of: parts * batch.count, accumulates: part > 0)
      compiled.updateRunningStatistics(images: batch.count, momentum: Self.statisticsMomentum)
      loss += pass.losses[0].reduce(0) { $0 + Double($1) }
      images += batch.count
      if batch.mixture == nil {
        correct += Self.correct(pass.scores, batch.classes)
        judged += batch.count
      }
    }
    guard loss.isFinite else {
      throw TrainingError.notFinite(step: step, epoch: epoch, tensor: firstNotFinite, rate: rate)
    }
    let momentum = recipe.rateSchedule.momentum(step: step, stepsPerEpoch: stepsPerEpoch)
    let outcome = update.step(step + 1, rate: rate, momentum: momentum)
    guard outcome.gradientNorm.isFinite else {
      throw TrainingError.notFinite(step: step, epoch: epoch, tensor: firstNotFinite, rate: rate)
    }
    state.step += 1
    state.sums.loss += loss
    state.sums.correct += correct
    state.sums.judged += judged
    state.sums.images += images
    return StepResult(
      loss: loss / Double(images), correct: correct, judged: judged, images: images, rate: rate,
      gradientNorm: outcome.gradientNorm)
  }

  /// The share of a batch's statistics in the running ones, PyTorch's default.
  private static let statisticsMomentum = 0.1

  private func targets(of batch: Batch) -> Tensor {
    let classes = batch.targets.shape[1]
    return Tensor(shape: batch.targets.shape) { bytes in
      let target = bytes.bindMemory(to: Float.self)
      batch.targets.withFloats { _ = target.update(fromContentsOf: $0) }
      recipe.adjust(target, classes: classes, weights: classWeights)
    }
  }

  /// The first tensor, in the network's order, that holds what is no number, or whose gradient does.
  private var firstNotFinite: String? {
    update.items.first { item in
      [item.tensor.numbers, item.numbers.gradients].contains { buffer in
        UnsafeBufferPointer(start: buffer.floats, count: buffer.count).contains { !$0.isFinite }
      }
    }?.tensor.name
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
