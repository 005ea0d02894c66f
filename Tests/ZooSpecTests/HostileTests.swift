import Testing
import ZooSpec
import ZooTestSupport

/// Files that want to crash the reader, fill the memory or never end. Each must be refused with a place.
struct HostileTests {
  private func complaint(_ bytes: [UInt8]) -> String {
    let answer = BrokenDefinitionTests.answer(to: "x", bytes: bytes)
    return answer.split(separator: "\n").first.map(String.init) ?? ""
  }

  private func complaint(_ text: String) -> String { complaint(Array(text.utf8)) }

  private static let head = "zoo: 1\nname: x\ninput: [3, 8, 8]\n"

  @Test func `an alias bomb is refused`() {
    var text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    for level in 1...20 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(aliases)]\n"
    }
    #expect(complaint(text).hasSuffix("error: aliases repeat more than 100,000 values"))
    let merges = "a0: &a0 {x: 1}\n" + (1...70).map { "a\($0): &a\($0) {y: *a\($0 - 1)}\n" }.joined()
    #expect(complaint(merges) == "x.yaml:64:15: error: lists and mappings are nested more than 64 deep")
  }

  @Test(arguments: ["[", "{a: ", "- ", "? ", "[{a: "])
  func `a file nested 10,000 deep is refused`(opening: String) {
    let text = String(repeating: opening, count: 10_000)
    #expect(complaint(text).hasSuffix("error: lists and mappings are nested more than 64 deep"), "\(opening)")
  }

  @Test func `a file that is too large is refused unread`() {
    let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: 5 << 20)
    #expect(complaint(bytes) == "x.yaml:1:1: error: the file has 5,242,880 bytes; a definition has at most 4,194,304")
  }

  @Test func `a file with too many values is refused`() {
    let text = "a: [" + String(repeating: "1,", count: 300_000) + "]"
    #expect(complaint(text).hasSuffix("error: the file has more than 200,000 values"))
  }

  @Test(
    arguments: [
      ([0x61, 0x3A, 0x20, 0x00], "x.yaml:1:4: error: the character U+0000 cannot stand in a YAML file"),
      ([0x61, 0x0A, 0x62, 0xFF], "x.yaml:2:2: error: this byte is not UTF-8; save the file as UTF-8"),
      ([0x61, 0xC3], "x.yaml:1:2: error: this byte is not UTF-8; save the file as UTF-8"),
      ([0xC0, 0x80], "x.yaml:1:1: error: this byte is not UTF-8; save the file as UTF-8"),
      ([0xED, 0xA0, 0x80], "x.yaml:1:1: error: this byte is not UTF-8; save the file as UTF-8"),
      ([0xFF, 0xFE, 0x61, 0x00], "x.yaml:1:1: error: this byte is not UTF-8; save the file as UTF-8"),
      ([0x61, 0xEF, 0xBB, 0xBF], "x.yaml:1:2: error: the character U+FEFF cannot stand in a YAML file"),
      ([0xC3, 0xA9, 0x1B, 0x5B], "x.yaml:1:2: error: the character U+001B cannot stand in a YAML file"),
      ([], "x.yaml:1:1: error: the file is empty; a definition starts with 'zoo: 1'"),
    ] as [([UInt8], String)])
  func `bytes that are no text are refused at their place`(bytes: [UInt8], answer: String) {
    #expect(complaint(bytes) == answer)
  }

  @Test func `a stranger's text cannot drive the terminal or fill it`() {
    let escape = "zoo: 1\nname: \"\\e[31m\(String(repeating: "x", count: 500))\"\n"
    let answer = BrokenDefinitionTests.answer(to: "x", bytes: Array(escape.utf8))
    #expect(!answer.unicodeScalars.contains { $0.value == 0x1B })
    #expect(answer.split(separator: "\n").allSatisfy { $0.unicodeScalars.count < 250 })
  }

  @Test func `many errors are counted, not all shown`() {
    let text = Self.head + "layers:\n" + String(repeating: "  - rellu\n", count: 5_000)
    let answer = BrokenDefinitionTests.answer(to: "x", bytes: Array(text.utf8))
    #expect(answer.hasSuffix("\n5000 errors, of which 50 are shown\n"))
    #expect(answer.split(separator: "\n").count == 151)
  }

  @Test func `blocks that multiply are stopped`() {
    var text = Self.head + "blocks:\n  b0: {layers: [relu]}\n"
    for level in 1...30 {
      text += "  b\(level): {layers: [{use: {block: b\(level - 1)}}, {use: {block: b\(level - 1)}}]}\n"
    }
    text += "layers: [{use: {block: b30}}]\n"
    #expect(complaint(text).hasSuffix("error: the definition expands to more than 20,000 layers"))
  }

  @Test func `thousands of wrong names do not cost thousands of searches`() {
    var text = Self.head + "layers:\n"
    for index in 0..<15_000 { text += "  - relu: {name: r\(index), from: q\(index)}\n" }
    #expect(complaint(text) == "x.yaml:5:28: error: no layer before this one is named 'q0'")
  }

  @Test func `blocks that nest without end are stopped`() {
    var text = Self.head + "blocks:\n  b0: {layers: [relu]}\n"
    for level in 1...5_000 { text += "  b\(level): {layers: [{use: {block: b\(level - 1)}}]}\n" }
    text += "layers: [{use: {block: b5000}}]\n"
    #expect(complaint(text).hasSuffix("error: blocks and groups are nested more than 64 deep"))
  }

  @Test func `numbers multiplied by repetition do not overflow`() {
    let text =
      Self.head + "parameters: {n: 9007199254740991}\nblocks:\n  b:\n    parameters: {n: int}\n    layers:\n"
      + "      - conv: {name: c, out: $n * $n * $n * $n, kernel: 1}\n"
      + "layers: [{use: {block: b, name: \"b{i}\", repeat: 3, with: {n: $n * ($i + 1)}}}]\n"
    #expect(complaint(text).contains("comes to more than 9,007,199,254,740,991"))
  }

  @Test func `a concatenation that doubles is stopped before it overflows`() {
    var text = Self.head + "layers:\n  - relu: {name: c0}\n"
    for level in 1...100 {
      let from = Array(repeating: "c\(level - 1)", count: 1024).joined(separator: ", ")
      text += "  - concat: {name: c\(level), from: [\(from)]}\n"
    }
    let answer = complaint(text)
    #expect(answer.contains("error: the output of layer 'c"), "\(answer)")
  }

  /// Flips, inserts, deletes and repeats bytes of the catalogue's files: any answer will do, none may crash.
  @Test(arguments: Repository.kinds)
  func `no mutation of a definition crashes`(name: String) throws {
    let original = try Repository.read(Repository.root + "/zoo/\(name).yaml")
    var random = SplitMix64(seed: name)
    let pieces = [
      "$", "*", "&a ", "<<: ", "[", "]", "{", "}", ": ", "\n", "- ", "9999999999999", "-1", "!!", "{i}", "\0", "é",
    ]
    var refused = 0
    for _ in 0..<120 {
      var bytes = original
      for _ in 0..<(1 + Int(random.next() % 3)) {
        let place = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 5 {
        case 0: bytes[place] ^= UInt8(1 << (random.next() % 8))
        case 1: bytes.insert(contentsOf: pieces[Int(random.next() % UInt64(pieces.count))].utf8, at: place)
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + Int(random.next() % 8)))
        case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 40)], at: place)
        default: bytes[place] = UInt8(ascii: "0") + UInt8(random.next() % 10)
        }
      }
      do throws(DefinitionErrors) {
        let source = SourceFile(path: "zoo/\(name).yaml", bytes: bytes)
        _ = try Definition.parse(source, loader: Repository.load).graph()
      } catch {
        refused += 1
        #expect(!error.diagnostics.isEmpty && !error.description.isEmpty)
      }
    }
    #expect(refused > 0, "no mutation of \(name) was refused")
  }

}
