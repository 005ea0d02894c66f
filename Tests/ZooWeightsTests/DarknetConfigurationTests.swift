import Testing
import ZooWeights

struct DarknetConfigurationTests {
  private func open(_ text: String) throws -> DarknetConfiguration {
    try DarknetConfiguration.open(bytes: Array(text.utf8), name: "net.cfg")
  }

  @Test("sections, options, comments, white space, and the first of two options of one name")
  func sections() throws {
    let read = try open(
      "[net]\n# no\nheight = 2 24\r\n\n[convolutional]\n; no\nfilters=8\nfilters=9\nlayers = -1, 3 # x\n")
    #expect(read.sections.map(\.type) == ["net", "convolutional"])
    #expect(read.sections.map(\.line) == [1, 5])
    #expect(read.sections[0].option("height")?.value == "224")
    #expect(read.sections[1].option("filters")?.value == "8")
    #expect(read.sections[1].option("layers")?.value == "-1,3")
    #expect(read.sections[1].option("layers")?.line == 9)
    #expect(read.sections[1].option("size") == nil)
  }

  @Test(
    "what is wrong is named with its line",
    arguments: [
      ("[net]\nheight", 2, "expected key=value or [SECTION], found height"),
      ("[net]\n=3", 2, "expected key=value or [SECTION], found =3"),
      ("[net\n", 1, "expected [SECTION], found [net"), ("[net]\n[]", 2, "expected [SECTION], found []"),
      ("a=1", 1, "an option stands before the first section, which must be [net]"),
      ("\n[conv]", 2, "expected the section [net], found [conv]; give a .cfg of darknet's"),
      ("", 1, "expected the section [net], found no section; give a .cfg of darknet's"),
      ("[net]\n\u{1}", 2, "this is no text; give the .cfg that belongs to the .weights"),
    ])
  func complaints(text: String, line: Int, sentence: String) {
    let error = WeightsError(path: "net.cfg", .darknet(.configuration(line: line, sentence)))
    #expect(throws: error, "\(text)") { _ = try open(text) }
    #expect("\(error)".hasSuffix("line \(line): \(sentence)"))
  }

  @Test("more sections than any network has")
  func many() {
    #expect(throws: WeightsError.self) { _ = try open(String(repeating: "[net]\n", count: 20_001)) }
  }

  @Test("weights that are not shared between positions, as darknet stores them")
  func local() throws {
    let layer = DarknetLayer.locallyConnected("local", outputs: 2, inputs: 1, kernel: 1, rows: 1, columns: 3)
    let checkpoint = try Checkpoint.openDarknet(
      bytes: ForgedDarknet.file(counting(12)), name: "a.weights", layers: [layer])
    #expect(layer.name == "local")
    #expect(try checkpoint.tensor(named: "local.bias").shape == [2, 1, 3])
    let weight = try checkpoint.tensor(named: "local.weight")
    #expect(weight.shape == [1, 3, 2, 1, 1, 1])
    #expect(weight.floats == counting(6, from: 6))
  }
}
