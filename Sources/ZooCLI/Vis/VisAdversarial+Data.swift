import ZooInsight
import ZooKit
import ZooTraining

extension VisAdversarial {
  /// How many pictures of a data set a figure shows.
  private static let shown = 6

  func runData(_ source: String, _ model: Model) throws {
    let data = try DataSet.open(source, split: split == .train ? .train : .test)
    data.mentionImagesWithoutClass()
    let adversary = try Adversary(model, options: options(for: model), batch: Self.batch(model))
    let total = min(data.count, limit ?? data.count)
    var progress = Progress("Changing", total: total)
    var panels: [Figure.Panel] = []
    let evaluation: AdversarialEvaluation
    do {
      defer { progress.finish() }
      evaluation = try adversary.evaluate(
        data, limit: limit, keepingIn: pictures, overwrite: output.force,
        progress: { done, _ in
          progress.update(done)
          return !Interruption.wasRequested
        },
        found: { _, made, reading in
          guard output.output != nil, panels.count < 3 * Self.shown else { return }
          panels += made.panels(
            before: Answer.top(before: made, adversary)[0], after: reading.png.top[0],
            magnification: AdversarialPicture.magnification(of: adversary.options.epsilon))
        })
    }
    let answer = DataAnswer(evaluation, adversary, data)
    if let path = output.output {
      let which = ["The first \(panels.count / 3) of \(evaluation.changed) that succeeded."]
      try Figure(
        title: "adversarial pictures of \(model.network.name)", panels: panels, columns: 3,
        notes: VisNotes.lines(model, answer.lines(adversary) + which)
      ).write(to: path, overwrite: output.force)
      Console.message("Wrote \(path)")
    }
    if let pictures { Console.message("Wrote \(evaluation.entries.count) pictures to \(pictures)") }
    if output.json { try Console.json(answer) } else { answer.lines(adversary).forEach(Console.result) }
    if evaluation.count < total {
      Console.message("Interrupted after \(evaluation.count) of \(total) pictures")
      throw Reported(status: .interrupted)
    }
  }

  /// How many pictures are computed at once, so that large ones do not take much memory; answers do not depend on it.
  private static func batch(_ model: Model) -> Int {
    max(1, min(16, 600_000 / model.network.input.elementCount))
  }

  private struct DataAnswer: Encodable {
    var schema = "zoo.vis.adversarial.data/1"
    var model: String
    var weights: String
    var data: String
    var target: Int?
    var epsilon: Int
    var maximumSteps: Int
    var stepSize: Double
    var seed: UInt64
    /// Pictures that were looked at, those of them that are classified correctly, and those of them that were attacked.
    var count: Int
    var correct: Int
    var attacked: Int
    var changed: Rate
    var changedAfterJPEG: Rate
    /// Of those that were changed: means.
    var meanSteps: Double?
    var meanL2: Double?
    var meanChangedPixels: Double?
    var pictures: [Picture]

    struct Rate: Encodable {
      var count: Int
      /// Of those that were attacked.
      var rate: Double
      /// Where the rate of all pictures of this kind lies, with 95 % confidence (Wilson, 1927).
      var interval95: [Double]

      init(_ count: Int, of attacked: Int) {
        let accuracy = Accuracy(correct: count, count: attacked)
        self.count = count
        rate = accuracy.value
        interval95 = [accuracy.interval95.lowerBound, accuracy.interval95.upperBound]
      }

      var words: String {
        let percent = [rate, interval95[0], interval95[1]].map { NumberFormat.fixed(100 * $0, 1) }
        return "\(percent[0]) % (95 % interval \(percent[1]) to \(percent[2]) %)"
      }
    }

    struct Picture: Encodable {
      var name: String
      var label: Int
      /// The class of the PNG that was read again.
      var answer: Int
      var probability: Double
      var changed: Bool
      var changedAfterJPEG: Bool
      var steps: Int
      var linf: Int
      var l2: Double
      var changedPixels: Int
    }

    init(_ evaluation: AdversarialEvaluation, _ adversary: Adversary, _ data: DataSet) {
      let (options, entries) = (adversary.options, evaluation.entries)
      model = adversary.model.network.name
      weights = adversary.model.weights.summary
      self.data = data.path
      target = options.target
      epsilon = options.epsilon
      maximumSteps = options.steps
      stepSize = options.levelsPerStep
      seed = options.seed
      count = evaluation.count
      correct = evaluation.correct
      attacked = entries.count
      changed = Rate(evaluation.changed, of: entries.count)
      changedAfterJPEG = Rate(evaluation.changedAfterJPEG, of: entries.count)
      let successes = entries.filter(\.isChanged)
      func mean(_ number: (AdversarialEvaluation.Entry) -> Double) -> Double? {
        successes.isEmpty ? nil : successes.reduce(0) { $0 + number($1) } / Double(successes.count)
      }
      meanSteps = mean { Double($0.steps) }
      meanL2 = mean(\.size.euclidean)
      meanChangedPixels = mean { Double($0.size.changedPixels) }
      pictures = entries.map { entry in
        Picture(
          name: entry.name, label: entry.label, answer: entry.answer.index, probability: entry.answer.probability,
          changed: entry.isChanged, changedAfterJPEG: entry.isChangedAfterJPEG, steps: entry.steps,
          linf: entry.size.largest, l2: entry.size.euclidean, changedPixels: entry.size.changedPixels)
      }
    }

    func lines(_ adversary: Adversary) -> [String] {
      let goal = target.map { adversary.model.labels?[$0]?.name ?? "class \($0)" } ?? "anything else"
      var lines = [
        "goal     \(goal), within \(epsilon) of 255 levels, \(VisAdversarial.words(steps: maximumSteps, size: stepSize))",
        "data     \(data), \(count) pictures, \(correct) classified correctly, \(attacked) attacked",
        "PNG      read again, \(changed.count) of \(attacked) succeed: \(changed.words)",
        "JPEG \(Adversary.jpegQuality)  \(changedAfterJPEG.count) of \(attacked): \(changedAfterJPEG.words)",
      ]
      if let meanSteps, let meanL2, let meanChangedPixels {
        lines.append(
          "means    of those that succeed: \(Figure.short(meanSteps)) steps, L2 \(NumberFormat.fixed(meanL2, 1)) levels, \(NumberFormat.fixed(meanChangedPixels, 1)) pixels changed"
        )
      }
      return lines
    }
  }
}
