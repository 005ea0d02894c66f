import ArgumentParser
import ZooKit

struct Unpack: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write an archive's tensors, bit for bit, as .npy files, .npz or safetensors.",
    discussion: """
        zoo unpack resnet18.zoow -o resnet18.safetensors
        zoo unpack resnet18.zoow -o resnet18.npz
        zoo unpack resnet18.zoow -o tensors/ --only 'layer4.*'
      """)

  @Argument(help: ArgumentHelp("An archive or any checkpoint.", valueName: "ARCHIVE"), completion: .file())
  var archive: String
  @Option(
    name: .short,
    help: ArgumentHelp(
      "A new folder, or a file ending in .safetensors or .npz.", valueName: "DIR|F.safetensors|F.npz"))
  var output: String
  @Option(help: ArgumentHelp("Only the tensors whose names fit; may be given several times.", valueName: "GLOB"))
  var only: [String] = []
  @Flag(help: "Replace the file if it exists.") var force = false
  @Flag(help: "Print JSON.") var json = false

  private var format: OutputFormat {
    get throws { try OutputFormat(path: output, among: [.safetensors, .npz, .folder]) }
  }

  func validate() throws {
    try asArguments { _ = try format }
  }

  func run() throws {
    try format.check(output, overwrite: force)
    let checkpoint = try Checkpoint.open(archive)
    let count = try checkpoint.unpack(to: output, only: only, overwrite: force)
    if json {
      try Console.json(Answer(archive: archive, output: output, tensors: count))
    } else {
      Console.result("Wrote \(count) of \(checkpoint.entries.count) tensors to \(output)")
    }
  }

  private struct Answer: Encodable {
    var schema = "zoo.unpack/1"
    var archive: String
    var output: String
    var tensors: Int
  }
}
