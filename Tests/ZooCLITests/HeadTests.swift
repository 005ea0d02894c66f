import Foundation
import Testing

/// `zoo features`, `zoo fit` and `zoo advise`, and what they wrote used.
@Suite struct HeadTests {
  private static let digits = "\(Command.repository)/Tests/ZooTrainingTests/Fixtures/digits"

  private static let features = ["features", "lenet-digits", "--data", digits, "--split", "test", "-o", "c.npy"]

  /// Runs commands one after the other in one folder, each ended by `;`.
  private func script(_ lines: [String], inspect: (String) throws -> Void = { _ in }) throws -> Command {
    try Command(script: lines.joined(separator: "\n"), ["zoo"], inspect: inspect)
  }

  @Test("codes, a classifier, an answer")
  func path() throws {
    let command = try script([
      "set -e",
      "$ZOO features lenet-digits --data '\(Self.digits)' -o c.npy",
      "$ZOO features lenet-digits --data '\(Self.digits)' --split test -o t.npy > /dev/null",
      "$ZOO fit c.npy --test t.npy --lambda 0.1 -o head.zoow > /dev/null",
      "$ZOO infer -m head.zoow --top 1 '\(Command.sample("test-103-is-3.png"))'",
    ])
    #expect(command.status == 0, "\(command.errors)")
    let lines = command.output.split(separator: "\n").map(String.init)
    #expect(lines.first == "1500 codes of 500 numbers: 'relu1', 500", "\(command.output)")
    #expect(lines.last?.hasSuffix("  3") == true, "\(command.output)")
    #expect(
      command.errors.contains("Wrote c.npy and c.keys.txt\nNext: zoo fit c.npy -o head.zoow\n"), "\(command.errors)")
    #expect(command.errors.contains("Wrote head.zoow\nNext: zoo infer -m head.zoow IMAGE\n"), "\(command.errors)")
  }

  @Test("a report for programs, and one for people")
  func report() throws {
    let command = try script([
      "set -e", "$ZOO \(Self.features.map { "'\($0)'" }.joined(separator: " ")) > /dev/null",
      "$ZOO fit c.npy --lambda 1,0.1 --folds 3 -o head.zoow --json > fit.json",
      "$ZOO fit c.npy --lambda 1,0.1 --folds 3 -o again.zoow --threads 1",
      "cmp head.zoow again.zoow",
    ]) { folder in
      let data = try Data(contentsOf: URL(filePath: "\(folder)/fit.json"))
      let answer = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      #expect(answer["schema"] as? String == "zoo.fit/1")
      #expect((answer["count"] as? Int, answer["folds"] as? Int, answer["writes"] as? String) == (297, 3, "network"))
      #expect((answer["trials"] as? [Any])?.count == 2)
      #expect((answer["classes"] as? [[String: Any]])?.map { $0["name"] as? String } == (0..<10).map(String.init))
    }
    #expect(command.status == 0, "\(command.errors)")
    for line in [
      "LAMBDA  ACCURACY %  ± S.E.", "chosen", "codes       297 of 500 numbers, 'relu1' of lenet-digits, 10 classes",
      "loss        svm, λ = ", "What to believe of it:",
    ] {
      #expect(command.output.contains(line), "\(line) in \(command.output)")
    }
  }

  @Test("advice ends in a command that works")
  func advise() throws {
    let command = try Command(["advise", "lenet-digits", "--data", Self.digits, "--limit", "60", "--folds", "2"])
    #expect(command.status == 0, "\(command.errors)")
    #expect(command.output.contains("case      the new data set is large and "), "\(command.output)")
    #expect(command.output.contains("Next:\n  zoo finetune lenet-digits "), "\(command.output)")
    let json = try Command(
      ["advise", "lenet-digits", "--data", Self.digits, "--limit", "60", "--folds", "2", "--layer", "pool2", "--json"])
    let answer = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(answer["schema"] as? String == "zoo.advise/1")
    #expect((answer["evidence"] as? [[String: Any]])?.map { $0["layer"] as? String } == ["relu1", "pool2"])
  }

  @Test(
    "what goes wrong is said, with the status of its kind",
    arguments: [
      (
        ["features", "resnet18", "--data", digits, "-o", "c.npy"], 69, "error: no weights for resnet18 on this machine"
      ),
      (
        ["features", "lenet-digits", "--layer", "pol2", "--data", digits, "-o", "c.npy"], 64,
        "error: no layer 'pol2' in lenet-digits (did you mean 'pool2'?); `zoo graph MODEL` lists the layers\n"
      ),
      (
        ["features", "lenet-digits", "--data", digits, "-o", "missing/c.npy"], 73,
        "error: missing/c.npy: cannot be written: No such file or directory\n"
      ),
      (
        ["features", "lenet-digits", "--data", digits, "-o", "there.npy"], 73,
        "error: there.npy: already exists; pass --force to replace it, or choose another name with -o\n"
      ),
      (["fit", "there.npy", "-o", "there.npy.zoow"], 65, "error: there.npy: "),
      (["fit", "none.npy", "-o", "head.zoow"], 66, "error: none.npy: "),
      (
        ["fit", "there.npy", "-o", "head.zoo", "--lambda", "1,0"], 64,
        "'1,0' is not a number above 0, nor several with commas between"
      ),
      (["fit", "there.npy", "-o", "there.zoow"], 73, "error: there.zoow: already exists; pass --force"),
      (
        ["advise", "lenet-digits", "--data", digits, "--limit", "19"], 64,
        "error: cannot look at 19 pictures; choose at least 2 for each of the 10 classes; change --limit\n"
      ),
      (["advise", "lenet-digits", "--data", "one"], 66, "error: "),
    ])
  func failures(arguments: [String], status: Int32, words: String) throws {
    let command = try Command(arguments, files: ["there.npy": "no array", "there.zoow": "no archive"])
    #expect(command.status == status, "\(arguments): \(command.errors)")
    #expect(command.errors.contains(words), "\(arguments): \(command.errors)")
    #expect(command.output.isEmpty, "\(arguments): \(command.output)")
  }

  @Test("codes that were begun of something else")
  func begun() throws {
    let command = try script([
      "$ZOO features lenet-digits --data '\(Self.digits)' --split test -o c.npy > /dev/null",
      "for f in npy keys.txt features.json; do mv c.$f d.$f.partial; done",
      "$ZOO features lenet-digits --layer ip1 --data '\(Self.digits)' --split test -o d.npy",
    ])
    #expect(command.status == 64)
    #expect(
      command.errors.hasSuffix(
        "error: d.features.json.partial: codes were begun of something else: layer relu1, now ip1; give the same options to go on with them, or --force to begin anew\n"
      ), "\(command.errors)")
  }

  @Test(
    "folders that no classifier can be fitted to",
    arguments: [
      (
        "mkdir -p d/a; cp '\(Command.sample("test-007-is-9.png"))' d/a/",
        "error: all pictures are of the class 'a'; a classifier needs at least two classes\n",
        "error: d: all pictures are of the class 'a'; a classifier needs at least two classes\n"
      ),
      (
        "mkdir -p d/a d/b d/c; for c in a c; do cp '\(Command.sample("test-007-is-9.png"))' d/$c/; done",
        "error: there is no picture of the class 'b'; add some, or leave the class out\n",
        "error: d: there is no picture of the class 'b'; add some, or leave the class out\n"
      ),
    ])
  func classes(folders: String, fit: String, advise: String) throws {
    let make = "\(folders); $ZOO features lenet-digits --data d -o c.npy > /dev/null 2>&1 || echo failed"
    let fitting = try script([make, "$ZOO fit c.npy -o head.zoow; status=$?; test ! -e head.zoow && exit $status"])
    #expect((fitting.status, fitting.errors, fitting.output) == (65, fit, ""))
    let advice = try script([folders, "$ZOO advise lenet-digits --data d"])
    #expect((advice.status, advice.errors, advice.output) == (65, advise, ""))
  }
}
