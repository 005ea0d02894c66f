import ZooTensor

/// A share of a batch, read while loops run: what the gradient of each image's loss is multiplied with, one part of the images
/// of a step.
///
/// Whoever sets it while loops run answers for the order.
public final class LossFactor: @unchecked Sendable {
  /// From 0 to 1.
  public var value: Double

  /// 1 where a step has one part.
  public init(_ value: Double = 1) { self.value = value }
}

extension Machine {
  /// The loss of each image, times a weight. Computed in double precision and rounded once. `scores`: of each class, a
  /// vector or a map of one pixel. `targets`: one for each class. `output`: a vector of one number.
  public func loss(_ loss: Loss, scores: BlockedView, targets: BlockedView, weight: Double, into output: BlockedView) {
    check(scores, targets)
    precondition(output.images == scores.images, "\(output.images) losses of \(scores.images) images")
    parallel(columns: scores.images) { _, image, _ in
      withDoubles(of: scores, targets, image: image) { scores, targets, _ in
        let line = output.interior(image: image, block: 0)
        line.update(repeating: 0, count: BlockedLayout.lanes)
        line[0] = Float(weight * Reference.loss(loss, scores: scores, target: targets))
      }
    }
  }

  /// The gradient of the losses' mean with respect to the scores. `factor`: one part of all images that the mean is
  /// taken over. `gradient`: as the scores. Unused lanes become zeros.
  public func lossGradient(
    _ loss: Loss, scores: BlockedView, targets: BlockedView, weight: Double, _ factor: LossFactor,
    into gradient: BlockedView
  ) {
    check(scores, targets)
    precondition(gradient.hasShape(of: scores), "the gradient is of another shape")
    parallel(columns: scores.images) { _, image, _ in
      withDoubles(of: scores, targets, image: image) { scores, targets, result in
        Reference.lossGradient(loss, scores: scores, target: targets, into: result)
        for block in 0..<gradient.layout.blocks {
          let line = gradient.interior(image: image, block: block)
          for lane in 0..<BlockedLayout.lanes {
            let index = block * BlockedLayout.lanes + lane
            line[lane] = index < result.count ? Float(result[index] * weight * factor.value) : 0
          }
        }
      }
    }
  }

  private func check(_ scores: BlockedView, _ targets: BlockedView) {
    precondition(
      scores.layout.extent.area == 1 && targets.layout.extent.area == 1
        && scores.layout.channels == targets.layout.channels && scores.images == targets.images,
      "targets of another shape than the scores")
  }

  /// Calls `body` with the numbers of an image, and memory for as many.
  private func withDoubles(
    of scores: BlockedView, _ targets: BlockedView, image: Int,
    _ body: (_ scores: Reference.Input, _ targets: Reference.Input, _ result: Reference.Output) -> Void
  ) {
    let (lanes, count) = (BlockedLayout.lanes, scores.layout.channels)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * count) { memory in
      memory.initialize(repeating: 0)
      for index in 0..<count {
        memory[index] = Double(scores.interior(image: image, block: index / lanes)[index % lanes])
        memory[count + index] = Double(targets.interior(image: image, block: index / lanes)[index % lanes])
      }
      body(
        UnsafeBufferPointer(rebasing: memory[..<count]), UnsafeBufferPointer(rebasing: memory[count..<2 * count]),
        UnsafeMutableBufferPointer(rebasing: memory[(2 * count)...]))
    }
  }

  /// Brings numbers into a sum, or starts it with them.
  public func sum(_ numbers: ChannelPairs, accumulates: Bool, into sums: FloatBuffer) {
    precondition(sums.count == ChannelPairs.floatCount(channels: numbers.channels), "sums of other numbers")
    parallel(columns: 1) { _, _, _ in
      let source = numbers.first(block: 0)
      for index in 0..<sums.count { sums.floats[index] = (accumulates ? sums.floats[index] : 0) + source[index] }
    }
  }
}
