import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The names in a directory, in no order, without `.` and `..`.
package func directoryNames(_ path: String) throws(SystemError) -> [String] {
  guard let directory = path.withPath({ opendir($0) }) else { throw SystemError(errno) }
  defer { closedir(directory) }
  var names: [String] = []
  while true {
    errno = 0
    guard let record = readdir(directory) else {
      guard errno == 0 else { throw SystemError(errno) }
      return names
    }
    let name = withUnsafeBytes(of: &record.pointee.d_name) { String(path: $0.prefix { $0 != 0 }) }
    if name != ".", name != ".." { names.append(name) }
  }
}
