import ZooGraph
import ZooKernels
import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A network prepared for this machine: packed weights and the steps of a forward pass.
///
/// Immutable. Any number of runners, on any threads, share the weights and the thread pool; each has an arena of its
/// own. Networks that were asked to run on as many threads have one pool in common, at which passes take turns; with one
/// thread, each pass runs on its caller's, and none waits for another.
public struct CompiledNetwork: Sendable {
  /// The network's name.
  public let name: String
  /// The kernels of a forward pass, in order, and their memory.
  public private(set) var plan: Plan
  /// Of which the kernels are.
  public let instructionSet: InstructionSet

  let machine: Machine
  private let options: ExecutionOptions

  /// The largest batch of a runner.
  public static let maximumBatch = 1 << 16

  /// Lowers a graph, after passes or before, and packs its weights.
  ///
  /// - Parameters:
  ///   - graph: what is run.
  ///   - options: Threads, instruction set and numerics.
  ///   - weights: a checkpoint's tensors by the network's names. Each of the threads asks for one or a part of one at a
  ///     time and lets it go once it is packed.
  /// - Throws: `RuntimeError` when the graph cannot be run, a tensor cannot be used or an option cannot be met; what
  ///   `weights` throws.
  public init(
    graph: Graph, options: ExecutionOptions = ExecutionOptions(), weights: ParameterSource
  ) throws {
    try self.init(
      graph, options, options.machine(), shared: SharedWeights(), evaluator: ParameterEvaluator(source: weights))
  }

  init(
    _ graph: Graph, _ options: ExecutionOptions, _ machine: Machine, shared: SharedWeights,
    evaluator: ParameterEvaluator?
  ) throws {
    self.machine = machine
    self.options = options
    instructionSet = machine.instructionSet
    name = graph.name
    let outputs = try graph.selectedOutputs(includingTraining: options.includesTraining)
    let inputs = try graph.selectedInputs(for: outputs, includingTraining: options.includesTraining)
    let flow = try DataFlow(graph, inputs: inputs, outputs: outputs, numerics: options.numerics)
    let lowering = try Lowering(flow, evaluator: evaluator, shared: shared, threads: machine.pool.threadCount)
    try evaluator?.pack(lowering.packings, threads: machine.pool.threadCount)
    plan = Plan(lowering)
  }

  /// As above, for a training graph. `results`: what is to be computed beside the outputs. `memory`: what is kept from
  /// step to step. `evaluator`: `nil` to measure only.
  init(
    _ graph: Graph, _ options: ExecutionOptions, inputs: [NodeID], outputs: [Output], results: [NodeID],
    memory: TrainingMemory, evaluator: ParameterEvaluator?
  ) throws {
    machine = try options.machine()
    self.options = options
    instructionSet = machine.instructionSet
    name = graph.name
    let flow = try DataFlow(
      graph, inputs: inputs, outputs: outputs, results: results, numerics: options.numerics, images: memory.batch)
    let lowering = try Lowering(
      flow, evaluator: evaluator, shared: SharedWeights(), threads: machine.pool.threadCount, training: memory)
    try evaluator?.pack(lowering.packings, threads: machine.pool.threadCount)
    plan = Plan(lowering)
  }

  /// As above, with tensors that are whole.
  public init(
    graph: Graph, options: ExecutionOptions = ExecutionOptions(), weights: @escaping ParameterSource.Whole
  ) throws {
    try self.init(graph: graph, options: options, weights: ParameterSource(weights))
  }

  /// As above, with weights that were packed before: by a network of the same graph, numerics and outputs, on any
  /// machine. `packed`: given the counts of all buffers, in order, their memory; `nil` when it does not have them.
  /// Returns `nil` when `packed` does. Throws as above.
  package init?(
    graph: Graph, options: ExecutionOptions = ExecutionOptions(), packed: (_ counts: [Int]) throws -> [FloatBuffer]?
  ) throws {
    try self.init(graph, options, options.machine(), shared: SharedWeights(), evaluator: nil)
    guard let memory = try packed(packedBuffers.map(\.count)) else { return nil }
    plan = plan.replacingWeights(memory)
  }

  /// The plan of a network that is not to run: no weights are read.
  ///
  /// - Throws: as `init`.
  package static func plan(of graph: Graph, options: ExecutionOptions = ExecutionOptions()) throws -> Plan {
    try CompiledNetwork(graph, options, options.machine(), shared: SharedWeights(), evaluator: nil).plan
  }

  /// What a network that is not to run would take, in bytes: its packed weights, and a runner's activations.
  ///
  /// - Throws: as `init`, and `RuntimeError.batch` or `.activationsTooLarge`.
  package static func memory(
    of graph: Graph, options: ExecutionOptions = ExecutionOptions(), batch: Int
  ) throws -> (weights: Int, activations: Int) {
    let network = try CompiledNetwork(graph, options, options.machine(), shared: SharedWeights(), evaluator: nil)
    return (network.weightByteCount, try network.arenaByteCount(batch: batch))
  }

  /// The kernels of a forward pass, in order.
  public var steps: [Step] { plan.steps }

  /// What `Runner.run` reads, in order.
  public var inputs: [NetworkInput] { plan.inputs }

  /// The shape of one image; of several inputs, of the first.
  public var input: Shape { plan.inputs[0].shape }

  /// What `Runner.run` answers with, in order.
  public var outputs: [Output] { plan.outputs }

