/// Where an HDF5 file lies: a file, or a stored member of a zip file.
struct HDF5Bytes: Sendable {
  let file: InputFile
  let start: Int
  let size: Int

  init(_ file: InputFile) {
    (self.file, start, size) = (file, 0, file.size)
  }

  /// The caller has checked that `range` lies within `file`.
  init(_ file: InputFile, range: Range<Int>) {
    (self.file, start, size) = (file, range.lowerBound, range.count)
  }

  /// Whether the bytes from `offset` on are in the file.
  func contains(_ offset: Int, count: Int) -> Bool {
    offset >= 0 && count >= 0 && offset <= size && count <= size - offset
  }

  /// The caller has checked that the bytes are there, here and below.
  func bytes(at offset: Int, count: Int) throws(WeightsProblem) -> [UInt8] {
    try file.bytes(at: start + offset, count: count)
  }

  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    try file.read(at: start + offset, into: target)
  }
}
