/// Goes through the members of a tar file from the first to the last: POSIX ustar, with the long names of GNU tar and the extended
/// headers of pax (POSIX.1-2001, "pax Interchange Format"; GNU tar manual, "Basic Tar Format").
///
/// Nothing is ever extracted, and no member's contents are read. Sizes are compared with the file's before anything is made of them.
package struct TarScanner {
  package enum Kind: Hashable, Sendable {
    case file
    case hardLink
    case symbolicLink
    /// A directory, a device or a FIFO, which has no contents, or the label of a volume.
    case noFile
    /// What this reader does not know, by its letter.
    case other(UInt8)
  }

  package struct Member: Hashable, Sendable {
    package let kind: Kind
    /// As it is written, which need not be UTF-8.
    package let name: [UInt8]
    /// Where a link leads, as it is written.
    package let target: [UInt8]
    /// Of the contents.
    package let offset: Int
    package let size: Int
    /// Whether the contents have holes, so that they are not the file's.
    package let isSparse: Bool
  }

  private static let blockSize = 512
  /// Of a long name or an extended header.
  private static let maximumExtra = 1 << 16
  private static let windows = 4096...(1 << 18)

  private let file: InputFile
  /// Of the next header.
  private(set) var offset = 0
  /// Bytes of the file from `windowStart` on: where members are small, many headers are read at once.
  private var window: [UInt8] = []
  private var windowStart = 0
  private var windowSize = windows.lowerBound
  private var headers = SHA256()

  package init(_ file: InputFile) { self.file = file }

  /// SHA-256 of all headers so far, extended ones with what is in them.
  package var digest: [UInt8] { headers.digest }

  /// The next member; `nil` at the end, which a block of zeros marks.
  package mutating func next() throws(WeightsProblem) -> Member? {
    var extra = Extra()
    while true {
      let start = offset
      let block = try bytes(at: start, count: Self.blockSize)
      if block.allSatisfy({ $0 == 0 }) {
        // A name, or a size, that nobody has: the member that it is of is missing.
        guard extra.isEmpty else { throw .tar(.cutShort(offset: start)) }
        return nil
      }
      block.withUnsafeBytes { headers.update($0) }
      let header = try Header(block, offset: start)
      let size = extra.size ?? header.size
      let contents = start + Self.blockSize
      let name = extra.name ?? header.name
      switch UnicodeScalar(header.kind) {
      case "L", "K", "x", "g":
        guard header.size <= file.size - contents else { throw .tar(.memberPastEnd(String(path: header.name))) }
        guard header.size <= Self.maximumExtra else { throw .tar(.malformed(offset: contents)) }
        let text = try bytes(at: contents, count: header.size)
        text.withUnsafeBytes { headers.update($0) }
        guard extra.take(text, kind: header.kind) else { throw .tar(.malformed(offset: contents)) }
        try advance(past: header.size, from: contents)
        continue
      default: break
      }
      guard !name.isEmpty, !name.contains(0) else { throw .tar(.malformed(offset: start)) }
      let kind = Self.kind(of: header.kind, name)
      switch UnicodeScalar(header.kind) {
      case "1":
        // Some writers put the contents behind it, and others only the size.
        guard header.size == 0, size == 0 else { throw .tar(.linkWithSize(String(path: name))) }
        offset = contents
      // These have no contents, whatever they say.
      case "2"..."6", "V": offset = contents
      default:
        guard size <= file.size - contents else { throw .tar(.memberPastEnd(String(path: name))) }
        try advance(past: size, from: contents)
      }
      return Member(
        kind: kind, name: name, target: extra.target ?? header.target, offset: contents, size: size,
        isSparse: extra.isSparse || header.kind == UInt8(ascii: "S"))
    }
  }

  /// Looks whether there is nothing but zeros after the end: else it is another tar file, whose members would be missed.
  package mutating func checkEnd() throws(WeightsProblem) {
    var position = offset
    while position < file.size {
      let count = min(Self.windows.upperBound, file.size - position)
      let rest = try file.bytes(at: position, count: count)
      if let index = rest.firstIndex(where: { $0 != 0 }) { throw .tar(.bytesAfterEnd(offset: position + index)) }
      position += count
    }
  }

  private static func kind(of letter: UInt8, _ name: [UInt8]) -> Kind {
    switch UnicodeScalar(letter) {
    // Before POSIX, a directory was a file whose name ends so.
    case "0", "7", "\0": name.hasTrailingSlash ? .noFile : .file
    case "1": .hardLink
    case "2": .symbolicLink
    case "3"..."6", "V", "D": .noFile
    default: .other(letter)
    }
  }

  private mutating func advance(past size: Int, from contents: Int) throws(WeightsProblem) {
    let padded = size + (Self.blockSize - size % Self.blockSize) % Self.blockSize
    guard padded <= file.size - contents else { throw .tar(.cutShort(offset: file.size)) }
    offset = contents + padded
  }

  private mutating func bytes(at start: Int, count: Int) throws(WeightsProblem) -> ArraySlice<UInt8> {
    guard count <= file.size - start else { throw .tar(.cutShort(offset: start)) }
    if start < windowStart || start + count > windowStart + window.count {
      let isNear = start <= windowStart + window.count + Self.windows.lowerBound
      windowSize = isNear ? min(2 * windowSize, Self.windows.upperBound) : Self.windows.lowerBound
      window = try file.bytes(at: start, count: min(max(windowSize, count), file.size - start))
      windowStart = start
    }
    return window[start - windowStart..<start - windowStart + count]
  }

  /// Some bytes of a member, which may lie in what was read already.
  package mutating func contents(of member: Member, limit: Int) throws(WeightsProblem) -> ArraySlice<UInt8>? {
    guard member.size <= limit, member.kind == .file else { return nil }
    return try bytes(at: member.offset, count: member.size)
  }
}

