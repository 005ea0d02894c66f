import ZooGraph
import ZooKernels
import ZooTensor

/// Runs forward passes of one compiled network, in an arena that it keeps between them.
///
/// Not safe to use from two threads at once; make a runner for each.
public final class Runner {
  public let network: CompiledNetwork
  /// The most images that one run takes.
  public let batch: Int
  private let arena: FloatBuffer
  /// Where each buffer starts in the arena, in floats.
  private let offsets: [Int]
  /// For each step, the buffers whose halo must be zeroed before it, because other values shared their memory.
  private let zeroedBefore: [[Int]]
  /// Where the images of this run are, and where its answer goes.
  private let input = FloatReference()
  private let answer = FloatReference()
  private var recorded: Pass?
  private var poisonsAnswers = false

  init(_ network: CompiledNetwork, batch: Int, plan: MemoryPlan) {
    self.network = network
    self.batch = batch
    let stride = MemoryLayout<Float>.stride
    offsets = plan.offsets.map { $0 / stride }
    arena = FloatBuffer(count: plan.total / stride)
    let ranges = zip(network.buffers, offsets).map { buffer, offset in offset..<offset + buffer.floats(images: batch) }
    var zeroedBefore = [[Int]](repeating: [], count: network.steps.count)
    for (index, buffer) in network.buffers.enumerated() {
      guard case .blocked(let layout) = buffer.form, !layout.halo.isNone, let first = buffer.uses?.lowerBound,
        !network.steps[first].action.writesHalo,
        ranges.indices.contains(where: { $0 != index && ranges[$0].overlaps(ranges[index]) })
      else { continue }
      zeroedBefore[first].append(index)
    }
    self.zeroedBefore = zeroedBefore
  }

  /// The network's outputs, in order, in NCHW with a batch dimension in front.
  ///
  /// The answers for an image do not depend on the others in the batch, on the number of threads or on earlier runs.
  /// Nothing is allocated but the answers, unless this is the first run, `images` are more or fewer than the last time, or
  /// they are not float32.
  ///
  /// - Parameter images: `[C, H, W]`, or `[N, C, H, W]` with N up to `batch`.
  /// - Throws: `RuntimeError.imageShape` or `.imageCount`.
  public func run(_ images: Tensor) throws(RuntimeError) -> [Tensor] {
    try run(images) { pool, pass in
      for loop in pass.loops { pool.parallel(loop) }
    }
  }

  /// As `run`; also how long each of the network's steps took.
  ///
  /// - Throws: `RuntimeError.imageShape` or `.imageCount`.
  public func measure(_ images: Tensor) throws(RuntimeError) -> (outputs: [Tensor], durations: [Duration]) {
    let clock = ContinuousClock()
    var durations: [Duration] = []
    let outputs = try run(images) { pool, pass in
      durations = pass.steps.map { loops in
        clock.measure {
          for loop in loops { pool.parallel(pass.loops[loop]) }
        }
      }
    }
    return (outputs, durations)
  }

  private func run(_ images: Tensor, _ steps: (ThreadPool, Pass) -> Void) throws(RuntimeError) -> [Tensor] {
    let images = try ImageBatch(images, shape: network.input)
    guard images.count <= batch else { throw .imageCount(expected: 1...batch, found: images.count) }
    let pass = pass(of: images.count)
    let pool = network.machine.pool
    return pool.run {
      images.tensor.withFloats { floats in
        input.floats = floats.baseAddress.map { UnsafeMutablePointer(mutating: $0) }
        steps(pool, pass)
        input.floats = nil
      }
      return pass.answers.map { shape, loops in
        Tensor(shape: shape) { bytes in
          if poisonsAnswers { bytes.bindMemory(to: Float.self).update(repeating: .nan) }
          answer.floats = bytes.bindMemory(to: Float.self).baseAddress
          for loop in loops { pool.parallel(loop) }
          answer.floats = nil
        }
      }
    }
  }

  /// The loops of a forward pass of so many images.
  private struct Pass {
    let images: Int
    var loops: [ParallelLoop] = []
    /// The loops of each step.
    var steps: [Range<Int>] = []
    /// The shape of each output, and the loops that copy it to where `answer` is.
    var answers: [(shape: Shape, loops: [ParallelLoop])] = []
  }

