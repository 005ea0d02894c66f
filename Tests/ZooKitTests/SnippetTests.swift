import Foundation
import Testing

/// The Swift of README and guides is the text of `Snippets.swift`, which is compiled.
@Suite struct SnippetTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test("every block of Swift in README and guides stands in Snippets.swift")
  func snippets() throws {
    let guides = Self.repository.appending(path: "Sources/ZooKit/ZooKit.docc")
    let names = try FileManager.default.contentsOfDirectory(atPath: guides.path).filter { $0.hasSuffix(".md") }
    let articles = [Self.repository.appending(path: "README.md")] + names.sorted().map { guides.appending(path: $0) }
    let compiled = lines(
      of: try String(
        contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snippets.swift"),
        encoding: .utf8))
    var count = 0
    for article in articles {
      for block in blocks(of: try String(contentsOf: article, encoding: .utf8)) {
        count += 1
        let isCompiled = compiled.indices.contains { compiled[$0...].starts(with: block) }
        #expect(
          isCompiled,
          "\(article.lastPathComponent) has Swift that Snippets.swift has not:\n\(block.joined(separator: "\n"))")
      }
    }
    // A change of the articles' form must not pass for success.
    #expect(count >= 3)
  }

  /// The lines of each block of Swift, as `lines(of:)` has them.
  private func blocks(of article: String) -> [[String]] {
    article.components(separatedBy: "\n```swift\n").dropFirst().map { rest in
      lines(of: rest.components(separatedBy: "\n```").first ?? "")
    }
  }

  /// Without indentation, empty lines and imports, which a file has once.
  private func lines(of text: String) -> [String] {
    text.components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("import ") }
  }
}
