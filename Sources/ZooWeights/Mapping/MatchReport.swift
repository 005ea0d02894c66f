import ZooTensor

/// What became of each tensor of a checkpoint and of a network.
public struct MatchReport: Hashable, Sendable {
  public enum Status: Hashable, Sendable {
    case matched
    /// Found under another name.
    case renamed
    /// A fully connected layer's weight taken from a convolution's, or the other way round; the bytes are the same.
    case reshaped(from: Shape)
    case missing
    case unexpected
    case misshapen(expected: Shape, found: Shape)
    case ignored(Reason)
  }

  public enum Reason: Hashable, Sendable {
    /// PyTorch's count of batches, which only training without momentum uses.
    case batchCounter
    /// A part of the network that only training uses.
    case trainingOnly
  }

  public struct Line: Hashable, Sendable {
    /// The network's name for the tensor, or the checkpoint's when the network has none.
    public let name: String
    /// The name in the file; `nil` when it is missing there.
    public let checkpointName: String?
    public let status: Status

    package init(name: String, checkpointName: String?, status: Status) {
      self.name = name
      self.checkpointName = checkpointName
      self.status = status
    }
  }

  /// The network's tensors in its order, then what else the checkpoint holds in its own.
  public let lines: [Line]
  let expectedNames: [String]

  public var missing: [Line] { lines.filter { $0.status == .missing } }
  public var unexpected: [Line] { lines.filter { $0.status == .unexpected } }

  public var misshapen: [Line] {
    lines.filter { line in
      if case .misshapen = line.status { true } else { false }
    }
  }

  /// Tensors that can be loaded, whatever their name and shape in the file.
  public var loadable: [Line] {
    lines.filter { line in
      switch line.status {
      case .matched, .renamed, .reshaped: true
      default: false
      }
    }
  }

  /// Whether the checkpoint has what the network needs and nothing more.
  public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty }

  /// The name that an unexpected tensor may have been meant to have, or under which a missing one may be there.
  public func suggestion(for line: Line) -> String? {
    switch line.status {
    case .missing: NearestName.find(line.name, among: unexpected.map(\.name))
    case .unexpected: NearestName.find(line.name, among: missing.isEmpty ? expectedNames : missing.map(\.name))
    default: nil
    }
  }
}

/// A checkpoint does not fit a network.
public struct CheckpointMismatch: Error, Hashable, Sendable {
  public let path: String
  public let report: MatchReport

  public init(path: String, report: MatchReport) {
    self.path = path
    self.report = report
  }

  /// What probably happened.
  public enum Guess: Hashable, Sendable {
    /// The last layer alone differs, in its number of outputs.
    case otherClasses(found: Int, expected: Int)
    /// Names agree and shapes do not.
    case otherWidths
    /// No names, or hardly any, agree.
    case otherNetwork
    /// All names would agree without a prefix.
    case prefix(String)
  }

  public var guess: Guess? {
    let (missing, misshapen, unexpected) = (report.missing, report.misshapen, report.unexpected)
    let common = report.loadable.count + misshapen.count
    if missing.isEmpty, !misshapen.isEmpty, misshapen.count <= 2, report.loadable.count >= misshapen.count,
      let classes = sharedClasses(misshapen)
    {
      return .otherClasses(found: classes.found, expected: classes.expected)
    }
    if let prefix = commonPrefix(unexpected.map(\.name)), !missing.isEmpty,
      Set(unexpected.map { String($0.name.dropFirst(prefix.count)) }).isSuperset(of: missing.map(\.name))
    {
      return .prefix(prefix)
    }
    if common * 4 < common + missing.count { return .otherNetwork }
    return misshapen.isEmpty ? nil : .otherWidths
  }

  /// The number of outputs, when that is all that differs.
  private func sharedClasses(_ lines: [MatchReport.Line]) -> (found: Int, expected: Int)? {
    var classes: (found: Int, expected: Int)?
    for line in lines {
      guard case .misshapen(let expected, let found) = line.status, expected.rank == found.rank, expected.rank > 0,
        expected.dimensions.dropFirst() == found.dimensions.dropFirst()
      else { return nil }
      if let classes, classes != (found[0], expected[0]) { return nil }
      classes = (found[0], expected[0])
    }
    return classes
  }

  /// What all names have before their first dot, with the dot.
  private func commonPrefix(_ names: [String]) -> String? {
    guard let first = names.first, let dot = first.firstIndex(of: ".") else { return nil }
    let prefix = String(first[...dot])
    return names.allSatisfy { $0.hasPrefix(prefix) } ? prefix : nil
  }
}
