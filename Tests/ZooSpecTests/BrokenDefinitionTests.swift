import Testing
import ZooSpec

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Every broken definition with the exact words that it is answered with.
///
/// `ZOO_RECORD=1` writes the answers anew; the tests then fail, so that nobody records without looking.
struct BrokenDefinitionTests {
  static let folder = Repository.fixtures + "/broken"
  static let names = Repository.names(in: folder, suffix: ".yaml")

  @Test func `there are many broken definitions`() {
    #expect(Self.names.count >= 170)
  }

  @Test(arguments: names)
  func `a broken definition is answered with the recorded words`(name: String) throws {
    let answer = Self.answer(to: name, bytes: try Repository.read(Self.folder + "/\(name).yaml"))
    let record = Self.folder + "/\(name).txt"
    if getenv("ZOO_RECORD") != nil {
      try Repository.write(answer, to: record)
      Issue.record("recorded \(name)")
      return
    }
    #expect(answer == (try Repository.text(record)))
  }

  /// What is wrong with the definition, by parsing and then by building.
  static func answer(to name: String, bytes: [UInt8]) -> String {
    do throws(DefinitionErrors) {
      _ = try Definition.parse(SourceFile(path: "\(name).yaml", bytes: bytes), loader: load).graph()
      return "nothing is wrong\n"
    } catch {
      return error.description
    }
  }

  static func load(_ name: String, beside path: String) throws -> SourceFile? {
    let file = name.split(separator: "/").last.map(String.init) ?? name
    guard Repository.names(in: Repository.fixtures + "/bases", suffix: "").contains(file) else { return nil }
    return SourceFile(path: "bases/\(file)", bytes: try Repository.read(Repository.fixtures + "/bases/\(file)"))
  }
}
