import ZooGraph
import ZooKernels
import ZooTensor

/// Runs forward passes of one compiled network, in an arena that it keeps between them.
///
/// Not safe to use from two threads at once; make a runner for each.
public final class Runner {
  /// What is run.
  public let network: CompiledNetwork
  /// The most images that one run takes.
  public let batch: Int
  private let arena: Arena
  /// For each step, the buffers whose halo must be zeroed before it, because other values shared their memory.
  private let zeroedBefore: [[Int]]
  /// Where the answer of this run goes.
  private let answer = FloatReference()
  private var recorded: Recording?
  private var poisonsAnswers = false
  /// Whether gradients of parameters are added to what is there.
  package var accumulates = false

  init(_ network: CompiledNetwork, batch: Int, memory: MemoryPlan) {
    self.network = network
    self.batch = batch
    arena = Arena(network.plan, memory)
    zeroedBefore = Self.zeroedBefore(network.plan, arena.ranges(images: batch))
  }

  /// The memory that it keeps for activations.
  public var arenaByteCount: Int { arena.byteCount }

  private static func zeroedBefore(_ plan: Plan, _ ranges: [Range<Int>]) -> [[Int]] {
    var zeroedBefore = [[Int]](repeating: [], count: plan.steps.count)
    for (index, buffer) in plan.buffers.enumerated() {
      guard case .blocked(let layout) = buffer.form, !layout.halo.isNone, let first = buffer.uses?.lowerBound,
        !plan.steps[first].kernel.writesHalo,
        ranges.indices.contains(where: { $0 != index && ranges[$0].overlaps(ranges[index]) })
      else { continue }
      zeroedBefore[first].append(index)
    }
    return zeroedBefore
  }

  /// The network's outputs, in order, in NCHW with a batch dimension in front.
  ///
  /// The answers for an image do not depend on the others in the batch, on the number of threads or on earlier runs.
  /// Nothing is allocated but the answers, unless this is the first run, `images` are more or fewer than the last time,
  /// or they are not float32.
  ///
  /// - Parameter images: `[C, H, W]`, or `[N, C, H, W]` with N up to `batch`.
  /// - Throws: `RuntimeError.imageShape`, `.imageNotFinite` or `.imageCount`; `.inputCount` for a network with several
  ///   inputs.
  /// - Returns: One tensor for each output.
  public func run(_ images: Tensor) throws(RuntimeError) -> [Tensor] {
    try run(try network.inputs.batch(images), [], until: nil, Self.runLoops)
  }

  /// As above, unless it is cancelled, which is looked for before each piece of a step: the arena is as good as ever then.
  ///
  /// - Returns: `nil` when the cancellation is set by the end.
  /// - Throws: as above.
  public func run(_ images: Tensor, until cancellation: Cancellation) throws(RuntimeError) -> [Tensor]? {
    let outputs = try run(try network.inputs.batch(images), [], until: cancellation, Self.runLoops)
    return cancellation.isCancelled ? nil : outputs
  }

  /// As above, with images for each input by its name, as many for one as for another.
  ///
  /// - Throws: `RuntimeError` when an input is missing, unknown or not what the network reads; `.imageCount`.
  public func run(_ images: [String: Tensor]) throws(RuntimeError) -> [Tensor] {
    let batches = try network.inputs.batches(images)
    return try run(batches[0], batches.dropFirst(), until: nil, Self.runLoops)
  }

  /// As above. `afterStep`: called when a step of the plan is over, with its index.
  package func run(_ images: [String: Tensor], afterStep: (Int) -> Void) throws(RuntimeError) -> [Tensor] {
    let batches = try network.inputs.batches(images)
    return try run(batches[0], batches.dropFirst(), until: nil) { pool, recording, _ in
      for (index, loops) in recording.steps.enumerated() {
        for loop in loops { pool.parallel(recording.loops[loop]) }
        afterStep(index)
      }
    }
  }

  private static func runLoops(_ pool: ThreadPool, _ recording: Recording, _ cancellation: Cancellation?) {
    for loop in recording.loops {
      if let cancellation, cancellation.isSetBeforeNextLoop() { return }
      pool.parallel(loop, until: cancellation)
    }
  }

  /// As `run`; also how long each of the network's steps took.
  ///
  /// - Throws: as `run`.
  public func measure(_ images: Tensor) throws(RuntimeError) -> (outputs: [Tensor], durations: [Duration]) {
    try measure([try network.inputs.batch(images)])
  }

