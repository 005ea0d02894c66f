import ZooInsight
import ZooKit

extension VisAdversarial {
  func runPicture(_ model: Model) throws {
    let adversary = try Adversary(model, options: options(for: model))
    var progress = Progress(fooling == nil ? "Changing" : "Making", total: adversary.options.steps)
    func goesOn(_ done: Int, _ total: Int) -> Bool {
      progress.update(total == 0 ? 0 : done * adversary.options.steps / total)
      return !Interruption.wasRequested
    }
    let made: AdversarialPicture?
    do {
      defer { progress.finish() }
      if let source {
        let picture =
          source == "-" ? try PixelImage(descriptor: 0, name: "standard input") : try PixelImage(path: source)
        made =
          smallest
          ? try adversary.smallest(picture, progress: goesOn) : try adversary.attack(picture, progress: goesOn)
      } else {
        made = try adversary.fool(progress: goesOn)
      }
    }
    guard let made else {
      Console.message("Interrupted; nothing was written")
      throw Reported(status: .interrupted)
    }
    let reading: Adversary.ReadBack
    if let picture {
      try FileSystem.write(made.picture.encodedAsPNG(), to: picture, overwrite: output.force)
      reading = try adversary.readBack(made, from: picture)
      Console.message("Wrote \(picture)")
    } else {
      reading = try adversary.readBack(made)
    }
    try output.writeNumbers(made.change)
    let answer = Answer(made, reading, adversary, source: source)
    if let path = output.output {
      let title =
        "adversarial: \(answer.before.top[0].label) \(answer.changed ? "becomes" : "stays") \(answer.after.top[0].label)"
      try Figure(
        title: title, panels: made.panels(before: Answer.top(before: made, adversary)[0], after: reading.png.top[0]),
        columns: 3, notes: VisNotes.lines(model, answer.lines(adversary))
      ).write(to: path, overwrite: output.force)
      Console.message("Wrote \(path)")
    }
    if output.json { return try Console.json(answer) }
    answer.table.print(plain: tables.plain)
    if tables.plain { return }
    Console.result("")
    answer.lines(adversary).forEach(Console.result)
  }

  struct Answer: Encodable {
    var schema = "zoo.vis.adversarial/1"
    var model: String
    var weights: String
    /// Left out for a picture from noise.
    var image: String?
    var target: Int?
    var epsilon: Int
    var maximumSteps: Int
    var stepSize: Double
    var seed: UInt64
    /// Those that led to the picture.
    var steps: Int
    /// Whether the PNG that was read again is taken for what was wanted.
    var changed: Bool
    var changedAfterJPEG: Bool
    var linf: Int
    var l2: Double
    var changedPixels: Int
    var pixels: Int
    var before: Reading
    /// Of the PNG that was read again.
    var after: Reading
    var afterJPEG: Reading

    struct Reading: Encodable {
      var top: [Class]
      /// Of the class that the picture is to be taken for no longer, and of the target.
      var original: Double
      var target: Double?
    }

    struct Class: Encodable {
      var index: Int
      var label: String
      var probability: Double

      init(_ answer: Classification) {
        (index, label, probability) = (answer.index, answer.label, answer.probability)
      }
    }

    init(
      _ made: AdversarialPicture, _ reading: Adversary.ReadBack, _ adversary: Adversary, source: String?
    ) {
      let (options, size) = (made.options, made.size)
      func answer(_ scores: [Float], _ top: [Classification]) -> Reading {
        let probabilities = adversary.probabilities(scores)
        return Reading(
          top: top.map(Class.init), original: probabilities[made.start],
          target: options.target.map { probabilities[$0] })
      }
      model = adversary.model.network.name
      weights = adversary.model.weights.summary
      image = source
      target = options.target
      epsilon = options.epsilon
      maximumSteps = options.steps
      stepSize = options.levelsPerStep
      seed = options.seed
      steps = made.steps
      changed = reading.png.isAdversarial
      changedAfterJPEG = reading.jpeg.isAdversarial
      (linf, l2) = (size.largest, size.euclidean)
      (changedPixels, pixels) = (size.changedPixels, size.pixels)
      before = answer(made.scoresBefore, Self.top(before: made, adversary))
      after = answer(reading.png.scores, reading.png.top)
      afterJPEG = answer(reading.jpeg.scores, reading.jpeg.top)
    }

    /// The three likeliest classes of the picture as it was.
    static func top(before made: AdversarialPicture, _ adversary: Adversary) -> [Classification] {
      Classification.top(
        3, logits: made.scoresBefore, by: adversary.model.answer.function, labels: adversary.model.labels)
    }

    var table: TextTable {
      var table = TextTable([("PICTURE", .left), ("TAKEN FOR", .left), ("PROBABILITY", .right), ("WAS", .right)])
      for (name, reading) in [
        ("before", before), ("PNG, read again", after), ("JPEG \(Adversary.jpegQuality)", afterJPEG),
      ] {
        table.append([
          name, reading.top[0].label, NumberFormat.fixed(reading.top[0].probability, 4),
          NumberFormat.fixed(reading.original, 4),
        ])
      }
      return table
    }

    /// What was found, in sentences.
    func lines(_ adversary: Adversary) -> [String] {
      func verdict(_ reading: Reading, _ isChanged: Bool) -> String {
        let answer = "\(reading.top[0].label), \(Figure.short(reading.top[0].probability))"
        return "\(isChanged ? "succeeds" : "fails"): taken for \(answer)"
      }
      let goal = target.map { adversary.model.labels?[$0]?.name ?? "class \($0)" } ?? "anything else"
      return [
        "goal     \(goal), within \(epsilon) of 255 levels, \(VisAdversarial.words(steps: maximumSteps, size: stepSize))",
        "PNG      read again, \(verdict(after, changed)), after \(steps) \(steps == 1 ? "step" : "steps")",
        "JPEG \(Adversary.jpegQuality)  \(verdict(afterJPEG, changedAfterJPEG))",
        "change   L∞ \(linf) levels, L2 \(NumberFormat.fixed(l2, 1)), \(NumberFormat.grouped(changedPixels)) of \(NumberFormat.grouped(pixels)) pixels",
      ]
    }
  }
}
