import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Python's standard library, which reads some formats too.
enum Python {
  /// Debian's smallest Python is without its library.
  static let isAvailable = (try? shell("python3 -c 'import zipfile, zlib; print(1)' 2>/dev/null")) == "1\n"

  /// Runs `python3` and returns what it prints.
  static func run(_ arguments: String...) throws -> String {
    try shell("python3 \(arguments.map { "'\($0)'" }.joined(separator: " ")) 2>&1")
  }

  /// Runs a command line and returns what it prints.
  static func shell(_ command: String) throws -> String {
    let pipe = try #require(popen(command, "r"))
    defer { pclose(pipe) }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = fread(&buffer, 1, buffer.count, pipe)
      guard count > 0 else { break }
      output += buffer[..<count]
    }
    return String(decoding: output, as: UTF8.self)
  }
}
