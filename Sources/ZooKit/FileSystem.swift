import FoundationEssentials
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
    FileManager.default.fileExists(atPath: path)
  }

  package static func isDirectory(_ path: String) -> Bool {
    var isDirectory = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
  }

  private static func isSymbolicLink(_ path: String) -> Bool {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
  }

  /// The names in a folder, sorted, without hidden ones.
  package static func list(_ path: String) throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }.sorted()
    } catch {
      throw ZooError.cannotRead(path: path, reason: reason(error))
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
          if !isSymbolicLink(path) { pending.append(path) }
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
  package static func read(_ path: String, limit: Int) throws -> [UInt8] {
    guard exists(path) else { throw ZooError.inputMissing(path: path, what: "file") }
    guard !isDirectory(path) else { throw ZooError.cannotRead(path: path, reason: "it is a folder") }
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      if let size = attributes[.size] as? Int, size > limit {
        throw ZooError.fileTooLarge(path: path, size: size, limit: limit)
      }
      return [UInt8](try Data(contentsOf: URL(filePath: path)))
    } catch let error as ZooError {
      throw error
    } catch {
      throw ZooError.cannotRead(path: path, reason: reason(error))
    }
  }

  /// Writes a file whole or not at all: under a temporary name in the same folder, synced, then renamed.
  ///
  /// - Throws: `ZooError.alreadyExists` unless `overwrite`, or `.cannotWrite`.
  package static func write(_ bytes: some Sequence<UInt8>, to path: String, overwrite: Bool = true) throws {
    do throws(WeightsProblem) {
      try OutputFile.write(Array(bytes), to: path, overwrite: overwrite)
    } catch {
      switch error {
      case .file(.exists): throw ZooError.alreadyExists(path: path)
      case .file(.cannotCreate(_, let system)), .file(.cannotWrite(let system)):
        throw ZooError.cannotWrite(path: path, reason: system.message)
      default: throw ZooError.cannotWrite(path: path, reason: "\(error)")
      }
    }
  }

  /// What the operating system said, in its words.
  private static func reason(_ error: any Error) -> String {
    let underlying = (error as? CocoaError)?.userInfo["NSUnderlyingError"]
    guard let system = (underlying ?? error) as? POSIXError else { return "\(error)" }
    return String(cString: strerror(system.code.rawValue))
  }
}
