import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A web server on this machine that answers as a test says, each connection in a thread of its own.
final class LoopbackServer: Sendable {
  struct Request: Sendable {
    var path: String
    /// The first byte that is asked for, if it is not the whole that is.
    var offset: Int?
  }

  /// A connection whose request has been read.
  struct Connection: Sendable {
    fileprivate let descriptor: CInt

    /// - Returns: whether there is still somebody who reads.
    @discardableResult
    func send(_ bytes: some Sequence<UInt8>) -> Bool {
      let bytes = Array(bytes)
      var done = 0
      while done < bytes.count {
        let count = bytes.withUnsafeBytes {
          #if canImport(Darwin)
            Darwin.send(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, 0)
          #elseif canImport(Musl)
            Musl.send(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, Int32(MSG_NOSIGNAL))
          #else
            Glibc.send(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, Int32(MSG_NOSIGNAL))
          #endif
        }
        guard count > 0 else { return false }
        done += count
      }
      return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(text.utf8) }

    /// Waits until the other side goes away, 20 s at most.
    func waitForEnd() {
      var stream = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      poll(&stream, 1, 20_000)
    }
  }

  let port: Int
  private let listener: CInt
  private let asked = Mutex<[Request]>([])

  /// What was asked for so far.
  var requests: [Request] { asked.withLock { $0 } }

  var address: String { "http://127.0.0.1:\(port)" }

  init(_ answer: @escaping @Sendable (Request, Connection) -> Void) throws {
    #if canImport(Glibc)
      let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    self.listener = listener
    // Programs that are started meanwhile must not keep it open.
    _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutableBytes(of: &place) { bytes in
      let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
      return bind(listener, pointer, length) == 0 && listen(listener, 8) == 0
        && getsockname(listener, pointer, &length) == 0
    }
    guard result else { throw POSIXError(.EADDRNOTAVAIL) }
    port = Int(UInt16(bigEndian: place.sin_port))
    Thread.detachNewThread { [self] in
      while true {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        Thread.detachNewThread { [self] in
          if let request = Self.request(descriptor) {
            asked.withLock { $0.append(request) }
            answer(request, Connection(descriptor: descriptor))
          }
          close(descriptor)
        }
      }
    }
  }

  /// Ends the server; nobody answers at its address any longer.
  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private static func request(_ descriptor: CInt) -> Request? {
    var bytes: [UInt8] = []
    while !String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n") {
      var part = [UInt8](repeating: 0, count: 4096)
      let count = read(descriptor, &part, part.count)
      guard count > 0 else { return nil }
      bytes += part[..<count]
    }
    let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count == 3 else { return nil }
    let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
    return Request(
      path: String(words[1]), offset: range.flatMap { Int($0.drop { $0 != "=" }.dropFirst().prefix { $0 != "-" }) })
  }
}

extension LoopbackServer.Connection {
  /// A file, or the part of it that was asked for.
  ///
  /// `end`: the byte before which the connection breaks. `honoursRange`: whether a part is given when one is asked for.
  func send(
    file: [UInt8], for request: LoopbackServer.Request, upTo end: Int? = nil, honoursRange: Bool = true
  ) {
    let offset = honoursRange ? request.offset ?? 0 : 0
    let status =
      offset > 0
      ? "206 Partial Content\r\nContent-Range: bytes \(offset)-\(file.count - 1)/\(file.count)" : "200 OK"
    send("HTTP/1.1 \(status)\r\nContent-Length: \(file.count - offset)\r\nConnection: close\r\n\r\n")
    send(file[offset..<min(file.count, max(offset, end ?? file.count))])
  }
}
