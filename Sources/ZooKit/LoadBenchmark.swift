import ZooTensor
import ZooWeights

/// How long it takes to open a checkpoint and read all of its tensors into memory.
public struct LoadBenchmark: Sendable {
  /// The checkpoint, as it was given.
  public var path: String
  /// The kind of file.
  public var format: CheckpointFormat
  /// How many tensors were read.
  public var tensors: Int
  /// The size of the tensors in memory.
  public var byteCount: Int
  /// How often.
  public var runs: Int
  /// Of opening and reading once.
  public var minimum: Duration
  /// Of opening and reading once.
  public var median: Duration
  /// The most memory that the process had resident so far, in bytes.
  public var peakResidentBytes: Int
  /// What a start with it takes; `nil` for a checkpoint that is no package.
  public var start: StartBenchmark?

  /// Opens and reads a checkpoint `runs` times, into new memory each time, after once to bring it into the page cache.
  ///
  /// - Parameters:
  ///   - path: the checkpoint.
  ///   - threads: how many share the work; one per processor when `nil`.
  ///   - runs: how often, at least 1.
  ///   - options: how the model of a package runs, whose start is then timed too, with as many threads.
  /// - Throws: `WeightsError` when the file cannot be read or is damaged; of a package, also what `Model.init` throws.
  /// - Returns: How long it took, and how much was read.
  public static func run(
    _ path: String, threads: Int? = nil, runs: Int = 10, options: Model.Options = Model.Options()
  ) throws -> LoadBenchmark {
    let first = try Checkpoint.open(path)
    let names = first.entries.map(\.name)
    let clock = ContinuousClock()
    var durations: [Duration] = []
    for run in 0...max(runs, 1) {
      let start = clock.now
      let tensors = try Checkpoint.open(path).tensors(named: names, threads: threads)
      let duration = clock.now - start
      // Giving the memory back is not part of loading.
      withExtendedLifetime(tensors) { if run > 0 { durations.append(duration) } }
    }
    var options = options
    options.threads = threads
    let start = try StartBenchmark.run(first, options: options, runs: max(runs, 1))
    return LoadBenchmark(
      path: path, format: first.format, tensors: names.count, byteCount: first.byteCount, runs: durations.count,
      minimum: durations.min() ?? .zero, median: Benchmark.median(durations),
      peakResidentBytes: Benchmark.peakResidentBytes(), start: start)
  }
}
