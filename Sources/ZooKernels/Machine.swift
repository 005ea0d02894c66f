internal import CZooKernels

/// What a plan runs on: an instruction set and the threads.
///
/// Every operation is a method. All of them take views that the caller sized, check sizes with preconditions only,
/// work on every image of the batch, and return when the output is written, unless they are being recorded. They write
/// the interior of their output, with all 16 lanes of its last block, and leave the halo alone. Unless they say
/// otherwise, input and output must not overlap. Results depend neither on the instruction set nor on the number of
/// threads.
public struct Machine: Sendable {
  /// Of which the micro-kernels are.
  public let instructionSet: InstructionSet
  /// Whose threads work on each operation.
  public let pool: ThreadPool
  nonisolated(unsafe) let kernels: UnsafePointer<zoo_kernels>
  private var recorder: Recorder?
  private(set) var upcoming: UpcomingWeights?

  /// - Precondition: the instruction set is one of `InstructionSet.available`.
  public init(instructionSet: InstructionSet = .best, pool: ThreadPool) {
    guard let kernels = instructionSet.kernels else {
      preconditionFailure("this machine has no \(instructionSet.rawValue)")
    }
    self.instructionSet = instructionSet
    self.pool = pool
    self.kernels = kernels
  }

  /// Precondition: the instruction set is one of `InstructionSet.available`. `threads`: `nil` for as many as there are
  /// processors; see `ThreadPool`.
  public init(instructionSet: InstructionSet = .best, threads: Int? = nil) {
    self.init(instructionSet: instructionSet, pool: ThreadPool(threads: threads))
  }

  /// Whether the kernels were compiled with optimisation, without which they are tens of times slower.
  public static var isOptimized: Bool { zoo_is_optimized() }

  /// The loops of the operations that `body` calls on the machine that it is given, none of which runs. All that they
  /// need is worked out and allocated by then, so that `ThreadPool.parallel` can run them any number of times, in order,
  /// without either.
  public func recording(_ body: (Machine) -> Void) -> [ParallelLoop] {
    var machine = self
    let recorder = Recorder()
    machine.recorder = recorder
    body(machine)
    return recorder.takeLoops()
  }

  /// A machine whose direct convolutions fetch these weights while they compute, if `PackedConvolution.fetchesUpcoming`.
  package func fetching(_ weights: UpcomingWeights) -> Machine {
    var machine = self
    machine.upcoming = weights
    return machine
  }

  /// Runs a loop of an operation, or records it.
  func parallel(
    rows: Int = 1, columns: Int, _ body: @escaping @Sendable (_ row: Int, _ column: Int, _ thread: Int) -> Void
  ) {
    let loop = ParallelLoop(rows: rows, columns: columns, body: body)
    if let recorder { recorder.append(loop) } else { pool.parallel(loop) }
  }

  /// The loops recorded so far, for the one thread that records them.
  private final class Recorder: @unchecked Sendable {
    private var loops: [ParallelLoop] = []

    func append(_ loop: ParallelLoop) { loops.append(loop) }

    /// The loops, which know the machine and so the recorder, and must not stay in it.
    func takeLoops() -> [ParallelLoop] {
      defer { loops = [] }
      return loops
    }
  }
}

/// Floats whose place is known only when a loop runs: images and answers, which are elsewhere in each forward pass.
///
/// Whoever sets it while loops run answers for the order.
public final class FloatReference: @unchecked Sendable {
  /// `nil` until a pass begins.
  public var floats: UnsafeMutablePointer<Float>?

  /// A place, or none yet.
  public init(_ floats: UnsafeMutablePointer<Float>? = nil) { self.floats = floats }
}
