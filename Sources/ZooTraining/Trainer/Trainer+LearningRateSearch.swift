import ZooKernels

extension Trainer {
  /// What happens during a search.
  public enum SearchEvent: Sendable {
    /// After the first steps: how long all of them may take, in seconds. A search that diverges is over sooner.
    case estimate(seconds: Double)
    case step(Int, of: Int, LearningRateSearch.Point)
  }

  /// Searches a learning rate by steps on the training pictures with rates from the lowest to the highest.
  ///
  /// The weights, the statistics of norms, the optimiser's state and the place in the run are afterwards what they were
  /// before, also when this throws. The recipe's own rate and schedule do not count; its factors for layers do.
  ///
  /// - Parameters:
  ///   - iterations: steps, at least 2.
  ///   - rates: from the lowest to the highest.
  ///   - isInterrupted: asked before each step.
  ///   - events: told of each step.
  /// - Throws: what making batches throws.
  /// - Returns: What was measured.
  public func searchLearningRate(
    iterations: Int = LearningRateSearch.standardIterations,
    rates: ClosedRange<Double> = LearningRateSearch.standardRates, isInterrupted: () -> Bool = { false },
    events: (SearchEvent) -> Void = { _ in }
  ) throws -> LearningRateSearch {
    precondition(iterations >= 2 && rates.lowerBound > 0 && rates.upperBound.isFinite, "no rates to search among")
    return try restoring {
      try search(iterations: iterations, rates: rates, isInterrupted: isInterrupted, events: events)
    }
  }

  private func search(
    iterations: Int, rates: ClosedRange<Double>, isInterrupted: () -> Bool, events: (SearchEvent) -> Void
  ) throws -> LearningRateSearch {
    let batches = min(recipe.accumulate, data.stepCount)
    let loader = BatchLoader(data, steps: 0..<iterations * batches)
    defer { loader.cancel() }
    state = TrainingState(patience: 0)
    var curve = LearningRateCurve()
    let clock = ContinuousClock()
    // The first step touches memory for the first time, and tells little.
    var (start, timed) = (clock.now, min(3, iterations - 1))
    for step in 0..<iterations {
      if isInterrupted() { return LearningRateSearch(points: curve.points, end: .interrupted) }
      if step == 1 { start = clock.now }
      let rate = LearningRateSearch.rate(of: step, iterations: iterations, rates: rates)
      var end: LearningRateSearch.End?
      do {
        end = curve.append(rate: rate, loss: try runStep(rate: rate, loader.nextBatch).loss)
      } catch TrainingError.notFinite {
        end = curve.append(rate: rate, loss: .nan)
      }
      if let point = curve.points.last { events(.step(step + 1, of: iterations, point)) }
      if let end { return LearningRateSearch(points: curve.points, end: end) }
      if step == timed {
        events(.estimate(seconds: (clock.now - start).inSeconds / Double(timed) * Double(iterations)))
        timed = iterations
      }
    }
    return LearningRateSearch(points: curve.points, end: .complete)
  }

  /// Runs what takes steps; afterwards all that steps change is what it was before, also when `body` throws.
  func restoring<Value>(_ body: () throws -> Value) rethrows -> Value {
    let (numbers, before) = (changing, state)
    let kept = numbers.map { $0.copy() }
    defer {
      for (buffer, copy) in zip(numbers, kept) { buffer.floats.update(from: copy.floats, count: copy.count) }
      state = before
    }
    return try body()
  }

  /// All numbers that a step changes.
  private var changing: [FloatBuffer] {
    compiled.tensors.map(\.numbers) + update.items.flatMap { $0.numbers.state + ($0.average.map { [$0] } ?? []) }
  }
}

extension FloatBuffer {
  fileprivate func copy() -> FloatBuffer {
    let copy = FloatBuffer(count: count)
    copy.floats.update(from: floats, count: count)
    return copy
  }
}
