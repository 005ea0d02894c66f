import Foundation
import Testing

/// What somebody does first who has pictures, files of weights and no manual.
@Suite struct FirstPicturesTests {
  private static let photo = "\(Command.repository)/Tests/ZooImagesTests/Fixtures/flower.jpg"

  private static func photo(_ name: String) -> String { "\(Command.repository)/Tests/ZooImagesTests/Fixtures/\(name)" }

  @Test("the five digits of the picture that comes with zoo are the five best places")
  func sliding() throws {
    let picture = "\(Command.repository)/zoo/pictures/digits.png"
    let command = try Command(["infer", picture, "--sliding", "--boxes", "-o", "boxes.png"]) { folder in
      #expect(FileManager.default.fileExists(atPath: "\(folder)/boxes.png"))
    }
    #expect(command.status == 0, "\(command.errors)")
    let lines = command.output.components(separatedBy: "\n")
    let start = try #require(lines.firstIndex { $0.contains("BEST PLACES") })
    let places = lines[(start + 1)...].map { $0.split(separator: " ").joined(separator: " ") }.filter { !$0.isEmpty }
    #expect(
      places == [
        "4 1.0000 8–36 40–68", "2 1.0000 0–28 68–96", "7 1.0000 24–52 0–28", "6 1.0000 64–92 0–28",
        "3 1.0000 60–88 56–84",
      ])
    #expect(!command.errors.contains("note:"), "\(command.errors)")
  }

  @Test("a photograph for the network of digits: what that is for, and what is for photographs")
  func photograph() throws {
    let command = try Command(["infer", Self.photo])
    #expect(command.status == 0 && command.output.contains("lenet-digits"))
    #expect(
      command.errors == """
        note: \(Self.photo): the picture is in colour; lenet-digits knows handwritten digits, white on black, and calls \
        everything a digit
        For photographs: zoo list shows networks, zoo pull mobilenet_v2 fetches the weights of one, and -m mobilenet_v2 \
        uses them.

        """)
    let json = try Command(["infer", Self.photo, Command.sample("test-103-is-3.png"), "--json"])
    let answer = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let results = try #require(answer["results"] as? [[String: Any]])
    #expect((results[0]["note"] as? String)?.hasPrefix("the picture is in colour") == true)
    #expect(results[0]["top"] != nil && results[1]["note"] == nil)
    // Said once, however many they are; from standard input and sliding too.
    let several = try Command(["infer", Self.photo, Self.photo("china.jpg"), Self.photo("422.jpg")])
    #expect(several.errors.components(separatedBy: "note: ").count == 2, "\(several.errors)")
    let piped = try Command(["infer", "-"], input: Data(contentsOf: URL(filePath: Self.photo)))
    #expect(piped.errors.hasPrefix("note: -: the picture is in colour"), "\(piped.errors)")
    let sliding = try Command(["infer", Self.photo, "--sliding"])
    #expect(sliding.errors.contains("the picture is in colour"), "\(sliding.errors)")
    let other = try Command(["infer", Self.photo, "-m", "cifar-small", "-w", "synthetic"])
    #expect(other.status == 0 && !other.errors.contains("For photographs"), "\(other.errors)")
  }

  @Test("weights as the model: which network of the catalogue they fit, or that there must be a definition")
  func weightsAsModel() throws {
    let tests = "\(Command.repository)/Tests"
    let digits = "\(tests)/ZooKitTests/Fixtures/digits/lenet-digits.pth"
    for (path, words) in [
      (digits, "Its tensors fit lenet-digits, lenet of the catalogue: -m lenet-digits -w \(digits)\n"),
      ("\(tests)/ZooWeightsTests/Fixtures/training.pth", "The structure of a network cannot be read from such a file"),
      ("\(tests)/ZooKitTests/Fixtures/faults/onnx/legacy.onnx", "Its structure becomes a definition with `zoo import "),
    ] {
      let command = try Command(["infer", Command.sample("test-103-is-3.png"), "-m", path])
      #expect(command.status == 65)
      #expect(command.errors.contains(words), "\(command.errors)")
    }
    let script = """
      "$ZOO" pack "$1" -o plain.zoow >/dev/null 2>&1; exec "$ZOO" build plain.zoow
      """
    let errors = try Command(script: script, [digits]).errors
    #expect(errors.contains(" of the catalogue: -m lenet -w plain.zoow\n"), "\(errors)")
  }
}
