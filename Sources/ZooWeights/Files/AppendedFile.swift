import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that grows from its end and stays when the process ends, so that another can go on with it.
///
/// Only one process at a time writes it. What is in it is complete when somebody else has noted how far it was flushed.
package final class AppendedFile {
  package let path: String
  package private(set) var size: Int
  private let calls: FileCalls
  /// -1 when closed.
  private var descriptor: CInt

  /// Opens the file, or makes it.
  ///
  /// - Throws: `.cannotCreate`, also when another process writes it; `.cannotReplace` for what is no regular file.
  package init(_ path: String) throws(WeightsProblem) {
    calls = .current
    self.path = path
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW
    descriptor = path.withPath { open($0, flags, 0o666) }
    guard descriptor >= 0 else { throw .file(.cannotCreate(path, SystemError(errno))) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, let kind = FileKind(mode: status.st_mode), kind == .regular else {
      close(descriptor)
      throw .file(.cannotReplace(FileKind(mode: status.st_mode) ?? .other))
    }
    size = Int(status.st_size)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      close(descriptor)
      throw .file(.cannotCreate(path, SystemError(EBUSY)))
    }
  }

  deinit {
    if descriptor >= 0 { _ = calls.close(descriptor) }
  }

  /// Makes the file so long, dropping what is behind; what is missing is read as zeros.
  package func truncate(to length: Int) throws(WeightsProblem) {
    while ftruncate(descriptor, off_t(length)) != 0 {
      guard errno == EINTR else { throw .file(.cannotWrite(SystemError(errno))) }
    }
    size = length
  }

  package func append(_ bytes: UnsafeRawBufferPointer) throws(WeightsProblem) {
    try write(bytes, at: size)
    size += bytes.count
  }

  package func append(_ bytes: [UInt8]) throws(WeightsProblem) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(WeightsProblem) in try append(UnsafeRawBufferPointer(buffer)) }
  }

  /// Writes over bytes that are there.
  package func rewrite(_ bytes: [UInt8], at offset: Int) throws(WeightsProblem) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(WeightsProblem) in
      try write(UnsafeRawBufferPointer(buffer), at: offset)
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WeightsProblem) {
    var done = 0
    while done < bytes.count {
      let count = calls.writeAt(descriptor, UnsafeRawBufferPointer(rebasing: bytes[done...]), offset + done)
      if count > 0 {
        done += count
      } else if count == 0 {
        throw .file(.cannotWrite(SystemError(EIO)))
      } else if errno != EINTR {
        throw .file(.cannotWrite(SystemError(errno)))
      }
    }
  }

  /// Returns when what was written is on the disk.
  package func flush() throws(WeightsProblem) {
    while calls.flush(descriptor) != 0 {
      guard errno == EINTR else { throw .file(.cannotWrite(SystemError(errno))) }
    }
  }

  /// Flushes the file, closes it and gives it another name in the same folder, whatever has that now.
  package func commit(as name: String) throws(WeightsProblem) {
    try flush()
    let closing = calls.close(descriptor)
    descriptor = -1
    guard closing == 0 || errno == EINTR else { throw .file(.cannotWrite(SystemError(errno))) }
    guard calls.rename(path, name) == 0 else { throw .file(.cannotCreate(name, SystemError(errno))) }
    try OutputFile.flushDirectory(of: name, calls: calls)
  }

  /// Gives a file that nobody has open another name in the same folder.
  package static func rename(_ path: String, to name: String) throws(WeightsProblem) {
    guard FileCalls.current.rename(path, name) == 0 else { throw .file(.cannotCreate(name, SystemError(errno))) }
  }

  /// Removes a file; nothing happens when there is none.
  package static func remove(_ path: String) throws(WeightsProblem) {
    guard FileCalls.current.unlink(path) == 0 || errno == ENOENT else {
      throw .file(.cannotCreate(path, SystemError(errno)))
    }
  }
}
