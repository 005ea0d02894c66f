import Foundation
import Testing

/// What goes wrong ends with the right exit status and says what to do.
@Suite struct FailureTests {
  static let digit = Command.sample("test-103-is-3.png")

  private func lenet(_ replace: String, _ with: String) throws -> String {
    try String(contentsOfFile: "\(Command.repository)/zoo/lenet.yaml", encoding: .utf8)
      .replacingOccurrences(of: replace, with: with)
  }

  @Test("a misspelt key")
  func misspeltKey() throws {
    let yaml = try lenet("out: 20, kernel: 5", "out: 20, kernal: 5")
    let command = try Command(["build", "net.yaml"], files: ["net.yaml": yaml])
    #expect(command.status == 65)
    #expect(
      command.errors == """
        net.yaml:26:34: error: unknown key 'kernal' in 'conv' (did you mean 'kernel'?)
           26 |   - conv: {name: conv1, out: 20, kernal: 5}
              |                                  ^~~~~~
        1 error

        """)
    #expect(command.output.isEmpty)
  }

  @Test("a kernel larger than its input")
  func largeKernel() throws {
    let yaml = try lenet("out: 50, kernel: 5", "out: 50, kernel: 50")
    let command = try Command(["build", "net.yaml"], files: ["net.yaml": yaml])
    #expect(command.status == 65)
    #expect(
      command.errors.hasPrefix(
        "net.yaml:28:42: error: the kernel of layer 'conv2' spans 50×50, more than its padded input, 12×12: 'pool1' is 20×12×12\n"
      ))
  }

  @Test("a text file named .jpg")
  func textAsImage() throws {
    let command = try Command(["infer", "text.jpg"], files: ["text.jpg": "hello\n"])
    #expect(command.status == 65)
    #expect(command.errors == "error: text.jpg: this is a text file, not a picture; zoo reads JPEG and PNG\n")
  }

  @Test("a truncated archive, verified and used")
  func truncatedArchive() throws {
    let archive = try Data(contentsOf: URL(filePath: "\(Command.repository)/zoo/weights/lenet-digits.zoow"))
    for (arguments, status) in [(["verify"], 1), (["infer", Self.digit, "-w"], 65)] as [([String], Int32)] {
      let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).zoow")
      defer { try? FileManager.default.removeItem(at: path) }
      try archive.prefix(100_000).write(to: path)
      let command = try Command(arguments + [path.path])
      #expect(command.status == status, "\(arguments)")
      #expect(command.errors.contains("cut short"), "\(command.errors)")
    }
  }

  @Test("a checkpoint of another network")
  func otherNetwork() throws {
    let weights = "\(Command.repository)/zoo/weights/lenet-digits.zoow"
    let command = try Command(["infer", Self.digit, "-m", "lenet5", "-w", weights])
    #expect(command.status == 65)
    #expect(command.errors.contains("missing from the checkpoint"))
    #expect(command.errors.contains("another network"))
  }

  @Test("files that are not there")
  func missing() throws {
    for arguments in [
      ["infer", "none.png"], ["build", "none/none.yaml"], ["infer", Self.digit, "-w", "none.zoow"],
      ["verify", "none.zoow"], ["eval", "lenet-digits", "--data", "none"], ["build", "resnet19"],
    ] {
      let command = try Command(arguments)
      #expect(command.status == 66, "\(arguments): \(command.errors)")
      #expect(command.errors.hasPrefix("error: "), "\(arguments)")
    }
  }

  @Test("weights that are not on this machine")
  func noWeights() throws {
    let command = try Command(["infer", Self.digit, "-m", "resnet18"])
    #expect(command.status == 69)
    #expect(command.errors.contains("https://download.pytorch.org/models/resnet18-f37072fd.pth"))
    #expect(command.errors.contains("-w FILE"))
  }

  @Test(
    "arguments that cannot be",
    arguments: [
      ["infer"], ["infer", "x.png", "--top", "0"], ["infer", "x.png", "--isa", "sse9"], ["nosuch"],
      ["build", "lenet", "--input", "3x224"], ["infer", "x.png", "-w", "synthetic:x"],
      ["infer", digit, "--threads", "0"], ["build", "lenet", "--expand", "--json"],
    ])
  func usage(arguments: [String]) throws {
    let command = try Command(arguments)
    #expect(command.status == 64, "\(arguments): \(command.errors)")
    #expect(!command.errors.isEmpty)
  }

  @Test("a tensor of numbers that are not finite")
  func notFinite() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).npy")
    defer { try? FileManager.default.removeItem(at: path) }
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 28, 28), }".padding(
      toLength: 117, withPad: " ", startingAt: 0)
    let start = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, 118, 0]) + Data((header + "\n").utf8)
    try (start + Data([UInt8](repeating: 0xFF, count: 4 * 784))).write(to: path)
    let command = try Command(["infer", path.path])
    #expect(command.status == 65)
    #expect(command.errors.hasPrefix("error: image 0: the number at [0, 0, 0] is not a number"), "\(command.errors)")
  }

  @Test("environment variables stand in for flags, and are checked as they are")
  func environment() throws {
    let threads = try Command(["infer", Self.digit], environment: ["ZOO_THREADS": "many"])
    #expect(threads.status == 64)
    #expect(threads.errors.contains("ZOO_THREADS is 'many'; expected a positive number"))
    let model = try Command(["infer", Self.digit], environment: ["ZOO_MODEL": "resnet18"])
    #expect(model.status == 69)
    #expect(model.errors.contains("no weights for resnet18"))
  }

  @Test("an output that cannot be made says why")
  func noFolder() throws {
    let command = try Command(["graph", "lenet", "-o", "none/g.svg"])
    #expect(command.status == 73)
    #expect(command.errors == "error: none/g.svg: cannot be written: No such file or directory\n")
  }

  @Test("an output that exists is kept")
  func existing() throws {
    let command = try Command(["convert-fc", "lenet", "-o", "out.yaml"], files: ["out.yaml": "mine"]) { folder in
      let kept = try String(contentsOfFile: "\(folder)/out.yaml", encoding: .utf8)
      #expect(kept == "mine")
    }
    #expect(command.status == 73)
    #expect(
      command.errors == "error: out.yaml: already exists; pass --force to replace it, or choose another name with -o\n")
  }

  @Test("in a list the good images are answered, and the status says that one was not")
  func partial() throws {
    let command = try Command(["infer", "bad.png", Self.digit, "--json"], files: ["bad.png": "no"])
    #expect(command.status == 65)
    let answer = try #require(try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any])
    let results = try #require(answer["results"] as? [[String: Any]])
    #expect(answer["schema"] as? String == "zoo.infer/1")
    #expect(results.count == 2)
    #expect(results[0]["error"] is String && results[0]["top"] == nil)
    let top = try #require(results[1]["top"] as? [[String: Any]])
    #expect(top[0]["label"] as? String == "3")
  }
}
