import Synchronization
import ZooGraph
import ZooKernels
import ZooTensor

/// Answers what a network would say to one image with parts of it replaced.
///
///     let runner = try WindowedRunner(network, image: image)
///     let answers = try runner.run(patches.map { [$0] })
///
/// The answers are the bits of whole passes over the changed images with `Numerics.direct`, whatever the number of threads
/// and the instruction set. Not safe to use from two threads at once.
public final class WindowedRunner {
  /// What is run.
  public let network: WindowedNetwork
  /// How many changed images are a batch; `nil` for as many as `memoryLimit` leaves room for, up to 16. Where there are
  /// several batches for each thread, threads compute batches of their own, otherwise they share one after the other.
  public let batch: Int?
  /// How many bytes the values of the image and of changed images may take.
  public let memoryLimit: Int
  private var clean: CleanValues
  private var arena = FloatBuffer(count: 0)
  private var isPoisoned = false

  /// Computes and keeps all values of an image.
  ///
  /// - Parameters:
  ///   - network: lowered for such changes.
  ///   - image: `[C, H, W]`, of the network's input
  ///   - batch: how many answers are computed at a time; `nil` for as many as pay.
  ///   - memoryLimit: `nil` for half of this machine's memory
  /// - Throws: `WindowedError.batch`, or `.memory` before anything is computed; `RuntimeError.imageShape`,
  ///   `.imageCount` or `.imageNotFinite`.
  public init(_ network: WindowedNetwork, image: Tensor, batch: Int? = nil, memoryLimit: Int? = nil) throws {
    if let batch, !Self.batches.contains(batch) { throw WindowedError.batch(batch, expected: Self.batches) }
    self.network = network
    self.batch = batch
    self.memoryLimit = memoryLimit ?? CompiledNetwork.physicalMemory / 2
    let images = try network.compiled.inputs.batch(image)
    guard images.count == 1 else { throw RuntimeError.imageCount(expected: 1...1, found: images.count) }
    // What a pass holds at once is the least that is needed, and counted without overflow.
    _ = try network.compiled.arenaByteCount(batch: 1)
    let plan = CleanValues.plan(network)
    guard plan.byteCount <= self.memoryLimit else {
      throw WindowedError.memory(byteCount: plan.byteCount, limit: self.memoryLimit)
    }
    cleanByteCount = plan.byteCount
    clean = CleanValues(network, plan, images.tensor.reshaped(to: images.shape))
  }

  /// How many changed images can be computed at a time.
  public static let batches = 1...1024
  private static let usualBatch = 16

  /// The bytes that the values of the image take.
  public let cleanByteCount: Int

  /// The outputs for the image itself, in the network's order, each with a batch dimension of 1 in front.
  public var answers: [Tensor] { clean.answers }

  /// What `run` costs.
  public struct Cost: Hashable, Sendable {
    /// Multiply-accumulate operations with weights of the changed images' windows.
    public let multiplyAccumulates: Int
    /// Those of as many whole passes.
    public let wholeMultiplyAccumulates: Int
    /// The bytes for values, those of the image included.
    public let byteCount: Int
    /// How many changed images are computed at a time, by all threads.
    public let batch: Int

    /// How many times as many operations whole passes take.
    public var factor: Double { Double(wholeMultiplyAccumulates) / Double(max(1, multiplyAccumulates)) }
  }

  /// What computing images with changes within some rectangles will cost; nothing is computed.
  ///
  /// - Parameter regions: for each image the rectangle around its changes
  /// - Throws: `WindowedError.region`, or `.memory` where not even one image can be computed at a time.
  /// - Returns: What would be computed, in multiply-accumulate operations, and how much memory that takes.
  public func cost(of regions: [MapRegion]) throws(WindowedError) -> Cost {
    let whole = MapRegion(network.input.extent)
    for region in regions where region.isEmpty || !whole.contains(region) {
      throw .region(region, input: whole.extent)
    }
    let schedule = try schedule(regions)
    return schedule.cost
  }