  private func pass(of images: Int) -> Pass {
    if let recorded, recorded.images == images { return recorded }
    var pass = Pass(images: images)
    for index in network.steps.indices {
      let loops = network.machine.recording { execute(index, images, $0) }
      pass.steps.append(pass.loops.count..<pass.loops.count + loops.count)
      pass.loops += loops
    }
    pass.answers = zip(network.outputPlaces, network.outputShapes).map { place, shape in
      let loops = network.machine.recording { $0.unpack(view(place, images), into: answer) }
      return (Shape([images] + shape.dimensions), loops)
    }
    recorded = pass
    return pass
  }

  /// Fills the arena, and from now on every answer before it is written, with NaN: a pass that reads what it did not
  /// write, or leaves a number of its answer out, shows it. Only the halos that hold zeros from the beginning are kept.
  package func poison() {
    poisonsAnswers = true
    UnsafeMutableBufferPointer(start: arena.floats, count: arena.count).update(repeating: .nan)
    let zeroedLater = Set(zeroedBefore.joined())
    network.machine.pool.run {
      for (index, buffer) in network.buffers.enumerated() where !zeroedLater.contains(index) {
        guard case .blocked(let layout) = buffer.form else { continue }
        network.machine.zeroHalo(view(Place(buffer: index, channels: 0..<layout.channels), batch))
      }
    }
  }

  private func view(_ place: Place, _ images: Int) -> BlockedView {
    guard case .blocked(let layout) = network.buffers[place.buffer].form else {
      preconditionFailure("planes are read by convolutions only")
    }
    let whole = BlockedView(arena.floats + offsets[place.buffer], layout: layout, images: images)
    return place.channels.count == layout.channels ? whole : whole.channels(place.channels)
  }

  private func planes(_ buffer: Int, _ images: Int) -> PlanarView {
    guard case .planar(let layout) = network.buffers[buffer].form else {
      preconditionFailure("a buffer of another form is not planes")
    }
    return PlanarView(arena.floats + offsets[buffer], layout: layout, images: images)
  }

  private func execute(_ index: Int, _ images: Int, _ machine: Machine) {
    func view(_ place: Place) -> BlockedView { self.view(place, images) }
    for buffer in zeroedBefore[index] {
      guard case .blocked(let layout) = network.buffers[buffer].form else { continue }
      machine.zeroHalo(view(Place(buffer: buffer, channels: 0..<layout.channels)))
    }
    switch network.steps[index].action {
    case .pack(let output):
      machine.pack(input, into: view(output))
    case .packPlanes(let output):
      machine.pack(input, into: planes(output, images))
    case .convolve(let convolution, let input, let addend, let output):
      machine.convolve(convolution, view(input), adding: addend.map(view), into: view(output))
    case .convolveWinograd(let convolution, let input, let addend, let pools, let output, let scratch):
      machine.convolve(
        convolution, view(input), adding: addend.map(view), pools: pools, into: view(output),
        scratch: arena.floats + offsets[scratch])
    case .convolvePlanes(let convolution, let input, let addend, let output):
      machine.convolve(
        convolution, planar: planes(input, images), adding: addend.map(view), into: view(output))
    case .locallyConnect(let layer, let input, let output):
      machine.locallyConnect(layer, view(input), into: view(output))
    case .fullyConnect(let layer, let input, let output):
      machine.fullyConnect(layer, view(input), into: view(output))
    case .maxPool(let geometry, let input, let output):
      machine.maxPool(geometry, view(input), into: view(output))
    case .averagePool(let geometry, let countsPadding, let input, let output):
      machine.averagePool(geometry, countsPadding: countsPadding, view(input), into: view(output))
    case .adaptiveAveragePool(let input, let output):
      machine.adaptiveAveragePool(view(input), into: view(output))
    case .activate(let activation, let input, let output):
      machine.activate(activation, view(input), into: view(output))
    case .scale(let scale, let input, let output):
      machine.scale(scale, nil, view(input), into: view(output))
    case .normalizeLocalResponse(let size, let alpha, let beta, let k, let input, let output):
      machine.normalizeLocalResponse(size: size, alpha: alpha, beta: beta, k: k, view(input), into: view(output))
    case .softmax(let input, let output):
      machine.softmax(view(input), into: view(output))
    case .concatenate(let inputs, let output):
      machine.concatenate(inputs.map(view), into: view(output))
    case .add(let inputs, let activation, let output):
      machine.add(inputs.map(view), activation, into: view(output))
    case .flatten(let input, let output):
      machine.flatten(view(input), into: view(output))
    case .subsample(let stride, let channelsBefore, let input, let output):
      machine.subsample(stride: stride, channelsBefore: channelsBefore, view(input), into: view(output))
    }
  }
}
