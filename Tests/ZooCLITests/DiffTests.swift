import Foundation
import Testing

/// `zoo diff`, `zoo pack` with its options, and `zoo show` of weights, as a person runs them.
@Suite struct DiffTests {
  private let shipped = "\(Command.repository)/zoo/weights/lenet-digits.zoow"

  private func object(_ command: Command, status: Int32 = 0) throws -> [String: Any] {
    #expect(command.status == status, "\(command.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any])
  }

  @Test("a checkpoint and its archive are the same, whatever their metadata")
  func same() throws {
    try Command(["unpack", shipped, "-o", "w.safetensors"]) { folder in
      let command = try Command(["diff", shipped, "\(folder)/w.safetensors"])
      #expect(command.status == 0, "\(command.errors)")
      #expect(command.output.contains("the same: 8 tensors, bit for bit\n"), "\(command.output)")
    }
    let itself = try Command(["diff", shipped, shipped])
    #expect(itself.status == 0)
    #expect(itself.output.contains("so no tensor was read; zoo verify rechecks the bytes"), "\(itself.output)")
    #expect(try object(Command(["diff", shipped, shipped, "--json"]))["content"] is String)
  }

  @Test("weights in half precision differ by a rounding, and classify as before")
  func halfPrecision() throws {
    for (type, digits, limit) in [("float16", 11.0, 5e-4), ("bfloat16", 8.0, 4e-3)] {
      let arguments = ["pack", shipped, "-o", "h.zoow", "--dtype", type, "--json"]
      let packed = try object(
        Command(arguments) { folder in
          let half = "\(folder)/h.zoow"
          let text = try Command(["diff", shipped, half])
          #expect(text.status == 1)
          #expect(text.output.contains("8 of 8 tensors differ\n"), "\(text.output)")
          #expect(text.output.contains("float32 → \(type)"))
          let json = try object(Command(["diff", shipped, half, "--json"]), status: 1)
          #expect(json["schema"] as? String == "zoo.diff/1" && json["same"] as? Bool == false)
          let changed = try #require(json["changed"] as? [[String: Any]])
          #expect(changed.count == 8)
          var before = Double.infinity
          for tensor in changed {
            let values = try #require(tensor["values"] as? [String: Any])
            let relative = try #require(values["relative"] as? Double)
            #expect(relative <= before && relative <= exp2(-digits), "\(tensor["name"] ?? "")")
            before = relative
          }
          let within = try Command(["diff", shipped, half, "--tolerance", "\(exp2(-digits))"])
          #expect(within.status == 0, "\(within.output)")
          let image = Command.sample("test-103-is-3.png")
          let infer = try Command(["infer", image, "-m", "lenet-digits", "-w", half, "--json", "--top", "10"])
          #expect(infer.errors == "Weights stored as \(type), computed in float32\n")
          let scores = try Self.logits(infer.output)
          let expected = try Self.logits(Command(["infer", image, "--json", "--top", "10"]).output)
          let largest = expected.values.map(abs).max() ?? 0
          for (index, logit) in expected { #expect(abs((scores[index] ?? .infinity) - logit) <= limit * largest) }
          let shown = try object(Command(["show", half, "--json"]))
          let metadata = try #require(shown["metadata"] as? [String: String])
          #expect(metadata["zoo.dtype"] == type && metadata["source.dtype"] == "float32")
        })
      #expect(packed["dtype"] as? String == type)
      #expect(packed["bytes"] as? Int == 431_080 * 2)
    }
  }

  private static func logits(_ json: String) throws -> [Int: Double] {
    let answer = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let results = try #require(answer["results"] as? [[String: Any]])
    let top = try #require(results.first?["top"] as? [[String: Any]])
    return Dictionary(top.map { ($0["index"] as? Int ?? -1, $0["logit"] as? Double ?? 0) }) { first, _ in first }
  }

  @Test("some tensors only, and what one side lacks")
  func selection() throws {
    try Command(["unpack", shipped, "-o", "some.safetensors", "--only", "conv*"]) { folder in
      let some = "\(folder)/some.safetensors"
      let command = try Command(["diff", shipped, some])
      #expect(command.status == 1)
      #expect(command.output.contains("\n4 only in A\n"), "\(command.output)")
      #expect(command.output.contains("only in A:\n  ip1.weight  float32 500×800\n"), "\(command.output)")
      #expect(try Command(["diff", shipped, some, "--only", "conv*"]).status == 0)
      let none = try Command(["diff", shipped, some, "--only", "x*"])
      #expect(none.status == 65)
      #expect(none.errors == "error: \(shipped): no tensor's name fits 'x*'\n")
    }
  }

  @Test("a model is not a checkpoint, and a file must be there")
  func notWeights() throws {
    for model in ["resnet18", "mine.yaml"] {
      let command = try Command(["diff", model, shipped])
      #expect(command.status == 64)
      #expect(
        command.errors.contains(
          "'\(model)' is a model, and diff compares weights; give two checkpoints, such as .zoow, .pth or .safetensors files"
        ), "\(command.errors)")
    }
    #expect(try Command(["diff", shipped, "none.zoow"]).status == 66)
    #expect(try Command(["diff", shipped, shipped, "--tolerance", "-1"]).status == 64)
    #expect(try Command(["diff", shipped, Command.sample("test-103-is-3.png")]).status == 65)
  }

