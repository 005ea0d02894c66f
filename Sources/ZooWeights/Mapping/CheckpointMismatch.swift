/// A checkpoint does not fit a network.
public struct CheckpointMismatch: Error, Hashable, Sendable {
  /// The checkpoint, as it was given.
  public let path: String
  /// What became of each tensor, on both sides.
  public let report: MatchReport

  /// - Parameters:
  ///   - path: the checkpoint, as it was given.
  ///   - report: what became of each tensor; it must have something that does not fit.
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
    /// All names would agree without a prefix; some others, which the network does not have, would be left over.
    case prefix(String, leftOver: [String] = [])
    /// All names would agree without one of several prefixes.
    case prefixes([String])
    /// The file is one of several that hold the tensors together.
    case shard(number: Int, count: Int)
    /// The exporter renamed tensors, and what the file's nodes call their layers is not in the network; the first few.
    case otherLayerNames([String])
    /// What the checkpoint has fits, but it does not have everything.
    case incomplete
  }

  /// What the mismatch looks like, where it has a known cause; `nil` where it has none.
  public var guess: Guess? {
    let (missing, misshapen, unexpected) = (report.missing, report.misshapen, report.unexpected)
    guard report.unusable.isEmpty else { return nil }
    let common = report.loadable.count + misshapen.count
    if missing.isEmpty, !misshapen.isEmpty, misshapen.count <= 2, report.loadable.count >= misshapen.count,
      let classes = sharedClasses(misshapen)
    {
      return .otherClasses(found: classes.found, expected: classes.expected)
    }
    if !missing.isEmpty, let (number, count) = shard { return .shard(number: number, count: count) }
    if !report.possiblePrefixes.isEmpty { return .prefixes(report.possiblePrefixes) }
    let prefixes = prefixes(before: missing.map(\.name), in: unexpected.map(\.name))
    if prefixes.count > 1 { return .prefixes(prefixes) }
    if let prefix = prefixes.first {
      return .prefix(prefix, leftOver: unexpected.map(\.name).filter { !$0.hasPrefix(prefix) })
    }
    if !missing.isEmpty, !report.unplacedLayers.isEmpty {
      return .otherLayerNames(Array(report.unplacedLayers.prefix(4)))
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

  /// The prefixes with which all of some names are among others, a few of them.
  private func prefixes(before names: [String], in others: [String]) -> [String] {
    guard let first = names.first else { return [] }
    let all = Set(others)
    let prefixes = others.lazy.filter { $0.hasSuffix("." + first) }.map { String($0.dropLast(first.count)) }
      .filter { prefix in names.allSatisfy { all.contains(prefix + $0) } }
    return Array(prefixes.prefix(4))
  }

  /// `model-00001-of-00002.safetensors` is the first of two.
  private var shard: (number: Int, count: Int)? {
    let file = path.split(separator: "/").last ?? ""
    guard let dot = file.lastIndex(of: ".") else { return nil }
    let parts = file[..<dot].split(separator: "-")
    guard parts.count > 3, parts[parts.count - 2] == "of", let count = Int(parts[parts.count - 1]), count > 1,
      let number = Int(parts[parts.count - 3]), (1...count).contains(number)
    else { return nil }
    return (number, count)
  }
}
