import CZlib
import ZooWeights

/// Makes checksums good after libFuzzer has changed what they cover, or no input would ever get past them.
enum Repairs {
  /// The bytes as they are; with the checksums made good; with the places of index and chunks made good as well.
  static func archive(_ bytes: [UInt8]) -> [[UInt8]] {
    var results = [bytes]
    for fixesPlaces in [false, true] {
      var repair = ArchiveRepair(bytes)
      repair.run(fixesPlaces: fixesPlaces)
      if !results.contains(repair.bytes) { results.append(repair.bytes) }
    }
    return results
  }

  /// The bytes as they are, and with the CRC-32 of every chunk made good where they are a PNG file.
  static func png(_ bytes: [UInt8]) -> [[UInt8]] {
    guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return [bytes] }
    var repaired = bytes
    var offset = 8
    while offset + 12 <= repaired.count {
      let length = repaired.big32(at: offset)
      guard length <= repaired.count - offset - 12 else { break }
      repaired.put(big: checksum(repaired[offset + 4..<offset + 8 + length]), at: offset + 8 + length)
      offset += 12 + length
    }
    return repaired == bytes ? [bytes] : [bytes, repaired]
  }

  /// The bytes as they are, and with the CRC-32 of every stored member made good.
  static func zip(_ bytes: [UInt8]) -> [[UInt8]] {
    var repaired = bytes
    guard let end = bytes.indices.dropLast(21).last(where: { bytes[$0...].starts(with: [0x50, 0x4B, 5, 6]) }) else {
      return [bytes]
    }
    var entry = bytes.little(4, at: end + 16)
    while entry + 46 <= bytes.count, bytes[entry...].starts(with: [0x50, 0x4B, 1, 2]) {
      let (compressed, size) = (bytes.little(4, at: entry + 20), bytes.little(4, at: entry + 24))
      let local = bytes.little(4, at: entry + 42)
      if local + 30 <= bytes.count {
        let start = local + 30 + bytes.little(2, at: local + 26) + bytes.little(2, at: local + 28)
        if start + compressed <= bytes.count {
          let data = Array(bytes[start..<start + compressed])
          let content = bytes.little(2, at: entry + 10) == 8 ? inflated(data, size: min(size, 1 << 20)) : data
          for place in [entry + 16, local + 14] { repaired.put(little: UInt64(checksum(content)), 4, at: place) }
        }
      }
      entry += 46 + bytes.little(2, at: entry + 28) + bytes.little(2, at: entry + 30) + bytes.little(2, at: entry + 32)
    }
    return repaired == bytes ? [bytes] : [bytes, repaired]
  }

  /// The bytes as they are, and with the checksum of every header made good.
  static func tar(_ bytes: [UInt8]) -> [[UInt8]] {
    var repaired = bytes
    var offset = 0
    while offset + 512 <= repaired.count {
      if repaired[offset..<offset + 512].contains(where: { $0 != 0 }) {
        repaired.replaceSubrange(offset + 148..<offset + 156, with: [UInt8](repeating: 0x20, count: 8))
        let sum = String(repaired[offset..<offset + 512].reduce(0) { $0 + Int($1) }, radix: 8)
        let digits = Array((String(repeating: "0", count: 6 - sum.utf8.count) + sum).utf8)
        repaired.replaceSubrange(offset + 148..<offset + 154, with: digits)
        repaired[offset + 154] = 0
      }
      // Where the members are whose sizes are plain, contents are left as they are.
      let size = Int(String(decoding: repaired[offset + 124..<offset + 135], as: UTF8.self), radix: 8) ?? 0
      offset += 512 + min(max(0, size), 1 << 30) / 512 * 512 + (size % 512 > 0 ? 512 : 0)
    }
    return repaired == bytes ? [bytes] : [bytes, repaired]
  }

  /// What raw deflate decodes to, as far as it goes.
  private static func inflated(_ bytes: [UInt8], size: Int) -> [UInt8] {
    var stream = z_stream()
    guard zoo_inflate_init_raw(&stream) == Z_OK else { return [] }
    defer { inflateEnd(&stream) }
    var input = bytes
    return [UInt8](unsafeUninitializedCapacity: size) { output, count in
      input.withUnsafeMutableBufferPointer { source in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(size)
        _ = inflate(&stream, Z_FINISH)
      }
      count = size - Int(stream.avail_out)
    }
  }
}

