import Foundation
import Testing

/// What goes wrong ends with the right exit status and says what to do.
@Suite struct FailureTests {
  static let digit = Command.sample("test-103-is-3.png")
  static let weights = "\(Command.repository)/zoo/weights/lenet-digits.zoow"

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
        net.yaml:34:34: error: unknown key 'kernal' in 'conv' (did you mean 'kernel'?)
           34 |   - conv: {name: conv1, out: 20, kernal: 5}
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
        "net.yaml:36:42: error: the kernel of layer 'conv2' spans 50×50, more than its padded input, 12×12: 'pool1' is 20×12×12\n"
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

  @Test("a path that leads nowhere is not taken for a network of the catalogue")
  func pathElsewhere() throws {
    for arguments in [
      ["build", "/nowhere/resnet18.yaml"], ["show", "./resnet18.yaml"], ["infer", Self.digit, "-m", "./lenet.yaml"],
      ["graph", "zoo/lenet"], ["pack", Self.weights, "-m", "./lenet-digits.yaml", "-o", "x.zoow"],
      ["export", "./lenet-digits", "-o", "x.onnx"],
      ["bench", "./lenet.yaml"], ["convert-fc", "./lenet.yaml"],
    ] {
      let command = try Command(arguments)
      #expect(command.status == 66, "\(arguments): \(command.errors)")
      #expect(command.errors.contains(": no such model; that of the catalogue is called "), "\(command.errors)")
      #expect(command.output.isEmpty)
    }
  }

  @Test("a definition that is not here is the catalogue's, and that is said")
  func fromCatalogue() throws {
    for arguments in [
      ["build", "lenet.yaml"], ["show", "lenet.yaml"], ["graph", "lenet.yaml"], ["convert-fc", "lenet.yaml"],
      ["bench", "lenet.yaml", "--runs", "1"], ["infer", Self.digit, "-m", "lenet.yaml", "-w", "synthetic"],
      ["pack", Self.weights, "-m", "lenet-digits.yml", "-o", "x.zoow"],
    ] {
      let command = try Command(arguments)
      #expect(command.status == 0, "\(arguments): \(command.errors)")
      let name = arguments[0] == "pack" ? "lenet-digits.yml" : "lenet.yaml"
      #expect(
        command.errors.hasPrefix("note: no \(name) here; using the catalogue's \(name.prefix { $0 != "." })\n"),
        "\(arguments): \(command.errors)")
    }
    let own = try lenet("name: lenet", "name: mine")
    let here = try Command(["build", "lenet.yaml"], files: ["lenet.yaml": own])
    #expect(here.status == 0 && here.errors.isEmpty && here.output.hasPrefix("mine: ok"), "\(here.errors)")
    #expect(try Command(["build", "lenet"]).errors.isEmpty)
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

