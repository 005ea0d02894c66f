import Foundation
import Testing

/// What the README and the guides print is what a reader gets.
///
/// Their blocks of YAML that begin with `# NAME.yaml` become files, and each line `$ zoo …` of their blocks for the console runs,
/// in order and in one folder for each article. What is printed below a command is all that it prints; a line `…` stands for any
/// number of lines. Blocks for the shell are commands that need what the repository does not hold, or minutes.
@Suite struct NotesTests {
  private struct Example {
    var command: String
    var expected: [String]
  }

  private static let guides = "Sources/ZooKit/ZooKit.docc"

  /// The articles, with the least number of commands that each of them runs.
  private static let articles = [
    "README.md": 2, "\(guides)/Notes.md": 11, "\(guides)/Definitions.md": 3, "\(guides)/Weights.md": 6,
    "\(guides)/Importing.md": 3, "\(guides)/Sliding.md": 3, "\(guides)/Seeing.md": 2, "\(guides)/Scripting.md": 1,
  ]

  @Test("every command of the article prints what the article says", arguments: articles.keys.sorted())
  func article(path: String) throws {
    let article = try String(contentsOfFile: "\(Command.repository)/\(path)", encoding: .utf8)
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
        let name = try #require(lines.first?.dropFirst(2), "\(path): a block of YAML is empty")
        try #require(
          lines[0].hasPrefix("# ") && name.hasSuffix(".yaml"), "\(path): \(lines[0]) does not name a file")
        try Data(lines.joined(separator: "\n").utf8).write(to: folder.appending(path: String(name)))
      case "console":
        for example in try examples(lines) {
          try run(example, in: folder.path)
          count += 1
        }
      // Compiled by SnippetTests of ZooKit; not to be run; no code.
      case "swift", "shell", "text": break
      default: Issue.record("\(path) has a block of '\(language)', which nothing tests")
      }
    }
    // A change of the article's form must not pass for success.
    #expect(count >= Self.articles[path] ?? 1, "\(path) runs \(count) commands only")
  }

  private func run(_ example: Example, in folder: String) throws {
    let words = example.command.split(separator: " ").map(String.init)
    let program = try #require(words.first)
    try #require(program == "zoo" || program == "tools/zoo", "\(example.command)")
    let command = try Command(
      script: "cd \"$1\" && exec 2>&1 && \"$ZOO\"\(example.command.dropFirst(program.count))", [folder])
    let mistake = example.expected.contains { $0.contains("error: ") }
    let statuses: [Int32] = mistake ? [65] : words[1] == "diff" ? [0, 1] : [0]
    #expect(statuses.contains(command.status), "\(example.command): \(command.output)")
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
