import ZooGraph
import ZooKernels

/// The memory of a runner: the buffers of a plan, each where a memory plan puts it.
struct Arena {
  private let memory: FloatBuffer
  private let buffers: [Buffer]
  /// Where each buffer starts, in floats.
  private let offsets: [Int]
  /// Where the images of each input are, as long as a run lasts.
  let inputs: [FloatReference]

  init(_ plan: Plan, _ memoryPlan: MemoryPlan) {
    let stride = MemoryLayout<Float>.stride
    buffers = plan.buffers
    offsets = memoryPlan.offsets.map { $0 / stride }
    memory = FloatBuffer(count: memoryPlan.total / stride)
    inputs = plan.inputs.map { _ in FloatReference() }
  }

  var byteCount: Int { memory.count * MemoryLayout<Float>.stride }

  /// The floats of each buffer.
  func ranges(images: Int) -> [Range<Int>] {
    zip(buffers, offsets).map { buffer, offset in offset..<offset + buffer.floats(images: images) }
  }

  /// A buffer with all of its channels; `nil` when it is not in blocks.
  func map(_ buffer: Int, images: Int) -> BlockedView? {
    guard case .blocked(let layout) = buffers[buffer].form else { return nil }
    return BlockedView(floats(buffer), layout: layout, images: images)
  }

  /// - Precondition: a buffer in blocks.
  func view(_ place: Place, images: Int) -> BlockedView {
    guard let whole = map(place.buffer, images: images) else {
      preconditionFailure("buffer \(place.buffer) is not in blocks")
    }
    return place.channels.count == whole.layout.channels ? whole : whole.reading(place.channels)
  }

  /// - Precondition: a buffer of planes.
  func planes(_ place: Place, images: Int) -> PlanarView {
    guard case .planar(let layout) = buffers[place.buffer].form else {
      preconditionFailure("buffer \(place.buffer) is not planes")
    }
    return PlanarView(floats(place.buffer), layout: layout, images: images)
  }

  func floats(_ buffer: Int) -> UnsafeMutablePointer<Float> { memory.floats + offsets[buffer] }

  func fill(_ value: Float) {
    UnsafeMutableBufferPointer(start: memory.floats, count: memory.count).update(repeating: value)
  }
}

/// What a kernel works on: the memory of one step, in one arena, for so many images.
package struct Operands {
  private let arena: Arena
  private let step: Step
  let imageCount: Int
  /// Whether gradients of parameters are added to those of the parts of the batch before.
  let accumulates: Bool

  init(_ arena: Arena, _ step: Step, images: Int, accumulates: Bool = false) {
    self.arena = arena
    self.step = step
    imageCount = images
    self.accumulates = accumulates
  }

  /// The first map that is read.
  var input: BlockedView { arena.view(step.reads[0], images: imageCount) }

  /// All maps that are read.
  var inputs: [BlockedView] { step.reads.map { arena.view($0, images: imageCount) } }

  /// What is added to the result, if anything: the second map that is read.
  var addend: BlockedView? { step.reads.dropFirst().first.map { arena.view($0, images: imageCount) } }

  /// The planes that are read.
  var planes: PlanarView { arena.planes(step.reads[0], images: imageCount) }

  var output: BlockedView { arena.view(target, images: imageCount) }

  /// The planes that are written.
  var planarOutput: PlanarView { arena.planes(target, images: imageCount) }

  private var target: Place {
    guard let place = step.writes else { preconditionFailure("'\(step.name)' writes no value of images") }
    return place
  }

  /// A map that is read.
  func input(_ index: Int) -> BlockedView { arena.view(step.reads[index], images: imageCount) }

  /// Planes that are read.
  func planes(_ index: Int) -> PlanarView { arena.planes(step.reads[index], images: imageCount) }

  /// Memory that is the kernel's while it runs.
  ///
  /// - Precondition: the step has some.
  var scratch: UnsafeMutablePointer<Float> {
    guard let scratch = scratchIfGiven else { preconditionFailure("'\(step.name)' has no scratch memory") }
    return scratch
  }

  /// `scratch`, or `nil` for a step that has none.
  var scratchIfGiven: UnsafeMutablePointer<Float>? { step.scratch.map(arena.floats) }

  /// The images of a run. `input`: which of the network's inputs.
  func images(of input: Int) -> FloatReference { arena.inputs[input] }
}
