import ArgumentParser
import ZooKit

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Say how far zoo run is.",
    discussion: """
      Looks at the parts in DIR, from whatever machine: how many are done, how
      fast, how long the rest takes at that rate, the slowest part, and what was
      wrong with the pictures that have no answer. With zoo run --claim, also
      which worker is at which part, and when it last showed a sign.
      """)

  @Argument(help: ArgumentHelp("The folder of the run.", valueName: "DIR"), completion: .directory) var folder: String
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let status = try WorkStatus(WorkFolder(folder))
    if json { return try Console.json(status) }
    let style = Style(1)
    func line(_ name: String, _ text: String) { Console.result("\(style.dim(name.padded(to: 9)))\(text)") }
    line("run", "\(status.task.rawValue), \(status.model), \(status.data)")
    line(
      "done",
      "\(Self.share(status.picturesDone, of: status.pictures)) %: \(NumberFormat.grouped(status.picturesDone)) of \(NumberFormat.grouped(status.pictures)) pictures, \(status.partsDone) of \(status.parts) parts"
    )
    if let rate = status.picturesPerSecond { line("rate", "\(NumberFormat.fixed(rate, 1)) pictures a second") }
    if let seconds = status.secondsLeft, status.missing != nil { line("left", Self.duration(seconds)) }
    if let slowest = status.slowest {
      let rate = NumberFormat.fixed(Double(slowest.pictures) / max(slowest.seconds, 1e-3), 1)
      line("slowest", "part \(slowest.part), \(rate) pictures a second on \(slowest.host)")
    }
    for claim in status.claims ?? [] {
      let holder = claim.host.map { "\($0), process \(claim.process ?? 0)" } ?? "a worker"
      let age = Self.duration(claim.seconds.rounded(.down))
      line(
        "claimed",
        "part \(claim.part) by \(holder), \(claim.isOver ? "no sign for" : "last sign") \(age)\(claim.isOver ? "" : " ago")"
      )
    }
    if let missing = status.missing { line("missing", missing) }
    if let damaged = status.damaged { line("damaged", damaged) }
    if let refused = status.refused {
      line("given up", "\(refused): too many pictures cannot be read; see \(folder)/parts/*.errors.jsonl")
    }
    for (kind, count) in status.errors.sorted(by: { $0.key < $1.key }) {
      line("errors", "\(NumberFormat.grouped(count)) \(kind)")
    }
  }

  /// Rounded down, so that 100 means all.
  private static func share(_ part: Int, of whole: Int) -> String {
    NumberFormat.fixed(Double(part * 1000 / max(whole, 1)) / 10, 1)
  }

  /// `3 h 20 min`
  static func duration(_ seconds: Double) -> String {
    guard seconds < 1e9 else { return "more than 30 years" }
    let seconds = Int(seconds.rounded(.up))
    let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60)
    if hours >= 48 { return "\(hours / 24) d \(hours % 24) h" }
    if hours > 0 { return "\(hours) h \(minutes) min" }
    return minutes > 0 ? "\(minutes) min \(seconds % 60) s" : "\(seconds) s"
  }
}
