import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads what an open descriptor has, such as that of standard input, from where it stands to its end: at most `limit` bytes.
func readImageFile(_ descriptor: Int32, limit: Int) throws(ImageFact) -> [UInt8] {
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw .unreadable(code: errno) }
  guard status.st_mode & S_IFMT != S_IFDIR else { throw .directory }
  return try readAll(descriptor, expecting: 64 << 10, limit: limit)
}

/// Reads a file or pipe of at most `limit` bytes; a larger file is refused before it is read.
package func readImageFile(_ path: String, limit: Int) throws(ImageFact) -> [UInt8] {
  // A pipe that nobody writes to must not block the opening.
  let descriptor = path.withPath { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
  guard descriptor >= 0 else { throw errno == ENOENT ? .notFound : .unreadable(code: errno) }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw .unreadable(code: errno) }
  var capacity = 64 << 10
  switch status.st_mode & S_IFMT {
  case S_IFREG:
    guard Int(status.st_size) <= limit else { throw .fileTooLarge(size: Int(status.st_size), limit: limit) }
    // One more, so that the end of the file is seen without growing.
    capacity = Int(status.st_size) + 1
  case S_IFIFO:
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
  case S_IFDIR:
    throw .directory
  default:
    throw .notAFile
  }
  return try readAll(descriptor, expecting: capacity, limit: limit)
}

private func readAll(_ descriptor: Int32, expecting capacity: Int, limit: Int) throws(ImageFact) -> [UInt8] {
  var bytes: [UInt8] = []
  while bytes.count <= limit {
    var code: Int32 = 0
    let chunk = [UInt8](unsafeUninitializedCapacity: min(capacity, limit + 1 - bytes.count)) { buffer, count in
      let result = read(descriptor, buffer.baseAddress, buffer.count)
      code = result < 0 ? errno : 0
      count = max(0, result)
    }
    if code == EINTR { continue }
    if code == EAGAIN {
      // Standard input that another program made one that does not wait.
      var stream = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      poll(&stream, 1, -1)
      continue
    }
    guard code == 0 else { throw .unreadable(code: code) }
    if chunk.isEmpty { return bytes }
    if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
  }
  throw .fileTooLarge(size: nil, limit: limit)
}

/// Writes a whole file under a temporary name beside `path`, flushes it to the disk, then renames it.
func writeImageFile(_ bytes: [UInt8], to path: String) throws(ImageFact) {
  let temporary = "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max)).tmp"
  let descriptor = temporary.withPath { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
  guard descriptor >= 0 else { throw .uncreatable(code: errno) }
  var failure: ImageFact?
  bytes.withUnsafeBytes { buffer in
    var written = 0
    while written < buffer.count {
      let result = write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
      if result < 0, errno == EINTR { continue }
      guard result > 0 else {
        failure = .unwritable(code: errno)
        return
      }
      written += result
    }
  }
  while failure == nil, fsync(descriptor) != 0 {
    if errno != EINTR { failure = .unwritable(code: errno) }
  }
  if close(descriptor) != 0, failure == nil { failure = .unwritable(code: errno) }
  if failure == nil, temporary.withPath({ old in path.withPath { rename(old, $0) } }) != 0 {
    failure = .uncreatable(code: errno)
  }
  if let failure {
    temporary.withPath { _ = unlink($0) }
    throw failure
  }
}
