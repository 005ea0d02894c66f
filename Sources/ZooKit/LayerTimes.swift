import ZooGraph
import ZooRuntime
import ZooTensor
import ZooWeights

/// How long the layers of a model take in a forward pass on this machine.
///
/// Layers that run as one step, such as a convolution with the batch norm and the activation after it, share a time. A layer without
/// a step takes none: flattening, dropout, a concatenation whose inputs are written where it has them.
public struct LayerTimes: Sendable {
  /// The steps of one layer of the plan.
  public struct Entry: Sendable, Hashable {
    /// The layer that the steps are named after.
    public var layer: String
    /// All layers of the network whose work the steps do, in order, that one included.
    public var layers: [String]
    /// What computes them, in the words of a plan.
    public var kernels: [String]
    /// The sum of the steps' medians.
    public var median: Duration
  }

  /// In the order in which they run.
  public let entries: [Entry]
  /// How many images a pass had.
  public let batch: Int
  /// How many threads worked.
  public let threads: Int
  /// Of which the kernels were.
  public let instructionSet: String
  /// How many passes were timed.
  public let runs: Int

  /// The sum over all layers.
  public var total: Duration { entries.reduce(.zero) { $0 + $1.median } }

  /// Runs a model on a made-up image: a few times to warm up, then so often that the middle of the times means
  /// something.
  ///
  /// - Parameters:
  ///   - model: what is timed.
  ///   - runs: how often each step is timed, at least
  ///   - duration: how long to go on at least
  /// - Throws: `RuntimeError`, what the passes throw.
  /// - Returns: `nil` for an interpreted model, which is not meant to be fast.
  public static func measure(
    _ model: Model, runs: Int = 20, duration: Duration = .milliseconds(200)
  ) throws -> LayerTimes? {
    guard let compiled = model.compiled else { return nil }
    let runner = try compiled.makeRunner(batch: 1)
    let image = SyntheticCheckpoint.input(shape: Shape([1] + compiled.input.dimensions))
    for _ in 0..<3 { _ = try runner.run(image) }
    let clock = ContinuousClock()
    let start = clock.now
    var durations = [[Duration]](repeating: [], count: compiled.steps.count)
    var count = 0
    while count < max(runs, 1) || clock.now - start < duration {
      for (step, time) in try runner.measure(image).durations.enumerated() { durations[step].append(time) }
      count += 1
    }
    return LayerTimes(
      entries: try entries(of: model, compiled, medians: durations.map(Benchmark.median)), batch: 1,
      threads: compiled.threadCount, instructionSet: compiled.instructionSet.rawValue, runs: count)
  }

  /// Which layers of the network each step computes. `medians`: one for each step.
  static func entries(of model: Model, _ compiled: CompiledNetwork, medians: [Duration]) throws -> [Entry] {
    let graph = model.network.graph.computing(model.answer)
      .computing(try model.network.layers(named: model.outputs))
    let optimized = try graph.optimized()
    var fused = graph.fusedNodes(in: optimized)
    let stepped = Set(compiled.steps.map(\.name))
    // A pooling that has no step is done where its input is computed.
    for node in optimized.nodes where !stepped.contains(node.name) {
      guard case .maxPool = node.operation, let source = node.inputs.first, let pooled = fused[node.name] else {
        continue
      }
      fused[node.name] = nil
      fused[optimized[source].name, default: []] += pooled
    }
    var entries: [Entry] = []
    var indices: [String: Int] = [:]
    for (step, median) in zip(compiled.steps, medians) {
      let kernel = step.kernel.description
      if let index = indices[step.name] {
        entries[index].kernels.append(kernel)
        entries[index].median += median
      } else {
        indices[step.name] = entries.count
        let layers = (fused[step.name] ?? []).sorted().map { graph[$0].name }
        entries.append(
          Entry(
            layer: step.name, layers: layers.isEmpty ? [step.name] : layers, kernels: [kernel], median: median))
      }
    }
    return entries
  }

  /// The times in seconds, to colour a picture of the network by.
  public var quantity: NodeQuantity {
    NodeQuantity(
      title: "time", unit: .seconds,
      caption:
        "of a forward pass of one image: medians of \(runs) runs, \(threads) \(threads == 1 ? "thread" : "threads"), \(instructionSet)",
      values: Dictionary(entries.map { ($0.layer, $0.median / .seconds(1)) }) { $0 + $1 },
      covers: Dictionary(entries.map { entry in (entry.layer, entry.layers.filter { $0 != entry.layer }) }) { $0 + $1 }
        .filter { !$0.value.isEmpty })
  }
}
