/// Renames checkpoint keys: each `*` of `from` captures any characters, and the first `*` of `to` stands for the first
/// capture, and so on.
public struct WeightNameRule: Hashable, Sendable {
  public var from: String
  public var to: String

  public init(from: String, to: String) {
    self.from = from
    self.to = to
  }

  /// The tensor's name for a checkpoint's key; `nil` when the pattern does not match.
  ///
  /// An earlier `*` captures as little as possible.
  public func rename(_ key: String) -> String? {
    let parts = from.split(separator: "*", omittingEmptySubsequences: false).map { Array($0.utf8) }
    let bytes = Array(key.utf8)
    guard let first = parts.first, let last = parts.last else { return nil }
    guard parts.count > 1 else { return first == bytes ? to : nil }
    guard bytes.count >= first.count + last.count, bytes.starts(with: first), bytes.suffix(last.count) == last[...]
    else { return nil }
    var captures: [ArraySlice<UInt8>] = []
    var index = first.count
    let end = bytes.count - last.count
    for part in parts.dropFirst().dropLast() {
      guard let found = (index...end).first(where: { $0 + part.count <= end && bytes[$0...].starts(with: part) })
      else { return nil }
      captures.append(bytes[index..<found])
      index = found + part.count
    }
    captures.append(bytes[index..<end])
    var result: [UInt8] = []
    var used = 0
    for byte in to.utf8 {
      if byte == UInt8(ascii: "*"), used < captures.count {
        result += captures[used]
        used += 1
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

extension [WeightNameRule] {
  /// What the first rule that matches makes of a checkpoint's key; the key itself when none does.
  public func rename(_ key: String) -> String {
    for rule in self {
      if let name = rule.rename(key) { return name }
    }
    return key
  }
}
