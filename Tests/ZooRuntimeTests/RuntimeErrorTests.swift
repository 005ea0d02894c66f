import Testing
import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor

@Suite("Errors")
struct RuntimeErrorTests {
  static let words: [(RuntimeError, String)] = [
    (
      .shapeDiffers(tensor: "fc.weight", expected: [1000, 512], found: [10, 512]),
      "tensor 'fc.weight': the network needs the shape 1000×512, the weights have 10×512; these weights belong to "
        + "another network, or to a variant of this one"
    ),
    (
      .notFinite(tensor: "conv1.weight", index: [3, 0, 1, 1], value: .notANumber),
      "tensor 'conv1.weight': the number at [3, 0, 1, 1] is not a number; the weights are damaged, or training "
        + "diverged; use another checkpoint"
    ),
    (
      .varianceNotPositive(tensor: "bn1.running_var", channel: 7, value: -1, epsilon: 1e-05),
      "tensor 'bn1.running_var': the variance of channel 7 is -1.0, which with epsilon 1e-05 added is not above "
        + "zero; the weights are damaged, or belong to another layer"
    ),
    (.inputCount(2), "the network has 2 inputs; give images for each of them, by its name"),
    (
      .inputMissing("right", expected: ["left", "right"]),
      "there are no images for input 'right'; the network reads 'left' and 'right'"
    ),
    (
      .inputUnknown("middle", expected: ["left", "right"]),
      "the network has no input 'middle'; it reads 'left' and 'right'"
    ),
    (
      .input("right", .imageShape(expected: [5], found: [6])),
      "input 'right': the images have the shape 6; the network reads 5, or several of those with their number in front; "
        + "resize or crop the images first"
    ),
    (
      .imageCountsDiffer(input: "right", expected: 2, found: 1),
      "input 'right' has 1 image, the first input 2 images; give each input as many"
    ),
    (
      .inputRank([3, 224]),
      "the network reads 3×224; declare an image as channels×height×width, or a vector with a single number"
    ),
    (.noOutputs, "the network has no outputs that inference computes; name at least one"),
    (
      .imageShape(expected: [3, 224, 224], found: [1, 224, 224]),
      "the images have the shape 1×224×224; the network reads 3×224×224, or several of those with their number in "
        + "front; resize or crop the images first"
    ),
    (
      .imageNotFinite(image: 1, index: [0, 5, 9], value: .infinity),
      "image 1: the number at [0, 5, 9] is infinite, so no answer would mean anything; look at what made the tensor"
    ),
    (
      .imageCount(expected: 1...8, found: 9),
      "got 9 images; this runner takes 1 to 8; make a runner for a larger batch, or split the images"
    ),
    (
      .imageCount(expected: 1...1, found: 2),
      "got 2 images; this runner takes 1; make a runner for a larger batch, or split the images"
    ),
    (.batch(0, expected: 1...65536), "cannot run 0 images at once; choose 1 to 65536"),
    (
      .activationsTooLarge(batch: 4096, byteCount: 9 << 30, memory: 8 << 30),
      "running 4096 images at once needs 9216 MiB for activations; this machine has 8192 MiB of memory; use a smaller "
        + "batch or smaller images"
    ),
    (
      .weightsTooLarge(node: "fc", byteCount: 40 << 30, memory: 8 << 30),
      "the weights up to 'fc' take 40960 MiB once channels are rounded up to whole blocks of 16; this machine has 8192 MiB "
        + "of memory; give the layer fewer outputs or a smaller map"
    ),
    (
      .instructionSetUnavailable(.neon, available: [.avx2, .portable]),
      "this machine has no neon instructions; choose avx2 or portable, or leave the choice to zoo"
    ),
    (.threads(0, expected: 1...256), "cannot use 0 threads; choose 1 to 256"),
  ]

  @Test(arguments: words.indices)
  func wording(_ index: Int) {
    #expect(Self.words[index].0.description == Self.words[index].1)
  }

  private static let graphCase = GraphCase("small") { graph in [try graph.convolution(try graph.image(3, 8, 8), 4, 3)] }

  private func network(_ options: ExecutionOptions = ExecutionOptions()) throws -> CompiledNetwork {
    let graph = Self.graphCase.graph
    return try CompiledNetwork(graph: graph, options: options, weights: SyntheticWeights(for: graph).tensor)
  }

