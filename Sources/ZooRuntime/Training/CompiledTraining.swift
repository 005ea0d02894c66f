import ZooGraph
import ZooKernels
import ZooTensor

/// A step of training prepared for this machine: the kernels of the forward and the backward pass, and the numbers that learn,
/// which change in place.
///
/// Not safe to use from two threads at once.
package final class CompiledTraining {
  package let training: TrainingGraph
  /// The most images of a pass.
  package let batch: Int
  /// In the definition's order.
  package let tensors: [TrainedTensor]
  private let memory: TrainingMemory
  private let network: CompiledNetwork
  private let runner: Runner
  /// Of the batch norms that keep a running mean, by their layers.
  private let runningStatistics: [RunningStatistics]
  /// For each of `tensors`, the step of the plan after which its gradient is complete; `nil` for what does not learn.
  package let gradientSteps: [Int?]
  /// The values that are kept, each for every image.
  private let observed: [NodeID]
  private let names: (input: String, target: String)

  /// What one pass gave.
  package struct Pass: Sendable {
    /// The loss of each image, of each head in order, `[heads][images]`; an auxiliary head's times its weight.
    package let losses: [[Float]]
    /// The scores of the network's own classifier, `[images, classes]`.
    package let scores: Tensor
  }

  /// `batch`: the most images of a pass. `observing`: whether every value is to be had afterwards, for checks; it takes
  /// more memory. `weights`: a checkpoint's tensors by the network's names. Throws `RuntimeError` when the graph cannot
  /// be run, a tensor cannot be used, there is not enough memory or an option cannot be met; what `weights` throws.
  package init(
    _ training: TrainingGraph, options: ExecutionOptions = ExecutionOptions(), batch: Int, observing: Bool = false,
    weights: ParameterSource
  ) throws {
    self.training = training
    observed = observing ? training.observable : []
    self.batch = batch
    let memory = TrainingMemory(training, batch: batch)
    network = try CompiledNetwork(
      training, options, observing: observed, memory: memory, evaluator: ParameterEvaluator(source: weights))
    // What a step takes is known before it is compiled, wherever it is going to run.
    runner = try network.makeRunner(batch: batch, keepsKindsApart: false)
    self.memory = memory
    let evaluator = ParameterEvaluator(source: weights)
    runningStatistics = try training.norms.compactMap { norm in
      guard let id = norm.statistics else { return nil }
      let numbers = try norm.runningStatistics.map { try evaluator.tensor(.tensor($0, [norm.channels])) }
      let pairs = memory.keepPairs(norm.runningStatistics, channels: norm.channels, numbers)
      return memory.statistics[id].map { RunningStatistics(pairs: pairs, batch: $0, area: norm.area) }
    }
    tensors = training.tensors.compactMap { memory.tensors[$0.declaration.name] }
    gradientSteps = Self.gradientSteps(of: tensors, training, network.plan)
    names = (training.graph[training.input].name, training.graph[training.target].name)
  }

  /// The kernels of a step, in order, and their memory.
  package var plan: Plan { network.plan }

  package var machine: Machine { network.machine }

  /// The memory that it keeps for activations and their gradients.
  package var arenaByteCount: Int { runner.arenaByteCount }

  /// Runs images forward and backward: afterwards the gradients of all tensors that learn are in `tensors`. `images`:
  /// `[N, C, H, W]`, at most `batch` of them. `targets`: `[N, classes]`. `point`: where in the run of training this is,
  /// for dropout. `total`: the images that the mean of the loss is taken over, if this is a part of a batch.
  /// `accumulates`: whether gradients are added to those of the parts before. `afterStep`: called when a step of the
  /// plan is over, with its index. Throws `RuntimeError` when images or targets do not fit.
  package func run(
    images: Tensor, targets: Tensor, at point: TrainingPoint, of total: Int? = nil, accumulates: Bool = false,
    afterStep: ((Int) -> Void)? = nil
  ) throws(RuntimeError) -> Pass {
    memory.position.point = point
    memory.lossFactor.value = 1 / Double(total ?? images.shape[0])
    runner.accumulates = accumulates
    let inputs = [names.input: images, names.target: targets]
    let outputs = if let afterStep { try runner.run(inputs, afterStep: afterStep) } else { try runner.run(inputs) }
    return Pass(losses: outputs.dropFirst().prefix(training.heads.count).map(\.floats), scores: outputs[0])
  }

  /// Runs images forward and backward, and gives the value of every node that there is one of, in the graph's order.
  ///
  /// - Precondition: made for observing.
  package func values(images: Tensor, targets: Tensor, at point: TrainingPoint) throws(RuntimeError) -> [[Float]?] {
    memory.position.point = point
    memory.lossFactor.value = 1 / Double(images.shape[0])
    runner.accumulates = false
    let outputs = try runner.run([names.input: images, names.target: targets])
    var values = [[Float]?](repeating: nil, count: training.graph.nodes.count)
    for (id, tensor) in zip(observed, outputs.suffix(observed.count)) { values[id.index] = tensor.floats }
    values[training.input.index] = images.floats
    values[training.target.index] = targets.floats
    for (id, statistics) in memory.statistics { values[id.index] = statistics.first + statistics.second }
    let learned = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    for tensor in training.tensors {
      guard let id = tensor.gradient, let kept = learned[tensor.declaration.name], let gradient = kept.gradient else {
        continue
      }
      values[id.index] = kept.unpacked(gradient).floats
    }
    return values
  }

  /// As `run`, and how long each of the plan's steps took.
  ///
  /// - Throws: as `run`.
  package func measure(images: Tensor, targets: Tensor, at point: TrainingPoint) throws(RuntimeError) -> [Duration] {
    memory.position.point = point
    memory.lossFactor.value = 1 / Double(images.shape[0])
    runner.accumulates = false
    return try runner.measure([names.input: images, names.target: targets]).durations
  }

  /// Brings the statistics of the last pass into the running ones.
  ///
  /// - Parameters:
  ///   - images: of the last pass
  ///   - momentum: the share of the new ones
  package func updateRunningStatistics(images: Int, momentum: Double) {
    for norm in runningStatistics {
      machine.updateRunningStatistics(norm.pairs, with: norm.batch, momentum: momentum, count: images * norm.area)
    }
  }

  /// How many numbers `batchStatistics` gives.
  package var batchStatisticsCount: Int { runningStatistics.reduce(0) { $0 + 2 * $1.pairs.channels } }

  /// The statistics of the last pass that running ones are kept of: of each norm, means and then variances.
  package var batchStatistics: [Float] { runningStatistics.flatMap { $0.batch.first + $0.batch.second } }

  /// Brings statistics that `batchStatistics` gave, of a pass here or elsewhere, into the running ones.
  ///
  /// - Parameters:
  ///   - statistics: of that pass
  ///   - images: as above
  ///   - momentum: as above
  package func updateRunningStatistics(with statistics: [Float], images: Int, momentum: Double) {
    precondition(statistics.count == batchStatisticsCount, "\(statistics.count) statistics")
    var rest = statistics[...]
    for norm in runningStatistics {
      let channels = norm.pairs.channels
      let new = ChannelPairs(first: rest.prefix(channels), second: rest.dropFirst(channels).prefix(channels))
      machine.updateRunningStatistics(norm.pairs, with: new, momentum: momentum, count: images * norm.area)
      rest = rest.dropFirst(2 * channels)
    }
  }

  /// Gradients of a layer's tensors may be made at once, and by the first of their nodes.
  private static func gradientSteps(
    of tensors: [TrainedTensor], _ training: TrainingGraph, _ plan: Plan
  ) -> [Int?] {
    var last: [String: Int] = [:]
    for (index, step) in plan.steps.enumerated() { last[step.name] = index }
    var ofLayer: [String: Int] = [:]
    for tensor in training.tensors {
      guard let id = tensor.gradient, let step = last[training.graph[id].name] else { continue }
      ofLayer[tensor.layer] = max(ofLayer[tensor.layer] ?? 0, step)
    }
    let layers = Dictionary(training.tensors.map { ($0.declaration.name, $0.layer) }) { first, _ in first }
    return tensors.map { tensor in
      tensor.gradient == nil ? nil : layers[tensor.name].flatMap { ofLayer[$0] } ?? plan.steps.count - 1
    }
  }

  /// Fills the arena with NaN, so that a step that reads what it did not write shows it.
  package func poison() { runner.poison() }
}

