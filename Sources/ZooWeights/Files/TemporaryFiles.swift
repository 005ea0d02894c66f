import Synchronization
import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The files and directories that have a temporary name because they are not complete: `NAME.tmp.PROCESS`.
///
/// Whoever ends the process early removes them with `removeAll`. What a process leaves that was killed is removed by the
/// next that writes a file of that name.
package enum TemporaryFiles {
  private static let paths = Mutex<Set<String>>([])

  /// The temporary name of what will be called `path`.
  static func name(for path: String, calls: FileCalls) -> String {
    "\(path).tmp.\(calls.processIdentifier())"
  }

  /// Calls `make`, which creates `path`, and remembers the path. Nothing is created once `removeAll` has begun.
  static func create(_ path: String, _ make: @Sendable (String) -> CInt) throws(SystemError) -> CInt {
    let (result, error) = paths.withLock { paths in
      let result = make(path)
      let error = errno
      if result >= 0 { paths.insert(path) }
      return (result, error)
    }
    guard result >= 0 else { throw SystemError(error) }
    return result
  }

  /// Forgets a path that is complete or gone.
  static func forget(_ path: String) {
    paths.withLock { _ = $0.remove(path) }
  }

  /// Removes all that is not complete, keeps everything else from being created, renamed or forgotten from here on, and
  /// ends the process.
  package static func removeAll(thenEnd end: () -> Never) -> Never {
    paths.withLock { paths in
      for path in paths { remove(path) }
      end()
    }
  }

  /// Removes what processes that are gone have left of earlier attempts to write `path`.
  static func removeAbandoned(beside path: String, calls: FileCalls) {
    let parent = parent(of: path)
    let prefix = Array("\(path.split(separator: "/").last ?? "").tmp.".utf8)
    for name in entries(of: parent) where name.utf8.starts(with: prefix) {
      let digits = name.utf8.dropFirst(prefix.count)
      guard let text = String(digits), digits.allSatisfy({ (0x30...0x39).contains($0) }),
        let process = pid_t(text), process > 0
      else { continue }
      let file = "\(path).tmp.\(text)"
      if Int(process) == calls.processIdentifier() {
        // A number is used again, in a container soon; what this process writes itself is not to be touched.
        guard !paths.withLock({ $0.contains(file) }) else { continue }
      } else {
        guard kill(process, 0) != 0, errno == ESRCH else { continue }
      }
      // On another machine or in another container the process may be alive, and then it holds a lock.
      if FileKind(path: file, followLinks: false) == .directory || !isLocked(file) { remove(file) }
    }
  }

  /// Keeps others from taking the file for abandoned; where a file system has no locks, the process's number must do.
  static func lock(_ descriptor: CInt) {
    _ = flock(descriptor, LOCK_EX | LOCK_NB)
  }

  private static func isLocked(_ path: String) -> Bool {
    let descriptor = path.withPath { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW) }
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  /// Removes a file, or a directory and the files in it.
  private static func remove(_ path: String) {
    if FileKind(path: path, followLinks: false) == .directory {
      for name in entries(of: path) { "\(path)/\(name)".withPath { _ = unlink($0) } }
      path.withPath { _ = rmdir($0) }
    } else {
      path.withPath { _ = unlink($0) }
    }
  }

  /// The names in a directory; none when it cannot be read.
  private static func entries(of path: String) -> [String] {
    (try? directoryNames(path)) ?? []
  }

  /// Whether a directory has nothing in it.
  static func isEmpty(_ path: String) -> Bool {
    entries(of: path).isEmpty
  }

  /// - Throws: what keeps new names from being made where `path` is.
  static func checkParent(of path: String) throws(WeightsProblem) {
    let parent = parent(of: path)
    if let kind = FileKind(path: parent), kind != .directory {
      throw .file(.cannotCreate(path, SystemError(ENOTDIR)))
    }
    guard parent.withPath({ access($0, W_OK | X_OK) }) == 0 else {
      throw .file(.cannotCreate(path, SystemError(errno)))
    }
  }

  static func parent(of path: String) -> String {
    let folder = path.folderOfPath
    return folder.isEmpty ? "." : folder
  }
}
