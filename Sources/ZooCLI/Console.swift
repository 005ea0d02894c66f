import FoundationEssentials
import ZooKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Results go to standard output, everything else to standard error. A result that cannot be written ends the program.
///
/// Paths are printed as the bytes that they are. JSON, which must be UTF-8, has them as `String(path:)` does.
enum Console {
  static func result(_ text: String) {
    send(text + "\n", to: STDOUT_FILENO)
  }

  static func message(_ text: String) {
    send(text + "\n", to: STDERR_FILENO)
  }

  /// Text that brings its own line breaks, on standard error.
  static func complaint(_ text: String) {
    send(text, to: STDERR_FILENO)
  }

  /// Replaces the terminal's last line on standard error.
  static func transient(_ text: String) {
    send("\r\u{1B}[K" + text, to: STDERR_FILENO)
  }

  /// Prints a value as JSON: two-space indentation, keys sorted, so that the same result gives the same bytes.
  static func json(_ value: some Encodable) throws {
    raw(Array((try encoded(value) + "\n").utf8))
  }

  /// The text that `json` prints.
  static func encoded(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Bytes as they are, for redirecting into a file.
  static func raw(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { send($0, to: STDOUT_FILENO) }
  }

  /// Whether a person is likely to read the stream as it is written.
  static func isTerminal(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1
  }

  /// The characters of a line of standard output: `COLUMNS`, or what the terminal says; `nil` where it is no terminal.
  static let width: Int? = {
    guard isTerminal(STDOUT_FILENO) else { return nil }
    if let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap({ Int($0) }), columns > 0 { return columns }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }()

  /// Whether to colour text on the stream: a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`; always with `FORCE_COLOR`.
  static func usesColor(_ descriptor: Int32) -> Bool {
    let environment = ProcessInfo.processInfo.environment
    if environment["NO_COLOR"]?.isEmpty == false { return false }
    if environment["FORCE_COLOR"]?.isEmpty == false { return true }
    return isTerminal(descriptor) && environment["TERM"] != "dumb"
  }

  /// Opens the standard streams that are closed, in the direction in which they cannot be used, so that no file that is
  /// opened later gets the number of one of them.
  static func prepare() {
    for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
    where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest number that is free, and so this one.
      _ = open("/dev/null", mode)
    }
  }

  /// Closes standard output: some file systems say only then that they could not keep what was written.
  static func finish() {
    if close(STDOUT_FILENO) != 0, errno != EBADF, errno != EINTR { fail(SystemError(errno)) }
  }

  private static func send(_ text: String, to descriptor: Int32) {
    text.pathBytes.withUnsafeBytes { send($0, to: descriptor) }
  }

  /// A reader that went away is no failure, as with `zoo list | head`, and there is nowhere to say that standard error
  /// cannot be written.
  private static func send(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let buffer = UnsafeRawBufferPointer(rebasing: rest)
      let count = write(descriptor, buffer.baseAddress, buffer.count)
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count < 0, errno == EAGAIN {
        // Another program that has the same terminal or pipe open made it one that does not wait.
        var stream = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&stream, 1, -1)
      } else if count == 0 || errno != EINTR {
        if descriptor != STDOUT_FILENO || (count < 0 && errno == EPIPE) { return }
        fail(SystemError(count == 0 ? EIO : errno))
      }
    }
  }

  private static func fail(_ error: SystemError) -> Never {
    let reason = error.number == EBADF ? "it is closed, or not open for writing" : error.message
    let style = Style(STDERR_FILENO)
    message("\(style.red("error:")) standard output: \(reason); what was to be written there is not complete")
    TemporaryFiles.removeAll { _exit(ExitStatus.inputOutput.rawValue) }
  }
}
