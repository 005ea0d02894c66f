/// The members of a tar file: POSIX ustar, with the long names of GNU tar and the extended headers of pax.
///
/// Nothing is ever extracted; names are only compared.
struct TarDirectory: Sendable {
  struct Member: Sendable {
    let name: String
    let offset: Int
    let size: Int

    var end: Int { offset + size }
  }

  /// The regular files, in the order of the tar file.
  private(set) var members: [Member] = []

  private static let blockSize = 512
  private static let maximumMembers = 1 << 16
  /// Of a long name or an extended header.
  private static let maximumExtra = 1 << 16

  /// The member of that name; `nil` when there is none.
  func member(named name: String) throws(WeightsProblem) -> Member? {
    let found = members.filter { $0.name == name }
    // Readers that take the first and readers that take the last would see different files.
    guard found.count <= 1 else { throw .tar(.duplicateMember(name)) }
    return found.first
  }

  init(_ file: InputFile) throws(WeightsProblem) {
    var offset = 0
    var extra = Extra()
    for _ in 0..<Self.maximumMembers {
      guard file.size - offset >= Self.blockSize else { throw .tar(.cutShort(offset: offset)) }
      let block = try file.bytes(at: offset, count: Self.blockSize)
      if block.allSatisfy({ $0 == 0 }) { return }
      let header = try Header(block, offset: offset)
      let size = extra.size ?? header.size
      offset += Self.blockSize
      guard size <= file.size - offset else { throw .tar(.memberPastEnd(extra.name ?? header.name)) }
      switch UnicodeScalar(header.kind) {
      case "L", "x", "K", "g":
        guard size <= Self.maximumExtra else { throw .tar(.malformed(offset: offset)) }
        let content = try file.bytes(at: offset, count: size)
        if header.kind == UInt8(ascii: "L") {
          extra.name = String(decoding: content.prefix { $0 != 0 }, as: UTF8.self)
        } else if header.kind == UInt8(ascii: "x") {
          guard extra.read(content) else { throw .tar(.malformed(offset: offset)) }
        }
      case "0", "7", "\0":
        members.append(Member(name: extra.name ?? header.name, offset: offset, size: size))
        extra = Extra()
      case "1"..."6":
        // Links, devices and directories have no contents, whatever they say.
        extra = Extra()
        continue
      default:
        // Sparse files and the like: nothing that is looked for.
        extra = Extra()
      }
      let padded = size + (Self.blockSize - size % Self.blockSize) % Self.blockSize
      guard padded <= file.size - offset else { throw .tar(.cutShort(offset: file.size)) }
      offset += padded
    }
    throw .tar(.tooManyMembers)
  }

  /// What precedes a member that its header has no room for.
  private struct Extra {
    var name: String?
    var size: Int?

    /// Reads the records of pax, `LENGTH KEY=VALUE\n` each; `false` when they are not.
    mutating func read(_ bytes: [UInt8]) -> Bool {
      var rest = bytes[...]
      while !rest.isEmpty {
        guard let space = rest.firstIndex(of: 0x20), space - rest.startIndex <= 8,
          let length = Int(String(decoding: rest[..<space], as: UTF8.self)), length <= rest.count,
          length > space - rest.startIndex + 1
        else { return false }
        let record = rest[(space + 1)..<(rest.startIndex + length)]
        guard record.last == 0x0A, let equals = record.firstIndex(of: UInt8(ascii: "=")) else { return false }
        let value = String(decoding: record[(equals + 1)...].dropLast(), as: UTF8.self)
        switch String(decoding: record[..<equals], as: UTF8.self) {
        case "path": name = value
        case "size":
          guard let number = Int(value), number >= 0 else { return false }
          size = number
        default: break
        }
        rest = rest[(rest.startIndex + length)...]
      }
      return true
    }
  }

  private struct Header {
    let name: String
    let kind: UInt8
    let size: Int

    init(_ block: [UInt8], offset: Int) throws(WeightsProblem) {
      // The checksum is taken with spaces in its own place.
      let sum = block.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 0x20 : Int(block[$1])) }
      guard Self.number(block[148..<156]) == sum else { throw .tar(.headerChecksum(offset: offset)) }
      guard let size = Self.number(block[124..<136]) else { throw .tar(.malformed(offset: offset)) }
      self.size = size
      kind = block[156]
      let name = String(decoding: block[..<100].prefix { $0 != 0 }, as: UTF8.self)
      let prefix = String(decoding: block[345..<500].prefix { $0 != 0 }, as: UTF8.self)
      // GNU tar has other things there, and a space for the zero.
      self.name = block[262] == 0 && !prefix.isEmpty ? "\(prefix)/\(name)" : name
    }

    /// Octal digits, or a binary number whose first bit is set.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
      guard let first = field.first else { return nil }
      var value = 0
      if first & 0x80 != 0 {
        for (position, byte) in field.enumerated() {
          guard value <= Int.max >> 8 else { return nil }
          value = value << 8 | Int(position == 0 ? byte & 0x7F : byte)
        }
        return value
      }
      let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
      guard !digits.isEmpty else { return nil }
      for digit in digits {
        guard (0x30...0x37).contains(digit), value <= Int.max >> 3 else { return nil }
        value = value << 3 | Int(digit - 0x30)
      }
      return value
    }
  }
}

/// What is wrong with a tar file. Offsets are those of the header.
public enum TarProblem: Hashable, Sendable {
  /// The two blocks of zeros at the end are missing.
  case cutShort(offset: Int)
  case headerChecksum(offset: Int)
  case malformed(offset: Int)
  case memberPastEnd(String)
  case duplicateMember(String)
  case tooManyMembers
}