/// A batch norm that keeps running means and variances.
private struct RunningStatistics {
  let pairs: ChannelPairs
  /// Those of the last pass.
  let batch: ChannelPairs
  /// The numbers that a channel's statistics are taken over, for one image.
  let area: Int
}

extension CompiledNetwork {
  /// `observing`: values that are answered with, too. `memory`: what is kept from step to step. `evaluator`: `nil` to
  /// measure only.
  init(
    _ training: TrainingGraph, _ options: ExecutionOptions, observing: [NodeID], memory: TrainingMemory,
    evaluator: ParameterEvaluator?
  ) throws {
    let graph = training.graph
    let outputs =
      [Output(name: "scores", role: .logits, value: training.heads[0].scores)]
      + training.heads.map { Output(name: $0.output, role: .features, value: $0.loss) }
      + observing.map { Output(name: graph[$0].name, role: .features, value: $0) }
    let norms = training.norms.compactMap(\.statistics)
    try self.init(
      graph, options, inputs: [training.input, training.target], outputs: outputs,
      results: training.tensors.compactMap(\.gradient) + norms, memory: memory, evaluator: evaluator)
  }
}

extension TrainingGraph {
  /// The values of images that a step computes, but for what is fed in.
  fileprivate var observable: [NodeID] {
    let roots = heads.map(\.loss) + tensors.compactMap(\.gradient) + norms.compactMap(\.statistics)
    let needed = graph.isNeeded(for: roots)
    return graph.ids.filter { id in
      if case .input = graph[id].operation { return false }
      return needed[id.index] && graph[id].scope == .image
    }
  }
}
