import ZooTensor

/// Makes of the names that layers have elsewhere paths that a definition may have, each of them once.
///
/// Paths are components of letters, digits, `_`, `-` and `/` with dots between them; what else a name has becomes `_`.
struct LayerNames {
  private var taken: Set<String> = ["input"]

  /// The path for a layer of that name.
  mutating func unique(_ name: String) -> String {
    let path = Self.path(name)
    var candidate = path
    var number = 2
    while !taken.insert(candidate).inserted {
      candidate = "\(path)_\(number)"
      number += 1
    }
    return candidate
  }

  /// At most 200 characters, so that something may follow.
  private static func path(_ name: String) -> String {
    let legal = name.utf8.map { byte in
      isLetterOrDigit(byte) || "_-/.".utf8.contains(byte) ? byte : UInt8(ascii: "_")
    }
    let components = legal.prefix(200).split(separator: UInt8(ascii: "."))
    let path = components.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
    return path.isEmpty ? "layer" : path
  }

  /// The name of a network as definitions have it: letters, digits, `.`, `-` and `_`, at most 64.
  static func model(_ name: String, or path: String) -> String {
    func legal(_ text: String) -> String {
      let bytes = text.utf8.map { isLetterOrDigit($0) || ".-_".utf8.contains($0) ? $0 : UInt8(ascii: "-") }
      return String(decoding: bytes.drop { !isLetterOrDigit($0) }.prefix(64), as: UTF8.self)
    }
    let own = legal(name)
    if !own.isEmpty { return own }
    let file = path.split(separator: "/").last ?? ""
    let stem = legal(String(file.prefix { $0 != "." }))
    return stem.isEmpty ? "network" : stem
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
