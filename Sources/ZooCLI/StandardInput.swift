import FoundationEssentials
import ZooImages
import ZooKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The bytes that another program writes to us.
enum StandardInput {
  /// - Throws: `ZooError.fileTooLarge` beyond the limit for an image.
  static func read() throws -> [UInt8] {
    let limit = ImageLimits.standard.fileSize
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Self.fill(&chunk)
      if count <= 0 { return bytes }
      bytes += chunk[..<count]
      if bytes.count > limit {
        throw ZooError.fileTooLarge(path: "standard input", size: bytes.count, limit: limit)
      }
    }
  }

  private static func fill(_ chunk: inout [UInt8]) -> Int {
    #if canImport(Glibc)
      Glibc.read(STDIN_FILENO, &chunk, chunk.count)
    #elseif canImport(Musl)
      Musl.read(STDIN_FILENO, &chunk, chunk.count)
    #else
      Darwin.read(STDIN_FILENO, &chunk, chunk.count)
    #endif
  }
}
