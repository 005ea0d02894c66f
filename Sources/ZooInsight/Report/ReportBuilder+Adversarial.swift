import ZooGraph
import ZooImages
import ZooKit

extension ReportBuilder {
  /// A small change with which the model takes the picture for something else, or that it cannot be made to with.
  ///
  /// - Returns: whether to go on.
  mutating func appendAdversarial(_ model: Model, _ image: Image, progress: () -> Bool) throws -> Bool {
    let title = "What a small change does"
    func refuse(_ reason: String) {
      report.numbers.refusals.append(.init(what: "adversarial", reason: reason))
      report.sections.append(
        ReportSection(id: "adversarial", title: title, [.refusal(title: "Adversarial picture", reason: reason)]))
    }
    guard let picture = image.picture else {
      refuse("changes are made to pixels, and \(image.name) is a tensor")
      return true
    }
    let found: (made: AdversarialPicture, reading: Adversary.ReadBack, before: Classification)
    do {
      let adversary = try Adversary(model)
      guard let made = try adversary.attack(picture, progress: { _, _ in progress() }) else { return false }
      let before = Classification.top(
        1, logits: made.scoresBefore, by: model.answer.function, labels: model.labels)
      found = (made, try adversary.readBack(made), before[0])
    } catch {
      guard let refusal = MethodRefusal(error) else { throw error }
      refuse(refusal.reason)
      return true
    }
    let (made, reading, size) = (found.made, found.reading, found.made.size)
    func answer(_ answer: Classification) -> ReportNumbers.Adversarial.Answer {
      ReportNumbers.Adversarial.Answer(label: answer.label, probability: answer.probability)
    }
    let kind = ReportFigure.adversarial(epsilon: made.options.epsilon)
    report.numbers.adversarial = ReportNumbers.Adversarial(
      epsilon: made.options.epsilon, steps: made.steps, changed: reading.png.isAdversarial,
      changedAfterJPEG: reading.jpeg.isAdversarial, linf: size.largest, l2: size.euclidean,
      changedPixels: size.changedPixels, pixels: size.pixels, before: answer(found.before),
      after: answer(reading.png.top[0]), afterJPEG: answer(reading.jpeg.top[0]), command: command(kind))
    func verdict(_ reading: Adversary.Reading) -> String {
      let words = "\(reading.top[0].label), probability \(Figure.short(reading.top[0].probability))"
      return "\(reading.isAdversarial ? "succeeds" : "fails"): taken for \(words)"
    }
    let figure = Figure(
      title: "\(found.before.label) \(reading.png.isAdversarial ? "becomes" : "stays") \(reading.png.top[0].label)",
      panels: made.panels(before: found.before, after: reading.png.top[0]), columns: 3,
      notes: notes([
        "PNG, written and read again: \(verdict(reading.png)), after \(made.steps) \(made.steps == 1 ? "step" : "steps").",
        "After JPEG of quality \(Adversary.jpegQuality): \(verdict(reading.jpeg)).",
        "Change: L∞ \(size.largest) of 255 levels, L2 \(Figure.short(size.euclidean)), \(size.changedPixels.grouped) of \(size.pixels.grouped) pixels.",
      ]))
    let words = """
      Each sample moves by the sign of the gradient of the likeliest class's cross-entropy, by at most \
      \(made.options.epsilon) of 255 levels in at most \(made.options.steps) steps, until another class is the likeliest. \
      That it fails does not show that a network is robust: with more steps or a larger change it may succeed.
      """
    report.sections.append(
      ReportSection(id: "adversarial", title: title, [.paragraph(words), .figure(figure, kind)]))
    return true
  }
}
