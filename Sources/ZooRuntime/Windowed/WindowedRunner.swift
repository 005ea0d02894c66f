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
  public let network: WindowedNetwork
  /// How many changed images are computed at a time; `nil` for as many as `memoryLimit` leaves room for, up to 16.
  public let batch: Int?
  /// How many bytes the values of the image and of changed images may take.
  public let memoryLimit: Int
  private var clean: CleanValues
  private var arena = FloatBuffer(count: 0)
  private var isPoisoned = false

  /// Computes and keeps all values of an image.
  ///
  /// - Parameters:
  ///   - image: `[C, H, W]`, of the network's input
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
    /// How many changed images are computed at a time.
    public let batch: Int

    /// How many times as many operations whole passes take.
    public var factor: Double { Double(wholeMultiplyAccumulates) / Double(max(1, multiplyAccumulates)) }
  }

  /// What computing images with changes within some rectangles will cost; nothing is computed.
  ///
  /// - Parameter regions: for each image the rectangle around its changes
  /// - Throws: `WindowedError.region`, or `.memory` where not even one image can be computed at a time.
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
    let stride = MemoryLayout<Float>.stride
    if arena.count * stride < schedule.arenaByteCount { arena = FloatBuffer(count: schedule.arenaByteCount / stride) }
    var answers = network.outputs.map { output in
      [Float](repeating: 0, count: images.count * network.flow.graph[output.value].shape.elementCount)
    }
    var done = 0
    for batch in schedule.batches {
      if isPoisoned { UnsafeMutableBufferPointer(start: arena.floats, count: arena.count).update(repeating: .nan) }
      let plan = schedule.plan(batch)
      let found = network.machine.pool.run { compute(plan, batch.map { images[$0] }) }
      for (output, tensor) in found.enumerated() {
        let count = tensor.shape.elementCount / batch.count
        tensor.withFloats { floats in
          for (index, image) in batch.enumerated() {
            answers[output].replaceSubrange(
              image * count..<(image + 1) * count, with: floats[index * count..<(index + 1) * count])
          }
        }
      }
      done += batch.count
      guard progress(done) else { return nil }
    }
    return zip(network.outputs, answers).map { output, floats in
      Tensor(shape: Shape([images.count] + network.flow.graph[output.value].shape.dimensions), floats: floats)
    }
  }

  private func compute(_ plan: WindowPlan, _ images: [[InputChange]]) -> [Tensor] {
    clean.image.withFloats { image in
      guard let first = image.baseAddress else { return [] }
      for (index, changes) in images.enumerated() where !changes.isEmpty {
        changes.write(image, network.input, into: arena.floats + plan.changes[index])
      }
      let pass = WindowPass(network: network, plan: plan, floats: arena.floats, clean: clean, image: first)
      pass.run()
      return pass.answers()
    }
  }

  private func schedule(_ regions: [MapRegion]) throws(WindowedError) -> WindowSchedule {
    try WindowSchedule(
      network, regions, batch: batch, usualBatch: Self.usualBatch, cleanByteCount: cleanByteCount, limit: memoryLimit)
  }

  /// From now on fills the memory of changed images with NaN before each use: a pass that reads what it did not write shows
  /// it.
  package func poison() { isPoisoned = true }
}
