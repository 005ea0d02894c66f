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

  /// - Returns: `nil` for metadata of anything else.
  init?(metadata: [String: String]) {
    func value<Number>(_ key: String, _ read: (String) -> Number?) -> Number? {
      metadata[Self.prefix + key].flatMap(read)
    }
    guard let step = value("step", { Int($0) }), let loss = value("loss", { Double($0) }),
      let correct = value("correct", { Int($0) }), let images = value("images", { Int($0) }),
      let judged = value("judged", { Int($0) }), let best = value("best", { BestSoFar(text: $0) }),
      let seconds = value("seconds", { Double($0) }), min(step, correct, images, judged) >= 0, loss.isFinite,
      seconds.isFinite
    else { return nil }
    self.step = step
    sums = Sums(loss: loss, correct: correct, images: images, judged: judged)
    self.best = best
    self.seconds = seconds
  }
}
