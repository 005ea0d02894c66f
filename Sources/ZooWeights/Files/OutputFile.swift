import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file written under a temporary name in the same directory and renamed when it is complete and on the disk, so that a
/// reader sees the old file or the new one and never a part. What is not committed is removed.
package final class OutputFile {
  let path: String
  let temporaryPath: String
  private(set) var size = 0
  private let overwrite: Bool
  private let calls: FileCalls
  /// -1 when closed.
  private var descriptor: CInt = -1
  /// Whether there is something under the temporary name.
  private var isPending = false

  private var isInsideTemporary: Bool { temporaryPath == path }

  /// `isInsideTemporary`: whether the directory itself has a temporary name, so that the file needs none.
  init(_ path: String, overwrite: Bool, isInsideTemporary: Bool = false) throws(WeightsProblem) {
    calls = .current
    try Self.checkName(path, overwrite: overwrite)
    self.path = path
    self.overwrite = overwrite
    temporaryPath = isInsideTemporary ? path : TemporaryFiles.name(for: path, calls: calls)
    if !isInsideTemporary { TemporaryFiles.removeAbandoned(beside: path, calls: calls) }
    do throws(SystemError) {
      descriptor = try TemporaryFiles.create(temporaryPath, calls.create)
    } catch {
      throw .file(.cannotCreate(temporaryPath, error))
    }
    isPending = true
    TemporaryFiles.lock(descriptor)
  }

  /// Finds out, before there is something to write, whether a file could be.
  package static func check(_ path: String, overwrite: Bool) throws(WeightsProblem) {
    try checkName(path, overwrite: overwrite)
    try TemporaryFiles.checkParent(of: path)
  }

  private static func checkName(_ path: String, overwrite: Bool) throws(WeightsProblem) {
    guard let kind = FileKind(path: path) else { return }
    guard overwrite else { throw .file(.exists) }
    guard kind == .regular else { throw .file(.cannotReplace(kind)) }
  }

  deinit {
    if descriptor >= 0 { _ = calls.close(descriptor) }
    if isPending {
      _ = calls.unlink(temporaryPath)
      TemporaryFiles.forget(temporaryPath)
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(WeightsProblem) {
    try writeAll(bytes) { [calls, descriptor] rest, _ in calls.write(descriptor, rest) }
    size += bytes.count
  }

  func write(_ bytes: [UInt8]) throws(WeightsProblem) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(WeightsProblem) in try write(UnsafeRawBufferPointer(buffer)) }
  }

  /// Writes over bytes that have been written.
  func rewrite(_ bytes: [UInt8], at offset: Int) throws(WeightsProblem) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(WeightsProblem) in
      try writeAll(UnsafeRawBufferPointer(buffer)) { [calls, descriptor] rest, done in
        calls.writeAt(descriptor, rest, offset + done)
      }
    }
  }

  private func writeAll(
    _ bytes: UnsafeRawBufferPointer, _ write: (UnsafeRawBufferPointer, _ done: Int) -> Int
  ) throws(WeightsProblem) {
    var done = 0
    while done < bytes.count {
      let count = write(UnsafeRawBufferPointer(rebasing: bytes[done...]), done)
      if count > 0 {
        done += count
      } else if count == 0 {
        throw .file(.cannotWrite(SystemError(EIO)))
      } else if errno != EINTR {
        throw .file(.cannotWrite(SystemError(errno)))
      }
    }
  }

  /// Flushes the file to the disk, gives it its name, and flushes the directory. When only the last fails, the file is
  /// there and whole, but may be gone after a power failure.
  func commit() throws(WeightsProblem) {
    try Self.flush(descriptor, calls: calls)
    let closing = calls.close(descriptor)
    descriptor = -1
    // The descriptor of an interrupted close is closed.
    guard closing == 0 || errno == EINTR else { throw .file(.cannotWrite(SystemError(errno))) }
    if !isInsideTemporary { try giveName() }
    isPending = false
    TemporaryFiles.forget(temporaryPath)
    if !isInsideTemporary { try Self.flushDirectory(of: path, calls: calls) }
  }

  private func giveName() throws(WeightsProblem) {
    if overwrite {
      guard calls.rename(temporaryPath, path) == 0 else { throw .file(.cannotCreate(path, SystemError(errno))) }
    } else if calls.link(temporaryPath, path) == 0 {
      // A hard link fails when the name exists, which a rename would silently replace.
      _ = calls.unlink(temporaryPath)
    } else if errno == EEXIST {
      throw .file(.exists)
    } else if errno == EPERM || errno == ENOTSUP || errno == ENOSYS || errno == EMLINK {
      // A file system without hard links.
      guard FileKind(path: path, followLinks: false) == nil else { throw .file(.exists) }
      guard calls.rename(temporaryPath, path) == 0 else { throw .file(.cannotCreate(path, SystemError(errno))) }
    } else {
      throw .file(.cannotCreate(path, SystemError(errno)))
    }
  }

  private static func flush(_ descriptor: CInt, calls: FileCalls) throws(WeightsProblem) {
    while calls.flush(descriptor) != 0 {
      guard errno == EINTR else { throw .file(.cannotWrite(SystemError(errno))) }
    }
  }

  /// Makes the names in the directory of `path` durable, where the file system can flush a directory.
  static func flushDirectory(of path: String, calls: FileCalls) throws(WeightsProblem) {
    // Who may write to a directory need not be allowed to read it.
    let descriptor = TemporaryFiles.parent(of: path).withPath { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else { return }
    defer { _ = calls.close(descriptor) }
    do throws(WeightsProblem) {
      try flush(descriptor, calls: calls)
    } catch .file(.cannotWrite(SystemError(EINVAL))) {
      return
    }
  }

  /// Writes a whole file.
  ///
  /// - Throws: what went wrong, with the old file, if there was one, as it was.
  package static func write(_ bytes: [UInt8], to path: String, overwrite: Bool) throws(WeightsProblem) {
    let file = try OutputFile(path, overwrite: overwrite)
    try file.write(bytes)
    try file.commit()
  }
}
