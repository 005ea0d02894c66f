import Foundation
import Testing

/// What a person meets in the first hour: what layers there are, what training takes, what was meant.
@Suite struct FirstHourTests {
  @Test("layers: the table, one whole, JSON, and what is near")
  func layers() throws {
    let table = try Command(["layers"]).output
    #expect(table.contains("conv") && table.contains("out*, kernel*, stride"), "\(table)")
    let conv = try Command(["layers", "conv"]).output
    for text in [
      "⌊(H + 2P − F) / S⌋ + 1", "LeCun et al., 1989", "integer 1 to 1,048,576", "required",
      "  - conv: {name: conv1, out: 16, kernel: 3, padding: 1}", "3×32×32 → 16×32×32, 448 parameters, 442,368 MACs",
    ] {
      #expect(conv.contains(text), "\(text): \(conv)")
    }
    let json = try JSONSerialization.jsonObject(with: Data(try Command(["layers", "--json"]).output.utf8))
    let layers = try #require((json as? [String: Any])?["layers"] as? [[String: Any]])
    #expect(layers.contains { $0["word"] as? String == "conv" && $0["example"] != nil && $0["formula"] != nil })
    let linear = try Command(["layers", "Linear"])
    #expect(linear.status == 0 && linear.errors.contains("definitions call Linear fc"), "\(linear.errors)")
    let unknown = try Command(["layers", "maxpol"])
    #expect(unknown.status == 64 && unknown.errors.contains("did you mean 'max_pool'"), "\(unknown.errors)")
  }

  @Test("the memory of training beside that of inference")
  func training() throws {
    func answer(_ arguments: [String]) throws -> [String: Any] {
      let command = try Command(["build", "lenet-digits", "--training", "--json"] + arguments)
      #expect(command.status == 0, "\(command.errors)")
      let json = try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any]
      return try #require(json?["training"] as? [String: Any])
    }
    func number(_ answer: [String: Any], _ key: String) throws -> Int { try #require(answer[key] as? Int, "\(key)") }
    let sgd = try answer(["--batch", "32", "--optimizer", "sgd"])
    let adam = try answer(["--batch", "32", "--optimizer", "adam"])
    let large = try answer(["--batch", "64", "--optimizer", "sgd"])
    #expect(try number(sgd, "optimizerBytes") == number(sgd, "gradientBytes"))
    #expect(try number(adam, "optimizerBytes") == 2 * number(adam, "gradientBytes"))
    #expect(try number(large, "keptBytes") == 2 * number(sgd, "keptBytes"))
    #expect(try number(large, "weightBytes") == number(sgd, "weightBytes"))
    #expect(try number(sgd, "activationBytes") > number(sgd, "inferenceActivationBytes"))
    let layers = try #require(sgd["layers"] as? [[String: Any]])
    #expect(try layers.reduce(0) { try $0 + number($1, "keptBytes") } <= number(sgd, "keptBytes"))
    let text = try Command(["build", "lenet-digits", "--training", "--batch", "32"]).output
    for words in ["KEPT MB", "GRADIENTS MB", "A step of 32 images, SGD with momentum 0.9:", "INFERENCE MB"] {
      #expect(text.contains(words), "\(words): \(text)")
    }
    #expect(try Command(["build", "lenet", "--batch", "32"]).status == 64)
  }

  @Test(
    "a command or an option that does not exist: what was meant",
    arguments: [
      (["predict", "cat.jpg"], "zoo infer "), (["classify"], "zoo infer "), (["help", "predict"], "zoo infer "),
      (["info", "resnet18"], "zoo show "), (["summary"], "zoo build "), (["inspect"], "zoo show "),
      (["convert"], "zoo pack "), (["inferr"], "did you mean 'infer'?"), (["help", "inferr"], "did you mean 'infer'?"),
      (["cat.jpg"], "zoo infer cat.jpg"), (["resnet18"], "zoo show resnet18"), (["net.yaml"], "zoo build net.yaml"),
      (["a.pth"], "zoo show a.pth"), (["vis", "gradcam"], "did you mean 'cam'?"),
      (["vis", "salincy", "x"], "did you mean 'saliency'?"), (["infer", "x.png", "-k", "3"], "--top K"),
      (["infer", "x.png", "--gpu"], "--threads N"), (["infer", "x.png", "--tpo", "3"], "--top"),
      (["train", "lenet", "--data", ".", "-o", "run", "--learning-rate", "1"], "--lr X"),
      (["qqqqqq"], "zoo --help lists all"),
    ])
  func meant(arguments: [String], words: String) throws {
    let command = try Command(arguments)
    #expect(command.status == 64, "\(arguments): \(command.errors)")
    #expect(command.errors.contains(words), "\(arguments): \(command.errors)")
  }

  @Test("help of what there is stays help")
  func help() throws {
    for arguments in [["help"], ["help", "infer"], ["help", "vis", "cam"], ["infer", "--help"], ["--help"]] {
      let command = try Command(arguments)
      #expect(command.status == 0 && command.output.contains("USAGE:"), "\(arguments): \(command.errors)")
    }
  }
}
