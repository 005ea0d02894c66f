import ArgumentParser
import ZooKit
import ZooWeights

struct Pack: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put a checkpoint into a compressed archive that can be verified.",
    discussion: """
      IN is a .pth, .th, .safetensors or .zoow file, or a folder of .npy
      files. With -m names and shapes are matched with the model, and its
      definition and labels are stored too.

        zoo pack resnet18-f37072fd.pth -m resnet18 -o resnet18.zoow
      """)

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "IN"), completion: .file()) var input: String
  @Option(
    name: .short, help: ArgumentHelp("The archive to write.", valueName: "OUT.zoow"),
    completion: .file(extensions: ["zoow"]))
  var output: String
  @Option(name: .shortAndLong, help: .model, completion: .model) var model: String?
  @Flag(help: "Replace OUT.zoow if it exists.") var force = false
  @Flag(help: "Print what became of every tensor.") var verbose = false
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let packing = try Packing(input: input, model: model)
    var progress = Progress("Packing", total: packing.byteCount)
    let identifier: ContentIdentifier
    do {
      defer { progress.finish() }
      identifier = try packing.write(to: output, overwrite: force) { done, _ in progress.update(done) }
    }
    let size = FileSize.of(output)
    let ratio = packing.byteCount == 0 ? 1 : Double(size) / Double(packing.byteCount)
    if json {
      try Output.json(
        Answer(
          input: input, output: output, tensors: packing.tensorCount, bytes: packing.byteCount, packedBytes: size,
          content: "\(identifier)"))
      return
    }
    if verbose, let report = packing.report { Output.result("\(report)") }
    Output.result(
      "\(packing.tensorCount) tensors, \(NumberFormat.bytes(packing.byteCount)) packed into \(NumberFormat.bytes(size)) (\(NumberFormat.fixed(ratio, 3)))"
    )
    Output.result("content \(identifier)")
    Output.message("Wrote \(output)")
  }

  private struct Answer: Encodable {
    var schema = "zoo.pack/1"
    var input: String
    var output: String
    var tensors: Int
    var bytes: Int
    var packedBytes: Int
    var content: String
  }
}
