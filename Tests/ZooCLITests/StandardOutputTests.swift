import Foundation
import Testing

/// A result that cannot be written is an error: what is left of it must not pass for all of it.
@Suite struct StandardOutputTests {
  private static let digit = Command.sample("test-103-is-3.png")
  private static let weights = "\(Command.repository)/zoo/weights/lenet-digits.zoow"

  /// Every command that prints a result, in each of its forms.
  static let commands: [[String]] = [
    [], ["--help"], ["--version"], ["help", "build"], ["build", "--help"], ["bench", "kernels", "--help"],
    ["--generate-completion-script", "bash"], ["completions", "zsh"], ["schema"], ["doctor"], ["doctor", "--json"],
    ["list"], ["list", "--json"], ["show", "lenet"], ["show", "lenet", "--json"], ["show", weights],
    ["show", weights, "--tensors"], ["show", weights, "--json"], ["build", "lenet"], ["build", "lenet", "--json"],
    ["build", "lenet", "--expand"], ["build", "lenet", "-w", "synthetic", "--explain"], ["graph", "lenet"],
    ["graph", "lenet", "--json"], ["convert-fc", "lenet"], ["convert-fc", "lenet", "--json"], ["infer", digit],
    ["infer", digit, "--json"], ["infer", digit, digit], ["infer", digit, digit, "--json"],
    ["infer", digit, "--sliding", "--scales", "28"], ["eval", "lenet-digits", "--data", "data"],
    ["eval", "lenet-digits", "--data", "data", "--json"], ["bench", "lenet", "--runs", "1"],
    ["bench", "lenet", "--runs", "1", "--json"], ["bench", "--load", weights, "--runs", "1"],
    ["bench", "kernels", "1x8x8", "--out", "1", "--kernel", "3", "--runs", "1"], ["verify", weights],
    ["verify", weights, "--json"], ["verify", "cut.zoow", "--json"], ["diff", weights, weights],
    ["diff", weights, weights, "--json"], ["pack", weights, "-o", "packed.zoow"],
    ["pack", weights, "-o", "packed.zoow", "--json"], ["unpack", weights, "-o", "unpacked"],
    ["unpack", weights, "-o", "unpacked", "--json"], ["export", "lenet-digits", "-o", "exported"],
    ["export", "lenet-digits", "-o", "exported.onnx", "--json"],
  ]

  @Test("to a full disk", arguments: commands)
  func full(arguments: [String]) throws {
    let command = try Command(script: "\(Self.setUp); exec \"$ZOO\" \"$@\" >/dev/full", arguments)
    #expect(command.status == 74, "\(command.errors)")
    #expect(command.errors.contains(Self.message("No space left on device")))
  }

  @Test("to a descriptor that is closed", arguments: commands)
  func closed(arguments: [String]) throws {
    let command = try Command(script: "\(Self.setUp); exec \"$ZOO\" \"$@\" >&-", arguments)
    #expect(command.status == 74, "\(command.errors)")
    #expect(command.errors.contains(Self.message("it is closed, or not open for writing")))
  }

  @Test("to a file that may not grow")
  func limited() throws {
    let command = try Command(script: "ulimit -f 1; exec \"$ZOO\" show resnet18 --json >cut.json") { folder in
      let written = try Data(contentsOf: URL(filePath: "\(folder)/cut.json")).count
      #expect([512, 1024].contains(written))
    }
    #expect(command.status == 74)
    #expect(command.errors.contains("error: standard output: File too large"), "\(command.errors)")
  }

  @Test("to a reader that went away, quietly")
  func brokenPipe() throws {
    let command = try Command(script: "{ trap '' PIPE; \"$ZOO\" list; echo $? >status; } | :; cat status")
    #expect(command.output == "0\n")
    #expect(command.errors.isEmpty, "\(command.errors)")
  }

  @Test("closed, it is not taken for a file that is written")
  func closedAndWritten() throws {
    let command = try Command(script: "exec \"$ZOO\" graph lenet -o lenet.dot 0<&- >&- 2>&-") { folder in
      let written = try String(contentsOfFile: "\(folder)/lenet.dot", encoding: .utf8)
      #expect(written.hasPrefix("digraph"))
    }
    #expect(command.status == 0)
    let full = try Command(script: "exec \"$ZOO\" infer \(Self.digit) --save-logits l.npy >&- 2>&-") { folder in
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/l.npy"))
    }
    #expect(full.status == 74)
  }

  @Test("in a pipe that does not wait for its reader, whole")
  func nonBlocking() throws {
    let script = """
      python3 -c 'import fcntl, os; fcntl.fcntl(1, fcntl.F_SETFL, os.O_NONBLOCK); os.execv(os.environ["ZOO"], ["zoo", "show", "resnet152", "--json"])' \
      | { sleep 1; cat; } >slow.json
      "$ZOO" show resnet152 --json | cmp - slow.json
      """
    let command = try Command(script: script)
    #expect(command.status == 0, "\(command.output)\(command.errors)")
  }

  private static func message(_ reason: String) -> String {
    "error: standard output: \(reason); what was to be written there is not complete\n"
  }

  /// One folder per class with a digit in each, and an archive that is cut short.
  private static let setUp = """
    mkdir -p data/3 data/4; cp '\(digit)' data/3; cp '\(digit)' data/4; head -c 100000 '\(weights)' >cut.zoow
    """
}
