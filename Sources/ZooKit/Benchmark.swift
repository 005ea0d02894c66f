import ZooKernels
import ZooRuntime
import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How long a model's forward pass takes on this machine: decoding and preprocessing are not counted.
public struct Benchmark: Sendable {
  /// One step of the plan.
  public struct StepTime: Sendable {
    /// The layer that the step is named after.
    public var name: String
    /// What computes it, in the words of a plan.
    public var kernel: String
    /// Of the whole batch: multiply-accumulate operations with weights.
    public var multiplyAccumulates: Int
    /// The median over the timed passes.
    public var median: Duration
    /// What the model of the kernel's cost predicts on this machine; see `KernelCost`.
    public var predicted: Duration
    /// The least time that the machine's arithmetic and memory allow.
    public var roofline: Duration
  }

  /// The network's name.
  public var model: String
  /// How many images a pass has.
  public var batch: Int
  /// How many threads work.
  public var threads: Int
  /// Of which the kernels are: `avx512`.
  public var instructionSet: String
  /// How many passes were timed.
  public var runs: Int
  /// Of one pass.
  public var minimum: Duration
  /// Of one pass.
  public var median: Duration
  /// Of one pass, with those in which a quota or other processes held the threads up.
  public var mean: Duration
  /// Floating-point operations of one run: two for each multiply-accumulate.
  public var operations: Int
  /// The memory that packed weights take, in bytes.
  public var weightBytes: Int
  /// The memory that activations take, in bytes.
  public var arenaBytes: Int
  /// The most memory that the process had resident so far, in bytes.
  public var peakResidentBytes: Int
  /// In the order in which they run.
  public var steps: [StepTime]
  /// How fast this machine computes and reads at most; measured only when the steps are asked for.
  public var rates: MachineRates?

  /// Billions of floating-point operations per second in the fastest run.
  public var gigaflops: Double { Double(operations) / (minimum / .nanoseconds(1)) }

  /// Runs a model on made-up images: a few times to warm up, then until both `runs` and `duration` are reached.
  ///
  /// - Parameters:
  ///   - model: what is timed.
  ///   - batch: the number of images.
  ///   - runs: the least number of timed passes.
  ///   - duration: the least time over all passes.
  ///   - timesSteps: whether to time each step too, and what it could take at best.
  /// - Throws: `RuntimeError` when the batch is too large.
  /// - Returns: `nil` for an interpreted model, which is not meant to be fast.
  public static func run(
    _ model: Model, batch: Int = 1, runs: Int = 10, duration: Duration = .seconds(1), timesSteps: Bool = false
  ) throws -> Benchmark? {
    guard let compiled = model.compiled else { return nil }
    let runner = try compiled.makeRunner(batch: batch)
    let images = SyntheticCheckpoint.input(shape: Shape([batch] + compiled.input.dimensions))
    for _ in 0..<3 { _ = try runner.run(images) }
    let clock = ContinuousClock()
    let start = clock.now
    var totals: [Duration] = []
    while totals.count < max(runs, 1) || clock.now - start < duration {
      let begin = clock.now
      _ = try runner.run(images)
      totals.append(clock.now - begin)
    }
    var result = Benchmark(
      model: model.network.name, batch: batch, threads: compiled.threadCount,
      instructionSet: compiled.instructionSet.rawValue, runs: totals.count, minimum: totals.min() ?? .zero,
      median: median(totals), mean: totals.reduce(.zero, +) / totals.count,
      operations: 2 * batch * model.network.totals.multiplyAccumulates,
      weightBytes: compiled.weightByteCount, arenaBytes: runner.arenaByteCount,
      peakResidentBytes: peakResidentBytes(),
      steps: [], rates: nil)
    if timesSteps { try result.timeSteps(of: compiled, runner, images) }
    return result
  }

  /// Steps are timed apart, so that reading the clock does not count in the totals.
  private mutating func timeSteps(of compiled: CompiledNetwork, _ runner: Runner, _ images: Tensor) throws {
    let rates = compiled.measureRates()
    var durations = [[Duration]](repeating: [], count: compiled.steps.count)
    for _ in 0..<min(runs, 20) {
      for (index, duration) in try runner.measure(images).durations.enumerated() { durations[index].append(duration) }
    }
    self.rates = rates
    steps = zip(compiled.steps, durations).map { [batch] step, durations in
      StepTime(
        name: step.name, kernel: step.kernel.description, multiplyAccumulates: batch * step.multiplyAccumulates,
        median: Self.median(durations), predicted: step.cost.time(on: rates, images: batch),
        roofline: step.cost.roofline(on: rates, images: batch))
    }
  }

  static func median(_ durations: [Duration]) -> Duration {
    durations.isEmpty ? .zero : durations.sorted()[durations.count / 2]
  }

  package static func peakResidentBytes() -> Int {
    var usage = rusage()
    // 0 is RUSAGE_SELF, which Glibc's header gives a type that the function does not take.
    getrusage(0, &usage)
    #if canImport(Darwin)
      return Int(usage.ru_maxrss)
    #else
      return Int(usage.ru_maxrss) * 1024
    #endif
  }
}