  @Test("an output that cannot be made ends the program before anything is read")
  func outputs() throws {
    let commands: [[String]] = [
      ["build", "none", "-w", "none", "-o"], ["graph", "none", "-o"], ["pack", "none", "-o"], ["export", "none", "-o"],
      ["infer", "none", "--save-logits"], ["infer", "none", "--save-input"],
      ["infer", "none", "--sliding", "--boxes", "-o"], ["infer", "none", "--features", "none", "--save-features"],
    ]
    let endings = [".zoo", ".dot", ".zoow", ".onnx", ".npy", ".npy", ".png", ".npy"]
    for (arguments, ending) in zip(commands, endings) {
      let missing = try Command(arguments + ["none/x\(ending)"])
      #expect(missing.status == 73, "\(arguments): \(missing.errors)")
      #expect(missing.errors == "error: none/x\(ending): cannot be written: No such file or directory\n")
      let file = try Command(arguments + ["f/x\(ending)"], files: ["f": ""])
      #expect(file.errors == "error: f/x\(ending): cannot be written: Not a directory\n")
      let folder = try Command(script: "mkdir x\(ending); exec \"$ZOO\" \"$@\"", arguments + ["x\(ending)"])
      #expect(folder.status == 73, "\(arguments): \(folder.errors)")
      guard !["infer"].contains(arguments[0]) else { continue }
      let existing = try Command(arguments + ["x\(ending)"], files: ["x\(ending)": ""])
      #expect(
        existing.errors
          == "error: x\(ending): already exists; pass --force to replace it, or choose another name with -o\n")
      #expect(existing.status == 73)
    }
    for arguments in [["unpack", Self.weights], ["export", "lenet-digits"]] {
      #expect(try Command(arguments + ["-o", "none/x"]).status == 73)
      let existing = try Command(arguments + ["-o", "x"], files: ["x": ""])
      #expect(existing.status == 73)
      #expect(existing.errors.hasPrefix("error: x: exists already"), "\(existing.errors)")
    }
  }

  @Test(
    "a name that ends as a file of another kind is not a folder's",
    arguments: [
      ["export", "lenet-digits", "-o", "model.pt"], ["export", "lenet-digits", "-o", "a/model.h5"],
      ["export", "lenet-digits", "-o", "model.caffemodel"], ["unpack", weights, "-o", "model.pth"],
      ["unpack", weights, "-o", "model.onnx"], ["pack", weights, "-o", "model.safetensors"],
      ["pack", weights, "-o", "a.zip"], ["pack", weights, "-o", "a"],
    ])
  func foreignEndings(arguments: [String]) throws {
    let command = try Command(arguments) { folder in
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(names.allSatisfy { $0.hasPrefix(".") })
    }
    #expect(command.status == 64, "\(command.errors)")
    #expect(command.errors.contains(arguments[3]))
    let other = arguments[0] == "pack" ? ".zoow" : ".safetensors"
    #expect(command.errors.contains(other), "\(command.errors)")
  }

  @Test("endings are the same in capitals, and folders may have points")
  func endings() throws {
    let command = try Command(
      script: """
        "$ZOO" export lenet-digits -o X.ONNX && test -f X.ONNX && "$ZOO" export lenet-digits -o x.Safetensors &&
        test -f x.Safetensors && "$ZOO" unpack "$1" -o X.NPZ && test -f X.NPZ && "$ZOO" export lenet-digits -o v1.5 &&
        test -d v1.5 && "$ZOO" unpack "$1" -o my.tensors/ && test -d my.tensors && "$ZOO" graph lenet -o G.SVG &&
        grep -q '<svg' G.SVG
        """, [Self.weights])
    #expect(command.status == 0, "\(command.errors)")
  }

  @Test("what is no archive cannot be verified, which is not to say that it is damaged")
  func noArchive() throws {
    let script = """
      "$ZOO" unpack "$1" -o x.safetensors >/dev/null; cp "$2" x.zoow; : >empty.zoow; mkdir d
      for f in x.safetensors x.zoow empty.zoow d; do "$ZOO" verify $f --json 2>&1; echo $?; done
      { printf X; tail -c +2 "$1"; } >first.zoow; { printf 'XXXXXXXX'; tail -c +9 "$1"; } >magic.zoow
      head -c 3 "$1" >three.zoow; sed 's/$/\r/' "$1" >text.zoow
      for f in first magic three text; do "$ZOO" verify $f.zoow >/dev/null 2>&1; echo $?; done
      """
    let lines = try Command(script: script, [Self.weights, Self.digit]).output.split(separator: "\n")
    try #require(lines.count == 12, "\(lines)")
    #expect(
      lines[0]
        == "error: x.safetensors: this holds weights, but not in an archive of zoo's, which alone can be verified (safetensors); `zoo pack` makes one of it"
    )
    #expect(lines[2].hasPrefix("error: x.zoow: not a checkpoint zoo knows (it begins with 89 50 4E 47"))
    #expect([1, 3, 5, 7].map { lines[$0] } == ["65", "65", "65", "65"], "\(lines)")
    #expect(lines[8...] == ["1", "1", "1", "1"])
  }

  @Test("a tensor of another type or order is told apart from one of another size")
  func tensors() throws {
    for (type, dimensions, words) in [
      ("<f8", "1, 28, 28", "the tensor is float64, and a network takes float32; convert it"),
      ("|u1", "1, 28, 28", "the tensor is uint8, and a network takes float32; convert it"),
      ("<f4", "28, 28", "give it the dimensions [channels, height, width]"),
      ("<f4", "28, 28, 1", "its channels are last: put them first"),
      ("<f4", "3, 28, 28", "give it the dimensions [channels, height, width]"),
      ("<f4", "1, 27, 28", "can be built for another size with --input CxHxW"),
    ] {
      let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).npy")
      defer { try? FileManager.default.removeItem(at: path) }
      let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(dimensions)), }".padding(
        toLength: 117, withPad: " ", startingAt: 0)
      let start = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, 118, 0]) + Data((header + "\n").utf8)
      let elements = dimensions.split(separator: ", ").compactMap { Int($0) }.reduce(1, *)
      try (start + Data(count: elements * (type.last?.wholeNumberValue ?? 0))).write(to: path)
      for options in [[], ["--sliding"]] where options.isEmpty || (type != "<f4" && dimensions == "1, 28, 28") {
        let command = try Command(["infer", path.path] + options)
        #expect(command.status == 65)
        #expect(command.errors.contains(words), "\(command.errors)")
        #expect(command.errors.contains("--input") == words.contains("--input"))
      }
    }
  }

  @Test("standard input that is a folder, closed or empty")
  func standardInput() throws {
    let folder = try Command(script: "exec \"$ZOO\" infer - </tmp")
    #expect(folder.status == 65)
    #expect(folder.errors == "error: standard input: this is a directory; name a JPEG or PNG file in it\n")
    let closed = try Command(script: "exec \"$ZOO\" infer - <&-")
    #expect(closed.status == 74)
    #expect(closed.errors == "error: standard input: the file cannot be read: Bad file descriptor\n")
    let piped = try Command(script: "cat '\(Self.digit)' | \"$ZOO\" infer - --top 1")
    #expect(piped.status == 0 && piped.output.hasPrefix("-  lenet-digits\n"), "\(piped.output)\(piped.errors)")
  }

  @Test("made-up weights are not stored by convert-fc, which says so")
  func syntheticArchive() throws {
    let command = try Command(["convert-fc", "lenet", "-w", "synthetic", "-o", "v.yaml"]) { folder in
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/v.zoow"))
    }
    #expect(command.status == 0)
    #expect(
      command.errors.contains(
        "note: no v.zoow is written: synthetic weights are made anew from the names of the tensors\n"))
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
