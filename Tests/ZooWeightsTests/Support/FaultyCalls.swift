import Synchronization
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The system's calls, of which one goes wrong.
final class FaultyCalls: Sendable {
  enum Fault: Sendable, Hashable {
    /// The call fails with this error number; those after it work.
    case error(CInt)
    /// The process ends before the call, and nothing happens any more.
    case crash
  }

  /// No process has a number this high.
  static let goneProcess = 4_194_999

  private let fault: Fault
  private let position: Int
  private let state = Mutex((count: 0, isGone: false))

  /// `position`: which call goes wrong, from 0.
  init(_ fault: Fault, at position: Int) {
    self.fault = fault
    self.position = position
  }

  /// Whether it came to the fault.
  var wasReached: Bool { state.withLock { $0.count > position } }

  /// Performs `call` unless it is the one that goes wrong.
  private func attempt(isCleaning: Bool = false, _ call: () -> Int) -> Int {
    let error: CInt? = state.withLock { state in
      if state.isGone { return EIO }
      // A process that lives can always remove its files.
      if isCleaning, fault != .crash { return nil }
      defer { state.count += 1 }
      guard state.count == position else { return nil }
      if case .error(let number) = fault { return number }
      state.isGone = true
      return EIO
    }
    guard let error else { return call() }
    errno = error
    return -1
  }

  var calls: FileCalls {
    let system = FileCalls()
    var calls = FileCalls()
    calls.create = { path in CInt(self.attempt { Int(system.create(path)) }) }
    calls.write = { file, bytes in self.attempt { system.write(file, bytes) } }
    calls.writeAt = { file, bytes, offset in self.attempt { system.writeAt(file, bytes, offset) } }
    calls.readAt = { file, bytes, offset in self.attempt { system.readAt(file, bytes, offset) } }
    calls.flush = { file in CInt(self.attempt { Int(system.flush(file)) }) }
    calls.close = { file in
      // A descriptor is free after a close that fails, and after a crash.
      let result = system.close(file)
      return CInt(self.attempt { Int(result) })
    }
    calls.link = { from, to in CInt(self.attempt { Int(system.link(from, to)) }) }
    calls.rename = { from, to in CInt(self.attempt { Int(system.rename(from, to)) }) }
    calls.unlink = { path in CInt(self.attempt(isCleaning: true) { Int(system.unlink(path)) }) }
    calls.makeDirectory = { path in CInt(self.attempt { Int(system.makeDirectory(path)) }) }
    calls.removeDirectory = { path in CInt(self.attempt(isCleaning: true) { Int(system.removeDirectory(path)) }) }
    calls.processIdentifier = { Self.goneProcess }
    return calls
  }

  /// Calls that do a few bytes at a time and are interrupted every other time.
  static var hesitant: FileCalls {
    let system = FileCalls()
    let counter = Counter()
    var calls = FileCalls()
    calls.write = { file, bytes in
      counter.isInterrupted() ? -1 : system.write(file, UnsafeRawBufferPointer(rebasing: bytes[..<min(bytes.count, 7)]))
    }
    calls.writeAt = { file, bytes, offset in
      counter.isInterrupted()
        ? -1 : system.writeAt(file, UnsafeRawBufferPointer(rebasing: bytes[..<min(bytes.count, 3)]), offset)
    }
    calls.readAt = { file, bytes, offset in
      counter.isInterrupted()
        ? -1 : system.readAt(file, UnsafeMutableRawBufferPointer(rebasing: bytes[..<min(bytes.count, 7)]), offset)
    }
    calls.flush = { counter.isInterrupted() ? -1 : system.flush($0) }
    return calls
  }

  private final class Counter: Sendable {
    private let count = Mutex(0)

    /// Every other time, and then `errno` says so.
    func isInterrupted() -> Bool {
      let isInterrupted = count.withLock { count in
        count += 1
        return count % 2 == 1
      }
      if isInterrupted { errno = EINTR }
      return isInterrupted
    }
  }
}
