import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor
import ZooWeights

/// How long each algorithm takes for one layer on this machine, and which of them a network would use: a convolution, or a
/// fully connected layer of whose inputs some are zero.
///
/// Weights and maps stay in the caches that they fit into; within a network they come from farther away.
public struct KernelBenchmark: Sendable {
  /// One way to compute it.
  public struct Candidate: Sendable {
    /// In the words of a plan; of a fully connected layer also how many inputs are not zero.
    public var kernel: String
    /// Whether it is the one that `Numerics.fast` runs.
    public var isChosen: Bool
    /// Of one run.
    public var minimum: Duration
    /// Of one run.
    public var median: Duration
    /// What the model of the kernel's cost predicts on this machine; see `KernelCost`.
    public var predicted: Duration
    /// The least time that the machine's arithmetic and memory allow.
    public var roofline: Duration
    /// The memory that its packed weights take, in bytes.
    public var weightBytes: Int
  }

  /// What one of the benchmarks is about.
  public enum Layer: Hashable, Sendable, CustomStringConvertible {
    /// - Parameter chosen: what a network does.
    case convolution(ConvolutionGeometry, chosen: ConvolutionAlgorithm)
    case fullyConnected(input: Shape, outputFeatures: Int)

    fileprivate init?(_ step: Step) {
      switch (step.packed, step.algorithm) {
      case (let packed as PackedConvolution, let algorithm?): self = .convolution(packed.geometry, chosen: algorithm)
      case (let packed as PackedWinograd, let algorithm?): self = .convolution(packed.geometry, chosen: algorithm)
      case (let packed as PackedFullyConnected, _):
        self = .fullyConnected(input: packed.inputShape, outputFeatures: packed.outputFeatures)
      default: return nil
      }
    }

    /// Of the layer, for one image.
    public var multiplyAccumulates: Int {
      switch self {
      case .convolution(let geometry, _): geometry.multiplyAccumulates
      case .fullyConnected(let input, let outputs): input.elementCount * outputs
      }
    }

    /// `64×56×56 → 64×56×56, kernel 3×3, padding 1`, or `512×7×7 → 4096, fully connected`.
    public var description: String {
      switch self {
      case .convolution(let geometry, _): "\(geometry)"
      case .fullyConnected(let input, let outputs): "\(input) → \(outputs), fully connected"
      }
    }
  }

  /// The layer that is timed.
  public let layer: Layer
  /// How many are computed at a time.
  public let images: Int
  /// How many threads work.
  public let threads: Int
  /// Of which the kernels are.
  public let instructionSet: String
  /// What the machine can do at most, as measured before.
  public let rates: MachineRates
  /// One for each way to compute the layer.
  public let candidates: [Candidate]

  /// Floating-point operations of the layer as it is defined: two for each multiply-accumulate.
  public var operations: Int { 2 * images * layer.multiplyAccumulates }

  /// The distinct convolutions and fully connected layers of a network, as they run, in order.
  ///
  /// - Throws: as `CompiledNetwork`.
  public static func layers(of network: Network) throws -> [Layer] {
    try layers(of: network.graph.optimized())
  }

  /// A network's only layer: a convolution of its image.
  ///
  /// - Throws: as `CompiledNetwork`.
  public static func layers(of geometry: ConvolutionGeometry) throws -> [Layer] {
    var graph = Graph(name: "convolution")
    let image = try graph.append(
      .input([geometry.inputChannels, geometry.input.height, geometry.input.width]), name: "image")
    let convolution = Convolution(
      outputChannels: geometry.outputChannels, kernel: geometry.kernel, stride: geometry.stride,
      padding: geometry.padding, dilation: geometry.dilation, groups: geometry.groups)
    let map = try graph.append(.convolution(convolution), name: "convolution", inputs: [image])
    graph.outputs = [Output(name: "map", role: .features, value: map)]
    return try layers(of: graph)
  }

  private static func layers(of graph: Graph) throws -> [Layer] {
    var known: Set<Layer> = []
    return try CompiledNetwork.plan(of: graph).steps.compactMap(Layer.init).filter { known.insert($0).inserted }
  }

