import ArgumentParser
import ZooKit

/// `--partial`, `--head new` and `--seed N`: weights that do not fit as they are, to be fine-tuned.
struct LoadingOptions: ParsableArguments {
  enum Head: String, ExpressibleByArgument, CaseIterable {
    case new
  }

  @Flag(help: "Start anew what the checkpoint lacks or has in another shape, and leave out what the model lacks.")
  var partial = false
  @Option(help: ArgumentHelp("new: start the last layer anew, whatever the checkpoint holds there.", valueName: "new"))
  var head: Head?
  @Option(help: ArgumentHelp("Of what is started anew. Default: 0.", valueName: "N")) var seed: UInt64?

  var isGiven: Bool { partial || head != nil }

  var options: LoadOptions {
    LoadOptions(isPartial: partial, hasNewHead: head == .new, seed: seed ?? 0)
  }

  func validate() throws {
    if seed != nil, !isGiven { throw ValidationError("--seed is for what --partial or --head new starts anew") }
  }

  /// Says what was left out, and what was made up, so that nobody takes it for trained.
  func mention(_ report: MatchReport?) {
    report?.mentionNote()
    guard let lines = report?.initialized, !lines.isEmpty else { return }
    let count = lines.count == 1 ? "1 tensor" : "\(lines.count) tensors"
    Console.message("Started \(count) anew, seed \(seed ?? 0), to be trained before answers mean anything:")
    for line in lines { Console.message("  \(line)") }
  }
}

/// What became of each tensor, for programs.
struct MatchAnswer: Encodable {
  var tensors: [Tensor]
  var counts: [String: Int]

  struct Tensor: Encodable {
    var name: String
    var file: String?
    var status: String
    var detail: String
    var elementType: String?
  }

  init(_ report: MatchReport) {
    tensors = report.lines.map {
      Tensor(
        name: $0.name, file: $0.checkpointName, status: $0.status.kind, detail: "\($0)",
        elementType: $0.elementType?.rawValue)
    }
    counts = report.lines.reduce(into: [:]) { $0[$1.status.kind, default: 0] += 1 }
  }
}

extension MatchReport {
  /// Says what was decided about the names of the checkpoint.
  func mentionNote() {
    if let note { Console.message("note: \(note)") }
  }
}

extension LoadedWeights {
  /// All that somebody who reads answers should know of the weights.
  ///
  /// - Parameter trains: whether the command trains them, so that what is random now need not stay so
  func mentionAll(trains: Bool = false) {
    mentionStoredPreprocessing()
    report.mentionNote()
    if !trains { mentionUntrained() }
    mentionStaleLabels()
  }

  /// Says so when some of the weights were never trained.
  func mentionUntrained() {
    guard !untrained.isEmpty else { return }
    let names = untrained.prefix(4).joined(separator: ", ") + (untrained.count > 4 ? ", …" : "")
    Console.message(
      "warning: \(names): random numbers, as started anew and never trained; train them with `zoo finetune` before you believe an answer"
    )
  }
}

extension LoadedWeights {
  /// Says so when labels that came with the weights are not those of the network's classes.
  func mentionStaleLabels() { mentionStale(staleLabelCount) }
}

extension Packing {
  /// As for loaded weights.
  func mentionStaleLabels() { mentionStale(staleLabelCount) }
}

private func mentionStale(_ count: Int?) {
  guard let count else { return }
  Console.message(
    "warning: the weights came with \(count) \(count == 1 ? "label" : "labels"), and the network has another number of classes: the labels are left behind"
  )
}

/// Runs `body`; when a checkpoint does not fit and `isVerbose`, says first what became of every tensor.
func reportingMismatch<Result>(_ isVerbose: Bool, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as CheckpointMismatch where isVerbose {
    Console.message("\(error.report)")
    throw error
  }
}
