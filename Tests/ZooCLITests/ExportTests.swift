import Foundation
import Testing

/// `zoo export`, and what it wrote used again.
@Suite struct ExportTests {
  private func json(_ path: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any])
  }

  @Test("a folder that says what it is and classifies as before")
  func folder() throws {
    let image = Command.sample("test-103-is-3.png")
    let command = try Command(["export", "lenet-digits", "-o", "digits"]) { folder in
      let path = "\(folder)/digits"
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: path).sorted() == [
          "README.md", "config.json", "model.safetensors", "model.yaml", "preprocessor_config.json",
        ])
      let expected = try Command(["infer", image]).output
      #expect(try Command(["infer", image, "-m", path]).output == expected)
      #expect(try Command(["infer", image, "-w", path]).output == expected)
      #expect(try Command(["diff", path, "\(Command.repository)/zoo/weights/lenet-digits.zoow"]).status == 0)
      let config = try json("\(path)/config.json")
      #expect((config["architecture"] as? String, config["num_classes"] as? Int) == ("lenet_digits", 10))
      #expect((config["id2label"] as? [String: String])?["7"] == "7")
      let again = try Command(["export", "lenet-digits", "-o", path])
      #expect(again.status == 73)
      #expect(again.errors.contains("exists already"), "\(again.errors)")
      let card = try Command(["show", path]).output
      #expect(card.contains("at hand") && card.contains("in \(path)"), "\(card)")
    }
    #expect(command.status == 0, "\(command.errors)")
    #expect(
      command.output == """
        lenet-digits: 8 tensors, 1.7 MB, to digits
        files: config.json, preprocessor_config.json, model.yaml, README.md, model.safetensors

        """)
    #expect(command.errors == "Next: zoo infer IMAGE -m ./digits\n")
  }

  @Test("ResNet-18 in timm's and transformers' convention")
  func convention() throws {
    try Command(["export", "resnet18", "-w", "synthetic", "-o", "r"]) { folder in
      let config = try json("\(folder)/r/config.json")
      #expect((config["architecture"] as? String, config["num_features"] as? Int) == ("resnet18", 512))
      #expect((config["label_names"] as? [String])?.first == "n01440764")
      let pretrained = try #require(config["pretrained_cfg"] as? [String: Any])
      #expect(pretrained["input_size"] as? [Int] == [3, 224, 224])
      #expect(pretrained["crop_pct"] as? Double == 0.875)
      #expect(pretrained["interpolation"] as? String == "bilinear")
      #expect(pretrained["mean"] as? [Double] == [0.485, 0.456, 0.406])
      #expect((pretrained["first_conv"] as? String, pretrained["classifier"] as? String) == ("conv1", "fc"))
      let processor = try json("\(folder)/r/preprocessor_config.json")
      #expect((processor["size"] as? [String: Int]) == ["shortest_edge": 256])
      #expect(processor["resample"] as? Int == 2)
      let factor = try #require(processor["rescale_factor"] as? Double)
      #expect(abs(factor * 255 - 1) < 1e-12)
      let card = try String(contentsOfFile: "\(folder)/r/README.md", encoding: .utf8)
      #expect(card.hasPrefix("---\nlibrary_name: zoo\npipeline_tag: image-classification\n"))
      #expect(card.contains("made up by a formula") && !card.contains("top-1"))
      #expect(card.contains("| layer4.1.conv2 | convolution 3×3, padding 1 + batch norm | 512×7×7 |"), "\(card)")
    }
  }

  @Test("weights alone, and formats that zoo does not write")
  func files() throws {
    try Command(["export", "lenet-digits", "-o", "w.npz"]) { folder in
      let same = try Command(["diff", "\(folder)/w.npz", "\(Command.repository)/zoo/weights/lenet-digits.zoow"])
      #expect(same.status == 0, "\(same.output)\(same.errors)")
    }
    for (arguments, message) in [
      (
        ["x.zoow"],
        "'x.zoow' is zoo's own format: `zoo pack` makes an archive, `zoo build MODEL -o OUT.zoo` a package"
      ),
      (["x", "--external-data"], "--external-data is for an OUT that ends in .onnx"),
      (["x", "--input", "1x32x32"], "--input is for an OUT that ends in .onnx"),
      (["x", "--opset", "21"], "--opset is for an OUT that ends in .onnx"),
      (["x.onnx", "--opset", "18"], "ONNX models are not written in opset 18, but in 17 and 21"),
    ] {
      let command = try Command(["export", "lenet-digits", "-o"] + arguments)
      #expect(command.status == 64)
      #expect(command.errors.contains(message), "\(command.errors)")
    }
    #expect(try Command(["export", "resnet18", "-o", "r"]).status == 69)
  }

  @Test("an ONNX model, of one file and of two, that classifies as before")
  func onnx() throws {
    let image = Command.sample("test-103-is-3.png")
    let expected = try Command(["infer", image]).output
    for (arguments, files, line) in [
      ([], ["x.onnx"], "lenet-digits: 8 nodes, 8 tensors, 1.7 MB, to x.onnx\n"),
      (
        ["--external-data"], ["x.onnx", "x.onnx.data"],
        "lenet-digits: 8 nodes, 8 tensors, 1.7 MB, to x.onnx and x.onnx.data\n"
      ),
    ] {
      let command = try Command(["export", "lenet-digits", "-o", "x.onnx"] + arguments) { folder in
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
        #expect(names.sorted() == files)
        #expect(try Command(["infer", image, "-m", "lenet-digits", "-w", "\(folder)/x.onnx"]).output == expected)
        let again = try Command(["export", "lenet-digits", "-o", "\(folder)/x.onnx"])
        #expect(again.status == 73 && again.errors.contains("already exists"), "\(again.errors)")
      }
      #expect(command.status == 0 && command.output == line, "\(command.output)\(command.errors)")
    }
    let answer = try Command(["export", "resnet20", "-w", "synthetic", "--input", "3x40x40", "-o", "x.onnx", "--json"])
    let json = try #require(try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any])
    #expect(json["schema"] as? String == "zoo.export/1" && json["tensors"] as? Int == 97, "\(json)")
  }

  @Test("a PyTorch module with its weights beside it")
  func pytorch() throws {
    let command = try Command(["export", "lenet-digits", "-o", "net.py"]) { folder in
      let text = try String(contentsOfFile: "\(folder)/net.py", encoding: .utf8)
      #expect(text.contains("class LenetDigits(nn.Module):"), "\(text)")
      #expect(text.contains("load_file(\"net.safetensors\")"), "\(text)")
      let shipped = "\(Command.repository)/zoo/weights/lenet-digits.zoow"
      let same = try Command(["diff", "\(folder)/net.safetensors", shipped])
      #expect(same.status == 0, "\(same.output)\(same.errors)")
    }
    #expect(command.output == "lenet-digits: 8 tensors, 1.7 MB, to net.py and net.safetensors\n", "\(command.errors)")
  }

  @Test("a folder without a definition is not a model, and one that names other files is refused")
  func strangers() throws {
    try Command(["unpack", "\(Command.repository)/zoo/weights/lenet-digits.zoow", "-o", "tensors"]) { folder in
      let command = try Command(["build", "\(folder)/tensors"])
      #expect(command.status == 65)
      #expect(
        command.errors
          == "error: \(folder)/tensors: a folder without model.yaml, so not a model; pass it with -w to a model if it holds weights, or make one with `zoo export MODEL -o DIR`\n"
      )
      let yaml = "zoo: 1\nname: v\nvariant_of: lenet.yaml\n"
      try Data(yaml.utf8).write(to: URL(filePath: "\(folder)/tensors/model.yaml"))
      let outside = try Command(["build", "\(folder)/tensors"])
      #expect(outside.status == 65)
      #expect(outside.errors.contains("names the file 'lenet.yaml'"), "\(outside.errors)")
    }
  }
}
