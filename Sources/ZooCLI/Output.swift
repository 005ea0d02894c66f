import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Results go to standard output, everything else to standard error.
enum Output {
  static func result(_ text: String) {
    write(text + "\n", to: STDOUT_FILENO)
  }

  static func message(_ text: String) {
    write(text + "\n", to: STDERR_FILENO)
  }

  /// Text that brings its own line breaks, on standard error.
  static func complaint(_ text: String) {
    write(text, to: STDERR_FILENO)
  }

  /// Replaces the terminal's last line on standard error.
  static func transient(_ text: String) {
    write("\r\u{1B}[K" + text, to: STDERR_FILENO)
  }

  /// Prints a value as JSON: two-space indentation, keys sorted, so that the same result gives the same bytes.
  static func json(_ value: some Encodable) throws {
    result(try encoded(value))
  }

  /// The text that `json` prints.
  static func encoded(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Bytes as they are, for redirecting into a file.
  static func raw(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { writeAll($0, to: STDOUT_FILENO) }
  }

  /// Whether a person is likely to read the stream as it is written.
  static func isTerminal(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1
  }

  /// Whether to colour text on the stream: a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`; always with `FORCE_COLOR`.
  static func usesColor(_ descriptor: Int32) -> Bool {
    let environment = ProcessInfo.processInfo.environment
    if environment["NO_COLOR"]?.isEmpty == false { return false }
    if environment["FORCE_COLOR"]?.isEmpty == false { return true }
    return isTerminal(descriptor) && environment["TERM"] != "dumb"
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
  }

  /// A reader that went away ends the program quietly, as it does with `zoo list | head`.
  private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = UnsafeRawBufferPointer(rebasing: rest).withMemoryRebound(to: UInt8.self) { buffer in
        #if canImport(Glibc)
          Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
          Musl.write(descriptor, buffer.baseAddress, buffer.count)
        #else
          Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
      }
      if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
    }
  }
}
