import ZooKit

/// The answers of `zoo infer`, printed as they come; as JSON, at the end.
struct InferReport {
  private var answer: InferenceAnswer
  private let isJSON: Bool
  private let isList: Bool
  private var answers = 0
  private var failures = 0
  /// Whether it was said that a picture is nothing like those that the network knows; once is enough.
  private var hasDoubted = false
  private let start = ContinuousClock.now

  init(_ network: Network, isJSON: Bool, isList: Bool) {
    answer = InferenceAnswer(network, results: [])
    self.isJSON = isJSON
    self.isList = isList
  }

  mutating func add(
    _ file: String, _ top: [Classification], sliding: SlidingAnswer? = nil, doubt: PictureDoubt? = nil
  ) {
    answers += 1
    if let doubt, !hasDoubted {
      hasDoubted = true
      Console.message(
        """
        note: \(file): \(doubt)
        For photographs: zoo list shows networks, zoo pull mobilenet_v2 fetches the weights of one, and -m mobilenet_v2 \
        uses them.
        """)
    }
    if isJSON {
      let note = doubt.map { "\($0)" }
      answer.results.append(InferenceAnswer.Result(file: file, top: top, sliding: sliding, note: note))
    } else if isList {
      let best = top.map { "\(NumberFormat.fixed($0.probability, 4)) \($0.label)" }
      Console.result("\(file)\t\(best.joined(separator: "\t"))")
    } else {
      Console.result("\(file)  \(answer.model)")
      let width = top.map(\.label.count).max() ?? 0
      for entry in top {
        let bar = Self.bar(entry.probability)
        let label = entry.wordNetID == nil ? entry.label : entry.label.padded(to: width) + "  \(entry.wordNetID ?? "")"
        Console.result("  \(NumberFormat.fixed(entry.probability, 4))  \(bar)  \(label)")
      }
      if let sliding {
        Console.result("")
        sliding.lines.forEach { Console.result("  \($0)") }
      }
    }
  }

  mutating func fail(_ file: String, _ error: any Error) {
    failures += 1
    if isJSON {
      answer.results.append(InferenceAnswer.Result(file: file, error: Remedies.words(error)))
    } else {
      Console.message("error: \(Remedies.words(error))")
    }
  }

  /// - Throws: `Reported` when a file could not be answered.
  func finish() throws {
    if isJSON { try Console.json(answer) }
    if isList {
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let rate = NumberFormat.fixed(Double(answers + failures) / max(seconds, 1e-9), 1)
      Console.message("\(answers + failures) images, \(rate) images/s, \(failures) failed")
    }
    if failures > 0 { throw Reported(status: .badData) }
  }

  /// A bar of up to ten cells, drawn in eighths.
  private static func bar(_ fraction: Double) -> String {
    let eighths = Int((fraction * 80).rounded())
    let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    return (String(repeating: "█", count: eighths / 8) + part).padded(to: 10)
  }
}

extension String {
  /// The text with blanks up to the given number of characters.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