  @Test("Images of another shape or number are refused, by the interpreter too")
  func images() throws {
    let runner = try network().makeRunner(batch: 2)
    let interpreter = try Interpreter(
      graph: Self.graphCase.graph, weights: SyntheticWeights(for: Self.graphCase.graph).tensor)
    for shape: Shape in [[1, 8, 8], [3, 8], [3, 8, 9], [0, 3, 8, 8], [2, 3, 9, 8], [1, 1, 3, 8, 8]] {
      let images = Tensor(shape: shape) { _ in }
      let error = RuntimeError.imageShape(expected: [3, 8, 8], found: shape)
      #expect(throws: error) { try runner.run(images) }
      #expect(throws: error) { try interpreter.run(images) }
    }
    #expect(throws: RuntimeError.imageCount(expected: 1...2, found: 3)) {
      try runner.run(Tensor(shape: [3, 3, 8, 8]) { _ in })
    }
    // The maximum of a window that holds a NaN is one of its numbers.
    for (value, kind) in [(Float.nan, RuntimeError.NonFinite.notANumber), (-.infinity, .negativeInfinity)] {
      var floats = [Float](repeating: 1, count: 2 * 192)
      floats[192 + 2 * 64 + 3 * 8 + 5] = value
      let images = Tensor(shape: [2, 3, 8, 8], floats: floats)
      let error = RuntimeError.imageNotFinite(image: 1, index: [2, 3, 5], value: kind)
      #expect(throws: error) { try runner.run(images) }
      #expect(throws: error) { try interpreter.run(images) }
    }
  }

  @Test("Options that cannot be met are refused")
  func options() throws {
    for instructionSet in InstructionSet.allCases where !InstructionSet.available.contains(instructionSet) {
      #expect(
        throws: RuntimeError.instructionSetUnavailable(instructionSet, available: InstructionSet.available)
      ) { try network(ExecutionOptions(instructionSet: instructionSet)) }
    }
    for threads in [0, -1, 257] {
      #expect(throws: RuntimeError.threads(threads, expected: 1...256)) {
        try network(ExecutionOptions(threads: threads))
      }
    }
    for batch in [0, -1, 65537, .max] {
      #expect(throws: RuntimeError.batch(batch, expected: 1...65536)) { try network().makeRunner(batch: batch) }
    }
  }

  @Test("A batch that does not fit in memory is refused before anything is allocated")
  func tooLarge() throws {
    let graph = GraphCase("large") { [try $0.add(.activation(.relu), try $0.image(1, 40_000, 40_000))] }.graph
    let network = try CompiledNetwork(graph: graph, weights: SyntheticWeights(for: graph).tensor)
    let error = #expect(throws: RuntimeError.self) { try network.makeRunner(batch: 60_000) }
    guard case .activationsTooLarge(60_000, let byteCount, let memory) = error else {
      Issue.record("found \(String(describing: error))")
      return
    }
    #expect(byteCount > memory)
  }

  @Test(
    "Weights that do not fit in memory are refused before any is asked for",
    .enabled(if: CompiledNetwork.physicalMemory < 120 << 30))
  func weightsTooLarge() throws {
    // 1024×1024 pixels of 16 lanes and 2000 outputs.
    let graph = GraphCase("huge") { graph in
      [
        try graph.add(
          .fullyConnected(FullyConnected(outputFeatures: 2000, hasBias: false)), try graph.image(1, 1024, 1024))
      ]
    }.graph
    let error = #expect(throws: RuntimeError.self) {
      try CompiledNetwork(graph: graph) { name in
        Issue.record("'\(name)' was asked for")
        return Tensor(shape: [1], floats: [0])
      }
    }
    guard case .weightsTooLarge(_, 128_000 << 20, let memory) = error else {
      Issue.record("found \(String(describing: error))")
      return
    }
    #expect(memory > 0)
  }

  @Test("A variance that is not positive is refused, folded or not")
  func variance() throws {
    let graph = GraphCase("norm") { graph in
      [try graph.add(.batchNorm(BatchNorm()), try graph.convolution(try graph.image(3, 4, 4), 2, 1))]
    }.graph
    let weights = SyntheticWeights(for: graph)
    @Sendable func source(_ name: String) throws -> Tensor {
      name == "node2.running_var" ? Tensor(shape: [2], floats: [1, -0.5]) : try weights.tensor(name)
    }
    let error = RuntimeError.varianceNotPositive(tensor: "node2.running_var", channel: 1, value: -0.5, epsilon: 1e-5)
    #expect(throws: error) { try CompiledNetwork(graph: graph, weights: source) }
    #expect(throws: error) { try CompiledNetwork(graph: graph.optimized(), weights: source) }
    #expect(throws: error) { try Interpreter(graph: graph, weights: source) }
  }

  @Test("Networks that cannot be run are refused")
  func networks() {
    func error(_ build: @escaping (inout Graph) throws -> [NodeID]) -> RuntimeError? {
      #expect(throws: RuntimeError.self) {
        try CompiledNetwork(graph: GraphCase("broken", build).graph) { throw SyntheticWeights.Missing(name: $0) }
      }
    }
    #expect(error { _ in [] } == .noOutputs)
    #expect(error { [try $0.add(.activation(.relu), try $0.add(.input([3, 4])))] } == .inputRank([3, 4]))
  }
}
