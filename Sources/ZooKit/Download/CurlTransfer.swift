import Synchronization
import ZooTensor
import ZooWeights

#if canImport(Glibc)
  @preconcurrency import Glibc
#elseif canImport(Musl)
  @preconcurrency import Musl
#else
  @preconcurrency import Darwin
#endif

/// One request, made by the `curl` command: proxies, certificates and `~/.curlrc` are its own. The body comes through a
/// pipe, so that whoever ends this process, however abruptly, ends the transfer.
package struct CurlTransfer {
  /// An `http://` or `https://` address.
  package let address: String
  /// The byte of the file that the body begins with.
  package let offset: Int
  /// The longest file, in bytes, the part before `offset` included.
  package let limit: Int
  /// For how many seconds nothing to speak of may arrive.
  package let patience: Int

  package init(address: String, offset: Int, limit: Int, patience: Int) {
    (self.address, self.offset, self.limit, self.patience) = (address, offset, limit, patience)
  }

  /// How a request ended.
  struct End {
    /// The exit status of `curl`; `nil` when a signal ended it.
    var code: Int32?
    /// The status of the last response; `nil` when there was none.
    var status: Int?
    /// The size of the whole file, as the last response states it.
    var total: Int?
    /// The last complaint of `curl`, on one line.
    var words = ""
    var wasCancelled = false
  }

  /// What is said to `curl` on its standard input, in which nothing is taken for an option or for a pattern of addresses.
  ///
  /// From `https` a redirection leads to `https` alone.
  package var configuration: String {
    let isSecure = address.lowercased().hasPrefix("https:")
    var lines = [
      "url = \(Self.quoted(address))", "output = \"-\"", "dump-header = \"/dev/stderr\"", "suppress-connect-headers",
      "silent", "show-error", "no-buffer", "fail", "globoff", "location", "max-redirs = 5", "proto = \"=http,https\"",
      "proto-redir = \"=\(isSecure ? "https" : "http,https")\"", "connect-timeout = \(min(patience, 30))",
      "speed-limit = 100", "speed-time = \(patience)", "max-filesize = \(limit - offset)",
    ]
    if offset > 0 { lines.append("continue-at = \(offset)") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A value of curl's configuration: in quotes, with `\` before a quote and itself.
  private static func quoted(_ text: String) -> String {
    "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined() + "\""
  }

  /// Makes the request.
  ///
  /// - Parameters:
  ///   - receive: gets the body, part by part. What it throws ends the request, and is thrown.
  ///   - watch: called several times a second with what the last response says that the whole file has; `false` ends it.
  /// - Returns: how it ended, with what `curl` and the server said.
  /// - Throws: `DownloadError.noCurl` or `.cannotStart`, and what `receive` and `watch` throw.
  func run(
    receive: (UnsafeRawBufferPointer) throws -> Void, watch: (_ total: Int?) throws -> Bool
  ) throws -> End {
    var child = try Child(input: Array(configuration.utf8))
    // However this ends, nothing is left running.
    defer { child.end() }
    var response = CurlResponse(offset: offset)
    var end = End()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { buffer.deallocate() }
    while child.isOpen {
      guard try watch(response.total) else {
        end.wasCancelled = true
        return end
      }
      let (body, notes) = child.wait(milliseconds: 100)
      if body, let bytes = child.readOutput(into: buffer) { try receive(bytes) }
      if notes, let bytes = child.readErrors(into: buffer) {
        guard response.append(bytes) else {
          end.words = "the header of the answer does not end"
          return end
        }
      }
    }
    end.code = child.status()
    (end.status, end.total, end.words) = (response.status, response.total, response.words)
    return end
  }
}

/// A `curl` that runs, with its standard streams.
private struct Child {
  private let process: pid_t
  private(set) var output: CInt
  private(set) var errors: CInt
  private var isReaped = false

  /// Between making a pipe and closing it to programs that are started nothing may start one.
  private static let starting = Mutex(())

  /// - Parameter input: at most 4096 bytes, which a pipe takes before there is a reader.
  /// - Throws: `DownloadError.noCurl` or `.cannotStart`.
  init(input: [UInt8]) throws {
    (process, output, errors) = try Self.starting.withLock { _ in
      let pipes = [try Pipe(), try Pipe(), try Pipe()]
      defer { for end in [pipes[0].reading, pipes[1].writing, pipes[2].writing] { close(end) } }
      let written = input.withUnsafeBytes { write(pipes[0].writing, $0.baseAddress, $0.count) }
      close(pipes[0].writing)
      do {
        guard written == input.count else {
          throw DownloadError.cannotStart(SystemError(written < 0 ? errno : EIO).message)
        }
        let process = try Self.spawn(input: pipes[0].reading, output: pipes[1].writing, errors: pipes[2].writing)
        return (process, pipes[1].reading, pipes[2].reading)
      } catch {
        for pipe in pipes.dropFirst() { close(pipe.reading) }
        throw error
      }
    }
  }

  private static func spawn(input: CInt, output: CInt, errors: CInt) throws -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    for (from, to) in [(input, STDIN_FILENO), (output, STDOUT_FILENO), (errors, STDERR_FILENO)] {
      posix_spawn_file_actions_adddup2(&actions, from, to)
    }
    // Signals that this program blocks or ignores for its own sake end curl.
    var (none, usual) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigemptyset(&usual)
    for number in [SIGPIPE, SIGXFSZ] { sigaddset(&usual, number) }
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &usual)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
    var process = pid_t()
    let words: [UnsafeMutablePointer<CChar>?] = ["curl", "--config", "-"].map { (word: String) in strdup(word) }
    defer { words.forEach { free($0) } }
    let failure = posix_spawnp(&process, "curl", &actions, &attributes, words + [nil], environ)
    guard failure == 0 else {
      throw failure == ENOENT ? DownloadError.noCurl : .cannotStart(SystemError(failure).message)
    }
    return process
  }

  /// Whether one of the streams has not ended.
  var isOpen: Bool { output >= 0 || errors >= 0 }

  /// Waits until there is something to read, or an end.
  func wait(milliseconds: CInt) -> (output: Bool, errors: Bool) {
    var streams = [output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    guard poll(&streams, nfds_t(streams.count), milliseconds) > 0 else { return (false, false) }
    return (streams[0].revents != 0, streams[1].revents != 0)
  }

  /// What there is of the body; `nil` at its end.
  mutating func readOutput(into buffer: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer? {
    Self.read(&output, into: buffer)
  }

  /// What there is of headers and complaints; `nil` at their end.
  mutating func readErrors(into buffer: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer? {
    Self.read(&errors, into: buffer)
  }

  /// What there is to read; `nil` at the end of the stream, which is closed then.
  private static func read(
    _ stream: inout CInt, into buffer: UnsafeMutableRawBufferPointer
  ) -> UnsafeRawBufferPointer? {
    #if canImport(Glibc)
      let count = Glibc.read(stream, buffer.baseAddress, buffer.count)
    #elseif canImport(Musl)
      let count = Musl.read(stream, buffer.baseAddress, buffer.count)
    #else
      let count = Darwin.read(stream, buffer.baseAddress, buffer.count)
    #endif
    if count > 0 { return UnsafeRawBufferPointer(rebasing: buffer[..<count]) }
    if count == 0 || errno != EINTR {
      close(stream)
      stream = -1
    }
    return nil
  }

  /// Waits for the end.
  ///
  /// - Returns: the exit status; `nil` when there is none.
  mutating func status() -> Int32? {
    var status: CInt = 0
    isReaped = true
    while waitpid(process, &status, 0) < 0 {
      guard errno == EINTR else { return nil }
    }
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
  }

  /// Ends what has not ended.
  mutating func end() {
    for stream in [output, errors] where stream >= 0 { close(stream) }
    (output, errors) = (-1, -1)
    guard !isReaped else { return }
    kill(process, SIGKILL)
    _ = status()
  }
}

/// A pipe whose ends a program that is started does not get.
private struct Pipe {
  let reading: CInt
  let writing: CInt

  init() throws {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw DownloadError.cannotStart(SystemError(errno).message) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reading, writing) = (ends[0], ends[1])
  }
}
