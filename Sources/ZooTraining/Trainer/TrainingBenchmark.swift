import ZooGraph
import ZooKernels
import ZooKit
import ZooRuntime
import ZooTensor

/// How long a step of training takes: forward, backward and the optimiser's move, on random images that are in memory.
public struct TrainingBenchmark: Sendable {
  /// A kind of kernels.
  public struct Share: Hashable, Sendable {
    /// The kind, as `build --explain` names it.
    public let kernel: String
    /// In one step of training.
    public let calls: Int
    /// Of one step of training, over all calls.
    public let seconds: Double
    /// Multiply-accumulate operations with weights.
    public let multiplyAccumulates: Int
  }

  /// The number of images.
  public let batch: Int
  /// Of each step, in seconds.
  public let seconds: [Double]
  /// Where the time of a step goes, the longest first, measured one kernel at a time; with the optimiser last.
  public let shares: [Share]
  /// For activations and their gradients.
  public let arenaByteCount: Int

  /// The most memory that this process has had.
  public let peakResidentBytes: Int

  /// Of a step, in seconds.
  public var median: Double { seconds.sorted()[seconds.count / 2] }
  /// Of the fastest step, in seconds.
  public var minimum: Double { seconds.min() ?? 0 }

  /// - Parameters:
  ///   - network: what is trained.
  ///   - recipe: by which it is.
  ///   - options: Threads, instruction set and numerics.
  ///   - batch: the number of images.
  ///   - time: about how many seconds to measure, at least 3 steps.
  /// - Throws: as `Trainer.init`.
  public init(
    _ network: Network, recipe: Recipe, options: ExecutionOptions = ExecutionOptions(), batch: Int, time: Double = 2
  ) throws {
    self.batch = batch
    let training = try TrainingGraph(
      network.graph, loss: recipe.kernelLoss, learns: { recipe.learns($0) }, norm: { recipe.normState(of: $0) })
    let tensors = try Trainer.tensors(of: network, recipe: recipe, start: .initialization)
    var options = options
    options.numerics = recipe.numerics
    let compiled = try CompiledTraining(
      training, options: options, batch: batch,
      weights: ParameterSource { name in
        guard let tensor = tensors[name] else { preconditionFailure("the network has no tensor '\(name)'") }
        return tensor
      })
    let update = ParameterUpdate(compiled, recipe: recipe)
    let random = CounterRandom(seed: recipe.seed, purpose: .sampling, 2)
    let shape = Shape([batch] + network.input.dimensions)
    let images = Tensor(shape: shape, floats: (0..<shape.elementCount).map { Float(2 * random.uniform($0) - 1) })
    let classes = training.classes
    let targets = Tensor(
      shape: [batch, classes], floats: (0..<batch * classes).map { $0 / classes % classes == $0 % classes ? 1 : 0 })
    let clock = ContinuousClock()
    func move(_ number: Int) {
      update.step(number, rate: 1e-6, momentum: nil, gradientNorm: update.gradientNorm(update.squareSums()))
    }
    func step(_ index: Int) throws {
      _ = try compiled.run(images: images, targets: targets, at: TrainingPoint(step: index))
      compiled.updateRunningStatistics(images: batch, momentum: 0.1)
      move(index + 1)
    }
    try step(0)
    try step(1)
    var (seconds, index) = ([Double](), 2)
    let start = clock.now
    while seconds.count < 3 || (clock.now - start).inSeconds < time {
      seconds.append(try clock.measure { try step(index) }.inSeconds)
      index += 1
    }
    self.seconds = seconds
    var shares: [String: Share] = [:]
    for (step, duration) in zip(
      compiled.plan.steps, try compiled.measure(images: images, targets: targets, at: TrainingPoint()))
    {
      let name = "\(step.kernel)"
      let known = shares[name]
      shares[name] = Share(
        kernel: name, calls: (known?.calls ?? 0) + 1, seconds: (known?.seconds ?? 0) + duration.inSeconds,
        multiplyAccumulates: (known?.multiplyAccumulates ?? 0) + step.multiplyAccumulates * batch)
    }
    let optimizer = clock.measure { move(index) }.inSeconds
    self.shares =
      shares.values.sorted { ($1.seconds, $0.kernel) < ($0.seconds, $1.kernel) }
      + [Share(kernel: "optimiser", calls: update.items.count, seconds: optimizer, multiplyAccumulates: 0)]
    arenaByteCount = compiled.arenaByteCount
    peakResidentBytes = Benchmark.peakResidentBytes()
  }
}
