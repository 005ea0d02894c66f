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
  ///
  /// - Parameter images: `[C, H, W]`, or `[N, C, H, W]` with N up to `batch`.
  /// - Throws: `RuntimeError.imageShape` or `.imageCount`.
  public func run(_ images: Tensor) throws(RuntimeError) -> [Tensor] {
    let images = try checked(images)
    return network.machine.pool.run {
      for index in network.steps.indices { execute(index, images) }
      return answers(images.count)
    }
  }

  /// As `run`; also how long each of the network's steps took.
  ///
  /// - Throws: `RuntimeError.imageShape` or `.imageCount`.
  public func measure(_ images: Tensor) throws(RuntimeError) -> (outputs: [Tensor], durations: [Duration]) {
    let images = try checked(images)
    let clock = ContinuousClock()
    return network.machine.pool.run {
      let durations = network.steps.indices.map { index in clock.measure { execute(index, images) } }
      return (answers(images.count), durations)
    }
  }

  private func checked(_ images: Tensor) throws(RuntimeError) -> ImageBatch {
    let images = try ImageBatch(images, shape: network.input)
    guard images.count <= batch else { throw .imageCount(expected: 1...batch, found: images.count) }
    return images
  }

  private func answers(_ images: Int) -> [Tensor] {
    zip(network.outputPlaces, network.outputShapes).map { place, shape in
      Tensor(shape: Shape([images] + shape.dimensions)) { bytes in
        guard let floats = bytes.bindMemory(to: Float.self).baseAddress else { return }
        network.machine.unpack(view(place, images), into: floats)
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

  private func execute(_ index: Int, _ images: ImageBatch) {
    let machine = network.machine
    func view(_ place: Place) -> BlockedView { self.view(place, images.count) }
    for buffer in zeroedBefore[index] {
      guard case .blocked(let layout) = network.buffers[buffer].form else { continue }
      machine.zeroHalo(view(Place(buffer: buffer, channels: 0..<layout.channels)))
    }
    switch network.steps[index].action {
    case .pack(let output):
      images.tensor.withFloats { floats in
        if let base = floats.baseAddress { machine.pack(base, into: view(output)) }
      }
    case .packPlanes(let output):
      images.tensor.withFloats { floats in
        if let base = floats.baseAddress { machine.pack(base, into: planes(output, images.count)) }
      }
    case .convolve(let convolution, let input, let addend, let output):
      machine.convolve(convolution, view(input), adding: addend.map(view), into: view(output))
    case .convolveWinograd(let convolution, let input, let addend, let pools, let output, let scratch):
      machine.convolve(
        convolution, view(input), adding: addend.map(view), pools: pools, into: view(output),
        scratch: arena.floats + offsets[scratch])
    case .convolvePlanes(let convolution, let input, let addend, let output):
      machine.convolve(
        convolution, planar: planes(input, images.count), adding: addend.map(view), into: view(output))
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
    case .activate(let nonlinearity, let input, let output):
      machine.activate(nonlinearity, view(input), into: view(output))
    case .scale(let scale, let input, let output):
      machine.scale(scale, .identity, view(input), into: view(output))
    case .normalizeLocalResponse(let size, let alpha, let beta, let k, let input, let output):
      machine.normalizeLocalResponse(size: size, alpha: alpha, beta: beta, k: k, view(input), into: view(output))
    case .softmax(let input, let output):
      machine.softmax(view(input), into: view(output))
    case .concatenate(let inputs, let output):
      machine.concatenate(inputs.map(view), into: view(output))
    case .add(let inputs, let nonlinearity, let output):
      machine.add(inputs.map(view), nonlinearity, into: view(output))
    case .flatten(let input, let output):
      machine.flatten(view(input), into: view(output))
    case .subsample(let stride, let channelsBefore, let input, let output):
      machine.subsample(stride: stride, channelsBefore: channelsBefore, view(input), into: view(output))
    }
  }
}