  /// The shape of each output for one image.
  public var outputShapes: [Shape] { plan.outputShapes }

  /// The memory of all packed weights, in the order of the steps.
  package var packedBuffers: [FloatBuffer] { plan.packedBuffers }

  /// The same network for images of another size, on the same threads.
  ///
  /// Weights that were packed for this size or one of `others` are shared where the other size needs them in the same
  /// form; the rest is read and packed again.
  ///
  /// - Parameters:
  ///   - graph: the graph that this network was compiled from, with the same nodes and another input shape
  ///   - others: more sizes of this network
  ///   - weights: the checkpoint, for what has to be packed anew.
  /// - Throws: as `init`.
  /// - Returns: The network for the other size.
  public func resized(
    to graph: Graph, sharing others: [CompiledNetwork] = [], weights: ParameterSource
  ) throws -> CompiledNetwork {
    try CompiledNetwork(
      graph, options, machine, shared: SharedWeights([self] + others), evaluator: ParameterEvaluator(source: weights))
  }

  /// The memory that a runner would need for activations at another size; no weights are read.
  ///
  /// - Parameters:
  ///   - graph: as for `resized`.
  ///   - batch: the number of images.
  /// - Throws: as `init`, and `RuntimeError.batch` or `.activationsTooLarge`.
  /// - Returns: In bytes.
  public func arenaByteCount(resizedTo graph: Graph, batch: Int) throws -> Int {
    try CompiledNetwork(graph, options, machine, shared: SharedWeights([self]), evaluator: nil)
      .arenaByteCount(batch: batch)
  }

  /// The threads that a forward pass uses.
  public var threadCount: Int { machine.pool.threadCount }

  /// Calls `body` when it is this network's turn at the threads; a pass inside waits no more.
  package func inTurn<Result>(_ body: () throws -> Result) throws -> Result { try machine.pool.run(body) }

  /// Calls `body` for every index below `count`, on the threads that run this network; it must not run a network.
  package func parallel(_ count: Int, _ body: @Sendable (_ index: Int) -> Void) { machine.pool.parallel(count, body) }

  /// Measures how fast the threads that run this network compute and read; see `Machine.measureRates`.
  public func measureRates() -> MachineRates { machine.measureRates() }

  /// The memory of the packed weights.
  public var weightByteCount: Int { steps.reduce(0) { $0 + $1.weightByteCount } }

  /// The memory that a runner needs for activations. Where threads share no cache it takes more, but no more than 32 MiB.
  ///
  /// - Throws: `RuntimeError.batch` or `.activationsTooLarge`.
  public func arenaByteCount(batch: Int) throws(RuntimeError) -> Int {
    try memoryPlan(batch: batch).total
  }

  /// Makes a runner for up to `batch` images at once.
  ///
  /// - Throws: `RuntimeError.batch` or `.activationsTooLarge`.
  public func makeRunner(batch: Int = 1) throws(RuntimeError) -> Runner {
    try makeRunner(batch: batch, keepsKindsApart: !machine.pool.sharesCache)
  }

  /// As above. `keepsKindsApart`: whether only maps whose planes are as large share memory, if that is not too much. Threads
  /// then write rows where they wrote the same rows of another map, which are in their own caches: to write what is in
  /// another processor's takes several times as long where they share none.
  package func makeRunner(batch: Int, keepsKindsApart: Bool) throws(RuntimeError) -> Runner {
    let (requests, least) = try plannedMemory(batch: batch)
    let apart = keepsKindsApart ? MemoryPlan.plan(requests, apart: plan.buffers.map(\.kind)) : least
    return Runner(self, batch: batch, memory: apart.total <= Self.cachedBytes ? apart : least)
  }

  /// What caches may hold of one pass until the next, in bytes.
  private static let cachedBytes = 32 << 20

  /// The least memory that a runner can have.
  package func memoryPlan(batch: Int) throws(RuntimeError) -> MemoryPlan { try plannedMemory(batch: batch).least }

  private func plannedMemory(batch: Int) throws(RuntimeError) -> (requests: [MemoryRequest], least: MemoryPlan) {
    guard (1...Self.maximumBatch).contains(batch) else { throw .batch(batch, expected: 1...Self.maximumBatch) }
    let memory = Self.physicalMemory
    var requests: [MemoryRequest] = []
    for buffer in plan.buffers {
      let (size, overflow) = buffer.floats(images: batch).multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
      guard !overflow, size <= memory else {
        throw .activationsTooLarge(batch: batch, byteCount: overflow ? .max : size, memory: memory)
      }
      let uses = buffer.uses ?? 0...0
      requests.append(MemoryRequest(size: size, firstUse: uses.lowerBound, lastUse: uses.upperBound))
    }
    let memoryPlan = MemoryPlan.plan(requests)
    guard memoryPlan.total <= memory else {
      throw .activationsTooLarge(batch: batch, byteCount: memoryPlan.total, memory: memory)
    }
    return (requests, memoryPlan)
  }

  /// The memory of this machine, in bytes.
  public static let physicalMemory: Int = {
    let (bytes, overflow) = sysconf(Int32(_SC_PHYS_PAGES)).multipliedReportingOverflow(by: sysconf(Int32(_SC_PAGESIZE)))
    return overflow || bytes <= 0 ? 1 << 40 : bytes
  }()
}
