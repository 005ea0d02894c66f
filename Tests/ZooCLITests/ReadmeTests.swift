import Foundation
import Testing

/// What the README prints is what a reader gets.
@Suite struct ReadmeTests {
  private let readme: String
  private let definition: String

  init() throws {
    readme = try String(contentsOfFile: "\(Command.repository)/README.md", encoding: .utf8)
    let blocks = readme.components(separatedBy: "```yaml\n")
    try #require(blocks.count == 2)
    definition = try #require(blocks[1].components(separatedBy: "```").first)
  }

  @Test("the digit") func infer() throws {
    // The README runs it in the repository's folder, where the path is shorter.
    let output = try Command(["infer", Command.sample("test-103-is-3.png")]).output
    #expect(readme.contains(output.replacingOccurrences(of: "\(Command.repository)/", with: "")))
  }

  @Test("the definition and its table") func build() throws {
    let command = try Command(["build", "tiny.yaml"], files: ["tiny.yaml": definition])
    #expect(command.status == 0, "\(command.errors)")
    #expect(readme.contains(command.output), "\(command.output)")
  }

  @Test("the mistake and where it is") func mistake() throws {
    let misspelt = definition.replacingOccurrences(of: "out: 8, kernel", with: "out: 8, kernal")
    let command = try Command(["build", "tiny.yaml"], files: ["tiny.yaml": misspelt])
    #expect(command.status == 65)
    #expect(readme.contains(command.errors), "\(command.errors)")
  }
}
