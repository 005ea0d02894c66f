#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file written under a temporary name in the same directory and renamed when it is complete, so that a reader sees
/// the old file or the new one and never a part. What is not committed is removed.
final class OutputFile {
  let path: String
  let temporaryPath: String
  private(set) var size = 0
  private let overwrite: Bool
  private var descriptor: CInt

  /// - Parameter isInsideTemporary: whether the directory itself has a temporary name, so that the file needs none.
  init(_ path: String, overwrite: Bool, isInsideTemporary: Bool = false) throws(WeightsProblem) {
    if let kind = FileKind(path: path) {
      guard overwrite else { throw .file(.exists) }
      guard kind == .regular else { throw .file(.notRegular(kind)) }
    }
    self.path = path
    self.overwrite = overwrite
    temporaryPath = isInsideTemporary ? path : "\(path).tmp.\(getpid())"
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .file(.cannotCreate(temporaryPath, SystemError(errno))) }
  }

  deinit {
    if descriptor >= 0 {
      close(descriptor)
      unlink(temporaryPath)
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(WeightsProblem) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      #elseif canImport(Musl)
        let count = Musl.write(descriptor, rest.baseAddress, rest.count)
      #else
        let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
      #endif
      if count >= 0 {
        done += count
        size += count
      } else if errno != EINTR {
        throw .file(.cannotWrite(SystemError(errno)))
      }
    }
  }

  func write(_ bytes: [UInt8]) throws(WeightsProblem) {
    var problem: WeightsProblem?
    bytes.withUnsafeBytes { buffer in
      do throws(WeightsProblem) {
        try write(buffer)
      } catch {
        problem = error
      }
    }
    if let problem { throw problem }
  }

  /// Flushes the file to the disk, gives it its name, and flushes the directory.
  func commit() throws(WeightsProblem) {
    guard fsync(descriptor) == 0 else { throw .file(.cannotWrite(SystemError(errno))) }
    if temporaryPath == path {
      close(descriptor)
      descriptor = -1
      return
    }
    if overwrite {
      guard rename(temporaryPath, path) == 0 else { throw .file(.cannotCreate(path, SystemError(errno))) }
    } else if link(temporaryPath, path) == 0 {
      // A hard link fails when the name exists, which a rename would silently replace.
      unlink(temporaryPath)
    } else if errno == EEXIST {
      throw .file(.exists)
    } else {
      // A file system without hard links.
      guard FileKind(path: path, followLinks: false) == nil else { throw .file(.exists) }
      guard rename(temporaryPath, path) == 0 else { throw .file(.cannotCreate(path, SystemError(errno))) }
    }
    close(descriptor)
    descriptor = -1
    Self.flushDirectory(of: path)
  }

  /// Makes a rename durable. Some file systems cannot flush a directory; the file itself is safe by then.
  static func flushDirectory(of path: String) {
    let parent: Substring
    if let slash = path.lastIndex(of: "/") {
      parent = slash == path.startIndex ? "/" : path[..<slash]
    } else {
      parent = "."
    }
    let descriptor = open(String(parent), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
