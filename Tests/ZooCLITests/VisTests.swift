import Foundation
import Testing

/// The pictures of what a network does.
@Suite struct VisTests {
  private let digit = Command.sample("test-103-is-3.png")

  @Test(
    "methods of the gradient write a picture, the numbers behind it and JSON",
    arguments: ["saliency", "guided", "deconv", "input-gradient", "smoothgrad", "integrated"])
  func gradients(_ kind: String) throws {
    let command = try Command(
      ["vis", kind, digit, "-o", "why.png", "--save", "why.npy", "--json"]
    ) { folder in
      let picture = try Data(contentsOf: URL(filePath: "\(folder)/why.png"))
      #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]))
      let numbers = try Data(contentsOf: URL(filePath: "\(folder)/why.npy"))
      #expect(numbers.count == 128 + 4 * 784)
    }
    #expect(command.status == 0, "\(command.errors)")
    let answer = try #require(try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any])
    #expect(answer["schema"] as? String == "zoo.vis.attribution/1")
    #expect(answer["method"] as? String == kind)
    #expect(answer["target"] as? String == "logit of 3")
    #expect(answer["shape"] as? [Int] == [1, 28, 28])
  }

  @Test("cam adds up, names its layer, and draws as SVG, too")
  func cam() throws {
    let command = try Command(
      ["vis", "cam", digit, digit, "--class", "3", "--against", "5", "-o", "cam.svg", "--json"]
    ) { folder in
      let picture = try String(contentsOf: URL(filePath: "\(folder)/cam.svg"), encoding: .utf8)
      #expect(picture.hasPrefix("<svg"))
      #expect(picture.contains("zoo vis cam"))
    }
    #expect(command.status == 0, "\(command.errors)")
    let answer = try #require(try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any])
    #expect(answer["layer"] as? String == "conv2")
    let results = try #require(answer["results"] as? [[String: Any]])
    #expect(results.count == 2)
    for result in results {
      let sum = try #require(result["sum"] as? Double)
      let remainder = try #require(result["remainder"] as? Double)
      let score = try #require(result["score"] as? Double)
      #expect(abs(sum + remainder - score) < 1e-5)
      #expect(result["target"] as? String == "logit of 3 minus logit of 5")
    }
  }

  @Test("a picture that is there is kept, unless it may be replaced")
  func replaces() throws {
    let arguments = ["vis", "saliency", digit, "-o", "why.png"]
    let refused = try Command(arguments, files: ["why.png": "mine"]) { folder in
      let kept = try String(contentsOf: URL(filePath: "\(folder)/why.png"), encoding: .utf8)
      #expect(kept == "mine")
    }
    #expect(refused.status == 73)
    #expect(try Command(arguments + ["--force"], files: ["why.png": "mine"]).status == 0)
  }

  @Test(
    "what is not there is refused with what is",
    arguments: [
      (["saliency", "DIGIT", "--layer", "conv3", "--unit", "0"], 64, "did you mean 'conv1' or 'conv2'"),
      (["saliency", "DIGIT", "--layer", "conv2", "--unit", "50"], 64, "its units are 0 to 49"),
      (["saliency", "DIGIT", "--class", "12"], 64, "from 0 to 9"),
      (["saliency", "DIGIT", "--layer", "conv2"], 64, "give both or neither"),
      (["saliency", "DIGIT", "-o", "why.gif"], 64, "should end in .png or .svg"),
      (["cam", "DIGIT", "--layer", "ip1"], 64, "layers with maps: pool1, conv2, pool2"),
      (["cam", "DIGIT", "--class", "3", "--against", "3"], 64, "give another"),
      (["cam", "DIGIT", "--box", "1,2"], 64, "left, top, width and height"),
      (["integrated", "DIGIT", "--baseline", "white"], 64, "black"),
      (["smoothgrad", "DIGIT", "--samples", "0"], 64, "expected 1 to 10000"),
      (["guided", "missing.png"], 66, "there is no such file"),
      (["activations", "DIGIT", "--layer", "conv3"], 64, "did you mean 'conv1' or 'conv2'"),
      (["activations", "DIGIT", "--layer", "conv2", "--unit", "50"], 64, "its units are 0 to 49"),
      (["activations", "."], 65, "no JPEG or PNG file"),
      (["filters", "--layer", "pool1"], 64, "the nearest layers that have: conv1"),
      (["top", ".", "--layer", "conv2"], 65, "no JPEG or PNG file"),
      (["tsne", "."], 65, "no test data found"),
      (["tsne", "missing.npy"], 66, "missing.npy"),
      (["occlusion", "DIGIT", "--patch", "29"], 64, "28"),
      (["occlusion", "DIGIT", "--class", "12"], 64, "from 0 to 9"),
      (["invert", "DIGIT", "--layer", "conv3"], 64, "did you mean 'conv1' or 'conv2'"),
      (["class", "--class", "12"], 64, "from 0 to 9"),
      (["class", "--layer", "conv2", "--unit", "50"], 64, "its units are 0 to 49"),
      (["adversarial", "DIGIT", "--eps", "0"], 64, "from 1 to 255 levels"),
      (["adversarial", "DIGIT", "--target", "3"], 64, "choose another target"),
      (["check", "guded", "DIGIT"], 64, "did you mean 'guided'"),
    ] as [([String], Int32, String)])
  func refused(_ arguments: [String], _ status: Int32, _ words: String) throws {
    let command = try Command(["vis"] + arguments.map { $0 == "DIGIT" ? digit : $0 })
    #expect(command.status == status, "\(arguments): \(command.errors)")
    #expect(command.errors.contains(words), "\(arguments): \(command.errors)")
  }
}
