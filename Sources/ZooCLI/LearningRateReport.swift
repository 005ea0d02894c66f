import ArgumentParser
import ZooTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What `--lr-find` does and answers.
struct LearningRateReport {
  static let pictureName = "lr-find.svg"

  let trainer: Trainer
  let options: RunOptions

  func run() throws {
    let folder = try options.output.map { try RunFolder.create($0) }
    let isTerminal = Console.isTerminal(STDERR_FILENO)
    Interruption.await()
    let search = try trainer.searchLearningRate(
      iterations: options.iterations, isInterrupted: { Interruption.wasRequested }
    ) { event in
      switch event {
      case .estimate(let seconds):
        Console.message(
          "rates  \(options.iterations) steps of \(trainer.recipe.batch * trainer.recipe.accumulate) pictures, at most "
            + "about \(RunProgress.duration(seconds))")
      case .step(let step, let steps, let point):
        guard isTerminal else { return }
        Console.transient(
          "step \(step)/\(steps)  lr \(NumberFormat.scientific(point.rate))  loss \(NumberFormat.fixed(point.smoothed, 4))"
        )
      }
    }
    if isTerminal { Console.transient("") }
    if search.end == .interrupted {
      Console.message("Interrupted after \(search.points.count) steps")
      throw Reported(status: .interrupted)
    }
    try folder?.write(
      search.svg(title: "\(trainer.network.name): loss by learning rate"), as: Self.pictureName)
    let picture = folder?.path(of: Self.pictureName)
    if options.json {
      try Console.json(Answer(trainer.network.name, search, picture: picture))
    } else {
      show(search, picture: picture)
    }
    if search.suggestions == nil { throw Reported(status: .negative) }
  }

  private func show(_ search: LearningRateSearch, picture: String?) {
    if let suggestions = search.suggestions {
      Console.result("lr        \(NumberFormat.scientific(suggestions.valley))  (valley)")
      Console.result("steepest  \(NumberFormat.scientific(suggestions.steepest))")
      Console.result("min / 10  \(NumberFormat.scientific(suggestions.minimumTenth))")
    } else {
      Console.result("lr        none can be suggested")
    }
    Console.result(
      "end       \(search.end.rawValue) after \(search.points.count) of \(options.iterations) steps")
    for doubt in search.doubts { Console.result("low confidence: \(doubt.message)") }
    if let picture { Console.result("picture   \(picture)") }
  }

  private struct Answer: Encodable {
    var schema = "zoo.lr-find/1"
    var model: String
    /// `nil` where too few steps count.
    var lr: Double?
    var steepest: Double?
    var minimumTenth: Double?
    var confidence: String
    var doubts: [String]
    var end: String
    var picture: String?
    var points: [Point]

    /// No number where the loss was none.
    struct Point: Encodable {
      var lr: Double
      var loss: Double?
      var smoothed: Double?
    }

    init(_ model: String, _ search: LearningRateSearch, picture: String?) {
      self.model = model
      lr = search.suggestions?.valley
      steepest = search.suggestions?.steepest
      minimumTenth = search.suggestions?.minimumTenth
      doubts = search.doubts.map(\.message)
      confidence = doubts.isEmpty ? "high" : "low"
      end = search.end.rawValue
      self.picture = picture
      points = search.points.map { point in
        func number(_ value: Double) -> Double? { value.isFinite ? value : nil }
        return Point(lr: point.rate, loss: number(point.loss), smoothed: number(point.smoothed))
      }
    }
  }
}
