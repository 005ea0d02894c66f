import ArgumentParser
import ZooKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

struct Pull: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fetch published weights, check them, and put them where they are found.",
    discussion: """
      Fetches the file from the address that the definition gives (zoo show
      MODEL) with the command curl: a proxy (https_proxy), certificates and
      ~/.curlrc are its own. The first published file is the default.

        zoo pull resnet18
        zoo pull resnet50 --weights resnet50-11ad3fa6.pth
        ZOO_MIRROR=https://mirror.example/weights zoo pull vgg16

      It goes into the first folder of $ZOO_PATH that is there and can be
      written, else into $XDG_DATA_HOME/zoo or ~/.local/share/zoo. Its SHA-256
      must begin as the definition says, or as the name does (PyTorch's
      NAME-HASH8.pth); other bytes are removed, and the status is 65. What
      came before an interruption stays as NAME.part, and the same command
      goes on from there, where the SHA-256 is known. A file that is there and
      right is not fetched again.

      $ZOO_MIRROR is the address of a folder that has files of these names,
      and replaces the definition's address. Without a connection, or when the
      server has no such file, the status is 69; when the connection breaks,
      74.
      """)

  @Argument(help: .model, completion: .model) var model: String
  @Option(
    name: [.customShort("w"), .customLong("weights")],
    help: ArgumentHelp("Another of the published files than the first, by its name.", valueName: "NAME"))
  var weights: String?
  @Option(
    help: ArgumentHelp("Give up when less than 100 bytes a second came for so long.", valueName: "SECONDS"))
  var timeout = 60
  @Flag(help: "Fetch the file even if it is there, and replace it.") var force = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard (1...86400).contains(timeout) else {
      throw ValidationError("--timeout is \(timeout); expected 1 to 86400 seconds")
    }
  }

  func run() throws {
    let network = try Network.named(model)
    if weights == nil, WeightDownload.files(for: network).isEmpty, let found = WeightLookup.find(for: network) {
      return try report(Answer(model: network.name, found))
    }
    let download = try WeightDownload(for: network, named: weights)
    Interruption.await()
    var progress = TransferLine(download.file)
    let outcome: WeightDownload.Outcome
    do {
      outcome = try download.run(
        overwrite: force, patience: timeout,
        progress: { count, total in
          if progress.update(count, total) {
            Console.message("\(download.model): fetching \(download.file) into \(download.folder)")
          }
        }, isCancelled: { Interruption.wasRequested })
    } catch DownloadError.cancelled(let part, let byteCount) {
      progress.finish()
      try interrupted(part, byteCount)
    } catch DownloadError.transfer(_, .other(code: nil, _), let part, let byteCount, _) {
      // A terminal's Ctrl-C reaches curl too, and may do so first.
      progress.finish()
      try interrupted(part, byteCount)
    } catch {
      progress.finish()
      throw error
    }
    progress.finish()
    try report(Answer(download, outcome, model))
  }

  private func interrupted(_ part: String, _ byteCount: Int) throws -> Never {
    Console.message(
      byteCount == 0
        ? "Interrupted before anything came."
        : "Interrupted: \(part) has \(NumberFormat.bytes(byteCount)). Run the same command again to go on from there.")
    throw Reported(status: .interrupted)
  }

  private func report(_ answer: Answer) throws {
    if json { return try Console.json(answer) }
    var facts = [("weights", answer.path ?? answer.file)]
    if answer.status == .shipped {
      facts[0].1 = "\(answer.file) of \(answer.model): nothing is published to fetch, and these are at hand"
    }
    if answer.status == .present { facts[0].1 += ", which was there already" }
    if let url = answer.url { facts.append(("source", url)) }
    if let bytes = answer.bytes {
      let earlier = answer.resumed.flatMap { $0 > 0 ? ", \(NumberFormat.bytes($0)) of it from an earlier run" : nil }
      facts.append(("size", "\(NumberFormat.bytes(bytes)) (\(NumberFormat.grouped(bytes)) bytes)\(earlier ?? "")"))
    }
    if let sha256 = answer.sha256 {
      let isVerified = answer.expected != nil
      facts.append(("SHA-256", sha256))
      facts.append(
        (
          "checked",
          isVerified
            ? "its SHA-256 begins as published" : "not checked: nobody says what the SHA-256 of this file must be"
        ))
    }
    if answer.status != .shipped {
      facts.append(
        (
          "licence",
          answer.license ?? "the definition states none; terms of the publisher and of the training data may apply"
        ))
    }
    if !answer.others.isEmpty { facts.append(("others", answer.others.joined(separator: ", ") + " (--weights NAME)")) }
    facts.append(("next", "zoo infer photo.jpg \(answer.use)"))
    let style = Style(STDOUT_FILENO)
    let width = facts.map(\.0.count).max() ?? 0
    for (name, value) in facts {
      Console.result(style.dim(name + String(repeating: " ", count: width - name.count)) + "  " + value)
    }
  }

  private struct Answer: Encodable {
    enum Status: String, Encodable {
      /// Fetched now.
      case fetched
      /// It was there and right.
      case present
      /// None are published, and others are at hand.
      case shipped
    }

    var schema = "zoo.pull/1"
    var model: String
    var file: String
    var status: Status
    var path: String?
    var url: String?
    var bytes: Int?
    /// How many bytes were left of an earlier run.
    var resumed: Int?
    var sha256: String?
    /// What the SHA-256 had to begin with.
    var expected: String?
    var license: String?
    /// The other published files.
    var others: [String] = []
    /// The options that use these weights.
    var use: String

    init(_ download: WeightDownload, _ outcome: WeightDownload.Outcome, _ reference: String) throws {
      model = download.model
      file = download.file
      status = outcome.wasThere ? .present : .fetched
      path = outcome.path
      url = download.address
      bytes = outcome.byteCount
      resumed = outcome.resumedByteCount
      sha256 = outcome.sha256
      expected = download.digest
      license = download.license
      others = download.others
      // Another file of the network may be found first.
      let isFound = WeightLookup.find(for: try Network.find(reference)) == .file(outcome.path)
      use = "-m \(reference)" + (isFound ? "" : " -w \(outcome.path)")
    }

    init(model: String, _ found: WeightLookup) {
      self.model = model
      status = .shipped
      use = "-m \(model)"
      switch found {
      case .shipped(let name): file = name
      case .file(let path), .package(let path): (file, self.path) = (path, path)
      }
    }
  }
}

