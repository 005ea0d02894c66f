import ArgumentParser
import ZooKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The command line: arguments in, text and files out.
struct Zoo: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zoo",
    abstract: "Convolutional networks written as YAML, run on a CPU.",
    usage: "zoo <command> [<arguments>]",
    discussion: """
      EXAMPLES
        zoo infer zoo/samples/test-103-is-3.png
            classify an image with the model that comes with zoo
        zoo build resnet18.yaml
            check a definition and count what it costs
        zoo pull resnet18
            fetch its published weights
        zoo infer cat.jpg -m resnet18
            classify with them
        zoo convert-fc vgg16
            rewrite a classifier so that it slides

      MODEL is a name of the catalogue (`zoo list`), a .yaml file or a .zoo
      package. With a / in it it is a path, and means what is there alone.
      WEIGHTS is an archive (.zoow), a checkpoint (.safetensors, .pth, a folder
      of .npy), or synthetic[:SEED].

      Tables fit the terminal (COLUMNS overrides its width): columns that matter
      less are left out. For scripts there are --json and --plain: the table
      alone, tabs between all columns, titles first, numbers without separators.

      Names of files are bytes, and are printed as they are. In JSON, which is
      UTF-8, a byte that is not is the character U+10F700 + the byte.

      MANUAL
        zoo help --man > zoo.1 && man ./zoo.1

      EXIT STATUS
        0 ok, 1 a negative answer, 64 usage, 65 bad data, 66 input missing,
        69 weights not available, 70 internal error, 73 cannot create,
        74 input/output error, 75 stopped before the end, 130 interrupted
      """,
    version: "zoo 0.1.0",
    groupedSubcommands: [
      CommandGroup(
        name: "Models",
        subcommands: [List.self, Show.self, Build.self, GraphCommand.self, ConvertFC.self, ImportCommand.self]),
      CommandGroup(name: "Run", subcommands: [Infer.self, Eval.self, Bench.self]),
      CommandGroup(name: "Many pictures", subcommands: [RunCommand.self, MergeCommand.self, StatusCommand.self]),
      CommandGroup(
        name: "Learning",
        subcommands: [
          Train.self, Finetune.self, FeaturesCommand.self, Fit.self, Advise.self, CheckGradients.self,
        ]),
      CommandGroup(name: "Insight", subcommands: [Vis.self, ReportCommand.self]),
      CommandGroup(
        name: "Weights",
        subcommands: [Pull.self, Pack.self, Unpack.self, ExportCommand.self, Verify.self, Diff.self]),
      CommandGroup(name: "Help", subcommands: [LayersCommand.self, Schema.self, Doctor.self, Completions.self]),
    ])

  static func main() {
    Console.prepare()
    Interruption.prepare()
    do {
      if arguments == ["help", "--man"] {
        Console.raw(Array(try ManualPage().text().utf8))
      } else {
        var command = try parseAsRoot(arguments)
        try command.run()
      }
    } catch {
      ExitStatus.exit(with: error)
    }
    Console.finish()
  }

  /// What the program was called with, in which paths keep their bytes.
  static var arguments: [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { CommandLine.unsafeArgv[$0] }.map { argument in
      String(path: UnsafeBufferPointer(start: argument, count: strlen(argument)).map(UInt8.init(bitPattern:)))
    }
  }

  func run() {
    Console.result(Zoo.helpMessage(columns: nil))
  }
}
