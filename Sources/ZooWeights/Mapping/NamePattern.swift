import ZooTensor

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

extension String {
  /// More candidates than this are not worth the time.
  private static let maximumCandidates = 2000

  /// The name of a tensor most like this one; `nil` when none of the candidates differs by less than about a third.
  func nearestTensor(among candidates: [String]) -> String? {
    nearest(among: candidates.prefix(Self.maximumCandidates), within: Swift.max(2, Swift.min(utf8.count, 256) / 3))
  }
}
