import ZooGraph
import ZooKernels
import ZooTensor

/// The memory that steps of training take, as their plan on this machine has it: no weights are read, and none of the memory
/// is touched.
package struct TrainingFootprint: Sendable {
  /// A tensor of the checkpoint as kernels have it.
  package struct Tensor: Sendable {
    package let name: String
    /// The bytes of its numbers, with those that fill blocks; its gradient and each number of an optimiser's state take as
    /// many.
    package let byteCount: Int
    package let learns: Bool
  }

  package let tensors: [Tensor]
  /// What is computed forward and read backward, in bytes, by the nodes that compute it. The nodes of one place that is written
  /// twice share it once: it is the first one's.
  package let kept: [String: Int]
  /// All values, their gradients and what kernels need while they run, in bytes, where what is needed no more makes room.
  package let arenaByteCount: Int
  /// Weights as Winograd's algorithm has them, in bytes: as many as the largest layer needs.
  package let transformedByteCount: Int

  /// The most bytes of one value that are counted: so many of them that their sum is a number. This machine need not have them.
  private static let largestBuffer = 1 << 46

  /// - Parameters:
  ///   - training: the network in training
  ///   - options: of the machine
  ///   - batch: the images of a step
  /// - Throws: `RuntimeError` when the graph cannot be run, its weights are more than the machine's memory or an option cannot
  ///   be met.
  package init(_ training: TrainingGraph, options: ExecutionOptions = ExecutionOptions(), batch: Int) throws {
    guard (1...CompiledNetwork.maximumBatch).contains(batch) else {
      throw RuntimeError.batch(batch, expected: 1...CompiledNetwork.maximumBatch)
    }
    let memory = TrainingMemory(training, batch: batch)
    let network = try CompiledNetwork(training, options, observing: [], memory: memory, evaluator: nil)
    for norm in training.norms where norm.statistics != nil {
      _ = memory.keepPairs(norm.runningStatistics, channels: norm.channels, [nil, nil])
    }
    tensors = training.tensors.compactMap { tensor in
      memory.tensors[tensor.declaration.name].map {
        Tensor(
          name: $0.name, byteCount: $0.numbers.count * MemoryLayout<Float>.stride, learns: $0.gradient != nil)
      }
    }
    var buffers: [MemoryRequest] = []
    for buffer in network.plan.buffers {
      let (size, overflow) = buffer.floats(images: batch).multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
      guard !overflow, size <= Self.largestBuffer else {
        throw RuntimeError.activationsTooLarge(
          batch: batch, byteCount: overflow ? .max : size, memory: CompiledNetwork.physicalMemory)
      }
      let uses = buffer.uses ?? 0...0
      buffers.append(MemoryRequest(size: size, firstUse: uses.lowerBound, lastUse: uses.upperBound))
    }
    arenaByteCount = MemoryPlan.plan(buffers).total
    transformedByteCount = memory.transformedCount * MemoryLayout<Float>.stride
    kept = Self.kept(network.plan, buffers, in: training.graph)
  }

  /// What a layer of the network keeps: its node in the training graph, with those that stand for parts of it.
  package func kept(by layer: String) -> Int {
    ["", " statistics", " branch"].reduce(0) { $0 + (kept[layer + $1] ?? 0) }
  }

  /// The buffers that are written before the first step backward and read from there on, shared out among the steps that write
  /// their channels.
  private static func kept(_ plan: Plan, _ buffers: [MemoryRequest], in graph: Graph) -> [String: Int] {
    let backward = Set(
      graph.nodes.filter { if case .gradient = $0.operation { true } else { false } }.map(\.name))
    guard let boundary = plan.steps.firstIndex(where: { backward.contains($0.name) }) else { return [:] }
    var writers: [Int: [(name: String, channels: Range<Int>)]] = [:]
    for step in plan.steps[..<boundary] {
      if let place = step.writes { writers[place.buffer, default: []].append((step.name, place.channels)) }
    }
    var kept: [String: Int] = [:]
    for (index, request) in buffers.enumerated() where request.firstUse < boundary && request.lastUse >= boundary {
      guard let steps = writers[index] else { continue }
      let end = steps.map(\.channels.upperBound).max() ?? 0
      var owners = [String?](repeating: nil, count: end)
      for (name, channels) in steps {
        for channel in channels where owners[channel] == nil { owners[channel] = name }
      }
      let counts = Dictionary(owners.compactMap { $0 }.map { ($0, 1) }, uniquingKeysWith: +)
      let channels = max(1, counts.values.reduce(0, +))
      var left = request.size
      // The first one takes what does not divide.
      for name in Set(steps.dropFirst().map(\.name)).subtracting([steps[0].name]) {
        let share = Int(Double(request.size) * Double(counts[name] ?? 0) / Double(channels))
        kept[name, default: 0] += share
        left -= share
      }
      kept[steps[0].name, default: 0] += left
    }
    return kept
  }
}
