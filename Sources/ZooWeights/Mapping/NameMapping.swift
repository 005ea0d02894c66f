import ZooTensor

/// A tensor that a network asks for.
public struct ExpectedTensor: Hashable, Sendable {
  public let name: String
  public let shape: Shape
  /// False for parts that only training uses, such as GoogLeNet's auxiliary classifiers: checkpoints have them or not.
  public let isRequired: Bool

  public init(name: String, shape: Shape, isRequired: Bool = true) {
    self.name = name
    self.shape = shape
    self.isRequired = isRequired
  }
}

/// How a name in a checkpoint becomes a name of the network.
public enum NameRule: Hashable, Sendable {
  /// Names that fit `from` become `to`; each `*` in `to` is what the `*` at the same place in `from` stands for.
  case rename(from: String, to: String)
  /// Removes a prefix from the names that have it.
  case removePrefix(String)

  /// The new name; `nil` when the rule does not apply.
  func apply(to name: String) -> String? {
    switch self {
    case .removePrefix(let prefix):
      return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
    case .rename(let from, let to):
      guard let captures = NamePattern(from).captures(in: name) else { return nil }
      let parts = to.split(separator: "*", omittingEmptySubsequences: false)
      var result = String(parts[0])
      for (number, part) in parts.dropFirst().enumerated() {
        if number < captures.count { result += captures[number] }
        result += part
      }
      return result
    }
  }
}

/// Finds a network's tensors in a checkpoint.
///
/// A name that the network has is taken as it is. Any other goes through the rules, each applied to what the one before
/// made of it, and is taken if the network has the result. A `module.` before all names is removed first.
public struct NameMapping: Hashable, Sendable {
  public var rules: [NameRule]

  public init(rules: [NameRule] = []) {
    self.rules = rules
  }

  private static let parallelPrefix = "module."

  /// Compares; throws nothing.
  public func report(_ expected: [ExpectedTensor], in checkpoint: Checkpoint) -> MatchReport {
    match(expected, in: checkpoint).report
  }

  /// The checkpoint under the network's names, in the network's order, with the shapes the network asks for.
  ///
  /// - Throws: `CheckpointMismatch` when a required tensor is missing, one has another shape, or one is left over.
  public func resolve(
    _ expected: [ExpectedTensor], in checkpoint: Checkpoint
  ) throws(CheckpointMismatch) -> MappedCheckpoint {
    let (report, sources) = match(expected, in: checkpoint)
    guard report.isComplete else { throw CheckpointMismatch(path: checkpoint.path, report: report) }
    var entries: [Checkpoint.Entry] = []
    var positions: [Int] = []
    for tensor in expected {
      guard let position = sources[tensor.name] else { continue }
      let elementType = checkpoint.entries[position].elementType
      entries.append(.init(name: tensor.name, shape: tensor.shape, elementType: elementType))
      positions.append(position)
    }
    do throws(WeightsProblem) {
      let mapped = try Checkpoint(
        format: checkpoint.format, path: checkpoint.path, entries: entries, metadata: checkpoint.metadata,
        skipped: checkpoint.skipped, source: MappedSource(base: checkpoint.source, positions: positions))
      return MappedCheckpoint(checkpoint: mapped, report: report)
    } catch {
      preconditionFailure("two expected tensors have one name")
    }
  }

  /// The report, and for each expected tensor that can be loaded its position in the checkpoint.
  private func match(
    _ expected: [ExpectedTensor], in checkpoint: Checkpoint
  ) -> (report: MatchReport, sources: [String: Int]) {
    let wanted = Dictionary(expected.map { ($0.name, $0) }) { first, _ in first }
    var claims: [String: Int] = [:]
    var leftOver: [Int] = []
    let names = unwrapped(checkpoint.entries.map(\.name))
    for (position, name) in names.enumerated() {
      if wanted[name] != nil { claims[name] = position } else { leftOver.append(position) }
    }
    var unexpected: [Int] = []
    for position in leftOver {
      let renamed = rules.reduce(names[position]) { $1.apply(to: $0) ?? $0 }
      if wanted[renamed] != nil, claims[renamed] == nil {
        claims[renamed] = position
      } else {
        unexpected.append(position)
      }
    }

    var lines: [MatchReport.Line] = []
    var sources: [String: Int] = [:]
    for tensor in expected {
      let position = claims[tensor.name]
      let found = position.map { checkpoint.entries[$0] }
      if let found, Self.fits(found.shape, tensor.shape) { sources[tensor.name] = position }
      let status = Self.status(of: tensor, found: found)
      guard position != nil || tensor.isRequired else { continue }
      lines.append(
        .init(name: tensor.name, checkpointName: position.map { checkpoint.entries[$0].name }, status: status))
    }
    for position in unexpected {
      let name = checkpoint.entries[position].name
      let isCounter = name == "num_batches_tracked" || name.hasSuffix(".num_batches_tracked")
      lines.append(
        .init(name: name, checkpointName: name, status: isCounter ? .ignored(.batchCounter) : .unexpected))
    }
    return (MatchReport(lines: lines, expectedNames: expected.map(\.name)), sources)
  }

  private func unwrapped(_ names: [String]) -> [String] {
    guard names.allSatisfy({ $0.hasPrefix(Self.parallelPrefix) }) else { return names }
    return names.map { String($0.dropFirst(Self.parallelPrefix.count)) }
  }

  private static func status(of tensor: ExpectedTensor, found: Checkpoint.Entry?) -> MatchReport.Status {
    guard let found else { return .missing }
    guard tensor.isRequired else { return .ignored(.trainingOnly) }
    guard fits(found.shape, tensor.shape) else { return .misshapen(expected: tensor.shape, found: found.shape) }
    if found.shape != tensor.shape { return .reshaped(from: found.shape) }
    return found.name == tensor.name ? .matched : .renamed
  }

  /// Whether the shapes are equal, or one is a fully connected layer's weight and the other the same as a convolution's.
  private static func fits(_ found: Shape, _ expected: Shape) -> Bool {
    if found == expected { return true }
    return Set([found.rank, expected.rank]) == [2, 4] && found[0] == expected[0]
      && found.elementCount == expected.elementCount
  }
}

/// A checkpoint under a network's names, and how it came about.
public struct MappedCheckpoint: Sendable {
  public let checkpoint: Checkpoint
  public let report: MatchReport
}

/// Another checkpoint's tensors under other names and shapes.
private struct MappedSource: TensorSource {
  let base: any TensorSource
  let positions: [Int]

  func readsPieces(of entry: Int) -> Bool { base.readsPieces(of: positions[entry]) }

  func prepare(_ entry: Int, threads: Int) throws(WeightsProblem) {
    try base.prepare(positions[entry], threads: threads)
  }

  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    try base.read(positions[entry], piece: piece, into: target)
  }

  func read(_ entry: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    try base.read(positions[entry], into: target)
  }
}
