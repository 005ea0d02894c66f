import Foundation
import Testing

/// What zoo says to mistakes that beginners make, word for word.
///
/// `Fixtures/mistakes.txt` has the files that the commands are given, each command, its exit status and what it writes to standard
/// error. `ZOO_RECORD=1` writes the answers anew; the test then fails, so that nobody records without reading.
@Suite struct MistakeTests {
  private struct Mistake: Equatable {
    var arguments: String
    var status: Int32
    var errors: [String]

    var text: String {
      (["$ zoo \(arguments)".trimmingTrailingBlanks, "exit \(status)"] + errors.map { "  \($0)".trimmingTrailingBlanks })
        .joined(separator: "\n")
    }
  }

  private static let path = "\(Command.repository)/Tests/ZooCLITests/Fixtures/mistakes.txt"

  @Test("the messages of mistakes that beginners make")
  func messages() throws {
    let text = try String(contentsOfFile: Self.path, encoding: .utf8)
    let (head, files, expected) = Self.parse(text)
    try #require(expected.count >= 60)
    let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-mistakes-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Self.makeFiles(files, in: folder)
    let found = try expected.map { try Self.run($0.arguments, in: folder) }
    if ProcessInfo.processInfo.environment["ZOO_RECORD"] != nil {
      let all = head + found.map(\.text).joined(separator: "\n\n") + "\n"
      try Data(all.utf8).write(to: URL(filePath: Self.path))
      Issue.record("recorded \(found.count) mistakes")
      return
    }
    for (expected, found) in zip(expected, found) {
      #expect(found.text == expected.text, "zoo \(expected.arguments)")
    }
  }

  @Test("each message has words that help: no bare parser's complaint without usage, no trap")
  func words() throws {
    let (_, _, mistakes) = Self.parse(try String(contentsOfFile: Self.path, encoding: .utf8))
    for mistake in mistakes {
      #expect([1, 64, 65, 66, 69, 73, 74].contains(mistake.status), "\(mistake.text)")
      #expect(!mistake.errors.isEmpty, "\(mistake.text)")
      for word in ["fatal", "internal error", "Fatal", "nil", "Optional("] {
        #expect(!mistake.errors.contains { $0.contains(word) }, "\(word): \(mistake.text)")
      }
    }
  }

  /// The text up to the first command, the files in it, and the commands with their answers.
  private static func parse(_ text: String) -> (head: String, files: [String: String], mistakes: [Mistake]) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let start = lines.firstIndex { $0.hasPrefix("$ ") } ?? lines.count
    var files: [String: String] = [:]
    var file: String?
    for line in lines[..<start] {
      if line.hasPrefix("== ") {
        let name = String(line.dropFirst(3))
        file = name
        files[name] = ""
      } else if let file, !line.isEmpty {
        files[file, default: ""] += line.replacingOccurrences(of: "<tab>", with: "\t") + "\n"
      }
    }
    var mistakes: [Mistake] = []
    for line in lines[start...] {
      if line.hasPrefix("$ zoo") {
        mistakes.append(Mistake(arguments: String(line.dropFirst(6)), status: 0, errors: []))
      } else if line.hasPrefix("exit ") {
        mistakes[mistakes.count - 1].status = Int32(line.dropFirst(5)) ?? 0
      } else if line.hasPrefix("  ") {
        mistakes[mistakes.count - 1].errors.append(String(line.dropFirst(2)))
      } else if let last = mistakes.indices.last, !mistakes[last].errors.isEmpty {
        // An empty line, of the message or after it.
        mistakes[last].errors.append("")
      }
    }
    for index in mistakes.indices {
      while mistakes[index].errors.last == "" { mistakes[index].errors.removeLast() }
    }
    return (lines[..<start].map { $0 + "\n" }.joined(), files, mistakes)
  }

  /// The definitions of the fixture, and files that are not text.
  private static func makeFiles(_ files: [String: String], in folder: URL) throws {
    func write(_ name: String, _ data: Data) throws { try data.write(to: folder.appending(path: name)) }
    for (name, text) in files { try write(name, Data(text.utf8)) }
    let picture = try Data(contentsOf: URL(filePath: Command.sample("test-103-is-3.png")))
    try write("digit.png", picture)
    try write("cut.png", picture.prefix(picture.count / 2))
    try write("empty.png", Data())
    try write("animation.gif", Data("GIF89a".utf8) + Data(count: 30))
    try write("weights.pth", Data("<html>404 Not Found</html>\n".utf8))
    try write("model.onnx", Data([8, 7, 18, 7]) + Data("pytorch".utf8))
    let archive = try Data(contentsOf: URL(filePath: "\(Command.repository)/zoo/weights/lenet-digits.zoow"))
    try write("digits.zoow", archive)
    try write("cut.zoow", archive.prefix(archive.count / 2))
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 5), }"
    let length = 118 - 10
    let padded = header + String(repeating: " ", count: length - 1 - header.count) + "\n"
    try write(
      "matrix.npy",
      Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, UInt8(length), 0]) + Data(padded.utf8) + Data(count: 100))
    try FileManager.default.createDirectory(at: folder.appending(path: "nothing"), withIntermediateDirectories: true)
  }

  private static func run(_ arguments: String, in folder: URL) throws -> Mistake {
    let words = arguments.split(separator: " ").map { $0 == "''" ? "" : String($0) }
    let process = try Command.process(words, in: folder.path)
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let data = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    var lines = String(decoding: data, as: UTF8.self).replacingOccurrences(of: folder.path, with: "FOLDER")
      .split(separator: "\n", omittingEmptySubsequences: false).map { String($0).trimmingTrailingBlanks }
      // The parser's line of all options, and what only a build without optimisation says.
      .filter { !$0.hasPrefix("Usage:") && !$0.contains("without optimisation") }
    while lines.last == "" { lines.removeLast() }
    return Mistake(arguments: arguments, status: process.terminationStatus, errors: lines)
  }
}

extension String {
  fileprivate var trimmingTrailingBlanks: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
