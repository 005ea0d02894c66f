/// A pattern for names: `*` stands for any run of characters, `?` for one.
struct NamePattern: Hashable, Sendable {
  private let pattern: [UInt8]

  init(_ pattern: String) {
    self.pattern = Array(pattern.utf8)
  }

  func matches(_ name: String) -> Bool { captures(in: name) != nil }

  /// What each `*` stands for, each as short as it can be from the left; `nil` when the name does not fit.
  func captures(in name: String) -> [String]? {
    let name = Array(name.utf8)
    var captures: [Range<Int>] = []
    var (inPattern, inName) = (0, 0)
    // Where to go on when a comparison fails: the last star takes one character more.
    var lastStar: Int?
    while true {
      if inPattern < pattern.count, pattern[inPattern] == UInt8(ascii: "*") {
        lastStar = inPattern
        captures.append(inName..<inName)
        inPattern += 1
      } else if inName == name.count, inPattern == pattern.count {
        return captures.map { String(decoding: name[$0], as: UTF8.self) }
      } else if inName < name.count, inPattern < pattern.count,
        pattern[inPattern] == UInt8(ascii: "?") || pattern[inPattern] == name[inName]
      {
        inPattern += 1
        inName += 1
      } else if let star = lastStar, let last = captures.last, last.upperBound < name.count {
        captures[captures.count - 1] = last.lowerBound..<last.upperBound + 1
        inPattern = star + 1
        inName = last.upperBound + 1
      } else {
        return nil
      }
    }
  }
}

/// The name most like another, for suggestions.
enum NearestName {
  /// More candidates than this are not worth the time.
  private static let maximumCandidates = 2000

  /// `nil` when none of the candidates differs by less than about a third.
  static func find(_ name: String, among candidates: [String]) -> String? {
    let target = Array(name.utf8.prefix(256))
    var best: (name: String, distance: Int)?
    for candidate in candidates.prefix(maximumCandidates) {
      let limit = best.map { $0.distance - 1 } ?? max(2, target.count / 3)
      let other = Array(candidate.utf8.prefix(256))
      guard abs(other.count - target.count) <= limit else { continue }
      let distance = distance(target, other)
      if distance <= limit { best = (candidate, distance) }
    }
    return best?.name
  }

  /// The number of bytes to insert, remove or replace (Levenshtein 1966).
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (position, byte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = position + 1
      for (column, other) in right.enumerated() {
        let replaced = diagonal + (byte == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
