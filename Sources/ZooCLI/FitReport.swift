import ZooKit
import ZooTraining

/// What came out of a fit, for people and for programs.
struct FitReport {
  private let work: HeadFit
  private let result: HeadFit.Result
  private let output: String

  init(_ work: HeadFit, _ result: HeadFit.Result, output: String) {
    (self.work, self.result, self.output) = (work, result, output)
  }

  private var report: LinearClassifier.Report { result.classifier.report }

  /// How well each λ that was tried did on what was left out; no rows where one was given.
  var trials: TextTable {
    var table = TextTable([("LAMBDA", .right), ("ACCURACY %", .right), ("± S.E.", .right), ("NOTE", .left)])
    guard let validation = report.crossValidation else { return table }
    for (index, trial) in validation.trials.enumerated() {
      let notes = [index == validation.best ? "chosen" : nil, trial.unconverged > 0 ? "not converged" : nil]
      table.append([
        "\(trial.regularisation)", Self.percent(trial.accuracy.value), trial.standardError.map(Self.percent) ?? "",
        notes.compactMap(\.self).joined(separator: ", "),
      ])
    }
    return table
  }

  var lines: [String] {
    var lines: [String] = []
    if report.crossValidation?.trials.isEmpty == false { lines += trials.lines + [""] }
    lines.append(
      "codes       \(NumberFormat.grouped(work.codes.count)) of \(work.codes.width) numbers\(work.record.map { ", '\($0.layer)' of \($0.model)" } ?? ""), \(work.codes.classes.count) classes"
    )
    lines.append("loss        \(report.loss.rawValue), λ = \(report.regularisation)")
    lines.append("training    \(Self.words(report.training.accuracy, withInterval: false))")
    if let accuracy = report.crossValidation?.accuracy {
      lines.append("validation  \(Self.words(accuracy)), \(report.crossValidation?.folds ?? 0) folds")
    }
    if let test = result.test { lines.append("test        \(Self.words(test.accuracy))") }
    lines.append(
      "margins     \(report.training.marginViolations) of \(report.training.accuracy.count) pictures are on the wrong side of one"
    )
    let fewest = smallestClasses.map { "\($0.name) \($0.accuracy.count)" }.joined(separator: ", ")
    lines.append("fewest      \(fewest)")
    if !result.cautions.isEmpty {
      lines += ["", "What to believe of it:"] + result.cautions.map { "  \($0)" }
    }
    return lines
  }

  /// Up to three, those with the fewest pictures first.
  private var smallestClasses: [LinearClassifier.ClassResult] {
    Array(
      report.training.classes.enumerated().sorted {
        ($0.element.accuracy.count, $0.offset) < ($1.element.accuracy.count, $1.offset)
      }.map(\.element).prefix(3))
  }

  private static func percent(_ share: Double) -> String { NumberFormat.fixed(100 * share, 2) }

  /// `93.00 % (93 of 100), 95 % of the time between 86.25 and 96.57`
  static func words(_ accuracy: Accuracy, withInterval: Bool = true) -> String {
    let text = "\(percent(accuracy.value)) % (\(accuracy.correct) of \(accuracy.count))"
    guard withInterval else { return text }
    let interval = accuracy.interval95
    return text + ", 95 % interval \(percent(interval.lowerBound)) to \(percent(interval.upperBound)) %"
  }

  var answer: Answer {
    var destination = "network"
    var obstacle: String?
    if case .tensors(let reason) = work.destination { (destination, obstacle) = ("tensors", "\(reason)") }
    return Answer(
      output: output, writes: destination, obstacle: obstacle, model: work.reference, layer: work.record?.layer,
      count: work.codes.count, width: work.codes.width, loss: report.loss.rawValue, lambda: report.regularisation,
      converged: report.converged,
      trials: report.crossValidation?.trials.map {
        Trial(
          lambda: $0.regularisation, accuracy: AccuracyAnswer($0.accuracy), standardError: $0.standardError,
          unconverged: $0.unconverged)
      },
      folds: report.crossValidation?.folds, training: AccuracyAnswer(report.training.accuracy),
      validation: report.crossValidation?.accuracy.map(AccuracyAnswer.init),
      test: result.test.map { AccuracyAnswer($0.accuracy) }, marginViolations: report.training.marginViolations,
      classes: report.training.classes.enumerated().map { index, entry in
        Class(
          name: entry.name, count: entry.accuracy.count, correct: entry.accuracy.correct,
          marginViolations: entry.marginViolations, testCount: result.test?.classes[index].accuracy.count,
          testCorrect: result.test?.classes[index].accuracy.correct)
      },
      cautions: result.cautions.map { "\($0)" })
  }

  struct Answer: Encodable {
    var schema = "zoo.fit/1"
    var output: String
    /// `network` or `tensors`.
    var writes: String
    /// Why the classifier is no layer of the network.
    var obstacle: String?
    var model: String?
    var layer: String?
    var count: Int
    var width: Int
    var loss: String
    var lambda: Double
    var converged: Bool
    var trials: [Trial]?
    var folds: Int?
    var training: AccuracyAnswer
    var validation: AccuracyAnswer?
    var test: AccuracyAnswer?
    var marginViolations: Int
    var classes: [Class]
    var cautions: [String]
  }

  struct Trial: Encodable {
    var lambda: Double
    var accuracy: AccuracyAnswer
    var standardError: Double?
    var unconverged: Int
  }

  struct Class: Encodable {
    var name: String
    var count: Int
    var correct: Int
    var marginViolations: Int
    var testCount: Int?
    var testCorrect: Int?
  }
}

/// How many of some pictures were classified correctly, for programs.
struct AccuracyAnswer: Encodable {
  var correct: Int
  var count: Int
  var value: Double
  /// With 95 % confidence.
  var interval: [Double]

  init(_ accuracy: Accuracy) {
    (correct, count, value) = (accuracy.correct, accuracy.count, accuracy.value)
    interval = [accuracy.interval95.lowerBound, accuracy.interval95.upperBound]
  }
}
