import FoundationEssentials
import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

/// `tools/zoow.py` reads what the writer writes and sees the same in it.
@Suite(.enabled(if: SecondReader.isAvailable, "python3 and its standard library are not installed"))
struct SecondReaderTests {
  @Test("The second reader agrees with the first")
  func agreement() throws {
    let scratch = try Scratch()
    var random = SplitMix64(seed: 9)
    var tensors: [(name: String, tensor: Tensor)] = ElementType.allCases.map { type in
      ("layer.\(type.rawValue)", Tensor(shape: [7, 11], elementType: type, bytes: random.bytes(77 * type.size)))
    }
    tensors.append(("conv1/7x7_s2.weight", SyntheticCheckpoint.tensor(named: "w.weight", shape: [3, 90_000])))
    tensors.append(("scalar", Tensor(shape: [], floats: [3])))
    tensors.append(("empty", Tensor(shape: [2, 0], floats: [])))
    let path = scratch.path("a.zoow")
    let identifier = try Checkpoint(tensors).pack(to: path, metadata: ["name": "\"é\n"])

    var expected = tensors.map { name, tensor in
      "\(name)\t\(tensor.elementType.rawValue)\t"
        + (tensor.shape.rank == 0 ? "scalar" : tensor.shape.dimensions.map(String.init).joined(separator: "x"))
    }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let lines = try SecondReader.run("check", path).split(separator: "\n").map(String.init)
    let content = try #require(lines.last)
    #expect(content == "content\t\(identifier)")
    expected.append("metadata\t\"name\"\t\"\\\"\\u00e9\\n\"")
    #expect(lines.dropLast().map { $0.split(separator: "\t").prefix(3).joined(separator: "\t") } == expected)

    for (name, tensor) in tensors {
      _ = try SecondReader.run("dump", path, name, to: scratch.path("raw"))
      #expect(try scratch.read("raw") == tensor.bytes, "\(name)")
    }
  }

  @Test("The second reader finds damage in every part", arguments: [3, 20, 64, 200, 400, -70, -40, -1])
  func damage(position: Int) throws {
    let scratch = try Scratch()
    try Checkpoint([("a", SyntheticCheckpoint.tensor(named: "a.weight", shape: [10, 10]))])
      .pack(to: scratch.path("a.zoow"))
    var bytes = try scratch.read("a.zoow")
    bytes[position < 0 ? bytes.count + position : position] ^= 4
    let output = try SecondReader.run("check", scratch.write(bytes, to: "b.zoow"))
    #expect(!output.contains("content"), "byte \(position)")
  }
}

private enum SecondReader {
  /// Whether there is a Python with its standard library, which Debian's smallest one is without.
  static let isAvailable =
    (try? Python.shell("python3 -c 'import hashlib, json, struct, zlib; print(1)' 2>/dev/null")) == "1\n"

  /// Runs `tools/zoow.py` and returns what it prints.
  static func run(_ command: String, _ arguments: String..., to file: String? = nil) throws -> String {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let words = (["/\(root)/tools/zoow.py", command] + arguments).map { "'\($0)'" }.joined(separator: " ")
    return try Python.shell("python3 \(words) \(file.map { "> '\($0)'" } ?? "") 2>/dev/null")
  }
}