  @Test("pack says where the weights came from, the same each time")
  func provenance() throws {
    try Command(["unpack", shipped, "-o", "w.safetensors"]) { folder in
      let input = "\(folder)/w.safetensors"
      let arguments = [
        "pack", input, "-m", "lenet-digits", "--license", "CC-BY-4.0", "--metadata", "note=a=b", "--json", "-o",
      ]
      let metadata = try #require(
        try object(Command(arguments + ["\(folder)/1.zoow"]))["metadata"] as? [String: String])
      try Command(arguments + ["\(folder)/2.zoow"])
      let files = try ["1.zoow", "2.zoow"].map { try Data(contentsOf: URL(filePath: "\(folder)/\($0)")) }
      #expect(files[0] == files[1])
      #expect(metadata["source.file"] == "w.safetensors" && metadata["source.format"] == "safetensors")
      #expect(metadata["source.size"] == "\(try Data(contentsOf: URL(filePath: input)).count)")
      #expect(metadata["source.sha256"]?.count == 64 && metadata["zoo.definition.sha256"]?.count == 64)
      #expect(metadata["license"] == "CC-BY-4.0" && metadata["note"] == "a=b")
      let card = try Command(["show", "\(folder)/1.zoow", "--tensors"]).output
      for text in ["zoo archive", "content", "note = a=b", "zoo.definition = ", " bytes of text", "conv1.weight"] {
        #expect(card.contains(text), "\(text) in \(card)")
      }
      // An archive of an archive says where the first came from.
      let again = try object(Command(["pack", "\(folder)/1.zoow", "-o", "\(folder)/3.zoow", "--json"]))
      #expect((again["metadata"] as? [String: String])?["source.file"] == "w.safetensors")
    }
  }

  @Test(
    "options that cannot be",
    arguments: [
      (["--dtype", "int8"], "'int8' is not a type to store weights in; expected float32, float16 or bfloat16"),
      (["--metadata", "x"], "--metadata 'x' is not a key, '=' and a value"),
      (["--metadata", "zoo.model=x"], "--metadata 'zoo.model': keys that begin with 'zoo.' are written by zoo alone"),
      (["--metadata", "a=1", "--metadata", "a=2"], "--metadata 'a' is given twice"),
    ])
  func usage(arguments: [String], message: String) throws {
    let command = try Command(["pack", shipped, "-o", "x.zoow"] + arguments)
    #expect(command.status == 64)
    #expect(command.errors.contains(message), "\(command.errors)")
  }
}
