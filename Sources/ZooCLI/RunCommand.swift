import ArgumentParser
import FoundationEssentials
import ZooKit

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Do the same with very many pictures, in parts, by any number of workers.",
    discussion: """
      TASK is infer (the likeliest classes), features (what a layer answers) or
      eval (right or wrong, of labelled pictures). DATA is a folder, or a text
      file with the path of a picture in each line; for eval and features a
      data set, as for zoo eval. It may be tar files as well, as of WebDataset,
      with classes in .cls members: one, a folder or a list of them, a range as
      'train-{0000..0127}.tar' in quotes, or - for one from standard input,
      which one worker reads. They are not unpacked.

        zoo run infer photos -m resnet18 -o answers
        zoo run eval 'val-{00..49}.tar' -m resnet18 -o answers
        zoo run infer photos -m resnet18 -o answers --shard 3/16
        zoo run infer photos -m resnet18 -o answers --plan 1,16,256
        zoo run infer photos -m resnet18 -o answers --shards 16 --print slurm
        zoo merge answers

      DIR is shared by all workers. Worker I of N makes the parts I, I + N, ...;
      which it is, --shard says, or the variables of Slurm, Kubernetes, MPI or
      GNU parallel. With --claim workers have no numbers, but take what is free,
      and over from those that are gone. A part is there whole or not at all, and what is there is
      not done again: begin the same command again after whatever happened.
      zoo merge makes one file of the parts, the same bytes for any number of
      workers, threads and interruptions; zoo status says how far it is.

      A picture that cannot be read gets a row that says why. With --max-errors
      a part with more of them is given up, and the status is 65. Stopped by
      SIGTERM or SIGINT, a worker leaves the part that it is at, and the status
      is 75.
      """)

  @Argument(help: ArgumentHelp("infer, features or eval.", valueName: "TASK")) var task: WorkTask.Name
  @Argument(
    help: ArgumentHelp("The pictures: a folder, a list, tar files or -.", valueName: "DATA"), completion: .file())
  var data: String
  @Option(name: .short, help: ArgumentHelp("The folder of the run.", valueName: "DIR"), completion: .directory)
  var output: String
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "A name of the catalogue, a .yaml file or a .zoo package. Default: $ZOO_MODEL, else \(Catalogue.defaultModel).",
      valueName: "MODEL"), completion: .model)
  var model: String?
  @OptionGroup var weights: WeightsOption
  @Option(help: ArgumentHelp("For infer: how many classes to name. Default: 5.", valueName: "K")) var top: Int?
  @Option(
    help: ArgumentHelp(
      "For features: the layer, by its path in the definition. Default: what the last layer reads.",
      valueName: "LAYER"))
  var layer: String?
  @Option(help: "Which part of a data set: train or test. Default: as for the command of the task's name.")
  var split: Eval.Split?
  @Option(
    help: "jsonl or csv, for features npy. Default: jsonl, npy.",
    completion: .list(WorkFormat.allCases.map(\.rawValue)))
  var format: String?
  @Option(
    help: ArgumentHelp("Pictures in a part; for all workers the same.", valueName: "N"))
  var partSize = PictureWork.defaultPartSize
  @Option(help: ArgumentHelp("This worker and how many there are, counted from 0.", valueName: "I/N")) var shard:
    String?
  @Option(
    help: ArgumentHelp(
      "How many workers there are, where the launcher says which this is and not of how many; and for --print.",
      valueName: "N"))
  var shards: Int?
  @Flag(help: "Take parts that no other worker is at, instead of a share; all workers with --claim.")
  var claim = false
  @Option(
    help: ArgumentHelp(
      "With --claim: how long a worker may show no sign before others take its part. Default: \(PictureWork.defaultLease).",
      valueName: "SECONDS"))
  var lease: Int?
  @Option(
    help: ArgumentHelp(
      "Give a part up when more of its pictures cannot be read: a number, or a percentage. Default: never.",
      valueName: "N|P%"))
  var maxErrors: String?
  @Option(help: ArgumentHelp("Pictures that are run together; the rows do not depend on it.", valueName: "N"))
  var batch = 16
  @Option(
    name: .customLong("print"),
    help: ArgumentHelp(
      "Print what starts --shards workers, and do nothing: slurm (for sbatch), kubernetes (for kubectl) or parallel (for a shell).",
      valueName: "SCHEDULER"))
  var scheduler: Submission.Scheduler?
  @Option(
    help: ArgumentHelp(
      "Print how long so many workers take, by the parts that are there, else by some pictures, and do nothing else.",
      valueName: "W,..."))
  var plan: String?
  @Option(
    help: ArgumentHelp(
      "With --plan: on how many machines like this one. Default: as many as give each thread a processor.",
      valueName: "N"))
  var machines: Int?
  @Option(
    help: ArgumentHelp(
      "With --plan: what the shared folder gives all workers together, and how long a picture's first byte takes. Default: nobody waits for it.",
      valueName: "MB/S[,MS]"))
  var network: String?
  @OptionGroup var engine: EngineOptions
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    _ = try planned()
    _ = try plannedNetwork()
    try tables.check(json: json)
    if plan == nil, machines != nil || network != nil || tables.plain {
      throw ValidationError("--machines, --network and --plain are for --plan")
    }
    if plan != nil, scheduler != nil || claim || shard != nil || shards != nil {
      throw ValidationError(
        "--plan says what workers would take, and starts none; leave out --print, --claim, --shard and --shards")
    }
    if plan != nil, data == "-" { throw ValidationError("--plan is for what several workers can read; give a file") }
    if let machines, machines < 1 { throw ValidationError("--machines is \(machines); expected at least 1") }
    _ = try rowFormat()
    if top != nil, task != .infer { throw ValidationError("--top is for infer") }
    if let top, top < 1 { throw ValidationError("--top is \(top); expected at least 1") }
    if layer != nil, task != .features { throw ValidationError("--layer is for features") }
    if shard != nil, shards != nil {
      throw ValidationError("--shard says how many workers there are; leave out --shards")
    }
    if claim, shard != nil { throw ValidationError("--claim takes what is free, and --shard a share; leave one out") }
    if claim, shards != nil, scheduler == nil {
      throw ValidationError("--shards is for shares, and with --claim for --print alone; leave it out")
    }
    if lease != nil, !claim { throw ValidationError("--lease is for --claim") }
    if let shards, !Submission.workerCounts.contains(shards) {
      throw ValidationError("--shards is \(shards); expected 1 to \(Submission.workerCounts.upperBound)")
    }
    if scheduler != nil, shards == nil {
      throw ValidationError("--print prints what starts workers; say how many with --shards N")
    }
    if scheduler != nil, json { throw ValidationError("--print prints a file; leave out --json") }
    if output.isEmpty { throw ValidationError("-o names no folder") }
  }

  private func planned() throws -> [Int]? { try PlanArguments.workers(plan, allowed: RunPlan.workerCounts) }

  private func plannedNetwork() throws -> RunPlan.Network? {
    try PlanArguments.network(network).map {
      RunPlan.Network(bytesPerSecond: $0.bytesPerSecond, latency: $0.latency)
    }
  }

  private func rowFormat() throws -> WorkFormat? {
    guard let format else { return nil }
    if let known = WorkFormat(rawValue: format) { return known }
    if ["parquet", "arrow", "feather", "orc"].contains(format) {
      throw ValidationError(
        "--format \(format) is not written; write csv or jsonl, and convert what zoo merge makes: duckdb -c \"COPY 'merged.csv' TO 'merged.parquet'\""
      )
    }
    throw ValidationError(
      "--format is '\(format)'; expected \(WorkFormat.allCases.map(\.rawValue).joined(separator: ", "))")
  }

  private var request: WorkTask {
    switch task {
    case .infer: .infer(top: top ?? 5)
    case .features: .features(layer: layer)
    case .eval: .eval
    }
  }

  func run() throws {
    let begin = ContinuousClock.now
    let share = try share()
    let limit = try maxErrors.map(ErrorLimit.init)
    let part = split ?? (task == .features ? .train : .test)
    let network = try Network.named(model ?? Catalogue.currentDefault)
    let manifest = try WorkManifest.open(
      data, for: task, split: part == .train ? .train : .test, scratch: try scratch(share))
    if split != nil, manifest.data == nil {
      throw ValidationError("--split is for data sets, and \(data) was taken as it is: leave it out")
    }
    manifest.data?.mentionImagesWithoutClass()
    if manifest.leftOut > 0 {
      Console.message(
        "note: \(NumberFormat.grouped(manifest.leftOut)) pictures with more dots in their names were left out, as something about the picture of their sample"
      )
    }
    let work = try PictureWork(
      request, manifest, network, weights: weights.source(), format: try rowFormat(), partSize: partSize,
      options: engine.options())
    if let scheduler, let shards {
      return Console.raw(try submission(work, shards).text(for: scheduler).pathBytes)
    }
    if let counts = try planned() {
      let folder = FileSystem.exists("\(output)/run.json") ? try WorkFolder(output, for: work.record) : nil
      let start = (ContinuousClock.now - begin) / .seconds(1)
      let plan = try RunPlan(
        work.record, workers: counts, threads: work.model.threadCount, memory: work.memory(batch: batch),
        measured: work.measured(folder, batch: batch, startSeconds: start),
        machines: RunPlan.Machines(processors: ThreadPool.availableProcessors, count: machines),
        network: try plannedNetwork())
      return json ? try Console.json(plan) : RunPlanReport.print(plan, plain: tables.plain)
    }
    work.model.mentionCache()
    work.model.weights.mentionAll()
    Interruption.await()
    let folder = try WorkFolder(output, for: work.record)
    Console.message(
      "\(NumberFormat.grouped(work.record.count)) pictures in \(NumberFormat.grouped(work.record.partCount)) parts; \(claim ? "this worker takes what is free" : share.words)"
    )
    let reporter = Reporter(work.record, share)
    let options = PictureWork.Options(batch: batch, errorLimit: limit)
    let isStopped = { Interruption.wasRequested }
    let outcome =
      claim
      ? try work.run(
        in: folder, claiming: lease ?? PictureWork.defaultLease, options: options, isStopped: isStopped,
        report: reporter.report)
      : try work.run(in: folder, share: share, options: options, isStopped: isStopped, report: reporter.report)
    reporter.finish()
    try conclude(outcome, share)
  }

  private func share() throws -> WorkShare {
    if scheduler != nil || claim || plan != nil { return .all }
    if let shard { return try WorkShare(shard) }
    if let share = try WorkShare.launched(ProcessInfo.processInfo.environment, count: shards) { return share }
    guard let shards, shards > 1 else { return .all }
    throw ValidationError(
      "--shards says how many workers there are, and no launcher which this is; pass --shard I/\(shards)")
  }

  /// Where what comes through standard input has room; `nil` when it is not read, or one worker would read it of several.
  private func scratch(_ share: WorkShare) throws -> String? {
    guard data == "-", share.count == 1, !claim, scheduler == nil else { return nil }
    if let folder = ProcessInfo.processInfo.environment["TMPDIR"], !folder.isEmpty { return folder }
    try FileSystem.makeFolder(output)
    return output
  }

  private func conclude(_ outcome: PictureWork.Outcome, _ share: WorkShare) throws {
    if json {
      try Console.json(Answer(outcome, share, folder: output, claims: claim))
    } else {
      Console.result(
        "\(outcome.made) parts made, \(outcome.found) there already; \(NumberFormat.grouped(outcome.pictures)) pictures, \(NumberFormat.grouped(outcome.errors)) without an answer"
      )
    }
    if outcome.isStopped {
      Console.message("Stopped. The same command goes on with the parts that are not there.")
      throw Reported(status: .temporary)
    }
    if outcome.refused > 0 {
      Console.message("\(outcome.refused) parts were given up by other workers; zoo status \(output) says which")
    } else if share.count == 1 {
      Console.message("Next: zoo merge \(output)")
    }
  }

  /// The command of a worker, as this one was called.
  private func submission(_ work: PictureWork, _ shards: Int) throws -> Submission {
    var command = ["zoo", "run", task.rawValue, data, "-o", output, "-m", model ?? Catalogue.currentDefault]
    func add(_ option: String, _ value: String?) { if let value { command += [option, value] } }
    add("-w", weights.argument)
    add("--top", top.map(String.init))
    add("--layer", layer)
    add("--split", split?.rawValue)
    add("--format", format)
    if partSize != PictureWork.defaultPartSize { add("--part-size", "\(partSize)") }
    add("--max-errors", maxErrors)
    if batch != 16 { add("--batch", "\(batch)") }
    if engine.numerics != .fast { add("--numerics", engine.numerics.rawValue) }
    add("--isa", engine.machine.isa)
    if engine.interpreter { command.append("--interpreter") }
    if engine.cache { command.append("--cache") }
    let cores = work.model.threadCount
    add("--threads", "\(cores)")
    if claim { command.append("--claim") } else { add("--shards", "\(shards)") }
    add("--lease", lease.map(String.init))
    return try Submission(
      name: "zoo-\(task.rawValue)", command: command, workers: shards, cores: cores, memory: work.memory(batch: batch))
  }

  private struct Answer: Encodable {
    var schema = "zoo.worker/1"
    var folder: String
    var worker: Int
    var workers: Int
    var variables: [String]
    /// Whether the worker took what was free, and had no share.
    var claims: Bool
    var partsMade: Int
    var partsFound: Int
    /// Parts that were given up because too many of their pictures have no answer.
    var partsRefused: Int
    var pictures: Int
    var errors: Int
    var stopped: Bool

    init(_ outcome: PictureWork.Outcome, _ share: WorkShare, folder: String, claims: Bool) {
      self.folder = folder
      self.claims = claims
      partsRefused = outcome.refused
      (worker, workers, variables) = (share.index, share.count, share.variables)
      (partsMade, partsFound) = (outcome.made, outcome.found)
      (pictures, errors, stopped) = (outcome.pictures, outcome.errors, outcome.isStopped)
    }
  }
}

/// What a worker is at: a bar on a terminal, else a line for each part.
private final class Reporter {
  private var progress: Progress
  private var done = 0

  init(_ record: WorkRecord, _ share: WorkShare) {
    let parts = stride(from: share.index, to: record.partCount, by: share.count)
    progress = Progress("Running", total: parts.reduce(0) { $0 + record.pictures(of: $1).count })
  }

  func report(_ event: PictureWork.Event) {
    switch event {
    case .found(let footer):
      done += footer.count
      progress.update(done)
    case .damaged(let path): Console.message("\(path): not whole, or of something else; done again")
    case .outdated(let path): Console.message("\(path): its pictures were changed since; done again")
    case .advanced(_, let pictures): progress.update(done + pictures)
    case .done(let footer):
      done += footer.count
      guard !Console.isTerminal(2) else { return }
      let rate = NumberFormat.fixed(Double(footer.count) / max(footer.seconds, 1e-3), 1)
      Console.message(
        "part \(footer.part): \(footer.count) pictures, \(footer.errorCount) without an answer, \(rate) a second")
    }
  }

  func finish() { progress.finish() }
}

extension WorkTask.Name: ExpressibleByArgument {}
extension Submission.Scheduler: ExpressibleByArgument {}
