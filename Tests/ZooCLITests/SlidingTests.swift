import Foundation
import Testing

/// `--sliding` and `--crops` as a person uses them.
@Suite struct SlidingTests {
  private func object(_ command: Command) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any])
  }

  private let small = Command.sample("test-103-is-3.png")

  @Test("a picture resized to a larger scale, in text")
  func text() throws {
    let command = try Command(["infer", small, "--sliding", "--scales", "36", "--stride", "2", "--top", "2"])
    #expect(command.status == 0, "\(command.errors)")
    let lines = command.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 11, "\(command.output)")
    #expect(lines[3] == "  over 36×36, shorter side 36: 5×5 windows of 28×28")
    #expect(lines[4] == "  one window per 2 pixels")
    #expect(lines[5] == "  SCORES  MEAN  MAXIMUM")
    #expect(lines[6].hasPrefix("  1 "), "\(lines[6])")
    #expect(lines[8] == "  BEST PLACES  PROBABILITY  X    Y")
  }

  @Test("all that JSON says")
  func json() throws {
    let command = try Command(["infer", small, "--sliding", "--scales", "36,44", "--flip", "--json", "--top", "3"])
    #expect(command.status == 0, "\(command.errors)")
    let json = try object(command)
    #expect(json["schema"] as? String == "zoo.infer/1")
    let result = try #require((json["results"] as? [[String: Any]])?.first)
    #expect((result["top"] as? [[String: Any]])?.count == 3)
    let sliding = try #require(result["sliding"] as? [String: Any])
    #expect(sliding["window"] as? [Int] == [28, 28])
    #expect(sliding["stride"] as? [Int] == [4, 4])
    #expect(sliding["matchesCrops"] as? Bool == true)
    let passes = try #require(sliding["passes"] as? [[String: Any]])
    #expect(passes.map { $0["scale"] as? Int } == [36, 36, 44, 44])
    #expect(passes.map { $0["mirrored"] as? Bool } == [false, true, false, true])
    #expect(passes.map { $0["input"] as? [Int] } == [[36, 36], [36, 36], [44, 44], [44, 44]])
    #expect(passes.map { $0["rows"] as? Int } == [3, 3, 5, 5])
    #expect(passes.allSatisfy { ($0["classes"] as? [[String: Any]])?.count == 3 })
    let best = try #require(sliding["best"] as? [[String: Any]])
    #expect(!best.isEmpty && best.count <= 3)
    for place in best {
      let box = try #require(place["box"] as? [String: Double])
      let (left, right) = (try #require(box["left"]), try #require(box["right"]))
      #expect(0 <= left && left < right && right <= 8)
      #expect(place["probability"] as? Double != nil && place["row"] as? Int != nil && place["pass"] as? Int != nil)
    }
  }

  @Test("a tensor larger than the network's input, and the map that is saved")
  func tensor() throws {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 40, 60), }"
    let padded = header + String(repeating: " ", count: 117 - header.count) + "\n"
    var file = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, 118, 0]) + Data(padded.utf8)
    for index in 0..<2 * 40 * 60 { withUnsafeBytes(of: Float(index % 97) / 97) { file.append(contentsOf: $0) } }
    let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-sliding-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "wide.npy")
    try file.write(to: path)
    let command = try Command(["infer", path.path, "--sliding", "--json", "--save-logits", "map.npy"]) { folder in
      let map = try Data(contentsOf: URL(filePath: "\(folder)/map.npy"))
      #expect(map.count == 128 + 4 * 2 * 10 * 4 * 9)
    }
    #expect(command.status == 0, "\(command.errors)")
    let answer = try object(command)
    #expect((answer["results"] as? [Any])?.count == 2)
    let plain = try Command(["infer", path.path])
    #expect(plain.status == 65)
    let flipped = try Command(["infer", path.path, "--sliding", "--flip"])
    #expect(flipped.status == 64)
    #expect(
      flipped.errors
        == "error: a tensor is fed as it is, neither resized nor mirrored; give a JPEG or PNG file, or leave out --scales and --flip\n"
    )
    let cropped = try Command(["infer", path.path, "--crops", "5"])
    #expect(cropped.status == 64)
  }

  @Test("a folder of pictures, some too small, some not pictures")
  func folder() throws {
    let command = try Command(["infer", "\(Command.repository)/zoo/samples", "--sliding", "--top", "1"])
    #expect(command.status == 65)
    #expect(
      command.errors.contains(
        "error: the image is 8×8 pixels (height×width), and the network looks at 28×28: there is no room to slide; enlarge it, for pictures with --scales 28 (the shorter side), or classify it without --sliding\n"
      ))
    #expect(command.errors.hasSuffix("5 failed\n"))
    let scaled = try Command([
      "infer", "\(Command.repository)/zoo/samples", "--sliding", "--scales", "28", "--top", "1",
    ])
    let labels = scaled.output.split(separator: "\n").map { $0.suffix(1) }
    #expect(labels == ["1", "9", "3", "5", "8"], "\(scaled.output)\(scaled.errors)")
  }

  @Test("crops of one size are all the same to a model that does not crop")
  func crops() throws {
    let plain = try Command(["infer", small, "--top", "3"])
    for crops in ["1", "5"] {
      let command = try Command(["infer", small, "--top", "3", "--crops", crops])
      #expect(command.output == plain.output, "\(command.errors)")
    }
    let ten = try Command(["infer", small, "--top", "3", "--crops", "10"])
    #expect(ten.status == 0 && ten.output != plain.output)
  }

  @Test("eval slides and crops as infer does")
  func eval() throws {
    let data = ["eval", "lenet-digits", "--data", "\(Command.repository)/Tests/ZooKitTests/Fixtures/digits", "--json"]
    let native = try object(Command(data + ["--sliding", "--scales", "28"]))
    #expect((native["correct"] as? Int, native["count"] as? Int) == (274, 297))
    let wide = try object(Command(data + ["--sliding", "--scales", "32,28", "--stride", "2", "--limit", "40"]))
    #expect(wide["count"] as? Int == 40)
    let five = try object(Command(data + ["--crops", "5", "--limit", "40"]))
    let plain = try object(Command(data + ["--limit", "40"]))
    #expect(five["correct"] as? Int == plain["correct"] as? Int)
    let small = try Command(data + ["--sliding"])
    #expect(small.status == 65)
    #expect(small.errors.hasPrefix("error: the image is 8×8 pixels"))
  }

  @Test("a heat map, frames, and both on one picture")
  func pictures() throws {
    let base = ["infer", small, "--sliding", "--scales", "44", "--stride", "2", "--top", "2", "-o", "out.png"]
    let answer = try object(Command(Array(base.dropLast(2)) + ["--json"]))
    let result = try #require((answer["results"] as? [[String: Any]])?.first)
    let likeliest = try #require((result["top"] as? [[String: Any]])?.first?["label"] as? String)
    var pictures: [Data] = []
    for options in [
      ["--heatmap", likeliest], ["--heatmap", "top1"], ["--heatmap", "7"], ["--boxes"],
      ["--boxes", "--heatmap", "top1"],
    ] {
      let command = try Command(base + options) { folder in
        pictures.append(try Data(contentsOf: URL(filePath: "\(folder)/out.png")))
      }
      #expect(command.status == 0 && command.errors == "Wrote out.png\n", "\(command.errors)")
    }
    try #require(pictures.count == 5)
    #expect(pictures[0] == pictures[1] && Set(pictures).count == 4)
    // The picture of 8×8 pixels, 32 times as large, and beside it the colour bar.
    func size(_ png: Data) -> [UInt32] {
      [16, 20].map { png[$0..<$0 + 4].reduce(0) { $0 << 8 | UInt32($1) } }
    }
    #expect(size(pictures[3]) == [256, 256])
    #expect(size(pictures[0])[0] > 256 && size(pictures[0])[1] > 256 && size(pictures[4]) == size(pictures[0]))
    let unwritable = try Command(Array(base.dropLast()) + ["no/such/folder.png", "--boxes"])
    #expect(unwritable.status == 73, "\(unwritable.errors)")
  }

  @Test(
    "what would be without effect, or cannot be, is refused",
    arguments: [
      (["--heatmap", "3", "-o", "x.png"], "--heatmap is for --sliding; add that, or leave --heatmap out"),
      (["--boxes", "-o", "x.png"], "--boxes is for --sliding; add that, or leave --boxes out"),
      (["--sliding", "--boxes"], "--boxes draws a picture; say where to write it with -o F.png"),
      (["--sliding", "-o", "x.png"], "-o is for the picture of --heatmap and --boxes; add one of them"),
      (["--sliding", "--boxes", "-o", "x.jpg"], "'x.jpg' should end in .png"),
      (
        ["--sliding", "--scales", "28", "--heatmap", "eleven", "-o", "x.png"],
        "no class 'eleven'; give a class's name, its WordNet identifier or its number, from 0 to 9"
      ),
      (
        ["--sliding", "--boxes", "-o", "x.png", "other.png"],
        "--boxes draws one picture; give one image, not 2"
      ),
      (["--stride", "2"], "--stride is for --sliding; add that, or leave --stride out"),
      (["--scales", "28"], "--scales is for --sliding; add that, or leave --scales out"),
      (["--flip"], "--flip is for --sliding; add that, or leave --flip out"),
      (["--memory", "1G", "--crops", "5"], "--memory is for --sliding; add that, or leave --memory out"),
      (["--sliding", "--crops", "5"], "--crops and --sliding exclude each other; leave one of them out"),
      (["--crops", "3"], "The value '3' is invalid for '--crops <N>'"),
      (["--sliding", "--stride", "0"], "--stride is 0; expected at least 1"),
      (
        ["--sliding", "--scales", "28,x"],
        "'28,x' is not a list of shorter sides in pixels, such as 256,384,512"
      ),
      (["--sliding", "--scales=-1"], "'-1' is not a list"),
      (["--sliding", "--memory", "2GB"], "'2GB' is not a size in bytes, such as 512M or 2G"),
      (["--sliding", "--memory", "99999999T"], "'99999999T' is more memory than any machine has"),
      (["--sliding", "--stride", "3"], "which that must divide; choose 1, 2 or 4"),
      (["--sliding", "--interpreter"], "leave out --interpreter to slide"),
      (["--sliding", "--save-input", "a.npy"], "--save-input is for one input per image"),
      (["--crops", "5", "--save-logits", "a.npy"], "--save-logits is for one run per image"),
      (["--sliding", "--flip", "--save-logits", "a.npy"], "--save-logits is for one run per image"),
    ])
  func refused(options: [String], words: String) throws {
    let command = try Command(["infer", small] + options)
    #expect(command.status == 64, "\(options)")
    #expect(command.errors.contains(words), "\(command.errors)")
  }

  @Test("too little memory says how much would do, and that does")
  func memory() throws {
    let arguments = ["infer", small, "--sliding", "--scales", "300", "--save-logits", "map.npy", "--memory"]
    let little = try Command(arguments + ["200K"])
    #expect(little.status == 65)
    let match = try #require(little.errors.firstMatch(of: /pass --memory (\d+K) or more/))
    var maps: [Data] = []
    for size in [String(match.1), "4G"] {
      let command = try Command(arguments + [size, "--numerics", "direct"]) { folder in
        maps.append(try Data(contentsOf: URL(filePath: "\(folder)/map.npy")))
      }
      #expect(command.status == 0, "\(command.errors)")
    }
    #expect(maps.count == 2 && maps[0] == maps[1])
  }
}
