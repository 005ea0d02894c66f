import ZooKernels

/// How a network is compiled.
public struct ExecutionOptions: Hashable, Sendable {
  /// `nil` for the fastest that this machine has. Answers do not depend on it in their last bit.
  public var instructionSet: InstructionSet?
  /// `nil` for as many as there are processors. Answers do not depend on it.
  public var threads: Int?
  /// Which algorithms may be used. With `direct`, answers are the same bits as with any other instruction set.
  public var numerics: Numerics
  /// Whether to compute outputs that only training needs, such as auxiliary classifiers.
  public var includesTraining: Bool

  /// - Parameters:
  ///   - instructionSet: `nil` for the fastest that this machine has.
  ///   - threads: `nil` for as many as there are processors; at most `maximumThreads`.
  ///   - numerics: which algorithms may be used.
  ///   - includesTraining: whether to compute outputs that only training needs.
  public init(
    instructionSet: InstructionSet? = nil, threads: Int? = nil, numerics: Numerics = .fast,
    includesTraining: Bool = false
  ) {
    self.instructionSet = instructionSet
    self.threads = threads
    self.numerics = numerics
    self.includesTraining = includesTraining
  }

  /// The most threads that can be asked for.
  public static let maximumThreads = 256

  /// The instruction set, and the pool that all who ask for so many threads share.
  ///
  /// - Throws: `RuntimeError` when this machine cannot do what was asked for.
  package func machine() throws(RuntimeError) -> Machine {
    if let instructionSet, !InstructionSet.available.contains(instructionSet) {
      throw .instructionSetUnavailable(instructionSet, available: InstructionSet.available)
    }
    if let threads, !(1...Self.maximumThreads).contains(threads) {
      throw .threads(threads, expected: 1...Self.maximumThreads)
    }
    return Machine(instructionSet: instructionSet ?? .best, pool: .shared(threads: threads))
  }
}
