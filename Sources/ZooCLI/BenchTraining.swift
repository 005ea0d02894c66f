import ArgumentParser
import ZooKit
import ZooTraining

struct BenchTraining: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training",
    abstract: "Time steps of training: forward, backward and SGD with momentum.",
    discussion: """
      The fastest and the median of repeated steps on random images in memory, after two
      to warm up, and where the time goes, by kernels. GFLOP/s counts what a direct
      convolution would multiply and add, of which Winograd's does a part.
      """)

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var input: InputOption
  @Option(help: ArgumentHelp("Images of a step.", valueName: "N")) var batch = 16
  @Option(help: ArgumentHelp("Measure about so many seconds, at least 3 steps.", valueName: "S")) var seconds = 2.0
  @Option(help: ArgumentHelp("fast or direct.", valueName: "MODE")) var numerics = "fast"
  @OptionGroup var machine: MachineOptions
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    try tables.check(json: json)
    guard (1...4096).contains(batch) else { throw ValidationError("--batch is \(batch); expected 1 to 4096") }
    guard (0...3600).contains(seconds) else { throw ValidationError("--seconds is \(seconds); expected 0 to 3600") }
  }

  func run() throws {
    let network = try Network.named(model, input: input.shape)
    var recipe = Recipe(batch: batch)
    try recipe.set("numerics", numerics)
    let result = try TrainingBenchmark(
      network, recipe: recipe, options: machine.options(), batch: batch, time: seconds)
    if json {
      try Console.json(Answer(network.name, result))
      return
    }
    var table = TextTable([("KERNEL", .left), ("CALLS", .right), ("MS", .right), ("GFLOP/S", .right)])
    for share in result.shares {
      let rate = 2 * Double(share.multiplyAccumulates) / share.seconds * 1e-9
      table.append([
        share.kernel, "\(share.calls)", NumberFormat.fixed(1000 * share.seconds, 2),
        share.multiplyAccumulates > 0 ? NumberFormat.fixed(rate, 0) : "",
      ])
    }
    table.print(plain: tables.plain)
    if tables.plain { return }
    Console.result("")
    Console.result(
      "\(network.name), \(batch) images: median \(NumberFormat.fixed(1000 * result.median, 2)) ms a step, fastest "
        + "\(NumberFormat.fixed(1000 * result.minimum, 2)) ms, \(NumberFormat.fixed(Double(batch) / result.median, 1)) images/s, "
        + "\(NumberFormat.bytes(result.arenaByteCount)) for activations and gradients")
  }

  private struct Answer: Encodable {
    var schema = "zoo.bench-training/1"
    var model: String
    var batch: Int
    var medianMs: Double
    var minMs: Double
    var steps: Int
    var arenaBytes: Int
    var peakBytes: Int
    var kernels: [Kernel]

    struct Kernel: Encodable {
      var name: String
      var calls: Int
      var ms: Double
    }

    enum CodingKeys: String, CodingKey {
      case schema, model, batch, steps, arenaBytes, peakBytes, kernels
      case medianMs = "median_ms"
      case minMs = "min_ms"
    }

    init(_ name: String, _ result: TrainingBenchmark) {
      model = name
      batch = result.batch
      medianMs = 1000 * result.median
      minMs = 1000 * result.minimum
      steps = result.seconds.count
      arenaBytes = result.arenaByteCount
      peakBytes = result.peakResidentBytes
      kernels = result.shares.map { Kernel(name: $0.kernel, calls: $0.calls, ms: 1000 * $0.seconds) }
    }
  }
}
