/// Makes of the names that layers have elsewhere paths that a definition may have, each of them once.
///
/// Paths are components of letters, digits, `_`, `-` and `/` with dots between them; what else a name has becomes `_`.
struct LayerNames {
  private var taken: Set<String> = ["input"]
  /// The numbers that the next ones of a name begin with.
  private var counts: [String: Int] = [:]

  /// The path for a layer of that name, in the models that `prefix` names.
  mutating func unique(_ name: String, in prefix: [String] = []) -> String {
    let path = Self.path((prefix + [name]).joined(separator: "."))
    if taken.insert(path).inserted { return path }
    var number = counts[path] ?? 2
    while !taken.insert("\(path)_\(number)").inserted { number += 1 }
    counts[path] = number + 1
    return "\(path)_\(number)"
  }

  /// At most 200 characters, so that something may follow.
  private static func path(_ name: String) -> String {
    let legal = name.utf8.map { byte in
      isLetterOrDigit(byte) || "_-/.".utf8.contains(byte) ? byte : UInt8(ascii: "_")
    }
    let slash = UInt8(ascii: "/")
    let components = legal.prefix(200).split(separator: UInt8(ascii: ".")).map { $0.drop { $0 == slash } }
    let path = components.filter { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
    return path.isEmpty ? "layer" : path
  }

  /// The name of a network as definitions have it: letters, digits, `.`, `-` and `_`, at most 64; else that of the file.
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
