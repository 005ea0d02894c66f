import Foundation
import Testing

/// `zoo diff --activations`, `zoo import --script` and `zoo show --guess`, as a person runs them.
@Suite struct ActivationTests {
  private static let onnx = "\(Command.repository)/Tests/ZooImportTests/Fixtures/onnx"
  private static let model = "\(onnx)/residual-script17.onnx"
  private static let input = "\(onnx)/residual-in.npy"

  private func object(_ command: Command, status: Int32 = 0) throws -> [String: Any] {
    #expect(command.status == status, "\(command.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any])
  }

  @Test("an edited definition is compared with the model that it comes from: the node, the line, the place, the edit")
  func edited() throws {
    try Command(["import", Self.model, "-o", "net.yaml", "--preprocessing", "none"]) { folder in
      let (definition, weights) = ("\(folder)/net.yaml", "\(folder)/net.zoow")
      let arguments = ["diff", "--activations", Self.model, definition, "--input", Self.input]
      let values = ["--values", "\(Self.onnx)/residual-script17-values.npz"]
      let same = try Command(arguments + values)
      #expect(same.status == 0, "\(same.errors)")
      #expect(same.output.contains("the same: 26 layers agree within 1.0e-04"), "\(same.output)")
      let text = try String(contentsOfFile: definition, encoding: .utf8)
      let edited = text.replacingOccurrences(
        of: "padding: 1, groups: 2}", with: "padding: 2, dilation: 2, groups: 2}")
      #expect(edited != text)
      try Data(edited.utf8).write(to: URL(filePath: definition))
      let differs = try Command(arguments + values + ["-w", weights])
      #expect(differs.status == 1, "\(differs.errors)")
      for part in [
        "the first of 26 layers that differs, after 4 that agree",
        "A  node /layer/layer.0/conv2/Conv, value /layer/layer.0/conv2/Conv_output_0 (conv, 8×5×4)",
        "net.yaml:11:9: layer layer.0.conv2 (conv, 8×5×4)", "attributes: padding 1 in A, 2 in B; dilation 1×1 in A",
      ] {
        #expect(differs.output.contains(part), "\(part) in\n\(differs.output)")
      }
      let json = try object(Command(arguments + ["--json"]), status: 1)
      #expect(json["schema"] as? String == "zoo.activations/1" && json["source"] as? String == "interpreter")
      let first = try #require(json["firstDifference"] as? [String: Any])
      let (a, b) = (try #require(first["first"] as? [String: Any]), try #require(first["second"] as? [String: Any]))
      #expect(a["node"] as? String == "/layer/layer.0/conv2/Conv" && b["line"] as? Int == 11)
      #expect((json["layers"] as? [[String: Any]])?.count == 26)
      let plain = try Command(arguments + ["--plain"])
      #expect(plain.status == 1)
      #expect(plain.output.split(separator: "\n").count == 27)
      #expect(plain.output.hasPrefix("NODE\tLAYER\tLINE\tSHAPE\tRELATIVE\tMAXIMUM\tAT\tDIFFERS\n"))
    }
  }

  @Test("options that do not belong together are complaints about arguments")
  func usage() throws {
    for (arguments, words) in [
      (["diff", "--activations", "a.onnx", "b.yaml"], "--activations needs what the networks compute: --input X.npy"),
      (["diff", "a.zoow", "b.zoow", "--input", "x.npy"], "add --activations"),
      (
        ["diff", "--activations", "a.onnx", "b.yaml", "--input", "x.npy", "--only", "a"],
        "--only and --threads are for weights"
      ),
      (["import", "--script", "a.onnx", "-o", "a.yaml"], "--script prints a program and imports nothing"),
      (["import", "-o", "a.yaml"], "Missing expected argument '<IN>'"),
      (["import", Self.model], "Missing expected argument '-o <NAME.yaml>'"),
      (["show", "resnet18", "--guess"], "--guess is for files of weights"),
    ] {
      let command = try Command(arguments)
      #expect(command.status == 64 && command.errors.contains(words), "\(arguments): \(command.errors)")
    }
  }

  @Test("the script is printed for any model, and for one that is named")
  func script() throws {
    let any = try Command(["import", "--script"])
    #expect(any.status == 0 && any.output.contains("python activations.py MODEL.onnx INPUT.npy VALUES.npz"))
    let named = try Command(["import", "--script", Self.model])
    #expect(named.status == 0 && named.output.contains("\(Self.model) INPUT.npy residual-script17-values.npz"))
    #expect(try Command(["import", "--script", "absent.onnx"]).status == 66)
  }

  @Test("tensors without structure: what they fit, or what they are likely to be, known apart from guessed")
  func guess() throws {
    let shipped = "\(Command.repository)/zoo/weights/lenet-digits.zoow"
    try Command(["unpack", shipped, "-o", "w.safetensors"]) { folder in
      let text = try Command(["show", "\(folder)/w.safetensors", "--guess"])
      #expect(text.status == 0, "\(text.errors)")
      #expect(text.output.contains("lenet-digits") && text.output.contains("by all names and shapes"), "\(text.output)")
      let (known, guessed) = (text.output.range(of: "known\n"), text.output.range(of: "guessed by names and shapes\n"))
      #expect(try #require(known).lowerBound < (try #require(guessed)).lowerBound)
      let json = try object(Command(["show", "\(folder)/w.safetensors", "--guess", "--json"]))
      #expect(json["schema"] as? String == "zoo.guess/1")
      let facts = try #require(json["known"] as? [String: Any])
      #expect((facts["fits"] as? [String])?.contains("lenet-digits") == true)
      let guess = try #require(json["guessed"] as? [String: Any])
      #expect(guess["classes"] as? Int == 10)
      let plain = try Command(["show", "\(folder)/w.safetensors", "--guess", "--plain"])
      #expect(plain.output.hasPrefix("LAYER\tLIKELY\tPARAMETERS\tTENSORS\n"), "\(plain.output)")
    }
  }
}