  /// As above, with images for each input by its name.
  ///
  /// - Throws: as `run`.
  public func measure(
    _ images: [String: Tensor]
  ) throws(RuntimeError) -> (outputs: [Tensor], durations: [Duration]) {
    try measure(try network.inputs.batches(images))
  }

  private func measure(_ batches: [ImageBatch]) throws(RuntimeError) -> (outputs: [Tensor], durations: [Duration]) {
    let clock = ContinuousClock()
    var durations: [Duration] = []
    let outputs = try run(batches[0], batches.dropFirst(), until: nil) { pool, recording, _ in
      durations = recording.steps.map { loops in
        clock.measure {
          for loop in loops { pool.parallel(recording.loops[loop]) }
        }
      }
    }
    return (outputs, durations)
  }

  /// `images`: those of the first input. `others`: those of the other inputs, as many of each. Returns nothing when it was
  /// cancelled in time.
  private func run(
    _ images: ImageBatch, _ others: ArraySlice<ImageBatch>, until cancellation: Cancellation?,
    _ steps: (ThreadPool, Recording, Cancellation?) -> Void
  ) throws(RuntimeError) -> [Tensor] {
    guard images.count <= batch else { throw .imageCount(expected: 1...batch, found: images.count) }
    let recording = recording(of: images.count)
    let pool = network.machine.pool
    return pool.run {
      withInputs(images, others, from: 0) { steps(pool, recording, cancellation) }
      if let cancellation, cancellation.isCancelled { return [] }
      return recording.answers.map { shape, loops in
        Tensor(shape: shape) { bytes in
          if poisonsAnswers { bytes.bindMemory(to: Float.self).update(repeating: .nan) }
          answer.floats = bytes.bindMemory(to: Float.self).baseAddress
          for loop in loops { pool.parallel(loop) }
          answer.floats = nil
        }
      }
    }
  }

  /// Calls `body` while the arena's inputs, from this one on, are the images.
  private func withInputs(
    _ images: ImageBatch, _ others: ArraySlice<ImageBatch>, from input: Int, _ body: () -> Void
  ) {
    images.tensor.withFloats { floats in
      arena.inputs[input].floats = floats.baseAddress.map { UnsafeMutablePointer(mutating: $0) }
      if let next = others.first { withInputs(next, others.dropFirst(), from: input + 1, body) } else { body() }
      arena.inputs[input].floats = nil
    }
  }

  /// The loops of a forward pass of so many images.
  private struct Recording {
    let images: Int
    let accumulates: Bool
    var loops: [ParallelLoop] = []
    /// The loops of each step.
    var steps: [Range<Int>] = []
    /// The shape of each output, and the loops that copy it to where `answer` is.
    var answers: [(shape: Shape, loops: [ParallelLoop])] = []
  }

  private func recording(of images: Int) -> Recording {
    if let recorded, recorded.images == images, recorded.accumulates == accumulates { return recorded }
    var recording = Recording(images: images, accumulates: accumulates)
    let fetches = WeightFetches(
      network.steps, images: images, threads: network.machine.pool.threadCount
    ).ofSteps
    for ((step, zeroed), fetched) in zip(zip(network.steps, zeroedBefore), fetches) {
      let loops = network.machine.recording { machine in
        for case let map? in zeroed.map({ arena.map($0, images: images) }) { machine.zeroHalo(map) }
        step.kernel.run(
          Operands(arena, step, images: images, accumulates: accumulates),
          on: fetched.map { machine.fetching($0) } ?? machine)
      }
      recording.steps.append(recording.loops.count..<recording.loops.count + loops.count)
      recording.loops += loops
    }
    recording.answers = zip(network.plan.outputPlaces, network.outputShapes).map { place, shape in
      let loops = network.machine.recording { $0.unpack(arena.view(place, images: images), into: answer) }
      return (Shape([images] + shape.dimensions), loops)
    }
    recorded = recording
    return recording
  }

  /// Fills the arena, and from now on every answer before it is written, with NaN: a pass that reads what it did not
  /// write, or leaves a number of its answer out, shows it. Only the halos that hold zeros from the beginning are kept.
  package func poison() {
    poisonsAnswers = true
    arena.fill(.nan)
    let zeroedLater = Set(zeroedBefore.joined())
    network.machine.pool.run {
      for buffer in network.plan.buffers.indices where !zeroedLater.contains(buffer) {
        if let map = arena.map(buffer, images: batch) { network.machine.zeroHalo(map) }
      }
    }
  }
}
