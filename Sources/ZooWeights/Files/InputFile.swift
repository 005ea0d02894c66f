import Synchronization
import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A regular file opened for positioned reads, or bytes in memory that are read as if they were one.
///
/// `pread` and not `mmap`: when a mapped file shrinks, touching the missing pages kills the process, whereas a read comes
/// up short and is an error like any other.
package final class InputFile: Sendable {
  let path: String
  package let size: Int
  /// -1 for bytes in memory.
  private let descriptor: CInt
  private let memory: [UInt8]
  private let calls = FileCalls.current
  /// The SHA-256, once somebody asked for it.
  let knownDigest = Mutex<String?>(nil)

  /// Bytes that are in memory; `name` stands for a path in errors.
  package init(bytes: [UInt8], name: String) {
    path = name
    size = bytes.count
    descriptor = -1
    memory = bytes
  }

  /// Opens `path`. A symbolic link is followed unless `followLinks` is false: the path a person names may be one, a file
  /// found inside a directory may not.
  package convenience init(_ path: String, followLinks: Bool = true) throws(WeightsProblem) {
    // O_NONBLOCK so that opening a FIFO nobody writes to comes back and can be refused below.
    let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followLinks ? 0 : O_NOFOLLOW)
    let descriptor = path.withPath { open($0, flags) }
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT, ENOTDIR: throw .file(.missing)
      case ELOOP where !followLinks: throw .file(.notRegular(.symbolicLink))
      default: throw .file(.cannotOpen(SystemError(errno)))
      }
    }
    try self.init(path: path, descriptor: descriptor)
  }

  /// Opens the file that `components` lead to from `directory`, none of which may be a symbolic link.
  convenience init(_ components: [String], below directory: String) throws(WeightsProblem) {
    let path = (directory.hasSuffix("/") ? directory : directory + "/") + components.joined(separator: "/")
    var descriptor = directory.withPath { open($0, O_RDONLY | O_CLOEXEC | O_DIRECTORY) }
    for (position, component) in components.enumerated() where descriptor >= 0 {
      let kind = position == components.count - 1 ? O_NONBLOCK : O_DIRECTORY
      let parent = descriptor
      descriptor = component.withPath { openat(parent, $0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | kind) }
      // With O_DIRECTORY the error of a link is ENOTDIR.
      var status = stat()
      let isLink =
        descriptor < 0 && component.withPath({ fstatat(parent, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0
        && FileKind(mode: status.st_mode) == .symbolicLink
      let error = SystemError(errno)
      close(parent)
      if isLink { throw .file(.notRegular(.symbolicLink)) }
      if descriptor < 0 {
        throw .file(error.number == ENOENT || error.number == ENOTDIR ? .missing : .cannotOpen(error))
      }
    }
    guard descriptor >= 0 else { throw .file(.cannotOpen(SystemError(errno))) }
    try self.init(path: path, descriptor: descriptor)
  }

  /// Takes over a descriptor, and closes it when it is no regular file's.
  init(path: String, descriptor: CInt) throws(WeightsProblem) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let error = SystemError(errno)
      close(descriptor)
      throw .file(.cannotOpen(error))
    }
    guard let kind = FileKind(mode: status.st_mode), kind == .regular else {
      close(descriptor)
      throw .file(.notRegular(FileKind(mode: status.st_mode) ?? .other))
    }
    self.path = path
    self.size = Int(status.st_size)
    self.descriptor = descriptor
    memory = []
  }

  /// Whether there is no file, and so nothing beside it.
  var isInMemory: Bool { descriptor < 0 }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Fills `buffer` with the bytes from `offset` on.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    guard descriptor >= 0 else {
      memory.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + buffer.count]))
      }
      return
    }
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = calls.readAt(descriptor, rest, offset + done)
      if count > 0 {
        done += count
      } else if count == 0 {
        try checkSize()
        throw .file(.shrank(expected: size, found: offset + done))
      } else if errno != EINTR {
        throw .file(.cannotRead(offset: offset + done, SystemError(errno)))
      }
    }
  }

  /// The `count` bytes from `offset` on. The caller has checked that they lie within `size`.
  package func bytes(at offset: Int, count: Int) throws(WeightsProblem) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var problem: WeightsProblem?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(WeightsProblem) {
        try read(at: offset, into: buffer)
      } catch {
        problem = error
      }
    }
    if let problem { throw problem }
    return bytes
  }

  /// Throws when the file is no longer as long as it was when it was opened.
  func checkSize() throws(WeightsProblem) {
    guard descriptor >= 0 else { return }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .file(.cannotOpen(SystemError(errno))) }
    guard Int(status.st_size) == size else {
      throw .file(.shrank(expected: size, found: Int(status.st_size)))
    }
  }
}

/// What a path leads to.
public enum FileKind: String, Hashable, Sendable {
  case regular = "regular file"
  case directory
  case symbolicLink = "symbolic link"
  case fifo = "FIFO"
  case socket
  case device
  case other = "special file"

  init?(mode: mode_t) {
    switch mode & S_IFMT {
    case S_IFREG: self = .regular
    case S_IFDIR: self = .directory
    case S_IFLNK: self = .symbolicLink
    case S_IFIFO: self = .fifo
    case S_IFSOCK: self = .socket
    case S_IFCHR, S_IFBLK: self = .device
    default: return nil
    }
  }

  /// What `path` leads to; `nil` when there is nothing.
  package init?(path: String, followLinks: Bool = true) {
    var status = stat()
    guard path.withPath({ followLinks ? stat($0, &status) : lstat($0, &status) }) == 0 else { return nil }
    self = FileKind(mode: status.st_mode) ?? .other
  }
}

/// An error number of the operating system.
public struct SystemError: Error, Hashable, Sendable {
  /// `errno`: its meaning is the system's.
  public let number: Int32

  /// An error number, as `errno` has it after a call.
  public init(_ number: Int32) {
    self.number = number
  }

  /// The system's words, such as `No space left on device`.
  public var message: String {
    var buffer = [CChar](repeating: 0, count: 256)
    _ = strerror_r(number, &buffer, buffer.count)
    let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: text, as: UTF8.self)
  }
}
