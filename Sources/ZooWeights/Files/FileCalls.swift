import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The calls to the operating system by which files are read and written, as values, so that each of them can be made to
/// fail. They return what the system's functions do: -1 for an error, and which one in `errno`.
package struct FileCalls: Sendable {
  /// What a file uses that is opened in this task.
  @TaskLocal package static var current = FileCalls()

  /// Makes a file that does not exist yet and opens it for writing.
  package var create: @Sendable (_ path: String) -> CInt = systemCreate
  package var write: @Sendable (CInt, UnsafeRawBufferPointer) -> Int = systemWrite
  package var writeAt: @Sendable (CInt, UnsafeRawBufferPointer, _ offset: Int) -> Int = systemWriteAt
  package var readAt: @Sendable (CInt, UnsafeMutableRawBufferPointer, _ offset: Int) -> Int = systemReadAt
  package var flush: @Sendable (CInt) -> CInt = systemFlush
  package var close: @Sendable (CInt) -> CInt = systemClose
  package var link: @Sendable (_ from: String, _ to: String) -> CInt = systemLink
  package var rename: @Sendable (_ from: String, _ to: String) -> CInt = systemRename
  package var unlink: @Sendable (_ path: String) -> CInt = systemUnlink
  package var makeDirectory: @Sendable (_ path: String) -> CInt = systemMakeDirectory
  package var removeDirectory: @Sendable (_ path: String) -> CInt = systemRemoveDirectory
  /// The number in temporary names.
  package var processIdentifier: @Sendable () -> Int = systemProcessIdentifier

  package init() {}
}

private let systemCreate: @Sendable (String) -> CInt = { path in
  path.withPath { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
}
private let systemWrite: @Sendable (CInt, UnsafeRawBufferPointer) -> Int = { write($0, $1.baseAddress, $1.count) }
private let systemWriteAt: @Sendable (CInt, UnsafeRawBufferPointer, Int) -> Int = {
  pwrite($0, $1.baseAddress, $1.count, off_t($2))
}
private let systemReadAt: @Sendable (CInt, UnsafeMutableRawBufferPointer, Int) -> Int = {
  pread($0, $1.baseAddress, $1.count, off_t($2))
}
private let systemFlush: @Sendable (CInt) -> CInt = { fsync($0) }
private let systemClose: @Sendable (CInt) -> CInt = { close($0) }
private let systemLink: @Sendable (String, String) -> CInt = { from, to in
  from.withPath { from in to.withPath { link(from, $0) } }
}
private let systemRename: @Sendable (String, String) -> CInt = { from, to in
  from.withPath { from in to.withPath { rename(from, $0) } }
}
private let systemUnlink: @Sendable (String) -> CInt = { $0.withPath { unlink($0) } }
private let systemMakeDirectory: @Sendable (String) -> CInt = { $0.withPath { mkdir($0, 0o777) } }
private let systemRemoveDirectory: @Sendable (String) -> CInt = { $0.withPath { rmdir($0) } }
private let systemProcessIdentifier: @Sendable () -> Int = { Int(getpid()) }
