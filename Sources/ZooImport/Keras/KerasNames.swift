/// Makes of Keras' names paths that a definition may have, each of them once.
struct KerasNames {
  private var taken: Set<String> = ["input"]
  private var counts: [String: Int] = [:]

  /// The path of a node that is called `name`, in the models that `prefix` names.
  mutating func unique(_ name: String, in prefix: [String] = []) -> String {
    let path = (prefix + [name]).map(Self.component).joined(separator: ".")
    if taken.insert(path).inserted { return path }
    var number = counts[path] ?? 2
    while !taken.insert("\(path)_\(number)").inserted { number += 1 }
    counts[path] = number + 1
    return "\(path)_\(number)"
  }

  /// Letters, digits, `_`, `-` and `/`; what else a name has becomes `_`.
  private static func component(_ name: String) -> String {
    let legal = name.utf8.prefix(100).map { isLegal($0) || $0 == UInt8(ascii: "/") ? $0 : UInt8(ascii: "_") }
    let trimmed = legal.drop { $0 == UInt8(ascii: "/") }
    return trimmed.isEmpty ? "layer" : String(decoding: trimmed, as: UTF8.self)
  }

  /// The network's name: letters, digits, `-` and `_`, at most 64 of them; else that of the file.
  static func model(_ name: String, or path: String) -> String {
    let file = path.split(separator: "/").last.map { String($0.prefix { $0 != "." }) } ?? ""
    for candidate in [name, file] {
      let legal = candidate.utf8.map { isLegal($0) ? $0 : UInt8(ascii: "-") }
      let start = legal.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
      if !start.isEmpty { return String(decoding: start.prefix(64), as: UTF8.self) }
    }
    return "network"
  }

  private static func isLegal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }
}
