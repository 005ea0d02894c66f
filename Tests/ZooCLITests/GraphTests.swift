import Foundation
import Testing

/// `zoo graph` with costs and blocks.
@Suite struct GraphTests {
  private func object(_ command: Command) throws -> [String: Any] {
    #expect(command.status == 0, "\(command.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any])
  }

  @Test("MACs by block as a table")
  func table() throws {
    let command = try Command(["graph", "resnet20", "--collapse", "--color", "macs"])
    #expect(command.status == 0, "\(command.errors)")
    #expect(
      command.output.hasPrefix(
        """
        resnet20: 78 layers in 9 boxes

        BOX      LAYERS  OUTPUT    PARAMETERS        MACS   SHARE
        input         1  3×32×32            0           0
        conv1         1  16×32×32         432     442,368   1.1 %
        bn1           1  16×32×32          32           0
        relu          1  16×32×32           0           0
        layer1       24  16×32×32      14,016  14,155,776  34.9 %
        """), "\(command.output)")
    #expect(command.output.hasSuffix("one is two floating-point operations; 40.6M MACs in all\n"), "\(command.output)")
  }

  @Test("the numbers of the picture in JSON")
  func numbers() throws {
    let json = try object(
      Command(["graph", "resnet20", "--collapse", "layer1.0,layer2", "--color", "memory", "--json"]))
    #expect(json["schema"] as? String == "zoo.graph/1")
    let blocks = try #require(json["blocks"] as? [[String: Any]])
    #expect(blocks.map { $0["name"] as? String } == ["layer1.0", "layer2"])
    #expect(blocks[0]["value"] as? Int == 8 * 16 * 32 * 32 * 4 && blocks[0]["parameters"] as? Int == 4672)
    #expect((blocks[0]["layers"] as? [String])?.count == 8 && blocks[1]["shapes"] as? [[Int]] == [[32, 16, 16]])
    let quantity = try #require(json["quantity"] as? [String: Any])
    #expect(quantity["name"] as? String == "memory" && quantity["unit"] as? String == "B")
    let nodes = try #require(quantity["nodes"] as? [[String: Any]])
    #expect(nodes.reduce(0) { $0 + ($1["value"] as? Int ?? 0) } == quantity["total"] as? Int)
  }

  @Test("one block alone, and a level of blocks")
  func blocks() throws {
    let command = try Command(["graph", "resnet20", "--block", "layer2", "--depth", "1"])
    #expect(command.output.hasPrefix("resnet20: layer2: 24 layers in 3 boxes\n"), "\(command.output)")
    let json = try object(Command(["graph", "resnet20", "--block", "layer2", "--depth", "1", "--json"]))
    #expect(json["block"] as? String == "layer2")
    #expect((json["blocks"] as? [[String: Any]])?.count == 3)
    // Where there are no blocks, all layers are shown.
    #expect(try Command(["graph", "lenet", "--depth", "1"]).status == 0)
  }

  @Test("pictures of all kinds")
  func files() throws {
    for (name, start) in [
      ("g.png", "\u{89}PNG"), ("g.html", "<!DOCTYPE html>"), ("g.svg", "<svg "), ("g.dot", "digraph "),
    ] {
      let command = try Command(["graph", "resnet20", "--depth", "2", "-o", name]) { folder in
        let bytes = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
        #expect(bytes.starts(with: start.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }), "\(name)")
        if name == "g.html" {
          let page = String(decoding: bytes, as: UTF8.self)
          #expect(page.contains("resnet20.yaml:") && page.contains("\"text\":\""))
        }
      }
      #expect(command.status == 0 && command.errors.contains("Wrote \(name)"), "\(command.errors)")
    }
  }

  @Test("measured times, and which layers they cover")
  func times() throws {
    let shipped = "\(Command.repository)/zoo/weights/lenet-digits.zoow"
    let arguments = ["graph", "lenet-digits", "--color", "time", "-w", shipped, "--threads", "1", "--runs", "2"]
    let json = try object(Command(arguments + ["--json"]))
    let quantity = try #require(json["quantity"] as? [String: Any])
    let nodes = try #require(quantity["nodes"] as? [[String: Any]])
    #expect(nodes.allSatisfy { ($0["value"] as? Double ?? 0) > 0 })
    #expect(nodes.first { $0["name"] as? String == "ip1" }?["covers"] as? [String] == ["relu1"], "\(nodes)")
    try Command(arguments + ["-o", "g.svg"]) { folder in
      let svg = try String(contentsOfFile: "\(folder)/g.svg", encoding: .utf8)
      #expect(svg.contains(">time of a forward pass of one image: medians of ") && svg.contains(">with relu1</text>"))
    }
  }

  @Test(
    "what cannot be drawn is said",
    arguments: [
      (["resnet20", "--collapse", "layr1"], "no block 'layr1' in resnet20 (did you mean 'layer1'?)"),
      (["resnet20", "--collapse", "0"], "--collapse is 0; expected 1 or more levels, or paths of blocks"),
      (["resnet20", "--collapse", "layer1,"], "'layer1,' is not a number of levels or paths of blocks"),
      (["resnet20", "--color", "macs", "--threads", "2"], "-w, --threads, --isa and --runs are for --color time"),
      (["resnet20", "-w", "synthetic"], "-w, --threads, --isa and --runs are for --color time"),
      (["resnet20", "--color", "weight"], "'weight'"),
      (["lenet", "--collapse"], "lenet has no blocks"),
      (["resnet20", "--depth", "0"], "--depth is 0; expected 1 or more levels of blocks"),
      (["resnet20", "--depth", "1", "--collapse"], "--depth and --collapse both say which blocks are one box each"),
      (["resnet20", "--block", "layr1"], "no block 'layr1' in resnet20 (did you mean 'layer1'?)"),
      (["resnet20", "-o", "g.gif"], "'g.gif' should end in .svg, .png, .html, .dot or .json"),
    ])
  func mistakes(arguments: [String], words: String) throws {
    let command = try Command(["graph"] + arguments)
    #expect(command.status == 64 && command.errors.contains(words), "\(command.errors)")
  }
}
