import Foundation
import Testing

/// Each command, run for its result.
@Suite struct CommandTests {
  private func object(_ command: Command) throws -> [String: Any] {
    #expect(command.status == 0, "\(command.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any])
  }

  @Test("infer names the digit with nothing but an image")
  func infer() throws {
    for (name, digit) in [("test-000-is-1.png", "1"), ("test-296-is-8.png", "8")] {
      let command = try Command(["infer", Command.sample(name), "--top", "2"])
      #expect(command.status == 0)
      let lines = command.output.split(separator: "\n")
      #expect(lines.count == 3)
      #expect(lines[1].hasSuffix("  \(digit)"), "\(command.output)")
    }
  }

  @Test("infer reads standard input and folders")
  func inferSources() throws {
    let image = try Data(contentsOf: URL(filePath: Command.sample("test-007-is-9.png")))
    let piped = try object(Command(["infer", "-", "--json", "--top", "1"], input: image))
    #expect((piped["results"] as? [[String: Any]])?.count == 1)
    let folder = try Command(["infer", "\(Command.repository)/zoo/samples", "--top", "1"])
    #expect(folder.output.split(separator: "\n").count == 5)
  }

  @Test("infer answers in the order of the images, also of those that threads decode ahead", arguments: [1, 2])
  func inferOrder(threads: Int) throws {
    let samples = try FileManager.default.contentsOfDirectory(atPath: "\(Command.repository)/zoo/samples")
      .filter { $0.hasSuffix(".png") }.sorted()
    let paths = (0..<30).map { "\(Command.repository)/zoo/samples/\(samples[$0 * 7 % samples.count])" }
    let digits = try samples.map { sample in
      let answer = try object(Command(["infer", Command.sample(sample), "--json", "--top", "1"]))
      let results = try #require(answer["results"] as? [[String: Any]])
      return (results[0]["top"] as? [[String: Any]])?.first?["index"] as? Int
    }
    let arguments = ["infer"] + paths[..<13] + ["missing.png"] + paths[13...]
    let command = try Command(arguments + ["--top", "1", "--json", "--threads", "\(threads)"])
    #expect(command.status == 65)
    let answer = try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any]
    var found = try #require(answer?["results"] as? [[String: Any]])
    #expect(found.remove(at: 13)["file"] as? String == "missing.png")
    #expect(found.map { $0["file"] as? String } == paths)
    #expect(
      found.map { ($0["top"] as? [[String: Any]])?.first?["index"] as? Int }
        == (0..<30).map { digits[$0 * 7 % samples.count] })
  }

  @Test("infer saves what it fed and what came out, and takes the tensor back")
  func tensors() throws {
    try Command(
      ["infer", Command.sample("test-200-is-5.png"), "--save-input", "in.npy", "--save-logits", "out.npy"]
    ) { folder in
      let path = "\(folder)/in.npy"
      let direct = try Data(contentsOf: URL(filePath: "\(folder)/out.npy"))
      #expect(try Data(contentsOf: URL(filePath: path)).count == 128 + 4 * 784)
      for engine in [[], ["--interpreter"], ["--isa", "portable", "--threads", "1"]] {
        try Command(["infer", path, "--save-logits", "again.npy"] + engine) { folder in
          let again = try Data(contentsOf: URL(filePath: "\(folder)/again.npy"))
          #expect(again.count == direct.count)
          if engine != ["--interpreter"] { #expect(again == direct, "\(engine)") }
        }
      }
    }
  }

  @Test("the counts of ResNet-18 and the rows of VGG16")
  func build() throws {
    let json = try object(Command(["build", "resnet18.yaml", "--json"]))
    #expect(json["schema"] as? String == "zoo.build/1")
    #expect(json["parameters"] as? Int == 11_689_512)
    #expect(json["macs"] as? Int == 1_814_073_344)
    let text = try Command(["build", "vgg16"]).output
    for number in [
      "150K", "3.2M", "800K", "25K", "1,728", "36,864", "102,760,448", "16,777,216", "4,096,000", "138,357,544",
    ] {
      #expect(text.contains(number), "\(number)")
    }
    // 20 maps of 24×24 are 11,520 numbers, and 50 of 8×8 are 3,200: rounded, not cut.
    let rounded = try Command(["build", "lenet"]).output
    #expect(rounded.contains("12K") && !rounded.contains("11K") && rounded.contains("3200"), "\(rounded)")
    let note = try Command(["build", "alexnet"]).output
    #expect(note.contains("stride 4 does not divide 224 + 4 − 11 = 217"))
  }

  @Test("show lists every tensor")
  func show() throws {
    let json = try object(Command(["show", "googlenet", "--json"]))
    #expect((json["tensors"] as? [String: [Int]])?.count == 287)
    #expect((json["trainingOnlyTensors"] as? [String: [Int]])?["aux1.fc2.weight"] == [1000, 1024])
    #expect(try Command(["show", "resnet50"]).output.contains("Deep residual learning"))
  }

  @Test("list names the whole catalogue")
  func list() throws {
    let json = try object(Command(["list", "--json"]))
    let files = try FileManager.default.contentsOfDirectory(atPath: "\(Command.repository)/zoo")
    #expect((json["models"] as? [[String: Any]])?.count == files.count { $0.hasSuffix(".yaml") })
    #expect(try Command(["list"]).output.contains("shipped"))
    let some = try object(Command(["list", "ResNeXt", "101", "--json"]))
    let names = (some["models"] as? [[String: Any]])?.compactMap { $0["name"] as? String }
    #expect(names == ["resnext101_32x8d", "resnext101_64x4d"])
    let none = try Command(["list", "resnext", "lenet"])
    #expect(none.status == 64 && none.errors.contains("has 'resnext' and 'lenet' in its name or title"))
  }

  @Test("a definition written out flat builds again")
  func expand() throws {
    let flat = try Command(["build", "resnet18", "--expand"])
    let again = try object(Command(["build", "flat.yaml", "--json"], files: ["flat.yaml": flat.output]))
    #expect(again["macs"] as? Int == 1_814_073_344)
  }

  @Test("explain shows what the passes made and what runs")
  func explain() throws {
    let text = try Command(["build", "lenet", "-w", "synthetic", "--explain"]).output
    #expect(text.contains("ip1 = fully connected(%4) 800→500 + relu : 500"))
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("PACKED WEIGHTS MB") && words.contains("ip1 fully connected relu 50×4×4 500 2.1 "))
    #expect(text.contains("in one arena"))
    #expect(text.contains("ip1 = fully connected relu(%"))
    #expect(text.contains(", from %"))
  }

  @Test("graphs as text, SVG, Graphviz and JSON")
  func graph() throws {
    #expect(try Command(["graph", "lenet"]).output.contains("conv1 = convolution"))
    for (name, start) in [("g.svg", "<svg"), ("g.dot", "digraph"), ("g.json", "{")] {
      let command = try Command(["graph", "resnet18", "--optimized", "-o", name]) { folder in
        let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        #expect(text.hasPrefix(start), "\(name)")
        #expect(text.contains("layer1.0.conv1"))
      }
      #expect(command.status == 0, "\(command.errors)")
    }
  }

  @Test("pack, verify, unpack, and a package that runs by itself")
  func weights() throws {
    let shipped = "\(Command.repository)/zoo/weights/lenet-digits.zoow"
    try Command(["unpack", shipped, "-o", "w.safetensors"]) { folder in
      let tensors = "\(folder)/w.safetensors"
      let packed = try object(
        Command(["pack", tensors, "-m", "lenet-digits", "-o", "w.zoow", "--json"]) { folder in
          let verified = try Command(["verify", "\(folder)/w.zoow"])
          #expect(verified.status == 0, "\(verified.errors)")
        })
      #expect(packed["tensors"] as? Int == 8)
      let bytes = try #require(packed["bytes"] as? Int)
      let size = try #require(packed["packedBytes"] as? Int)
      #expect(Double(size) <= 0.85 * Double(bytes))
      try Command(["build", "lenet-digits", "-w", tensors, "-o", "d.zoo"]) { folder in
        let command = try Command(["infer", Command.sample("test-103-is-3.png"), "-m", "\(folder)/d.zoo", "--top", "1"])
        #expect(command.output.hasSuffix("  3\n"), "\(command.errors)")
      }
    }
    try Command(["unpack", shipped, "-o", "some", "--only", "ip?.bias"]) { folder in
      let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/some").filter { $0.hasSuffix(".npy") }
      #expect(files.count == 2)
    }
  }

  @Test("pack --head new starts the last layer anew, says so, and so does whoever uses it")
  func newHead() throws {
    let shipped = "\(Command.repository)/zoo/weights/lenet-digits.zoow"
    let definition = try String(contentsOfFile: "\(Command.repository)/zoo/lenet.yaml", encoding: .utf8)
      .replacing("out: 10}", with: "out: 3}").replacing("labels: digits", with: "labels: [a, b, c]")
      .replacing(/expected: .*/, with: "")
    let refused = try Command(["pack", shipped, "-m", "three.yaml", "-o", "w.zoow"], files: ["three.yaml": definition])
    #expect(refused.status == 65)
    #expect(
      refused.errors.hasSuffix(
        "The checkpoint was trained for 10 classes and the model has 3: `zoo pack` with --head new keeps the rest and starts the last layer anew, to be fine-tuned.\n"
      ))
    let arguments = ["pack", shipped, "-m", "three.yaml", "--head", "new", "-o", "w.zoow"]
    let packed = try Command(arguments + ["--verbose"], files: ["three.yaml": definition]) { folder in
      let answer = try Command(["infer", Command.sample("test-103-is-3.png"), "-m", "\(folder)/w.zoow"])
      #expect(
        answer.errors
          == "warning: ip2.weight, ip2.bias: random numbers, as started anew and never trained; train them with `zoo finetune` before you believe an answer\n"
      )
      #expect(answer.output.split(separator: "\n").count == 4)
    }
    #expect(
      packed.errors == """
        Started 2 tensors anew, seed 0, to be trained before answers mean anything:
          ip2.weight: started anew, as asked
          ip2.bias: started anew, as asked
        Wrote w.zoow

        """)
    #expect(packed.output.hasPrefix("conv1.weight: matched\nconv1.bias: matched\n"))
    let json = try object(Command(arguments + ["--json"], files: ["three.yaml": definition]))
    let report = try #require(json["report"] as? [String: Any])
    #expect(report["counts"] as? [String: Int] == ["matched": 6, "initialized": 2])
    let partial = try Command(
      ["build", "three.yaml", "-w", shipped, "--partial", "--seed", "4"], files: ["three.yaml": definition])
    #expect(partial.status == 0, "\(partial.errors)")
    #expect(partial.output.hasSuffix("tensors: 6 matched, 2 started anew\n"))
    #expect(partial.errors.contains("ip2.weight: started anew (the checkpoint has 10×500)"))
  }

  @Test(
    "what would be without effect is refused",
    arguments: [
      (["pack", "w", "-o", "o.zoow", "--head", "new"], "--partial and --head need a model: pass -m MODEL"),
      (
        ["pack", "w", "-o", "o.zoow", "-m", "lenet", "--seed", "1"],
        "--seed is for what --partial or --head new starts anew"
      ),
      (["build", "lenet", "--partial"], "--partial and --head are for weights: pass -w or -o"),
      (["build", "lenet", "--verbose"], "--verbose is for weights: pass -w or -o"),
      (["infer", "x.png", "--head", "new"], "Unknown option '--head'"),
    ])
  func withoutEffect(arguments: [String], words: String) throws {
    let command = try Command(arguments)
    #expect(command.status == 64)
    #expect(command.errors.contains(words), "\(command.errors)")
  }

  @Test("convert-fc writes a definition and its weights, and checks them")
  func convert() throws {
    let shipped = "\(Command.repository)/zoo/weights/lenet-digits.zoow"
    let command = try Command(["convert-fc", "lenet-digits", "-w", shipped, "--check"]) { folder in
      let sliding = "\(folder)/lenet-digits-conv.yaml"
      let one = try Command(["infer", Command.sample("test-103-is-3.png"), "-m", sliding, "--top", "1"])
      #expect(one.output.hasSuffix("  3\n"), "\(one.errors)")
      let wide = try object(Command(["build", sliding, "--input", "1x40x60", "--json"]))
      let outputs = try #require(wide["outputs"] as? [[String: Any]])
      #expect(outputs[0]["shape"] as? [Int] == [10, 4, 9])
    }
    #expect(command.status == 0, "\(command.errors)")
    #expect(command.output.contains("500×800 seen as 500×50×4×4"))
  }

  @Test("convert-fc --to-fc turns a definition and its weights back")
  func restore() throws {
    let shipped = "\(Command.repository)/zoo/weights/lenet-digits.zoow"
    let data = "\(Command.repository)/Tests/ZooKitTests/Fixtures/digits"
    try Command(["convert-fc", "lenet-digits", "-w", shipped]) { folder in
      let sliding = "\(folder)/lenet-digits-conv"
      let shown = try Command(["show", "\(sliding).yaml"]).output
      #expect(shown.contains("lenet-digits with its fully connected layers as convolutions, made for 1×28×28"))
      #expect(shown.contains("one per 4×4 pixels, each looking at 28×28 from row 0, column 0"))
      let twice = try Command(["convert-fc", "\(sliding).yaml"])
      #expect(twice.status == 65)
      #expect(twice.errors.contains("lenet-digits-conv slides already"), "\(twice.errors)")
      let back = try Command(["convert-fc", "--to-fc", "\(sliding).yaml", "-w", "\(sliding).zoow", "--check"]) {
        folder in
        let restored = "\(folder)/lenet-digits"
        let score = try object(
          Command(["eval", "\(restored).yaml", "-w", "\(restored).zoow", "--data", data, "--json"]))
        #expect(score["correct"] as? Int == 274)
      }
      #expect(back.status == 0, "\(back.errors)")
      #expect(back.output.contains("500×50×4×4 seen as 500×800"), "\(back.output)")
      #expect(back.errors.contains("Wrote lenet-digits.yaml and lenet-digits.zoow"), "\(back.errors)")
      let json = try object(Command(["convert-fc", "--to-fc", "\(sliding).yaml", "--json"]))
      #expect(json["restored"] as? Bool == true)
      #expect(json["changed"] as? [String] == ["ip1", "ip2"])
    }
    let plain = try Command(["convert-fc", "--to-fc", "lenet"])
    #expect(plain.status == 65)
    #expect(plain.errors.contains("lenet does not say what it was"), "\(plain.errors)")
  }

  @Test("infer, eval and bench keep packed weights where they are asked to")
  func cache() throws {
    let shipped = "\(Command.repository)/zoo/weights/lenet-digits.zoow"
    try Command(["list"]) { folder in
      let environment = ["ZOO_CACHE": "\(folder)/kept"]
      let infer = ["infer", Command.sample("test-103-is-3.png"), "-m", "lenet-digits", "-w", shipped, "--cache"]
      let first = try Command(infer, environment: environment)
      #expect(first.errors.hasPrefix("Kept the packed weights for the next start: \(folder)/kept/lenet-digits-"))
      let second = try Command(infer, environment: environment)
      #expect(second.errors.isEmpty && second.output == first.output, "\(second.errors)")
      let bench = try Command(
        ["bench", "lenet-digits", "-w", shipped, "--runs", "1", "--cache"], environment: environment)
      #expect(bench.status == 0 && bench.errors.isEmpty, "\(bench.errors)")
      let data = "\(Command.repository)/Tests/ZooKitTests/Fixtures/digits"
      let eval = try Command(
        ["eval", "lenet-digits", "-w", shipped, "--data", data, "--cache"], environment: environment)
      #expect(eval.output.contains("(274 of 297)"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/kept").count == 1)
    }
    for (arguments, words) in [
      (["infer", "x.png", "--cache", "--interpreter"], "the interpreter packs no weights; leave out --cache"),
      (
        ["infer", Command.sample("test-103-is-3.png"), "--cache", "--sliding", "--scales", "28"],
        "--cache is for images of the network's own size; leave it out, or --sliding"
      ),
      (["bench", "--load", shipped, "--cache"], "--load times the reading of a checkpoint; leave out --cache"),
    ] {
      let command = try Command(arguments)
      #expect(command.status == 64 && command.errors.contains(words), "\(command.errors)")
    }
  }

  @Test("schema, doctor, completions and help")
  func help() throws {
    let schema = try object(Command(["schema"]))
    #expect(schema["$schema"] as? String == "http://json-schema.org/draft-07/schema#")
    let doctor = try Command(["doctor"]).output
    #expect(doctor.contains("self-test         portable: ok"))
    // How far threads are from each other is not known where others keep them from answering.
    #expect(
      doctor.contains(/\nthreads           [0-9]+(, which share (a|no) cache: they answer each other in [0-9]+ ns)?\n/))
    for shell in ["bash", "zsh", "fish"] {
      #expect(try Command(["completions", shell]).output.contains("convert-fc"), "\(shell)")
    }
    for arguments in [[], ["--help"], ["infer", "--help"]] {
      let command = try Command(arguments)
      #expect(command.status == 0, "\(arguments)")
      #expect(command.output.contains("zoo infer"), "\(arguments)")
    }
  }

  @Test("eval counts a labelled folder")
  func eval() throws {
    let data = "\(Command.repository)/Tests/ZooKitTests/Fixtures/digits"
    let json = try object(Command(["eval", "lenet-digits", "--data", data, "--json"]))
    #expect((json["correct"] as? Int, json["count"] as? Int) == (274, 297))
    #expect(try Command(["eval", "lenet-digits", "--data", data, "--limit", "10"]).output.contains("of 10)"))
    let shipped = "\(Command.repository)/zoo/weights/lenet-digits.zoow"
    let stored = try Command(["eval", "lenet", "-w", shipped, "--data", data])
    #expect(
      stored.errors == "Using the preprocessing that belongs to the weights: stretch to 28×28 (bilinear), grey, ÷255\n")
    #expect(stored.output.contains("(274 of 297)"))
  }

  @Test("eval says how folders became classes, and what was left out")
  func evalFolders() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-cli-data-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in ["03", "9"] {
      let below = folder.appending(path: name)
      try FileManager.default.createDirectory(at: below, withIntermediateDirectories: true)
      let sample = try #require(
        try FileManager.default.contentsOfDirectory(atPath: Command.sample("")).first {
          $0.hasSuffix("is-\(name.suffix(1)).png")
        })
      for target in [below, folder] {
        try FileManager.default.copyItem(
          atPath: Command.sample(sample), toPath: target.appending(path: "\(sample)").path)
      }
    }
    let text = try Command(["eval", "lenet-digits", "--data", folder.path])
    #expect(text.output.contains("\nclasses  matched by label\ntop-1    100.000 %  (2 of 2)\n"), "\(text.output)")
    #expect(
      text.errors == """
        note: the folder '03' was taken for the class '3'
        note: 2 images lie beside the folders of the classes, in none of them, and left out

        """)
    let json = try object(Command(["eval", "lenet-digits", "--data", folder.path, "--json"]))
    #expect(json["classesBy"] as? [String] == ["label"])
    try FileManager.default.moveItem(at: folder.appending(path: "9"), to: folder.appending(path: "nine"))
    let stray = try Command(["eval", "lenet-digits", "--data", folder.path])
    #expect(stray.status == 65 && stray.errors.contains("the folder 'nine' means no class"), "\(stray.errors)")
  }

  @Test("build says what a network's answer is")
  func answer() throws {
    let definition = "zoo: 1\nname: net\ninput: [1, 2, 2]\nlayers: [{fc: {name: fc, out: 4}}, softmax]\n"
    let text = try Command(["build", "net.yaml"], files: ["net.yaml": definition])
    #expect(text.output.contains("\nanswer       probabilities of 4 classes (softmax is the last layer)\n"))
    let json = try object(Command(["build", "net.yaml", "--json"], files: ["net.yaml": definition]))
    let answer = try #require(json["answer"] as? [String: Any])
    #expect(answer["function"] as? String == "softmax" && answer["isApplied"] as? Bool == true)
    #expect(answer["classes"] as? Int == 4 && answer["output"] as? String == "probabilities")
  }

  @Test("bench kernels times every algorithm and marks one")
  func kernels() throws {
    let shape = ["bench", "kernels", "32x16x16", "--out", "32", "--kernel", "3", "--padding", "1", "--runs", "1"]
    let json = try object(Command(shape + ["--json", "--batch", "2"]))
    let results = try #require(json["results"] as? [[String: Any]])
    #expect(results.map { $0["layer"] as? String } == ["32×16×16 → 32×16×16, kernel 3×3, padding 1"])
    let candidates = try #require(results[0]["candidates"] as? [[String: Any]])
    #expect(
      candidates.map { $0["kernel"] as? String } == [
        "convolution 3×3", "winograd 2×2, 3×3", "winograd 4×4, 3×3",
      ])
    #expect(candidates.count { $0["chosen"] as? Bool == true } == 1)
    #expect(candidates.allSatisfy { ($0["min_ms"] as? Double ?? 0) > 0 && ($0["roofline_ms"] as? Double ?? 0) > 0 })
    let model = try Command(["bench", "kernels", "lenet", "--runs", "1"])
    #expect(model.status == 0, "\(model.errors)")
    #expect(
      model.output.contains("1×28×28 → 20×24×24, kernel 5×5") && model.output.contains("*  planar convolution 5×5"))
    #expect(model.output.contains("50×4×4 → 500, fully connected\n"), "\(model.output)")
    #expect(model.output.contains("fully connected, 20% of the inputs not zero"))
    for (arguments, words) in [
      (["lenet", "--out", "3"], "--out belongs to a shape, such as 64x56x56; 'lenet' is taken for a model"),
      (["3x8x8"], "a convolution of 3x8x8 needs --out K and --kernel N"),
      (["3x8x8", "--out", "4", "--kernel", "9"], "kernel 9×9"),
      (["3x8x8", "--out", "4", "--kernel", "0"], "kernel"),
      (["65536x65536x65536", "--out", "65536", "--kernel", "1"], "error: "),
    ] {
      let command = try Command(["bench", "kernels"] + arguments)
      #expect([64, 65].contains(command.status), "\(arguments)")
      #expect(command.errors.contains(words), "\(command.errors)")
    }
  }

  @Test("bench times a model and its steps")
  func bench() throws {
    let arguments = ["bench", "lenet", "--runs", "3", "--batch", "2", "--threads", "1", "--layers", "--json"]
    let json = try object(Command(arguments))
    let result = try #require((json["results"] as? [[String: Any]])?.first)
    #expect((result["model"] as? String, result["batch"] as? Int, result["threads"] as? Int) == ("lenet", 2, 1))
    let minimum = try #require(result["min_ms"] as? Double)
    let median = try #require(result["median_ms"] as? Double)
    #expect(0 < minimum && minimum <= median)
    #expect(try #require(result["mean_ms"] as? Double) >= minimum)
    let layers = try #require(result["layers"] as? [[String: Any]])
    #expect(layers.reduce(0) { $0 + ($1["macs"] as? Int ?? 0) } == 2 * 2_293_000)
  }

  @Test("bench --load says of a package where the time goes to the first answer")
  func benchLoad() throws {
    let shipped = "\(Command.repository)/zoo/weights/lenet-digits.zoow"
    let json = try object(Command(["bench", "--load", shipped, "--runs", "1", "--threads", "1", "--json"]))
    #expect(json["tensors"] as? Int == 8)
    let start = try #require(json["start"] as? [String: Double])
    let parts = ["definition_ms", "matching_ms", "plan_ms", "packing_ms", "firstPass_ms"]
    #expect(Set(start.keys) == Set(parts + ["median_ms"]))
    let times = parts.compactMap { start[$0] }
    #expect(times.allSatisfy { $0 >= 0 } && times.reduce(0, +) > 0, "\(start)")

    let other = "\(Command.repository)/Tests/ZooWeightsTests/Fixtures/types.safetensors"
    let without = try object(Command(["bench", "--load", other, "--runs", "1", "--json"]))
    #expect(without["tensors"] as? Int == 12 && without["start"] == nil, "\(without)")
  }
}
