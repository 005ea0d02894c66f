import ArgumentParser
import ZooKit

struct BenchKernels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Time every algorithm that can compute a convolution, and mark the one that is chosen.",
    discussion: """
      For each distinct convolution and fully connected layer of a MODEL, or
      for one convolution of a given shape. Fully connected layers read no
      weights for inputs that are zero, unless several images that are not
      mostly zeros share them: they are timed with all, half and a fifth of
      their inputs not zero. Weights and maps stay in the caches that they fit
      into, which those of a whole network do not.

        zoo bench kernels resnet18
        zoo bench kernels 64x56x56 --out 64 --kernel 3 --padding 1
      """)

  @Argument(
    help: ArgumentHelp(
      "A model, or the channels, height and width of a convolution's input.", valueName: "MODEL|CxHxW"),
    completion: .model)
  var subject: String
  @Option(help: ArgumentHelp("With a shape: output channels.", valueName: "K")) var out: Int?
  @Option(help: ArgumentHelp("With a shape: rows and columns of a filter.", valueName: "N")) var kernel: Int?
  @Option(help: ArgumentHelp("With a shape: pixels between windows. Default: 1.", valueName: "N")) var stride: Int?
  @Option(help: ArgumentHelp("With a shape: zeros on each side. Default: 0.", valueName: "N")) var padding: Int?
  @Option(help: ArgumentHelp("With a shape: pixels between taps. Default: 1.", valueName: "N")) var dilation: Int?
  @Option(help: ArgumentHelp("With a shape: groups. Default: 1.", valueName: "N")) var groups: Int?
  @Option(help: ArgumentHelp("Images in one run.", valueName: "N")) var batch = 1
  @Option(help: ArgumentHelp("At least so many runs of each, and at least a fifth of a second.", valueName: "N"))
  var runs = 10
  @OptionGroup var machine: MachineOptions
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  /// The input's shape, unless the subject is a model.
  private var shape: Shape? { try? InputOption.parse(subject) }

  func validate() throws {
    try tables.check(json: json)
    let given = [
      ("--out", out), ("--kernel", kernel), ("--stride", stride), ("--padding", padding), ("--dilation", dilation),
      ("--groups", groups),
    ].filter { $0.1 != nil }.map(\.0)
    if shape == nil, let option = given.first {
      throw ValidationError("\(option) belongs to a shape, such as 64x56x56; '\(subject)' is taken for a model")
    }
    if shape != nil, out == nil || kernel == nil {
      throw ValidationError("a convolution of \(subject) needs --out K and --kernel N")
    }
    guard (1...1024).contains(batch) else { throw ValidationError("--batch is \(batch); expected 1 to 1024") }
    guard (1...100_000).contains(runs) else { throw ValidationError("--runs is \(runs); expected 1 to 100000") }
  }

  func run() throws {
    let execution = try machine.options()
    var results: [KernelBenchmark] = []
    for layer in try layers() {
      let result = try KernelBenchmark.run(layer, images: batch, options: execution, runs: runs)
      results.append(result)
      if !json, !tables.plain { report(result) }
    }
    if json { return try Console.json(Answer(results: results.map(Answer.Result.init))) }
    if tables.plain { return table(of: results, namesLayers: true).print(plain: true) }
    if let last = results.last { Console.result(RatesReport.line(last.rates, threads: last.threads)) }
  }

  private func layers() throws -> [KernelBenchmark.Layer] {
    guard let shape else { return try KernelBenchmark.layers(of: .find(subject)) }
    let geometry: ConvolutionGeometry
    do throws(GeometryError) {
      geometry = try ConvolutionGeometry(
        inputChannels: shape[0], outputChannels: out ?? 1, groups: groups ?? 1,
        input: Extent(height: shape[1], width: shape[2]), kernel: Extent(kernel ?? 1), stride: Extent(stride ?? 1),
        padding: Padding(padding ?? 0), dilation: Extent(dilation ?? 1))
    } catch {
      throw ValidationError("\(error)")
    }
    return try KernelBenchmark.layers(of: geometry)
  }

  private func report(_ result: KernelBenchmark) {
    Console.result("\(result.layer)\(batch == 1 ? "" : ", \(batch) images")")
    table(of: [result], namesLayers: false).print()
    Console.result("")
  }

  /// The algorithms of layers, for several of them with their names.
  private func table(of results: [KernelBenchmark], namesLayers: Bool) -> TextTable {
    var table = TextTable(
      (namesLayers ? [(title: "LAYER", alignment: .left), ("CHOSEN", .left)] : [("", .left)])
        + [
          ("KERNEL", .left), ("MIN MS", .right), ("MEDIAN MS", .right), ("PREDICTED MS", .right),
          ("ROOFLINE MS", .right), ("GFLOP/S", .right), ("WEIGHTS MB", .right),
        ])
    func milliseconds(_ duration: Duration) -> String { NumberFormat.fixed(duration / .milliseconds(1), 3) }
    for result in results {
      for candidate in result.candidates {
        let rate = Double(result.operations) / (candidate.minimum / .nanoseconds(1))
        table.append(
          (namesLayers ? [.text("\(result.layer)")] : []) + [
            .text(candidate.isChosen ? "*" : ""), .text(candidate.kernel), .text(milliseconds(candidate.minimum)),
            .text(milliseconds(candidate.median)), .text(milliseconds(candidate.predicted)),
            .text(milliseconds(candidate.roofline)), .text(NumberFormat.fixed(rate, 0)),
            .megabytes(candidate.weightBytes),
          ])
      }
    }
    return table
  }

  private struct Answer: Encodable {
    var schema = "zoo.bench.kernels/1"
    var results: [Result]

    struct Result: Encodable {
      var layer: String
      var macs: Int
      var batch: Int
      var threads: Int
      var instructionSet: String
      var peakGflops: Double
      var memoryGBPerSecond: Double
      var handover_us: Double
      var candidates: [Candidate]

      struct Candidate: Encodable {
        var kernel: String
        var chosen: Bool
        var min_ms: Double
        var median_ms: Double
        var predicted_ms: Double
        var roofline_ms: Double
        var weightBytes: Int
      }

      init(_ result: KernelBenchmark) {
        layer = "\(result.layer)"
        macs = result.layer.multiplyAccumulates
        batch = result.images
        threads = result.threads
        instructionSet = result.instructionSet
        peakGflops = result.rates.operationsPerSecond / 1e9
        memoryGBPerSecond = result.rates.bytesPerSecond / 1e9
        handover_us = result.rates.handover / .microseconds(1)
        candidates = result.candidates.map {
          Candidate(
            kernel: $0.kernel, chosen: $0.isChosen, min_ms: $0.minimum / .milliseconds(1),
            median_ms: $0.median / .milliseconds(1), predicted_ms: $0.predicted / .milliseconds(1),
            roofline_ms: $0.roofline / .milliseconds(1), weightBytes: $0.weightBytes)
        }
      }
    }
  }
}
