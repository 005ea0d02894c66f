/// Which parts of a run a worker does: those whose number is its own, modulo the number of workers.
public struct WorkShare: Hashable, Sendable {
  /// This worker, from 0.
  public let index: Int
  /// How many workers there are.
  public let count: Int
  /// What said so: the names of variables; empty where nobody did, or a caller.
  public let variables: [String]

  /// Everything, for one worker.
  public static let all = WorkShare(index: 0, count: 1)

  /// The most workers that there can be.
  public static let counts = 1...1_000_000

  /// - Precondition: `index` is from 0 to `count` − 1.
  public init(index: Int, count: Int, variables: [String] = []) {
    precondition((0..<count).contains(index), "worker \(index) of \(count)")
    (self.index, self.count, self.variables) = (index, count, variables)
  }

  /// Reads `3/16`.
  ///
  /// - Throws: `WorkError.share`.
  public init(_ text: String) throws(WorkError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let index = Self.number(parts[0]), let count = Self.number(parts[1]),
      Self.counts.contains(count), index < count
    else { throw .share(text) }
    self.init(index: index, count: count)
  }

  /// Whether a part is this worker's.
  public func has(_ part: Int) -> Bool { part % count == index }

  /// A whole number of digits alone.
  private static func number(_ text: some StringProtocol) -> Int? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
  }
}

extension WorkShare {
  /// A program that starts workers, and the variables that it tells them by.
  private struct Launcher {
    let index: String
    /// `nil` where no variable says so.
    let count: String?
    /// The number of the first worker.
    var first = 0
  }

  private static let kubernetes = Launcher(index: "JOB_COMPLETION_INDEX", count: nil)
  private static let slurmArray = Launcher(index: "SLURM_ARRAY_TASK_ID", count: "SLURM_ARRAY_TASK_COUNT")
  private static let openMPI = Launcher(index: "OMPI_COMM_WORLD_RANK", count: "OMPI_COMM_WORLD_SIZE")
  private static let pmi = Launcher(index: "PMI_RANK", count: "PMI_SIZE")
  private static let srun = Launcher(index: "SLURM_PROCID", count: "SLURM_NTASKS")
  private static let parallel = Launcher(index: "PARALLEL_SEQ", count: nil, first: 1)

  /// What the launcher of this process says.
  ///
  /// Looked for in this order: a Kubernetes Indexed Job, an array of Slurm's, Open MPI, MPICH or Intel MPI, a step of `srun`
  /// with several tasks, GNU parallel. A step of `srun` counts only where no MPI does, which may start its own helpers by it.
  ///
  /// - Parameters:
  ///   - environment: variables by name.
  ///   - count: how many workers there are, where a caller says so. The number of a Slurm array's task then is the worker's,
  ///     so that any tasks of it may be started again.
  /// - Throws: `WorkError.variable`, `.countUnknown`, `.launchersDisagree`, `.indexBeyond`, `.irregularArray`.
  /// - Returns: The share; `nil` when no launcher says which worker this is.
  public static func launched(_ environment: [String: String], count: Int? = nil) throws(WorkError) -> WorkShare? {
    var found: [WorkShare] = []
    func add(_ share: WorkShare?) { if let share { found.append(share) } }
    add(try share(kubernetes, environment, count))
    add(try arrayShare(environment, count))
    add(try share(openMPI, environment, count))
    add(try share(pmi, environment, count))
    let isSet = { (name: String) in environment[name]?.isEmpty == false }
    if !isSet(openMPI.index), !isSet(pmi.index), isSet("SLURM_STEP_ID") {
      add(try share(srun, environment, count))
    }
    add(try share(parallel, environment, count))
    // A launcher of one worker says nothing beside one of several.
    let several = found.filter { $0.count > 1 }
    let candidates = several.isEmpty ? found : several
    guard let first = candidates.first else { return nil }
    if let other = candidates.first(where: { ($0.index, $0.count) != (first.index, first.count) }) {
      throw .launchersDisagree(first.words, other.words)
    }
    return first
  }

  /// `SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT make this worker 3 of 16`
  public var words: String {
    let place = "worker \(index) of \(count), counted from 0"
    guard !variables.isEmpty else { return place }
    return "\(variables.joined(separator: " and ")) \(variables.count == 1 ? "makes" : "make") this \(place)"
  }

  private static func value(_ name: String, _ environment: [String: String]) throws(WorkError) -> Int? {
    guard let text = environment[name], !text.isEmpty else { return nil }
    guard let value = number(text), value <= Int(Int32.max) else { throw .variable(name, value: text) }
    return value
  }

  private static func share(
    _ launcher: Launcher, _ environment: [String: String], _ given: Int?
  ) throws(WorkError) -> WorkShare? {
    guard let index = try value(launcher.index, environment) else { return nil }
    var variables = [launcher.index]
    var count = given
    if let name = launcher.count, let stated = try value(name, environment) {
      variables.append(name)
      if let given, given != stated, stated > 1 {
        throw .launchersDisagree("\(name) says there are \(stated) workers", "the caller says there are \(given)")
      }
      // Alone, as the only task of a step, it says nothing of where it belongs.
      if let given, given != stated { return given == 1 ? .all : nil }
      count = stated
    }
    guard let count else { throw .countUnknown(variable: launcher.index) }
    return try share(index - launcher.first, of: count, variables)
  }

  private static func arrayShare(_ environment: [String: String], _ given: Int?) throws(WorkError) -> WorkShare? {
    guard let index = try value(slurmArray.index, environment) else { return nil }
    if let given { return try share(index, of: given, [slurmArray.index]) }
    guard let count = try value("SLURM_ARRAY_TASK_COUNT", environment) else {
      throw .countUnknown(variable: slurmArray.index)
    }
    let minimum = try value("SLURM_ARRAY_TASK_MIN", environment) ?? 0
    let maximum = try value("SLURM_ARRAY_TASK_MAX", environment) ?? minimum + (count - 1)
    let step = max(1, try value("SLURM_ARRAY_TASK_STEP", environment) ?? 1)
    guard count > 0, index >= minimum, (index - minimum) % step == 0, maximum >= minimum,
      (maximum - minimum) / step == count - 1
    else {
      throw .irregularArray(
        "SLURM_ARRAY_TASK_ID is \(index), in \(count) from \(minimum) to \(maximum) by \(step)")
    }
    return try share((index - minimum) / step, of: count, [slurmArray.index, "SLURM_ARRAY_TASK_COUNT"])
  }

  private static func share(_ index: Int, of count: Int, _ variables: [String]) throws(WorkError) -> WorkShare {
    guard (0..<count).contains(index), counts.contains(count) else {
      throw .indexBeyond(variable: variables[0], index: index, count: count)
    }
    return WorkShare(index: index, count: count, variables: variables)
  }
}
