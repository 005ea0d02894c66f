import ArgumentParser
import ZooKit

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time models, the loading of weights, or single kernels, on this machine.",
    discussion: """
      zoo bench resnet18 vgg16 --layers
      zoo bench --load resnet18-f37072fd.pth
      zoo bench kernels resnet18
      zoo bench training resnet20 --batch 128
      """,
    subcommands: [BenchModels.self, BenchKernels.self, BenchTraining.self], defaultSubcommand: BenchModels.self)
}

struct BenchModels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract:
      "Time the forward pass of models, or the loading of weights. What `zoo bench` does when not told otherwise.",
    discussion: """
      The fastest and the median of repeated runs on made-up images, after a
      few to warm up. Decoding and preprocessing are not counted. Without -w
      the weights are synthetic. Fully connected layers read no weights for
      inputs that are zero, so that other weights may take a little less or
      more time. GFLOP/s counts what a direct convolution would multiply and
      add, of which Winograd's does a part.

      With --load: opening a checkpoint and reading all of its tensors into
      new memory, from the page cache. Of a package also what a start takes,
      from the file to the first answer, and where the time goes.
      """)

  @Argument(help: .model, completion: .model) var models: [String] = []
  @Option(
    help: ArgumentHelp("Time the loading of this checkpoint instead.", valueName: "WEIGHTS"), completion: .file())
  var load: String?
  @OptionGroup var weights: WeightsOption
  @OptionGroup var input: InputOption
  @Option(help: ArgumentHelp("Images in one run.", valueName: "N")) var batch = 1
  @Option(help: ArgumentHelp("At least so many runs, and at least a second.", valueName: "N")) var runs = 10
  @OptionGroup var engine: EngineOptions
  @Flag(help: "Also the time of each step, with what the cost model predicts and the least possible.") var layers =
    false
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    try tables.check(json: json)
    if models.isEmpty == (load == nil) { throw ValidationError("name at least one MODEL, or WEIGHTS with --load") }
    guard (1...1024).contains(batch) else { throw ValidationError("--batch is \(batch); expected 1 to 1024") }
    guard (1...100_000).contains(runs) else { throw ValidationError("--runs is \(runs); expected 1 to 100000") }
    if load != nil, engine.cache {
      throw ValidationError("--load times the reading of a checkpoint; leave out --cache")
    }
    if engine.interpreter { throw ValidationError("the interpreter is the specification, not made to be fast") }
  }

  func run() throws {
    if let load { return try time(loadingOf: load) }
    let source = try weights.argument == nil ? .synthetic(seed: 0) : weights.source()
    var results: [Benchmark] = []
    for name in models {
      let network = try Network.named(name, input: input.shape)
      let model = try Model(network, weights: source, options: engine.options())
      model.mentionCache()
      if let result = try Benchmark.run(model, batch: batch, runs: runs, timesSteps: layers) { results.append(result) }
    }
    if json {
      try Console.json(Answer(results: results.map { Answer.Result($0, layers: layers) }))
      return
    }
    if tables.plain, layers { return steps(of: results, isForOneModel: false).print(plain: true) }
    var table = TextTable([
      .init("MODEL", .left), .init("BATCH", .right, droppedAs: 2), .init("THREADS", .right, droppedAs: 3),
      .init("ISA", .left, droppedAs: 4), .init("MIN MS", .right), .init("MEDIAN MS", .right),
      .init("IMAGES/S", .right, droppedAs: 1), .init("GFLOP/S", .right), .init("WEIGHTS MB", .right, droppedAs: 5),
      .init("ARENA MB", .right, droppedAs: 6), .init("RUNS", .right, droppedAs: 7),
    ])
    for result in results {
      let perSecond = Double(result.batch) / (result.median / .seconds(1))
      table.append([
        .text(result.model), .text("\(result.batch)"), .text("\(result.threads)"), .text(result.instructionSet),
        .text(milliseconds(result.minimum)), .text(milliseconds(result.median)),
        .text(NumberFormat.fixed(perSecond, 1)), .text(NumberFormat.fixed(result.gigaflops, 0)),
        .megabytes(result.weightBytes), .megabytes(result.arenaBytes), .text("\(result.runs)"),
      ])
    }
    table.print(plain: tables.plain)
    if layers { results.forEach(printSteps) }
  }

  private func time(loadingOf path: String) throws {
    let options = try engine.options()
    let result = try LoadBenchmark.run(path, threads: options.threads, runs: runs, options: options)
    if json { return try Console.json(LoadAnswer(result)) }
    let rate = Double(result.byteCount) / (result.minimum / .nanoseconds(1))
    var table = TextTable([
      .init("WEIGHTS", .left), .init("FORMAT", .left, droppedAs: 2), .init("TENSORS", .right, droppedAs: 3),
      .init("SIZE MB", .right, droppedAs: 1), .init("MIN MS", .right), .init("MEDIAN MS", .right),
      .init("GB/S", .right), .init("PEAK MB", .right, droppedAs: 4), .init("RUNS", .right, droppedAs: 5),
    ])
    table.append([
      .text(result.path), .text("\(result.format)"), .text("\(result.tensors)"), .megabytes(result.byteCount),
      .text(milliseconds(result.minimum)), .text(milliseconds(result.median)), .text(NumberFormat.fixed(rate, 2)),
      .megabytes(result.peakResidentBytes), .text("\(result.runs)"),
    ])
    table.print(plain: tables.plain)
    if let start = result.start, !tables.plain { print(start) }
  }

  private func print(_ start: StartBenchmark) {
    var table = TextTable([.init("START", .left), .init("MEDIAN MS", .right)])
    let stages = [
      ("definition", start.definition), ("matching of tensors", start.matching), ("plan", start.planning),
      ("reading and packing", start.packing), ("first pass", start.firstPass), ("from file to answer", start.total),
    ]
    for (name, duration) in stages { table.append([name, milliseconds(duration)]) }
    Console.result("")
    table.print()
  }

  /// The steps of models, for several of them with their names.
  private func steps(of results: [Benchmark], isForOneModel: Bool) -> TextTable {
    var table = TextTable(
      (isForOneModel ? [] : [.init("MODEL", .left)]) + [
        .init("STEP", .left), .init("KERNEL", .left), .init("MEDIAN MS", .right),
        .init("PREDICTED MS", .right, droppedAs: 2), .init("ROOFLINE MS", .right, droppedAs: 1),
        .init("GFLOP/S", .right),
      ])
    for result in results {
      for step in result.steps {
        let rate = 2 * Double(step.multiplyAccumulates) / (step.median / .nanoseconds(1))
        table.append(
          (isForOneModel ? [] : [result.model]) + [
            step.name, step.kernel, milliseconds(step.median), milliseconds(step.predicted),
            milliseconds(step.roofline), step.multiplyAccumulates > 0 ? NumberFormat.fixed(rate, 0) : "",
          ])
      }
    }
    return table
  }

  private func printSteps(_ result: Benchmark) {
    var table = steps(of: [result], isForOneModel: true)
    func total(_ duration: (Benchmark.StepTime) -> Duration) -> String {
      milliseconds(result.steps.reduce(.zero) { $0 + duration($1) })
    }
    table.append(["all", "", total(\.median), total(\.predicted), total(\.roofline), ""])
    Console.result("\n\(result.model)")
    table.print()
    if let rates = result.rates { Console.result("\n\(RatesReport.line(rates, threads: result.threads))") }
  }

  private func milliseconds(_ duration: Duration) -> String {
    NumberFormat.fixed(duration / .milliseconds(1), 3)
  }

  private struct LoadAnswer: Encodable {
    var schema = "zoo.bench.load/1"
    var weights: String
    var format: String
    var tensors: Int
    var bytes: Int
    var runs: Int
    var min_ms: Double
    var median_ms: Double
    var peakResidentBytes: Int
    /// Of a package: from the file to the first answer, and the parts of that.
    var start: Start?

    struct Start: Encodable {
      var definition_ms: Double
      var matching_ms: Double
      var plan_ms: Double
      var packing_ms: Double
      var firstPass_ms: Double
      var median_ms: Double

      init(_ start: StartBenchmark) {
        definition_ms = start.definition / .milliseconds(1)
        matching_ms = start.matching / .milliseconds(1)
        plan_ms = start.planning / .milliseconds(1)
        packing_ms = start.packing / .milliseconds(1)
        firstPass_ms = start.firstPass / .milliseconds(1)
        median_ms = start.total / .milliseconds(1)
      }
    }

    init(_ result: LoadBenchmark) {
      weights = result.path
      format = result.format.rawValue
      tensors = result.tensors
      bytes = result.byteCount
      runs = result.runs
      min_ms = result.minimum / .milliseconds(1)
      median_ms = result.median / .milliseconds(1)
      peakResidentBytes = result.peakResidentBytes
      start = result.start.map(Start.init)
    }
  }

  private struct Answer: Encodable {
    var schema = "zoo.bench/1"
    var results: [Result]

    struct Result: Encodable {
      var model: String
      var batch: Int
      var threads: Int
      var instructionSet: String
      var runs: Int
      var min_ms: Double
      var median_ms: Double
      var mean_ms: Double
      var gflops: Double
      var weightBytes: Int
      var arenaBytes: Int
      var peakResidentBytes: Int
      var peakGflops: Double?
      var memoryGBPerSecond: Double?
      var handover_us: Double?
      var layers: [Layer]?

      struct Layer: Encodable {
        var name: String
        var kernel: String
        var macs: Int
        var median_ms: Double
        var predicted_ms: Double
        var roofline_ms: Double
      }

      init(_ result: Benchmark, layers: Bool) {
        model = result.model
        batch = result.batch
        threads = result.threads
        instructionSet = result.instructionSet
        runs = result.runs
        min_ms = result.minimum / .milliseconds(1)
        median_ms = result.median / .milliseconds(1)
        mean_ms = result.mean / .milliseconds(1)
        gflops = result.gigaflops
        weightBytes = result.weightBytes
        arenaBytes = result.arenaBytes
        peakResidentBytes = result.peakResidentBytes
        peakGflops = result.rates.map { $0.operationsPerSecond / 1e9 }
        memoryGBPerSecond = result.rates.map { $0.bytesPerSecond / 1e9 }
        handover_us = result.rates.map { $0.handover / .microseconds(1) }
        guard layers else { return }
        self.layers = result.steps.map {
          Layer(
            name: $0.name, kernel: $0.kernel, macs: $0.multiplyAccumulates, median_ms: $0.median / .milliseconds(1),
            predicted_ms: $0.predicted / .milliseconds(1), roofline_ms: $0.roofline / .milliseconds(1))
        }
      }
    }
  }
}
