import ZooTensor

/// Why processes that share a run cannot go on together. The words are in `WorkerError+Message.swift`.
public enum WorkerError: Error, Hashable, Sendable {
  /// More processes than a batch has slices.
  case tooManyWorkers(Int, slices: Int)
  /// What decides the bits is not the same in all processes: what each has, by rank.
  case differs(String, [String])
  /// Another process has gone or does not answer; `nil` where it is not known which.
  case lost(rank: Int?, reason: String)
  /// Another process could not begin, and says why itself.
  case refused(rank: Int, category: FailureCategory)
  /// Something that one process does alone.
  case notShared(String)
}