/// The state of a transfer on the last line of the terminal.
private struct TransferLine {
  private let title: String
  private let isVisible = Console.isTerminal(STDERR_FILENO)
  private var hasBegun = false
  private var start: (time: ContinuousClock.Instant, byteCount: Int)?
  private var shown = ContinuousClock.now - .seconds(1)

  init(_ title: String) {
    self.title = title
  }

  /// - Returns: whether this is the first time.
  mutating func update(_ byteCount: Int, _ total: Int?) -> Bool {
    let isFirst = !hasBegun
    hasBegun = true
    guard isVisible, ContinuousClock.now - shown > .milliseconds(200) else { return isFirst }
    shown = .now
    let start = start ?? (.now, byteCount)
    self.start = start
    let seconds = (ContinuousClock.now - start.time) / .seconds(1)
    let rate = seconds > 1 ? "  \(NumberFormat.bytes(Int(Double(byteCount - start.byteCount) / seconds)))/s" : ""
    let share = total.flatMap { $0 > 0 ? "\(byteCount / max(1, $0 / 100))%  " : nil } ?? ""
    let whole = total.map { " of \(NumberFormat.bytes($0))" } ?? ""
    if isFirst { return true }
    guard byteCount > 0 || total != nil else {
      Console.transient("\(title)  connecting")
      return false
    }
    Console.transient("\(title)  \(share)\(NumberFormat.bytes(byteCount))\(whole)\(rate)")
    return false
  }

  /// Removes the line.
  func finish() {
    if isVisible, hasBegun { Console.transient("") }
  }
}