/// An archive whose checksums are computed anew, after `Schemas/archive.md`.
private struct ArchiveRepair {
  private(set) var bytes: [UInt8]
  private var position = 0
  private var identity = SHA256()

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func run(fixesPlaces: Bool) {
    guard bytes.count >= 128 else { return }
    bytes.put(little: UInt64(checksum(bytes[..<16])), 4, at: 16)
    let footer = bytes.count - 64
    let indexStart = bytes.little(8, at: footer)
    guard (64...footer).contains(indexStart) else { return }
    if fixesPlaces { bytes.put(little: UInt64(footer - indexStart), 8, at: footer + 8) }
    let indexLength = bytes.little(8, at: footer + 8)
    guard indexLength <= footer - indexStart else { return }
    repairIndex(indexStart, end: indexStart + indexLength, fixesPlaces: fixesPlaces)
    bytes.put(little: UInt64(checksum(bytes[indexStart..<indexStart + indexLength])), 4, at: footer + 16)
    bytes.replaceSubrange(footer + 20..<footer + 52, with: identity.digest)
    bytes.put(little: UInt64(checksum(bytes[footer..<footer + 52])), 4, at: footer + 52)
  }

  /// Goes through the records as far as they can be understood.
  private mutating func repairIndex(_ start: Int, end: Int, fixesPlaces: Bool) {
    var dataEnd = 64
    position = start
    guard let count = take(4, end) else { return }
    for _ in 0..<min(count, 1000) {
      let head = position
      guard let length = take(2, end), skip(length, end), let code = take(1, end), let rank = take(1, end),
        skip(8 * rank, end)
      else { return }
      let headEnd = position
      guard let chunks = take(4, end), skip(32, end) else { return }
      identity.update(bytes[head..<headEnd])
      identity.update(bytes[position - 32..<position])
      let planes = code < 11 ? [0, 8, 4, 2, 2, 8, 4, 2, 1, 1, 1][code] : 0
      for _ in 0..<min(chunks, 1000) {
        if fixesPlaces, position + 8 <= end { bytes.put(little: UInt64(dataEnd), 8, at: position) }
        guard let offset = take(8, end), skip(4, end) else { return }
        var length = 0
        for _ in 0..<planes {
          guard skip(1, end), let stream = take(4, end) else { return }
          length += stream
        }
        guard position + 4 <= end else { return }
        if offset <= start, length <= start - offset {
          bytes.put(little: UInt64(checksum(bytes[offset..<offset + length])), 4, at: position)
          dataEnd = offset + length
        }
        position += 4
      }
    }
  }

  private mutating func take(_ count: Int, _ end: Int) -> Int? {
    guard count <= end - position else { return nil }
    defer { position += count }
    return bytes.little(count, at: position)
  }

  private mutating func skip(_ count: Int, _ end: Int) -> Bool {
    guard count <= end - position else { return false }
    position += count
    return true
  }
}

/// A zip file of stored members.
struct StoredZip {
  private(set) var bytes: [UInt8] = []

  init(_ members: [(name: String, data: [UInt8])]) {
    var directory: [UInt8] = []
    for (name, data) in members {
      let name = Array(name.utf8)
      var fields: [UInt8] = []
      for (value, count) in [
        (20, 2), (0, 2), (0, 2), (0, 4), (Int(checksum(data)), 4), (data.count, 4), (data.count, 4), (name.count, 2),
        (0, 2),
      ] {
        fields.append(little: value, count)
      }
      directory += [0x50, 0x4B, 1, 2, 20, 0] + fields + [UInt8](repeating: 0, count: 10)
      directory.append(little: bytes.count, 4)
      directory += name
      bytes += [0x50, 0x4B, 3, 4] + fields + name + data
    }
    let start = bytes.count
    bytes += directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
    for (value, count) in [(members.count, 2), (members.count, 2), (directory.count, 4), (start, 4), (0, 2)] {
      bytes.append(little: value, count)
    }
  }
}

private func checksum(_ bytes: some Collection<UInt8>) -> UInt32 {
  let bytes = Array(bytes)
  return UInt32(truncatingIfNeeded: crc32_z(0, bytes, bytes.count))
}

extension [UInt8] {
  /// An unsigned number of at most eight bytes; the largest `Int` where it is larger.
  fileprivate func little(_ count: Int, at offset: Int) -> Int {
    Int(clamping: self[offset..<offset + count].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  fileprivate func big32(at offset: Int) -> Int {
    self[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  fileprivate mutating func put(little value: UInt64, _ count: Int, at offset: Int) {
    for index in 0..<count { self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index))) }
  }

  fileprivate mutating func put(big value: UInt32, at offset: Int) {
    for index in 0..<4 { self[offset + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32(index))) }
  }

  fileprivate mutating func append(little value: Int, _ count: Int) {
    for index in 0..<count { append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
  }
}