  /// Runs every algorithm that can compute a layer on made-up numbers: a few times to warm up, then until both `runs` and
  /// `duration` are reached.
  ///
  /// - Throws: `RuntimeError` when the options cannot be met or the memory does not suffice.
  public static func run(
    _ layer: Layer, images: Int = 1, options: ExecutionOptions, runs: Int = 10,
    duration: Duration = .milliseconds(200)
  ) throws -> KernelBenchmark {
    let machine = try options.machine()
    let rates = machine.measureRates()
    var candidates: [Candidate] = []
    func add(_ kernel: String, _ cost: KernelCost, isChosen: Bool, weightBytes: Int, _ body: () -> Void) {
      let durations = time(machine.pool, runs: runs, duration: duration, body)
      candidates.append(
        Candidate(
          kernel: kernel, isChosen: isChosen, minimum: durations.min() ?? .zero,
          median: Benchmark.median(durations), predicted: cost.time(on: rates, images: images),
          roofline: cost.roofline(on: rates, images: images), weightBytes: weightBytes))
    }
    switch layer {
    case .convolution(let geometry, let chosen): try run(geometry, chosen, images, machine, add)
    case .fullyConnected(let input, let outputs): try run(input, outputFeatures: outputs, images, machine, add)
    }
    return KernelBenchmark(
      layer: layer, images: images, threads: machine.pool.threadCount,
      instructionSet: machine.instructionSet.rawValue, rates: rates, candidates: candidates)
  }

  private typealias Adder = (
    _ kernel: String, _ cost: KernelCost, _ isChosen: Bool, _ weightBytes: Int, _ body: () -> Void
  ) -> Void

  private static func run(
    _ geometry: ConvolutionGeometry, _ chosen: ConvolutionAlgorithm, _ images: Int, _ machine: Machine, _ add: Adder
  ) throws {
    let bench = try Bench(geometry, images: images, machine)
    // Views do not own what they show.
    defer { withExtendedLifetime(bench) {} }
    if chosen == .planar {
      let planes = bench.planes()
      defer { withExtendedLifetime(planes.memory) {} }
      let packed = bench.packed(.planar)
      add(
        ConvolutionAlgorithm.planar.name(kernel: geometry.kernel), .convolution(geometry, isPlanar: true), true,
        packed.byteCount
      ) { machine.convolve(packed, planar: planes.view, into: bench.output) }
    }
    let packed = bench.packed(.blocked)
    let direct: ConvolutionAlgorithm = geometry.isDepthwise ? .depthwise : .direct
    add(
      direct.name(kernel: geometry.kernel), .convolution(geometry), chosen == direct, packed.byteCount
    ) { machine.convolve(packed, bench.input, into: bench.output) }
    for form in WinogradForm.allCases where form.isApplicable(to: geometry) {
      let packed = PackedWinograd(
        geometry, form, weights: bench.weights, bias: nil, activation: .relu, pool: machine.pool)
      let scratch = FloatBuffer(count: packed.schedule.scratchFloats(images: images))
      defer { withExtendedLifetime(scratch) {} }
      add(
        ConvolutionAlgorithm.winograd(form).name(kernel: geometry.kernel), .convolution(geometry, form),
        chosen == .winograd(form), packed.byteCount
      ) { machine.convolve(packed, bench.input, into: bench.output, scratch: scratch.floats) }
    }
  }

  /// What a fully connected layer takes depends on how many of its inputs are zero; see `Machine.fullyConnect`.
  private static func run(
    _ input: Shape, outputFeatures: Int, _ images: Int, _ machine: Machine, _ add: Adder
  ) throws {
    let count = input.elementCount
    let bytes = 8 * Double(count) * Double(outputFeatures)
    guard bytes < Double(CompiledNetwork.physicalMemory) else {
      throw RuntimeError.weightsTooLarge(
        node: "fully connected", byteCount: Int(exactly: bytes.rounded()) ?? .max,
        memory: CompiledNetwork.physicalMemory)
    }
    let weights = SyntheticCheckpoint.input(shape: Shape([outputFeatures, count]), seed: 1)
    let packed = PackedFullyConnected(
      inputShape: input, weights: weights, bias: nil, activation: .relu, pool: machine.pool)
    let layout = BlockedLayout(input)
    let source = FloatBuffer(count: images * layout.floatsPerImage)
    let targetLayout = BlockedLayout([outputFeatures])
    let target = FloatBuffer(count: images * targetLayout.floatsPerImage)
    defer { withExtendedLifetime((source, target)) {} }
    for percent in [100, 50, 20] {
      // Which inputs are zero follows no pattern: multiples of an odd number, modulo 100.
      let floats = (0..<images * count).map { index in index &* 37 % 100 < percent ? 1 + Float(index % 7) : 0 }
      let view = BlockedView(source.floats, layout: layout, images: images)
      floats.withUnsafeBufferPointer { floats in
        if let base = floats.baseAddress { machine.pack(base, into: view) }
      }
      add(
        "fully connected, \(percent)% of the inputs not zero",
        .fullyConnected(input: input, outputFeatures: outputFeatures), false, packed.byteCount
      ) {
        machine.fullyConnect(packed, view, into: BlockedView(target.floats, layout: targetLayout, images: images))
      }
    }
  }