  /// The outputs for each of some changed images, in the network's order, each `[images, …]`.
  ///
  /// - Parameters:
  ///   - images: what is changed in each; where changes overlap, the later one counts. None at all is the image itself.
  ///   - progress: is told after some images how many are done, and says whether to go on
  /// - Returns: `nil` when `progress` said no.
  /// - Throws: `WindowedError`, before anything is computed.
  public func run(
    _ images: [[InputChange]], progress: (_ done: Int) -> Bool = { _ in true }
  ) throws(WindowedError) -> [Tensor]? {
    for image in images {
      for change in image { try change.check(network.input) }
    }
    let schedule = try schedule(images.map(\.region))
    let floats = schedule.arenaByteCount / MemoryLayout<Float>.stride
    if arena.count < schedule.lanes * floats { arena = FloatBuffer(count: schedule.lanes * floats) }
    var answers = network.outputs.map { output in
      [Float](repeating: 0, count: images.count * network.flow.graph[output.value].shape.elementCount)
    }
    let isComplete =
      schedule.lanes > 1
      ? runLanes(schedule, images, into: &answers, progress) : runBatches(schedule, images, into: &answers, progress)
    guard isComplete else { return nil }
    return zip(network.outputs, answers).map { output, floats in
      Tensor(shape: Shape([images.count] + network.flow.graph[output.value].shape.dimensions), floats: floats)
    }
  }

  /// One batch after the other, each by all threads.
  private func runBatches(
    _ schedule: WindowSchedule, _ images: [[InputChange]], into answers: inout [[Float]],
    _ progress: (_ done: Int) -> Bool
  ) -> Bool {
    var done = 0
    for batch in schedule.batches {
      let computation = computation(schedule, batch, images, on: network.machine, lane: 0)
      network.machine.pool.run { computation.run() }.put(batch, into: &answers)
      done += batch.count
      guard progress(done) else { return false }
    }
    return true
  }

  /// Several batches at a time, each by one thread. Progress is told by the caller's.
  private func runLanes(
    _ schedule: WindowSchedule, _ images: [[InputChange]], into answers: inout [[Float]],
    _ progress: (_ done: Int) -> Bool
  ) -> Bool {
    // Lanes take batches in their order, and each has memory of its own.
    nonisolated(unsafe) let runner = self
    let shared = Mutex(Shared(answers: answers))
    answers = []
    let isComplete = withoutActuallyEscaping(progress) { progress in
      nonisolated(unsafe) let progress = progress
      network.machine.pool.parallel(schedule.lanes) { lane, thread in
        while let batch = shared.withLock({ $0.next(schedule.batches) }) {
          let found = runner.computation(schedule, batch, images, on: runner.network.singleThreaded, lane: lane).run()
          let done = shared.withLock { shared in
            found.put(batch, into: &shared.answers)
            shared.done += batch.count
            return shared.done
          }
          // The last count is told when all is done.
          if thread == 0, done < images.count, !progress(done) { shared.withLock { $0.isStopped = true } }
        }
      }
      return !shared.withLock(\.isStopped) && progress(images.count)
    }
    answers = shared.withLock(\.answers)
    return isComplete
  }

  /// What lanes share.
  private struct Shared {
    var answers: [[Float]]
    var started = 0
    /// How many images are done.
    var done = 0
    var isStopped = false

    mutating func next(_ batches: [[Int]]) -> [Int]? {
      guard !isStopped, started < batches.count else { return nil }
      started += 1
      return batches[started - 1]
    }
  }

  private func computation(
    _ schedule: WindowSchedule, _ batch: [Int], _ images: [[InputChange]], on machine: Machine, lane: Int
  ) -> BatchComputation {
    let floats = schedule.arenaByteCount / MemoryLayout<Float>.stride
    let arena = UnsafeMutableBufferPointer(start: arena.floats + lane * floats, count: floats)
    if isPoisoned { arena.update(repeating: .nan) }
    return BatchComputation(
      network: network, machine: machine, plan: schedule.plan(batch), changes: batch.map { images[$0] }, clean: clean,
      floats: arena)
  }

  private func schedule(_ regions: [MapRegion]) throws(WindowedError) -> WindowSchedule {
    try WindowSchedule(
      network, regions, batch: batch, usualBatch: Self.usualBatch, cleanByteCount: cleanByteCount, limit: memoryLimit)
  }

  /// From now on fills the memory of changed images with NaN before each use: a pass that reads what it did not write shows
  /// it.
  package func poison() { isPoisoned = true }
}
