extension WorkerError: CustomStringConvertible {
  /// One sentence.
  public var message: String {
    switch self {
    case .tooManyWorkers(let workers, let slices):
      return "\(workers) processes cannot share a batch of \(slices) slice\(slices == 1 ? "" : "s"): each takes at "
        + "least one; start fewer, or say in the recipe of a new run how many 'slices' a batch has"
    case .differs(let what, let values):
      let groups = Dictionary(grouping: values.indices) { values[$0] }
      let lines = groups.sorted { $0.value[0] < $1.value[0] }.map { value, ranks in
        "  \(ranks.count == 1 ? "rank" : "ranks") \(ranks.prefix(8).map(String.init).joined(separator: ", "))"
          + "\(ranks.count > 8 ? ", …" : ""): \(value)"
      }
      return "the processes would not compute the same bits, since they differ in \(what):\n"
        + lines.joined(separator: "\n")
    case .lost(let rank, let reason):
      return "\(rank.map { "rank \($0)" } ?? "another process") has gone: \(reason); "
        + "the run can go on from its last checkpoint, with any number of processes"
    case .refused(let rank, _): return "rank \(rank) cannot begin"
    case .notShared(let what): return "\(what) is for one process"
    }
  }

  /// The message for a person.
  public var description: String { message }
}
