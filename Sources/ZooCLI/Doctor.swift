import ArgumentParser
import ZooKit

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What this machine offers, and whether the answers are right.",
    discussion: "Runs the shipped network on every instruction set and compares with the reference interpreter.")

  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let report = try SelfTest.run()
    if json {
      try Console.json(Answer(report))
    } else {
      Console.result("zoo               \(Zoo.configuration.version)")
      Console.result("instruction sets  \(report.checks.map(\.instructionSet.rawValue).joined(separator: ", "))")
      Console.result("threads           \(threads(report))")
      Console.result("build             \(Model.buildWarning ?? "optimised")")
      Console.result("catalogue         \(Catalogue.modelNames.count) networks")
      Console.result("looks for weights in")
      SearchPath.folders.forEach { Console.result("                  \($0)") }
      for check in report.checks {
        Console.result(
          "self-test         \(check.instructionSet.rawValue): \(check.isRight ? "ok" : "WRONG"), within \(NumberFormat.scientific(check.difference)) of the reference interpreter"
        )
      }
    }
    if !report.isRight { throw Reported(status: .internalError) }
  }

  private func threads(_ report: SelfTest) -> String {
    guard let distance = report.distance else { return "\(report.threads)" }
    let nanoseconds = NumberFormat.fixed(distance / .nanoseconds(1), 0)
    return
      "\(report.threads), which share \(report.shareCache ? "a" : "no") cache: they answer each other in \(nanoseconds) ns"
  }

  private struct Answer: Encodable {
    var schema = "zoo.doctor/1"
    var version = Zoo.configuration.version
    var threads: Int
    var distance_ns: Double?
    var shareCache: Bool
    var optimized = Model.buildWarning == nil
    var searchPath = SearchPath.folders
    var checks: [Check]

    struct Check: Encodable {
      var instructionSet: String
      var ok: Bool
      var difference: Double
    }

    init(_ report: SelfTest) {
      threads = report.threads
      distance_ns = report.distance.map { $0 / .nanoseconds(1) }
      shareCache = report.shareCache
      checks = report.checks.map {
        Check(instructionSet: $0.instructionSet.rawValue, ok: $0.isRight, difference: $0.difference)
      }
    }
  }
}
