import Foundation
import Testing
import ZooWeights

@Suite struct MemoryFileTests {
  private let key = (0..<32).map { UInt8($0 * 7) }

  private func with<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-memory-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.appending(path: "file").path)
  }

  private func write(_ pieces: [[UInt8]], to path: String) throws {
    let memory = pieces.map { piece in
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count, alignment: 1)
      copy.copyBytes(from: piece)
      return UnsafeRawBufferPointer(copy)
    }
    defer { memory.forEach { $0.deallocate() } }
    try MemoryFile.write(memory, key: key, to: path)
  }

  private func contents(_ file: MemoryFile?) -> [[UInt8]]? {
    file.map { file in withExtendedLifetime(file) { file.pieces.map { Array($0) } } }
  }

  @Test func `pieces come back as they were, each at the start of a page`() throws {
    try with { path in
      let pieces = [[1, 2, 3], [], [UInt8](repeating: 9, count: 40_000), [7]]
      try write(pieces, to: path)
      let file = try #require(MemoryFile(path, key: key, sizes: pieces.map(\.count)))
      #expect(contents(file) == pieces)
      withExtendedLifetime(file) {
        #expect(file.pieces.allSatisfy { $0.isEmpty || Int(bitPattern: $0.baseAddress) % 4096 == 0 })
      }
      try write([], to: path)
      #expect(contents(MemoryFile(path, key: key, sizes: [])) == [])
      // The file that is mapped stays what it was.
      #expect(contents(file) == pieces)
    }
  }

  @Test func `another key, other sizes, another length and any changed bit are noticed`() throws {
    try with { path in
      let pieces: [[UInt8]] = [Array(0..<100), [5, 6]]
      try write(pieces, to: path)
      let sizes = [100, 2]
      let bytes = try Data(contentsOf: URL(filePath: path))
      func isRefused(_ changed: Data) throws -> Bool {
        try changed.write(to: URL(filePath: path))
        return MemoryFile(path, key: key, sizes: sizes) == nil
      }
      #expect(try !isRefused(bytes))
      #expect(MemoryFile(path, key: key.reversed(), sizes: sizes) == nil)
      for other in [[100], [100, 2, 0], [2, 100], [99, 2], [100, 3], []] {
        #expect(MemoryFile(path, key: key, sizes: other) == nil, "\(other)")
      }
      for length in [0, 1, 40, 88, bytes.count - 1] {
        #expect(try isRefused(bytes.prefix(length)), "\(length) bytes")
      }
      #expect(try isRefused(bytes + [0]))
      // The header and the pieces; what lies between is never read.
      let header = 8 + 8 + 32 + 16 * 2 + 8
      let page = 1 << 14
      for position in Array(0..<header) + Array(page..<page + 100) + Array(2 * page..<2 * page + 2) {
        for bit in 0..<8 {
          var changed = bytes
          changed[position] ^= 1 << bit
          #expect(try isRefused(changed), "bit \(bit) of byte \(position)")
        }
      }
    }
  }

  @Test func `what is no file is refused, and what cannot be written is an error that leaves the old file`() throws {
    try with { path in
      #expect(MemoryFile(path, key: key, sizes: [1]) == nil)
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      #expect(MemoryFile(path, key: key, sizes: [1]) == nil)
      #expect(throws: WeightsError.self) { try write([[1]], to: path) }
      #expect(throws: WeightsError.self) { try write([[1]], to: "\(path)/missing/file") }
      let file = "\(path)/file"
      try write([[1]], to: file)
      var calls = FileCalls()
      calls.write = { _, _ in
        errno = ENOSPC
        return -1
      }
      FileCalls.$current.withValue(calls) {
        #expect(throws: WeightsError.self) { try write([[2]], to: file) }
      }
      #expect(contents(MemoryFile(file, key: key, sizes: [1])) == [[1]])
      #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["file"])
    }
  }
}
