import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension InputFile {
  /// All that comes from a descriptor, such as that of standard input, as a file that can be read at any place.
  ///
  /// A regular file that is read from its beginning is taken as it is. Anything else is copied to a file without a name, which is
  /// gone when this process is, whatever ends it.
  ///
  /// - Parameters:
  ///   - descriptor: open for reading; it stays open.
  ///   - name: stands for a path in errors.
  ///   - folder: where there is room for it.
  /// - Throws: `.cannotOpen`, `.cannotRead`, `.cannotCreate` or `.cannotWrite`.
  package convenience init(stream descriptor: CInt, name: String, scratch folder: String) throws(WeightsProblem) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .file(.cannotOpen(SystemError(errno))) }
    if FileKind(mode: status.st_mode) == .regular, lseek(descriptor, 0, SEEK_CUR) == 0 {
      let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
      guard copy >= 0 else { throw .file(.cannotOpen(SystemError(errno))) }
      try self.init(path: name, descriptor: copy)
      return
    }
    let path = "\(folder)/.zoo-stream.\(getpid())"
    let target = path.withPath { open($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600) }
    guard target >= 0 else { throw .file(.cannotCreate(path, SystemError(errno))) }
    path.withPath { _ = unlink($0) }
    do throws(WeightsProblem) {
      try Self.copy(descriptor, to: target)
    } catch {
      close(target)
      throw error
    }
    try self.init(path: name, descriptor: target)
  }

  private static func copy(_ source: CInt, to target: CInt) throws(WeightsProblem) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { buffer.deallocate() }
    var offset = 0
    while true {
      let count = systemRead(source, buffer)
      if count == 0 { return }
      if count < 0 {
        switch errno {
        case EINTR: continue
        case EAGAIN:
          // Standard input that another program made one that does not wait.
          var stream = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
          poll(&stream, 1, -1)
          continue
        default: throw .file(.cannotRead(offset: offset, SystemError(errno)))
        }
      }
      var done = 0
      while done < count {
        let written = systemWrite(target, UnsafeMutableRawBufferPointer(rebasing: buffer[done..<count]))
        if written > 0 {
          done += written
        } else if written == 0 || errno != EINTR {
          throw .file(.cannotWrite(SystemError(written == 0 ? EIO : errno)))
        }
      }
      offset += count
    }
  }
}

private func systemRead(_ descriptor: CInt, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, buffer.baseAddress, buffer.count)
}

private func systemWrite(_ descriptor: CInt, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
  write(descriptor, buffer.baseAddress, buffer.count)
}
