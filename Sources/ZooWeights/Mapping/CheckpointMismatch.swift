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
    /// What the checkpoint has fits, but it does not have everything.
    case incomplete
  }

  public var guess: Guess? {
    let (missing, misshapen, unexpected) = (report.missing, report.misshapen, report.unexpected)
    guard report.unusable.isEmpty else { return nil }
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
    if misshapen.isEmpty, unexpected.isEmpty, report.loadable.count >= missing.count { return .incomplete }
    return misshapen.isEmpty ? nil : .otherWidths
  }

  /// The number of outputs, when that is all that differs.
  private func sharedClasses(_ lines: [MatchReport.Line]) -> (found: Int, expected: Int)? {
    var classes: (found: Int, expected: Int)?
    for line in lines {
      guard case .misshapen(let expected, let found, _) = line.status, expected.rank == found.rank, expected.rank > 0,
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
