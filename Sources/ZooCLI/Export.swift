import ArgumentParser
import ZooKit

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model with its weights for other programs: ONNX, or a folder as the Hugging Face hub has them.",
    discussion: """
      An OUT that ends in .onnx gets the network as it is written, in ONNX
      with the shape of every value, for any number of images; tensors keep
      their names.

      The folder holds config.json and preprocessor_config.json, in the
      convention of timm and transformers, model.safetensors, whose tensors
      have torchvision's names, model.yaml, which is zoo's definition, and a
      README.md. zoo reads it back: it is a MODEL and WEIGHTS. An OUT that
      ends in .safetensors or .npz gets the weights alone.

        zoo export resnet18 -w resnet18-f37072fd.pth -o resnet18.onnx
        zoo export resnet18 -w resnet18-f37072fd.pth -o resnet18-export
        zoo infer cat.jpg -m ./resnet18-export
      """)

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var weights: WeightsOption
  @OptionGroup var input: InputOption
  @Option(
    name: .short,
    help: ArgumentHelp("A new folder, or a file ending in .onnx, .safetensors or .npz.", valueName: "OUT"))
  var output: String
  @Flag(help: "With .onnx: write the weights to OUT.data beside it, as models above 2 GiB must.")
  var externalData = false
  @Flag(help: "Replace the file if it exists; a folder that is not empty is never replaced.") var force = false
  @Flag(help: "Print JSON.") var json = false

  private var kind: OutputKind {
    get throws { try OutputKind(output, endings: [".onnx", ".safetensors", ".npz"]) }
  }

  func validate() throws {
    let isONNX = output.lowercased().hasSuffix(".onnx")
    if externalData, !isONNX { throw ValidationError("--external-data is for an OUT that ends in .onnx") }
    if input.shape != nil, !isONNX { throw ValidationError("--input is for an OUT that ends in .onnx") }
    if output.hasSuffix(".zoow") || output.hasSuffix(".zoo") {
      throw ValidationError(
        "'\(output)' is zoo's own format: `zoo pack` makes an archive, `zoo build MODEL -o OUT.zoo` a package")
    }
    _ = try kind
  }

  func run() throws {
    let kind = try kind
    try kind.check(output, overwrite: force)
    if externalData { try FileSystem.checkFile(ONNXExport.dataPath(for: output), overwrite: force) }
    let network = try Network.named(model, input: input.shape)
    let loaded = try LoadedWeights.load(weights.source(), for: network)
    loaded.mentionStaleLabels()
    loaded.report.mentionNote()
    if kind == .onnx { return try writeONNX(network, loaded) }
    var files: [String] = []
    if kind == .tensors {
      try loaded.checkpoint.unpack(to: output, overwrite: force)
    } else {
      let export = try FolderExport(network, weights: loaded)
      try export.write(to: output)
      files = export.texts.map(\.name) + ["model.safetensors"]
    }
    let checkpoint = loaded.checkpoint
    if json {
      try Console.json(
        Answer(
          model: network.name, output: output, tensors: checkpoint.entries.count, bytes: checkpoint.byteCount,
          files: files.isEmpty ? nil : files))
    } else {
      Console.result(
        "\(network.name): \(checkpoint.entries.count) tensors, \(NumberFormat.bytes(checkpoint.byteCount)), to \(output)"
      )
      if !files.isEmpty { Console.result("files: \(files.joined(separator: ", "))") }
    }
    if !files.isEmpty {
      Console.message("Next: zoo infer IMAGE -m \(output.contains("/") ? output : "./\(output)")")
    }
  }

  private func writeONNX(_ network: Network, _ loaded: LoadedWeights) throws {
    let export = try ONNXExport(network, weights: loaded)
    let version = Zoo.configuration.version.split(separator: " ").last.map(String.init) ?? ""
    var progress = Progress("Writing", total: export.byteCount)
    do {
      defer { progress.finish() }
      try export.write(
        to: output, producerVersion: version, hasExternalData: externalData, overwrite: force
      ) { done, _ in progress.update(done) }
    }
    let files = [output] + (externalData ? [ONNXExport.dataPath(for: output)] : [])
    if json {
      try Console.json(
        Answer(
          model: network.name, output: output, tensors: export.tensorCount, bytes: export.byteCount,
          nodes: export.nodeCount, files: externalData ? files : nil))
    } else {
      Console.result(
        "\(network.name): \(export.nodeCount) nodes, \(export.tensorCount) tensors, "
          + "\(NumberFormat.bytes(export.byteCount)), to \(files.joined(separator: " and "))")
    }
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
