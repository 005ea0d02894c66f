import Testing
import ZooTensor
import ZooWeights

/// What Keras adds to HDF5 and zip: the description of a model, and lists of its tensors.
@Suite struct KerasFileTests {
  private static let description = Array("{\"class_name\": \"Sequential\", \"config\": {\"layers\": []}}".utf8)

  /// An HDF5 file with one tensor, of the layer `a`, as Keras 2 writes it.
  private static func hdf5(
    description: [UInt8]? = description, layers: String? = "a", weights: String = "a/k"
  ) -> [UInt8] {
    typealias Forge = ForgedHDF5
    var forge = Forge()
    let tensor = forge.object([Forge.space([2]), Forge.float32, Forge.compact(littleEndian([0, 1]))])
    let inner = forge.object([Forge.link("k", to: tensor)])
    let layer = forge.object([
      Forge.attribute(Array("weight_names".utf8), Array(weights.utf8)), Forge.link("a", to: inner),
    ])
    var group = [Forge.link("a", to: layer)]
    // Two names of one byte each where two layers are of one name.
    if let layers {
      group.append(
        layers.utf8.count == 2
          ? twoLetters("layer_names", layers) : Forge.attribute(Array("layer_names0".utf8), Array(layers.utf8)))
    }
    let model = forge.object(group)
    var root = [
      Forge.link("model_weights", to: model), Forge.attribute(Array("keras_version".utf8), Array("2.1".utf8)),
    ]
    if let description { root.append(Forge.attribute(Array("model_config".utf8), description)) }
    let start = forge.object(root)
    return forge.file(root: start)
  }

  private static func twoLetters(_ name: String, _ letters: String) -> ForgedHDF5.Message {
    var message = ForgedHDF5.attribute(Array(name.utf8), [letters.utf8.first ?? 0], count: 2)
    message.body.append(letters.utf8.last ?? 0)
    return message
  }

  static func archive(
    _ names: [String] = ["metadata.json", "config.json", "model.weights.h5"], isDeflated: Bool = false
  ) -> [UInt8] {
    var zip = ForgedZip()
    for name in names {
      let content =
        name == "metadata.json"
        ? Array("{\"keras_version\": \"3.0.5\"}".utf8) : name == "config.json" ? description : hdf5(description: nil)
      zip.add(name, isDeflated ? deflated(content) : content)
      guard isDeflated else { continue }
      zip.members[zip.members.count - 1].method = 8
      zip.members[zip.members.count - 1].checksum = checksum(content)
      zip.members[zip.members.count - 1].unpackedSize = UInt32(content.count)
    }
    return zip.bytes
  }

  @Test("A model of Keras 2, whose list of layers is divided")
  func model() throws {
    let file = try KerasFile(bytes: Self.hdf5(), name: "a.h5")
    #expect(file.version == "2.1")
    #expect(file.configuration["class_name"]?.string == "Sequential")
    #expect(file.layers == ["a": ["model_weights/a/a/k"]])
    #expect(try file.weights.tensor(named: "model_weights/a/a/k").floats == [0, 1])
  }

  @Test("An archive of Keras 3, stored and deflated", arguments: [false, true])
  func archive(isDeflated: Bool) throws {
    let bytes = Self.archive(isDeflated: isDeflated)
    let file = try KerasFile(bytes: bytes, name: "a.keras")
    #expect(file.version == "3.0.5" && file.layers == nil)
    let checkpoint = try Checkpoint.open(bytes: bytes, name: "a.keras")
    #expect(checkpoint.format == .keras)
    #expect(try readAll(checkpoint).map(\.floats) == [[0, 1]])
  }

  static let refused: [(problem: KerasProblem, bytes: [UInt8])] = [
    (.otherFile, Array("GGUF".utf8)),
    (.otherFile, archive(["model.weights.h5"])),
    (.noConfiguration, hdf5(description: nil)),
    (.noLayerNames, hdf5(layers: nil)),
    (.noWeights, archive(["config.json"])),
    (.duplicateLayer("a"), hdf5(layers: "aa")),
    (.missingTensor("model_weights/a/a/b"), hdf5(weights: "a/b")),
  ]

  @Test("Refused", arguments: refused.indices)
  func refusals(index: Int) {
    let (expected, bytes) = Self.refused[index]
    #expect(problem { _ = try KerasFile(bytes: bytes, name: "a") } == .keras(expected))
  }

  @Test("A description that is not JSON, and an archive that is damaged")
  func damaged() throws {
    let bytes = Self.hdf5(description: Array("{".utf8))
    guard case .json? = problem(of: { _ = try KerasFile(bytes: bytes, name: "a") }) else {
      Issue.record("JSON that breaks off is no JSON")
      return
    }
    var archive = Self.archive()
    let weights = archive.indices.first { archive[$0...].starts(with: Array("model.weights.h5".utf8)) }
    archive[(weights ?? 0) + 16 + 120] ^= 1
    #expect(
      problem { _ = try Checkpoint.open(bytes: archive, name: "a.keras") } == .zip(.memberChecksum("model.weights.h5")))
  }

  @Test("JSON of every kind is read, and what is none is refused")
  func json() throws {
    let value = try JSONValue(
      Array(#"{"a": [1, -2.5e3, true, false, null, "x", NaN, -Infinity], "b": {}, "c": []}"#.utf8))
    let list = value["a"]?.array ?? []
    #expect(list.count == 8 && list[0].integer == 1 && list[1].number == -2500 && list[1].integer == -2500)
    #expect(list[2].bool == true && list[3].bool == false && list[4].isNull && list[5].string == "x")
    #expect(list[6].number?.isNaN == true && list[7].number == -.infinity && list[7].integer == nil)
    #expect(value["b"]?.object?.isEmpty == true && value["c"]?.array?.isEmpty == true && value["d"] == nil)
    #expect(value[0] == nil && value["a"]?[8] == nil && value["a"]?["x"] == nil)
    for text in ["", "[", "[1,]", "{\"a\" 1}", "0x10", "+1", "nan", "1 2", "{\"a\": 1, \"a\": 2}", "--1", "tru"] {
      #expect(throws: WeightsProblem.self, "\(text)") { try JSONValue(Array(text.utf8)) }
    }
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
    #expect(throws: WeightsProblem.self) { try JSONValue(deep) }
  }
}