/// What precedes a member that its header has no room for.
private struct Extra {
  var name: [UInt8]?
  var target: [UInt8]?
  var size: Int?
  var isSparse = false
  /// The kinds of headers that it is of, but those for all members.
  private var kinds: [UInt8] = []

  var isEmpty: Bool { kinds.isEmpty }

  /// `false` when the bytes are not what such a member has.
  mutating func take(_ bytes: ArraySlice<UInt8>, kind: UInt8) -> Bool {
    if kind != UInt8(ascii: "g") {
      // A long name and a long link, as of GNU, or the records of pax: of two that say the same, readers take either.
      let extended = UInt8(ascii: "x")
      guard kinds.isEmpty || (kind != extended && !kinds.contains(extended) && !kinds.contains(kind)) else {
        return false
      }
      kinds.append(kind)
    }
    switch UnicodeScalar(kind) {
    case "L": name = Array(bytes.prefix { $0 != 0 })
    case "K": target = Array(bytes.prefix { $0 != 0 })
    case "x": return read(bytes)
    default:
      // That all members have the same name, or size, makes no sense.
      var all = Extra()
      return all.read(bytes) && all.name == nil && all.target == nil && all.size == nil && !all.isSparse
    }
    return true
  }

  /// Reads the records of pax, `LENGTH KEY=VALUE\n` each; `false` when they are not.
  private mutating func read(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      guard let space = rest.firstIndex(of: 0x20), space - rest.startIndex <= 8,
        let length = Self.number(rest[..<space]), length <= rest.count,
        length > space - rest.startIndex + 1
      else { return false }
      let record = rest[(space + 1)..<(rest.startIndex + length)]
      guard record.last == 0x0A, let equals = record.firstIndex(of: UInt8(ascii: "=")) else { return false }
      let value = Array(record[(equals + 1)...].dropLast())
      let key = String(decoding: record[..<equals], as: UTF8.self)
      switch key {
      // Without a value, what the header says counts again.
      case "path": name = value.isEmpty ? nil : value
      case "linkpath": target = value.isEmpty ? nil : value
      case "size":
        guard let number = Self.number(value[...]) else { return false }
        size = number
      default: if key.hasPrefix("GNU.sparse.") { isSparse = true }
      }
      rest = rest[(rest.startIndex + length)...]
    }
    return true
  }
}

extension Extra {
  /// A number of decimal digits alone; `nil` where there is something else, such as a sign, or more than an `Int` holds.
  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    digits.allSatisfy { (0x30...0x39).contains($0) } ? Int(String(decoding: digits, as: UTF8.self)) : nil
  }
}

private struct Header {
  let name: [UInt8]
  let target: [UInt8]
  let kind: UInt8
  let size: Int

  init(_ block: ArraySlice<UInt8>, offset: Int) throws(WeightsProblem) {
    func field(_ range: Range<Int>) -> ArraySlice<UInt8> {
      block[block.startIndex + range.lowerBound..<block.startIndex + range.upperBound]
    }
    func text(_ range: Range<Int>) -> [UInt8] { Array(field(range).prefix { $0 != 0 }) }
    let sums = 148..<156
    // The checksum is taken with spaces in its own place.
    let sum = block.reduce(0) { $0 + Int($1) } - field(sums).reduce(0) { $0 + Int($1) } + sums.count * 0x20
    guard Self.number(field(sums)) == sum else { throw .tar(.headerChecksum(offset: offset)) }
    guard let size = Self.number(field(124..<136)) else { throw .tar(.malformed(offset: offset)) }
    self.size = size
    kind = block[block.startIndex + 156]
    target = text(157..<257)
    let prefix = text(345..<500)
    // GNU tar has other things there, and a space for the zero.
    name = block[block.startIndex + 262] == 0 && !prefix.isEmpty ? prefix + [0x2F] + text(0..<100) : text(0..<100)
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

extension [UInt8] {
  fileprivate var hasTrailingSlash: Bool { last == UInt8(ascii: "/") }
}
