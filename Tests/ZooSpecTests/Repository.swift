import Testing
import ZooSpec

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Files of the repository that the tests read, found from this file's place.
enum Repository {
  static let tests = String(#filePath.dropLast("/Repository.swift".count))
  static let root = String(tests.dropLast("/Tests/ZooSpecTests".count))
  static let fixtures = tests + "/Fixtures"

  struct Unreadable: Error {
    var path: String
  }

  static func read(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw Unreadable(path: path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      guard count > 0 else { return bytes }
      bytes += buffer[..<count]
    }
  }

  static func text(_ path: String) throws -> String {
    String(decoding: try read(path), as: UTF8.self)
  }

  static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "wb") else { throw Unreadable(path: path) }
    defer { fclose(file) }
    let bytes = Array(text.utf8)
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Unreadable(path: path) }
  }

  /// The names in a folder that end in `suffix`, without it, in order.
  static func names(in folder: String, suffix: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(suffix) { names.append(String(name.dropLast(suffix.count))) }
    }
    return names.sorted()
  }

  static let catalogue = names(in: root + "/zoo", suffix: ".yaml")

  /// Definitions of the catalogue that are unlike each other: of the variants of one file that set the same parameters, and
  /// so differ in numbers only, the first stands for all. For tests that take time for each.
  static let kinds: [String] = {
    var seen: Set<[String]> = []
    return catalogue.filter { name in
      guard let definition = try? definition(name), let base = definition.variantOf,
        let standard = try? Repository.definition(String(base.dropLast(".yaml".count)))
      else { return true }
      let changed = definition.parameters.filter { !standard.parameters.contains($0) }
      return seen.insert([base] + changed.map(\.name)).inserted
    }
  }()

  /// Reads a definition beside the one that names it.
  static func load(_ name: String, beside path: String) throws -> SourceFile? {
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return SourceFile(path: "zoo/\(name)", bytes: try read(root + "/" + folder + "/" + name))
  }

  static func definition(_ name: String) throws -> Definition {
    let source = SourceFile(path: "zoo/\(name).yaml", bytes: try read(root + "/zoo/\(name).yaml"))
    return try Definition.parse(source, loader: load)
  }
}
