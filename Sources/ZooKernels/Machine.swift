internal import CZooKernels

/// What a plan runs on: an instruction set and the threads.
///
/// Every operation is a method. All of them take views that the caller sized, check sizes with preconditions only,
/// allocate nothing but what a closure captures, work on every image of the batch, and return when the output is
/// written. They write the interior of their output, with all 16 lanes of its last block, and leave the halo alone.
/// Unless they say otherwise, input and output must not overlap. Results depend neither on the instruction set nor on
/// the number of threads.
public struct Machine: Sendable {
  public let instructionSet: InstructionSet
  public let pool: ThreadPool
  nonisolated(unsafe) let kernels: UnsafePointer<zoo_kernels>

  /// - Precondition: the instruction set is one of `InstructionSet.available`.
  public init(instructionSet: InstructionSet = .best, pool: ThreadPool) {
    guard let kernels = instructionSet.kernels else {
      preconditionFailure("this machine has no \(instructionSet.rawValue)")
    }
    self.instructionSet = instructionSet
    self.pool = pool
    self.kernels = kernels
  }

  /// - Parameter threads: `nil` for as many as there are processors; see `ThreadPool`.
  /// - Precondition: the instruction set is one of `InstructionSet.available`.
  public init(instructionSet: InstructionSet = .best, threads: Int? = nil) {
    self.init(instructionSet: instructionSet, pool: ThreadPool(threads: threads))
  }
}
