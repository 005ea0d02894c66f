import ZooSpec

/// Where a run is: what a checkpoint holds beside tensors. There is no state of a generator in it: random numbers are
/// functions of the seed and of these counters.
struct TrainingState: Hashable {
  /// Steps of the optimiser that are over.
  var step = 0
  /// Of the epoch that is under way.
  var sums = Sums()
  var best: BestSoFar
  /// Time that the run took before it was interrupted, of this epoch.
  var seconds = 0.0

  struct Sums: Hashable {
    var loss = 0.0
    var correct = 0
    /// The images that the loss is a sum over, and those that an answer could be right for.
    var images = 0
    var judged = 0
  }

  static let prefix = "zoo.training."

  /// As metadata of an archive. Numbers are hexadecimal or with all their digits.
  var metadata: [String: String] {
    [
      "step": "\(step)", "loss": "\(sums.loss)", "correct": "\(sums.correct)", "images": "\(sums.images)",
      "judged": "\(sums.judged)", "best": best.text, "seconds": "\(seconds)",
    ].reduce(into: [:]) { $0[Self.prefix + $1.key] = $1.value }
  }

  init(patience: Int) { best = BestSoFar(patience: patience) }

  /// Whether metadata have anything of a run's state in them.
  static func isKept(in metadata: [String: String]) -> Bool { metadata.keys.contains { $0.hasPrefix(prefix) } }

  /// What decides which states a run can be in.
  struct Run {
    let steps: Int
    let stepsPerEpoch: Int
    let imagesPerStep: Int
    let patience: Int
  }

  /// Reads what `metadata` wrote. What no such run can have written is refused, and not only what is no number: sums go on
  /// from these.
  init(metadata: [String: String], of run: Run) throws(TrainingError.CheckpointProblem) {
    func value<Value>(
      _ key: String, _ expected: String, _ read: (String) -> Value?
    ) throws(TrainingError.CheckpointProblem) -> Value {
      let text = metadata[Self.prefix + key]
      guard let value = text.flatMap(read) else {
        throw .field(Self.prefix + key, found: text, expected: expected)
      }
      return value
    }
    func count(_ key: String, _ range: ClosedRange<Int>) throws(TrainingError.CheckpointProblem) -> Int {
      let bounds = "\(range.lowerBound) to \(range.upperBound)"
      return try value(key, range.count > 1 ? "a number from \(bounds)" : "\(range.lowerBound)") { text in
        Int(text).flatMap { range.contains($0) ? $0 : nil }
      }
    }
    step = try count("step", 0...run.steps)
    let (epochs, steps) = step.quotientAndRemainder(dividingBy: run.stepsPerEpoch)
    let images = steps * run.imagesPerStep
    sums = Sums(
      loss: try value("loss", "a finite number") { Double($0).flatMap { $0.isFinite ? $0 : nil } },
      correct: 0, images: try count("images", images...images), judged: try count("judged", 0...images))
    sums.correct = try count("correct", 0...sums.judged)
    seconds = try value("seconds", "a duration") { Double($0).flatMap { (0...1e12).contains($0) ? $0 : nil } }
    best = try value("best", "the best of \(epochs) epochs, with a patience of \(run.patience)") { text in
      BestSoFar(text: text).flatMap { best in
        let counts = best.epoch <= epochs && best.waited == epochs - best.epoch
        return counts && best.patience == run.patience && (best.metric == nil) == (best.epoch == 0) ? best : nil
      }
    }
  }
}
