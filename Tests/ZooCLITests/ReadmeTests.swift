import Foundation
import Testing

/// What the README says of a mistake is what a reader gets; its commands are run by `NotesTests`.
@Suite struct ReadmeTests {
  @Test("the mistake and where it is") func mistake() throws {
    let readme = try String(contentsOfFile: "\(Command.repository)/README.md", encoding: .utf8)
    let blocks = readme.components(separatedBy: "```yaml\n")
    try #require(blocks.count == 2)
    let definition = try #require(blocks[1].components(separatedBy: "```").first)
    let misspelt = definition.replacingOccurrences(of: "out: 8, kernel", with: "out: 8, kernal")
    let command = try Command(["build", "tiny.yaml"], files: ["tiny.yaml": misspelt])
    #expect(command.status == 65)
    #expect(readme.contains(command.errors), "\(command.errors)")
  }
}
