import Foundation
import Testing

/// Recipes on the command line: their schema, those of definitions, and the search of a rate.
struct RecipeTests {
  static let digits = "\(Command.repository)/Tests/ZooTrainingTests/Fixtures/digits"

  static func object(_ command: Command) throws -> [String: Any] {
    try #require(
      JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any],
      "\(command.output)\(command.errors)")
  }

  @Test("schema prints the files of Schemas", arguments: ["model", "recipe"])
  func schema(_ kind: String) throws {
    let file = "\(Command.repository)/Schemas/\(kind).schema.json"
    let command = try Command(["schema", kind])
    #expect(command.status == 0)
    #expect(command.output == (try String(contentsOfFile: file, encoding: .utf8)))
    let help = try Command(["schema", "--help"])
    #expect(help.output.contains("zoo schema \(kind) > \(kind).schema.json"), "\(help.output)")
  }

  @Test("train --lr-find suggests a rate, draws the curve and trains nothing")
  func search() throws {
    let arguments = ["train", "lenet-digits", "--data", Self.digits, "--lr-find", "--iterations", "40", "-o", "run"]
    let text = try Command(arguments) { folder in
      let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/run")
      #expect(files == ["lr-find.svg"])
    }
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.output.contains("(valley)") && text.output.contains("picture   run/lr-find.svg"), "\(text.output)")
    #expect(text.errors.contains("rates  40 steps of 64 pictures, at most about "), "\(text.errors)")
    let json = try Self.object(Command(arguments + ["--json"]))
    #expect(json["schema"] as? String == "zoo.lr-find/1")
    #expect(["high", "low"].contains(json["confidence"] as? String))
    let rate = try #require(json["lr"] as? Double)
    #expect((1e-4...1).contains(rate))
    let points = try #require(json["points"] as? [[String: Any]])
    #expect((21...40).contains(points.count))
  }

  @Test("--lr-find and --iterations go with what they make sense with")
  func usage() throws {
    for (options, words) in [
      (["--iterations", "30"], "--iterations are those of --lr-find, which is not there"),
      (["--lr-find", "--iterations", "3"], "--iterations is 3; expected 20 to 100000"),
      (["--lr-find", "--dry-run"], "--lr-find goes with none of --resume, --overfit, --dry-run and --min-top1"),
    ] {
      let command = try Command(["train", "lenet-digits", "--data", Self.digits, "-o", "run"] + options)
      #expect(command.status == 64 && command.errors.contains(words), "\(command.errors)")
    }
  }

  @Test("--plan says how long more processes take, and trains nothing")
  func plan() throws {
    let arguments = ["train", "lenet-digits", "--data", Self.digits, "--set", "slices=4", "--threads", "1"]
    let command = try Command(arguments + ["--plan", "1,2,4", "--machines", "1", "--json"])
    #expect(command.status == 0, "\(command.errors)")
    let json = try Self.object(command)
    #expect(json["schema"] as? String == "zoo.trainplan/1")
    let rows = try #require(json["rows"] as? [[String: Any]])
    #expect(rows.map { $0["workers"] as? Int } == [1, 2, 4] && rows.allSatisfy { $0["bytesOnLink"] as? Int == 0 })
    #expect(rows.allSatisfy { ($0["stepSeconds"] as? Double ?? 0) > 0 } && rows[0]["efficiency"] as? Double == 1)
    let text = try Command(arguments + ["--plan", "2", "--network", "117,0.1"])
    #expect(text.status == 0 && text.output.hasPrefix("PROCESSES"), "\(text.errors)")
    #expect(text.output.contains("network  117.0 MB a second in each direction, 0.100 ms a message"), "\(text.output)")
    for (options, words) in [
      (["--plan", "1,0"], "--plan has '0'; expected numbers of workers from 1 to 1024"),
      (["--plan", "8"], "8 processes cannot share a batch of 4 slices"),
      (["--plan", "1", "-o", "run"], "--plan goes with none of -o, --resume"),
      (["--plan", "1", "--network", "fast"], "--network is 'fast'"), (["--machines", "2"], "are for --plan"),
      (["--plan", "1", "--machines", "0"], "--machines is 0"),
    ] {
      let command = try Command(arguments + options)
      #expect(command.status == 64 && command.errors.contains(words), "\(options): \(command.errors)")
    }
  }

  @Test("a mistake in a definition's recipe is pointed at")
  func mistake() throws {
    let definition = "zoo: 1\nname: mine\nvariant_of: lenet-base.yaml\ntrain: {lr: fast}\n"
    let base = try String(contentsOfFile: "\(Command.repository)/zoo/lenet.yaml", encoding: .utf8)
    let command = try Command(
      ["train", "mine.yaml", "--data", Self.digits, "-o", "run"],
      files: ["mine.yaml": definition, "lenet-base.yaml": base])
    #expect(command.status == 65)
    #expect(command.errors.contains("mine.yaml:4:13: error: 'lr' must be a number above 0"), "\(command.errors)")
  }
}
