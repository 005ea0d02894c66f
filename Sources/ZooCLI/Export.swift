import ArgumentParser
import ZooKit

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a model with its weights for other programs: ONNX, PyTorch, or a folder as the hub has them.",
    discussion: """
      An OUT that ends in .onnx gets the network as it is written, in ONNX
      with the shape of every value, for any number of images; tensors keep
      their names. The operators are those of opset 17, or of 21 with
      --opset 21.

      An OUT that ends in .py gets a PyTorch module, written from the
      definition's blocks, and beside it a file of the same name that ends in
      .safetensors, which loads into it with strict=True; its docstring says
      how, and what the module reads.

      The folder holds config.json and preprocessor_config.json, in the
      convention of timm and transformers, model.safetensors, whose tensors
      have torchvision's names, model.yaml, which is zoo's definition, and a
      README.md. zoo reads it back: it is a MODEL and WEIGHTS. An OUT that
      ends in .safetensors or .npz gets the weights alone.

        zoo export resnet18 -w resnet18-f37072fd.pth -o resnet18.onnx
        zoo export resnet18 -w resnet18-f37072fd.pth -o resnet18.py
        zoo export resnet18 -w resnet18-f37072fd.pth -o resnet18-export
        zoo infer cat.jpg -m ./resnet18-export
      """)

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var weights: WeightsOption
  @OptionGroup var input: InputOption
  @Option(
    name: .short,
    help: ArgumentHelp("A new folder, or a file ending in .onnx, .py, .safetensors or .npz.", valueName: "OUT"))
  var output: String
  @Flag(help: "With .onnx: write the weights to OUT.data beside it, as models above 2 GiB must.")
  var externalData = false
  @Option(help: "With .onnx: the set of operators, 17 or 21; 21 has more of them, 17 is read by more programs.")
  var opset = 17
  @Flag(help: "Replace the file if it exists; a folder that is not empty is never replaced.") var force = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    let isONNX = output.lowercased().hasSuffix(".onnx")
    if externalData, !isONNX { throw ValidationError("--external-data is for an OUT that ends in .onnx") }
    if opset != 17, !isONNX { throw ValidationError("--opset is for an OUT that ends in .onnx") }
    if input.shape != nil, !isONNX { throw ValidationError("--input is for an OUT that ends in .onnx") }
    if output.hasSuffix(".zoow") || output.hasSuffix(".zoo") {
      throw ValidationError(
        "'\(output)' is zoo's own format: `zoo pack` makes an archive, `zoo build MODEL -o OUT.zoo` a package")
    }
    try asArguments { _ = try OutputFormat(path: output) }
  }

  func run() throws {
    let export = try Export(to: output, hasExternalData: externalData, operatorSet: opset, overwrite: force)
    let network = try Network.named(model, input: input.shape)
    let loaded = try LoadedWeights.load(weights.source(), for: network)
    loaded.mentionStaleLabels()
    loaded.report.mentionNote()
    let version = Zoo.configuration.version.split(separator: " ").last.map(String.init) ?? ""
    var progress: Progress?
    defer { progress?.finish() }
    let written = try export.write(network, weights: loaded, producerVersion: version) { done, total in
      if progress == nil { progress = Progress("Writing", total: total) }
      progress?.update(done)
    }
    progress?.finish()
    progress = nil
    let isFolder = export.format == .folder
    if json {
      try Console.json(
        Answer(
          model: network.name, output: output, tensors: written.tensors, bytes: written.byteCount,
          nodes: written.nodes, files: isFolder || externalData ? written.files : nil))
    } else {
      let nodes = written.nodes.map { "\($0) nodes, " } ?? ""
      let place = isFolder ? output : written.files.joined(separator: " and ")
      Console.result(
        "\(network.name): \(nodes)\(written.tensors) tensors, \(NumberFormat.bytes(written.byteCount)), to \(place)")
      if isFolder { Console.result("files: \(written.files.joined(separator: ", "))") }
    }
    if isFolder { Console.message("Next: zoo infer IMAGE -m \(output.contains("/") ? output : "./\(output)")") }
  }

  private struct Answer: Encodable {
    var schema = "zoo.export/1"
    var model: String
    var output: String
    var tensors: Int
    var bytes: Int
    var nodes: Int?
    var files: [String]?
  }
}
