#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A new directory of files, written under a temporary name and renamed when it is complete. What is not committed is
/// removed.
package final class OutputDirectory {
  let path: String
  private let temporaryPath: String
  private let calls = FileCalls.current
  private var names: [String] = []
  private var isPending = false

  /// - Throws: `FileProblem.exists` unless there is nothing of that name, or an empty directory: removing whatever is in a
  ///   directory is not for us to do.
  init(_ path: String) throws(WeightsProblem) {
    let path = try Self.checkedName(path)
    self.path = path
    temporaryPath = TemporaryFiles.name(for: path, calls: calls)
    TemporaryFiles.removeAbandoned(beside: path, calls: calls)
    do throws(SystemError) {
      _ = try TemporaryFiles.create(temporaryPath, calls.makeDirectory)
    } catch {
      throw .file(.cannotCreate(temporaryPath, error))
    }
    isPending = true
  }

  /// Finds out, before there is something to write, whether the directory could be made.
  package static func check(_ path: String) throws(WeightsError) {
    do throws(WeightsProblem) {
      try TemporaryFiles.checkParent(of: checkedName(path))
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// `tensors` for `tensors/`, unless there is something of that name.
  static func checkedName(_ path: String) throws(WeightsProblem) -> String {
    var path = path
    while path.hasSuffix("/"), path.count > 1 { path.removeLast() }
    if let kind = FileKind(path: path), kind != .directory || !TemporaryFiles.isEmpty(path) { throw .file(.exists) }
    return path
  }

  deinit {
    guard isPending else { return }
    for name in names { _ = calls.unlink("\(temporaryPath)/\(name)") }
    _ = calls.removeDirectory(temporaryPath)
    TemporaryFiles.forget(temporaryPath)
  }

  /// Where a file of the directory lies until the directory is complete; it is removed if that does not happen.
  func place(of name: String) -> String {
    names.append(name)
    return "\(temporaryPath)/\(name)"
  }

  /// Writes a whole file.
  func write(_ text: String, to name: String) throws(WeightsProblem) {
    let file = try OutputFile(place(of: name), overwrite: false, isInsideTemporary: true)
    try file.write(Array(text.utf8))
    try file.commit()
  }

  /// Flushes the directory to the disk and gives it its name.
  func commit() throws(WeightsProblem) {
    try OutputFile.flushDirectory(of: "\(temporaryPath)/", calls: calls)
    // An empty directory of that name is replaced.
    guard calls.rename(temporaryPath, path) == 0 else {
      throw errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR
        ? .file(.exists) : .file(.cannotCreate(path, SystemError(errno)))
    }
    isPending = false
    TemporaryFiles.forget(temporaryPath)
    try OutputFile.flushDirectory(of: path, calls: calls)
  }
}
