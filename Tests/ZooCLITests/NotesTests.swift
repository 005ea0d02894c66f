import Foundation
import Testing

/// What the article on the cs231n notes prints is what a reader gets.
///
/// Its blocks of YAML that begin with `# NAME.yaml` become files, and each line `$ zoo …` of its blocks for the console runs, in
/// order and in one folder. What is printed below a command is all that it prints; a line `…` stands for any number of lines.
@Suite struct NotesTests {
  private struct Example {
    var command: String
    var expected: [String]
  }

  @Test("every command of the article prints what the article says")
  func article() throws {
    let article = try String(
      contentsOfFile: "\(Command.repository)/Sources/ZooKit/ZooKit.docc/Notes.md", encoding: .utf8)
    let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-notes-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in ["zoo", "Tests"] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.appending(path: name).path, withDestinationPath: "\(Command.repository)/\(name)")
    }
    var count = 0
    for (language, lines) in blocks(of: article) {
      switch language {
      case "yaml":
        let name = try #require(lines.first?.dropFirst(2), "a block of YAML is empty")
        try #require(lines[0].hasPrefix("# ") && name.hasSuffix(".yaml"), "\(lines[0]) does not name a file")
        try Data(lines.joined(separator: "\n").utf8).write(to: folder.appending(path: String(name)))
      case "console":
        for example in try examples(lines) {
          try run(example, in: folder.path)
          count += 1
        }
      default:
        Issue.record("the article has a block of '\(language)', which nothing tests")
      }
    }
    // A change of the article's form must not pass for success.
    #expect(count == article.components(separatedBy: "\n$ ").count - 1 && count > 10)
  }

  private func run(_ example: Example, in folder: String) throws {
    let words = example.command.split(separator: " ").map(String.init)
    try #require(words.first == "zoo", "\(example.command)")
    let command = try Command(
      script: "cd \"$1\" && shift && exec \"$ZOO\" \"$@\" 2>&1", [folder] + words.dropFirst())
    #expect(command.status == 0, "\(example.command): \(command.output)")
    var printed = command.output.components(separatedBy: "\n")
    while printed.last == "" { printed.removeLast() }
    #expect(
      matches(printed[...], example.expected[...]),
      "\(example.command) prints\n\(command.output)\nand not\n\(example.expected.joined(separator: "\n"))")
  }

  /// Whether the lines are those expected, of which `…` stands for any number.
  private func matches(_ lines: ArraySlice<String>, _ expected: ArraySlice<String>) -> Bool {
    guard let first = expected.first else { return lines.isEmpty }
    guard first == "…" else {
      return lines.first == first && matches(lines.dropFirst(), expected.dropFirst())
    }
    return (lines.startIndex...lines.endIndex).contains { matches(lines[$0...], expected.dropFirst()) }
  }

  @Test func ellipses() {
    let lines = ["a", "b", "c"]
    for (expected, isMatch) in [
      (["a", "b", "c"], true), (["…"], true), (["a", "…", "c"], true), (["…", "b", "…"], true), (["a", "b"], false),
      (["a", "…", "b"], false), (["…", "c", "…"], true), (["a", "b", "c", "d"], false), ([], false),
    ] as [([String], Bool)] {
      #expect(matches(lines[...], expected[...]) == isMatch, "\(expected)")
    }
  }

  private func blocks(of article: String) -> [(language: String, lines: [String])] {
    var blocks: [(language: String, lines: [String])] = []
    var isInside = false
    for line in article.components(separatedBy: "\n") {
      if line.hasPrefix("```") {
        if !isInside { blocks.append((String(line.dropFirst(3)), [])) }
        isInside.toggle()
      } else if isInside {
        blocks[blocks.count - 1].lines.append(line)
      }
    }
    return blocks
  }

  private func examples(_ lines: [String]) throws -> [Example] {
    var examples: [Example] = []
    for line in lines {
      if line.hasPrefix("$ ") {
        examples.append(Example(command: String(line.dropFirst(2)), expected: []))
      } else {
        try #require(!examples.isEmpty, "'\(line)' stands before any command")
        examples[examples.count - 1].expected.append(line)
      }
    }
    return examples
  }
}
