import Foundation
import Testing

/// What the README prints is what a reader gets.
@Suite struct ReadmeTests {
  private let readme: String
  private let definition: String
  private let rules: String

  init() throws {
    readme = try String(contentsOfFile: "\(Command.repository)/README.md", encoding: .utf8)
    let blocks = readme.components(separatedBy: "```yaml\n")
    try #require(blocks.count == 3)
    definition = try #require(blocks[1].components(separatedBy: "```").first)
    rules = try #require(blocks[2].components(separatedBy: "```").first)
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

  @Test("the rules for names") func names() throws {
    let text = "zoo: 1\nname: net\ninput: [3, 224, 224]\n\(rules)layers: [{fc: {name: fc, out: 10}}]\n"
    let command = try Command(["build", "net.yaml"], files: ["net.yaml": text])
    #expect(command.status == 0, "\(command.errors)")
  }

  @Test("what half the space changes") func difference() throws {
    let shipped = "\(Command.repository)/zoo/weights/lenet-digits.zoow"
    try Command(["pack", shipped, "--dtype", "bfloat16", "-o", "small.zoow"]) { folder in
      let small = "\(folder)/small.zoow"
      let output = try Command(["diff", shipped, small, "--only", "ip*"]).output
        .replacingOccurrences(of: "\(Command.repository)/", with: "")
        .replacingOccurrences(of: small, with: "small.zoow")
      #expect(readme.contains(output), "\(output)")
    }
  }

  @Test("the mistake and where it is") func mistake() throws {
    let misspelt = definition.replacingOccurrences(of: "out: 8, kernel", with: "out: 8, kernal")
    let command = try Command(["build", "tiny.yaml"], files: ["tiny.yaml": misspelt])
    #expect(command.status == 65)
    #expect(readme.contains(command.errors), "\(command.errors)")
  }
}
