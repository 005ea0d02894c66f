/// A pattern of the names of layers: `*` stands for any run of characters, `?` for one.
///
/// It fits a layer, and all layers within what it fits: `layer1` fits `layer1.0.conv1`, `features.?` fits `features.0` but
/// not `features.10`.
public struct LayerPattern: Hashable, Sendable {
  /// The most characters of a pattern.
  public static let maximumLength = 512

  private let pattern: [UInt8]

  /// `*` stands for any run of characters, `?` for one; every string is a pattern.
  public init(_ pattern: String) {
    self.pattern = Array(pattern.utf8)
  }

  /// Whether text can be a pattern: letters, digits and `_-/.*?`.
  public static func isValid(_ text: String) -> Bool {
    (1...maximumLength).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
          || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || "_-/.*?".utf8.contains(byte)
      }
  }

  /// Whether the pattern fits the layer's path, or that of a block that the layer is in.
  public func fits(_ layer: String) -> Bool {
    let name = Array(layer.utf8)
    return matches(name[...])
      || name.indices.contains { name[$0] == UInt8(ascii: ".") && matches(name[..<$0]) }
  }

  private func matches(_ name: ArraySlice<UInt8>) -> Bool {
    var (inPattern, inName) = (0, 0)
    // Where to go on when a comparison fails: the last star takes one character more.
    var star: (pattern: Int, name: Int)?
    while inName < name.endIndex {
      if inPattern < pattern.count, pattern[inPattern] == UInt8(ascii: "*") {
        star = (inPattern, inName)
        inPattern += 1
      } else if inPattern < pattern.count, pattern[inPattern] == UInt8(ascii: "?") || pattern[inPattern] == name[inName]
      {
        (inPattern, inName) = (inPattern + 1, inName + 1)
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        (inPattern, inName) = (last.pattern + 1, last.name + 1)
      } else {
        return false
      }
    }
    return pattern[inPattern...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
