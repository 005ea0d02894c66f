import CZlib

extension InputFile {
  private static let step = 1 << 20

  /// The CRC-32 of a part of the file.
  func checksum(of range: Range<Int>, threads: Int) throws(WeightsProblem) -> UInt32 {
    let count = range.count / Self.step + (range.count % Self.step == 0 ? 0 : 1)
    let parts = Checksums(count: count)
    try Workers.share(count, threads: threads) { queue in
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(Self.step, range.count), alignment: 64)
      defer { buffer.deallocate() }
      while let part = queue.next() {
        queue.attempt(part) { () throws(WeightsProblem) in
          let start = range.lowerBound + part * Self.step
          let content = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(Self.step, range.upperBound - start)])
          try read(at: start, into: content)
          parts[part] = (crc32(UnsafeRawBufferPointer(content)), content.count)
        }
      }
    }
    return parts.combined
  }

  /// The SHA-256 of the file, in hexadecimal digits. Computed once.
  func digest() throws(WeightsProblem) -> String {
    if let known = knownDigest.withLock({ $0 }) { return known }
    var hash = SHA256()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(Self.step, max(size, 1)), alignment: 64)
    defer { buffer.deallocate() }
    for start in stride(from: 0, to: size, by: Self.step) {
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(Self.step, size - start)])
      try read(at: start, into: part)
      hash.update(UnsafeRawBufferPointer(part))
    }
    let digest = hash.digest.hexadecimal
    knownDigest.withLock { $0 = digest }
    return digest
  }
}

/// The checksums of consecutive parts, each filled in by one thread.
private final class Checksums: @unchecked Sendable {
  private let parts: UnsafeMutableBufferPointer<(checksum: UInt32, length: Int)>

  init(count: Int) {
    parts = .allocate(capacity: count)
    parts.initialize(repeating: (0, 0))
  }

  deinit {
    parts.deallocate()
  }

  subscript(part: Int) -> (checksum: UInt32, length: Int) {
    get { parts[part] }
    set { parts[part] = newValue }
  }

  /// What one pass over all of the parts would have given.
  var combined: UInt32 {
    parts.reduce(0) { UInt32(truncatingIfNeeded: crc32_combine(UInt($0), UInt($1.checksum), $1.length)) }
  }
}
