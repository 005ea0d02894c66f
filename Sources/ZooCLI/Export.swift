import ArgumentParser
import ZooKit
import ZooWeights

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model with its weights for other programs: a folder as the Hugging Face hub has them.",
    discussion: """
      The folder holds config.json and preprocessor_config.json, in the
      convention of timm and transformers, model.safetensors, whose tensors
      have torchvision's names, model.yaml, which is zoo's definition, and a
      README.md. zoo reads it back: it is a MODEL and WEIGHTS. An OUT that
      ends in .safetensors or .npz gets the weights alone.

        zoo export resnet18 -w resnet18-f37072fd.pth -o resnet18-export
        zoo infer cat.jpg -m ./resnet18-export
      """)

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var weights: WeightsOption
  @Option(
    name: .short, help: ArgumentHelp("A new folder, or a file ending in .safetensors or .npz.", valueName: "DIR"))
  var output: String
  @Flag(help: "Replace the file if it exists; a folder that is not empty is never replaced.") var force = false
  @Flag(help: "Print JSON.") var json = false

  private var isFile: Bool { output.hasSuffix(".safetensors") || output.hasSuffix(".npz") }

  func validate() throws {
    if output.hasSuffix(".onnx") {
      throw ValidationError(
        "zoo does not write ONNX; it exports a folder (Hugging Face style), or the weights to .safetensors or .npz")
    }
    if output.hasSuffix(".zoow") || output.hasSuffix(".zoo") {
      throw ValidationError(
        "'\(output)' is zoo's own format: `zoo pack` makes an archive, `zoo build MODEL -o OUT.zoo` a package")
    }
  }

  func run() throws {
    let network = try Network.find(model)
    let loaded = try LoadedWeights.load(weights.source(), for: network)
    var files: [String] = []
    if isFile {
      try loaded.checkpoint.unpack(to: output, overwrite: force)
    } else {
      let export = try FolderExport(network, weights: loaded)
      try export.write(to: output)
      files = export.texts.map(\.name) + ["model.safetensors"]
    }
    let checkpoint = loaded.checkpoint
    if json {
      try Output.json(
        Answer(
          model: network.name, output: output, tensors: checkpoint.entries.count, bytes: checkpoint.byteCount,
          files: files.isEmpty ? nil : files))
    } else {
      Output.result(
        "\(network.name): \(checkpoint.entries.count) tensors, \(NumberFormat.bytes(checkpoint.byteCount)), to \(output)"
      )
      if !files.isEmpty { Output.result("files: \(files.joined(separator: ", "))") }
    }
    if !files.isEmpty {
      Output.message("Next: zoo infer IMAGE -m \(output.contains("/") ? output : "./\(output)")")
    }
  }

  private struct Answer: Encodable {
    var schema = "zoo.export/1"
    var model: String
    var output: String
    var tensors: Int
    var bytes: Int
    var files: [String]?
  }
}
