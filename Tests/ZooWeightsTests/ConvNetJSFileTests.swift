import Testing
import ZooTestSupport
import ZooWeights

struct ConvNetJSFileTests {
  private func open(_ text: String) throws -> ConvNetJSFile {
    try ConvNetJSFile.open(bytes: Array(text.utf8), name: "net.json")
  }

  private static let small = """
    {"version": [1, {"x": null}], "layers": [
      {"layer_type": "input", "out_depth": 2, "out_sx": 1, "out_sy": 2},
      {"layer_type": "fc", "out_depth": 1, "l2_decay_mul": 1e-1, "x": "y",
       "filters": [{"sx": 1, "sy": 2, "depth": 2, "w": {"0": 1, "1": -2.5, "2": 3e2, "3": 0}}],
       "biases": {"sx": 1, "sy": 1, "depth": 1, "w": [0.5], "other": []}}]}
    """

  @Test("layers with their numbers and volumes, as lists and as objects")
  func layers() throws {
    let file = try open(Self.small)
    #expect(file.layers.map(\.type) == ["input", "fc"])
    #expect(file.layers[0].numbers == ["out_depth": 2, "out_sx": 1, "out_sy": 2])
    #expect(file.layers[1].numbers == ["out_depth": 1, "l2_decay_mul": 0.1])
    #expect(file.layers[1].others == ["x"])
    #expect(file.layers[1].filters.map(\.values) == [[1, -2.5, 300, 0]])
    #expect(file.layers[1].filters.map(\.height) == [2])
    #expect(file.layers[1].biases?.values == [0.5])
  }

  @Test(
    "what is wrong",
    arguments: [
      (
        "{\"layers\": [{\"biases\": {\"sx\": 1, \"sy\": 1, \"depth\": 2, \"w\": [1]}}]}",
        "a volume with as many numbers"
      ),
      ("{\"layers\": [{\"biases\": {\"sx\": 1, \"sy\": 1, \"depth\": 1}}]}", "a volume with as many numbers"),
      (
        "{\"layers\": [{\"biases\": {\"sx\": 1, \"sy\": 1, \"depth\": 1, \"w\": {\"1\": 1}}}]}", "the number at place 0"
      ),
      ("{\"layers\": [{\"biases\": {\"w\": [1e39]}}]}", "a number that fits in 32 bits"),
      ("{\"layers\": [{\"biases\": {\"w\": [null]}}]}", "a number that fits in 32 bits"),
      ("{\"layers\": [{\"sx\": 1e999}]}", "a finite number"), ("{\"layers\": {}}", "'['"), ("[]", "'{'"),
      ("{} x", "the end"), ("{\"layers\": [{\"sx\": 1, \"sx\": 2}]}", "twice"),
      ("{\"layers\": [{\"biases\": {\"sx\": -1}}]}", "a whole number that is not negative"),
      ("{\"layers\": [{\"biases\": {\"sx\": 4294967296, \"sy\": 4294967296, \"depth\": 9, \"w\": []}}]}", "a volume"),
    ])
  func complaints(text: String, part: String) {
    do {
      _ = try open(text)
      Issue.record("\(text) was read")
    } catch {
      #expect("\(error)".contains(part), "\(text): \(error)")
    }
  }

  @Test("files with bytes changed are read or refused")
  func hostile() {
    for index in 0..<1500 {
      var generator = SplitMix64(seed: index)
      var bytes = Array(Self.small.utf8)
      for _ in 0...generator.integer(0...2) {
        bytes[generator.integer(0...bytes.count - 1)] = generator.element(Array("{}[]\",:0123456789eE+-. ".utf8))
      }
      do {
        #expect(try ConvNetJSFile.open(bytes: bytes, name: "x").layers.count <= bytes.count)
      } catch {
        #expect(!"\(error)".isEmpty)
      }
    }
  }
}