  private static func time(
    _ pool: ThreadPool, runs: Int, duration: Duration, _ body: () -> Void
  ) -> [Duration] {
    let clock = ContinuousClock()
    return pool.run {
      for _ in 0..<3 { body() }
      let start = clock.now
      var durations: [Duration] = []
      while durations.count < max(runs, 1) || clock.now - start < duration { durations.append(clock.measure(body)) }
      return durations
    }
  }
}

/// The numbers that all algorithms work on.
private struct Bench {
  let geometry: ConvolutionGeometry
  let images: Int
  let machine: Machine
  let weights: Tensor
  let image: Tensor
  private let inputMemory: FloatBuffer
  private let outputMemory: FloatBuffer
  let input: BlockedView
  let output: BlockedView

  init(_ geometry: ConvolutionGeometry, images: Int, _ machine: Machine) throws(RuntimeError) {
    let inputLayout = BlockedLayout(
      channels: geometry.inputChannels, extent: geometry.input, halo: geometry.requiredHalo)
    let outputLayout = BlockedLayout(channels: geometry.outputChannels, extent: geometry.output)
    let weightCount = Double(geometry.outputChannels) * Double(geometry.inputChannelsPerGroup * geometry.kernel.area)
    // Packed weights, twice as plain numbers, and what Winograd's algorithm makes of them.
    let bytes =
      4
      * (6 * weightCount + Double(images) * 3 * Double(inputLayout.floatsPerImage)
        + Double(images) * Double(outputLayout.floatsPerImage))
    guard bytes < Double(CompiledNetwork.physicalMemory) else {
      throw .activationsTooLarge(
        batch: images, byteCount: Int(exactly: bytes.rounded()) ?? .max, memory: CompiledNetwork.physicalMemory)
    }
    self.geometry = geometry
    self.images = images
    self.machine = machine
    let (inputs, taps) = (geometry.inputChannelsPerGroup, geometry.kernel)
    weights = SyntheticCheckpoint.input(
      shape: Shape([geometry.outputChannels, inputs, taps.height, taps.width]), seed: 1)
    image = SyntheticCheckpoint.input(
      shape: Shape([images, geometry.inputChannels, geometry.input.height, geometry.input.width]), seed: 2)
    inputMemory = FloatBuffer(count: images * inputLayout.floatsPerImage)
    outputMemory = FloatBuffer(count: images * outputLayout.floatsPerImage)
    input = BlockedView(inputMemory.floats, layout: inputLayout, images: images)
    output = BlockedView(outputMemory.floats, layout: outputLayout, images: images)
    image.withFloats { floats in
      if let base = floats.baseAddress { machine.pack(base, into: input) }
    }
  }

  func packed(_ form: PackedConvolution.InputForm) -> PackedConvolution {
    PackedConvolution(
      geometry, weights: weights, bias: nil, activation: .relu, inputForm: form, pool: machine.pool)
  }

  func planes() -> (memory: FloatBuffer, view: PlanarView) {
    let layout = PlanarLayout(channels: geometry.inputChannels, extent: geometry.input, padding: geometry.padding)
    let memory = FloatBuffer(count: images * layout.floatsPerImage)
    let view = PlanarView(memory.floats, layout: layout, images: images)
    image.withFloats { floats in
      if let base = floats.baseAddress { machine.pack(base, into: view) }
    }
    return (memory, view)
  }
}
