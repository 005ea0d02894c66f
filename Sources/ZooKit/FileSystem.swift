import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What zoo asks of the file system.
package enum FileSystem {
  package static func exists(_ path: String) -> Bool {
    FileKind(path: path) != nil
  }

  package static func isDirectory(_ path: String) -> Bool {
    FileKind(path: path) == .directory
  }

  /// The size of a file in bytes; 0 when there is none.
  package static func size(of path: String) -> Int {
    var status = stat()
    return path.withPath { stat($0, &status) } == 0 ? Int(status.st_size) : 0
  }

  /// When a file became what it is, whatever its own time says, in seconds since 1970; `nil` when there is none.
  package static func changed(_ path: String) -> Double? {
    var status = stat()
    guard path.withPath({ stat($0, &status) }) == 0 else { return nil }
    #if canImport(Darwin)
      return Double(status.st_ctimespec.tv_sec) + Double(status.st_ctimespec.tv_nsec) * 1e-9
    #else
      return Double(status.st_ctim.tv_sec) + Double(status.st_ctim.tv_nsec) * 1e-9
    #endif
  }

  /// Gives a file the time that it is now, where that is allowed.
  static func touch(_ path: String) { path.withPath { _ = utimensat(AT_FDCWD, $0, nil, 0) } }

  /// The names in a folder, sorted, without hidden ones.
  ///
  /// - Throws: `ZooError.cannotRead`.
  package static func list(_ path: String) throws(ZooError) -> [String] {
    do throws(SystemError) {
      return try directoryNames(path).filter { $0.utf8.first != UInt8(ascii: ".") }.sorted()
    } catch {
      throw ZooError.cannotRead(path: path, reason: error.message)
    }
  }

  /// Whether the extension is one that images have; contents decide in the end.
  package static func isImageName(_ name: String) -> Bool {
    let name = name.lowercased()
    return [".jpg", ".jpeg", ".jpe", ".png"].contains { name.hasSuffix($0) }
  }

  /// All images below a folder, sorted; hidden files are left out, and links to folders are not followed, so that none can
  /// lead in a circle.
  package static func images(below folder: String) throws -> [String] {
    var found: [String] = []
    var pending = [folder]
    while let next = pending.popLast() {
      for name in try list(next) {
        let path = "\(next)/\(name)"
        if isDirectory(path) {
          if FileKind(path: path, followLinks: false) != .symbolicLink { pending.append(path) }
        } else if isImageName(name) {
          found.append(path)
        }
      }
    }
    return found.sorted()
  }

  /// The contents of a regular file of at most `limit` bytes.
  ///
  /// - Throws: `ZooError.inputMissing`, `.cannotRead` or `.fileTooLarge`.
  package static func read(_ path: String, limit: Int) throws(ZooError) -> [UInt8] {
    do throws(WeightsProblem) {
      let file = try InputFile(path)
      if file.size <= limit { return try file.bytes(at: 0, count: file.size) }
    } catch {
      switch error {
      case .file(.missing): throw .inputMissing(path: path, what: "file")
      case .file(.notRegular(.directory)): throw .cannotRead(path: path, reason: "it is a folder")
      case .file(.cannotOpen(let system)), .file(.cannotRead(_, let system)):
        throw .cannotRead(path: path, reason: system.message)
      default: throw .cannotRead(path: path, reason: "\(error)")
      }
    }
    throw .fileTooLarge(path: path, size: size(of: path), limit: limit)
  }

  /// Writes a file whole or not at all: under a temporary name in the same folder, synced, then renamed.
  ///
  /// - Throws: `ZooError.alreadyExists` unless `overwrite`, or `.cannotWrite`.
  package static func write(_ bytes: some Sequence<UInt8>, to path: String, overwrite: Bool = true) throws(ZooError) {
    do throws(WeightsProblem) {
      try OutputFile.write(Array(bytes), to: path, overwrite: overwrite)
    } catch {
      throw Self.error(error, writing: path)
    }
  }

  /// Finds out, before long work, whether a file could be written.
  ///
  /// - Throws: as `write`.
  package static func checkFile(_ path: String, overwrite: Bool) throws(ZooError) {
    do throws(WeightsProblem) {
      try OutputFile.check(path, overwrite: overwrite)
    } catch {
      throw Self.error(error, writing: path)
    }
  }

  static func error(_ problem: WeightsProblem, writing path: String) -> ZooError {
    switch problem {
    case .file(.exists): .alreadyExists(path: path)
    case .file(.cannotCreate(_, let system)), .file(.cannotWrite(let system)):
      .cannotWrite(path: path, reason: system.message)
    case .file(.cannotReplace(let kind)): .cannotWrite(path: path, reason: "it is a \(kind.rawValue)")
    default: .cannotWrite(path: path, reason: "\(problem)")
    }
  }

  /// Makes a folder, and those that it lies in, where they are not there.
  ///
  /// - Throws: `ZooError.cannotWrite`.
  package static func makeFolder(_ path: String) throws(ZooError) {
    guard !isDirectory(path) else { return }
    guard !path.hasSuffix("/") else { return try makeFolder(String(path.dropLast())) }
    let parent = path.folderOfPath.dropLast()
    if !parent.isEmpty, !exists(String(parent)) { try makeFolder(String(parent)) }
    guard path.withPath({ mkdir($0, 0o777) }) != 0, errno != EEXIST || !isDirectory(path) else { return }
    throw .cannotWrite(path: path, reason: SystemError(errno).message)
  }
}
