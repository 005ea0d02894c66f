import ZooRuntime
import ZooTensor
import ZooWeights

/// Where the time goes from a package to the first answer, within a process; each time is the median of some starts.
///
/// Not in it are the start of the process itself and the making of the input.
public struct StartBenchmark: Sendable {
  /// Reading the definition that the package carries, and building the graph.
  public var definition: Duration
  /// Matching the package's tensors with the network's; none is read.
  public var matching: Duration
  /// Choosing kernels and laying out memory; no weights are read.
  public var planning: Duration
  /// Reading and packing the weights, layer by layer, on all threads.
  public var packing: Duration
  /// The first forward pass, which meets new memory.
  public var firstPass: Duration
  /// From the path to the first answer: the median, which need not be the sum of those of the parts.
  public var total: Duration

  /// Starts as often as is asked for, after once to bring the file into the page cache.
  ///
  /// - Returns: `nil` for a checkpoint that carries no definition, or that of a network without an answer.
  static func run(_ checkpoint: Checkpoint, options: Model.Options, runs: Int) throws -> StartBenchmark? {
    guard checkpoint.metadata[Package.definitionKey] != nil,
      (try? Network.package(checkpoint.path, input: nil).answer()) != nil
    else { return nil }
    let clock = ContinuousClock()
    var all = [[Duration]](repeating: [], count: 6)
    for run in 0...runs {
      let start = clock.now
      let network = try Network.package(checkpoint.path, input: nil)
      let defined = clock.now
      let weights = try LoadedWeights.load(.file(checkpoint.path), for: network)
      let matched = clock.now
      let model = try Model(network, loaded: weights, options: options)
      let packed = clock.now
      let input = SyntheticCheckpoint.input(shape: network.input)
      let made = clock.now
      _ = try model.logits(input)
      let end = clock.now
      // A part of what `Model.init` does, once more by itself.
      let execution = ExecutionOptions(
        instructionSet: options.instructionSet, threads: options.threads, numerics: options.numerics)
      let planning = try clock.measure {
        _ = try CompiledNetwork.plan(of: network.graph.computing(model.answer).optimized(), options: execution)
      }
      if run == 0 { continue }
      let packing = max(.zero, packed - matched - planning)
      let total = (packed - start) + (end - made)
      for (index, duration) in [defined - start, matched - defined, planning, packing, end - made, total].enumerated() {
        all[index].append(duration)
      }
    }
    let medians = all.map(Benchmark.median)
    return StartBenchmark(
      definition: medians[0], matching: medians[1], planning: medians[2], packing: medians[3], firstPass: medians[4],
      total: medians[5])
  }
}
