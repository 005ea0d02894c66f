import ArgumentParser
import ZooGraph
import ZooKit
import ZooWeights

struct ConvertFC: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert-fc",
    abstract: "Rewrite fully connected layers as convolutions, so that the classifier slides over larger images.",
    discussion: """
      Writes a new definition and, with -w, an archive with the same numbers beside it.

        zoo convert-fc vgg16 -w vgg16-397923af.pth -o v.yaml --check
        zoo build v.yaml --input 3x384x384
      """)

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var weights: WeightsOption
  @Option(
    name: .short, help: ArgumentHelp("The definition to write. Default: NAME-conv.yaml here.", valueName: "OUT.yaml"),
    completion: .file(extensions: ["yaml"]))
  var output: String?
  @Flag(help: "Run both networks on one image and compare.") var check = false
  @Flag(help: "Replace the output if it exists.") var force = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if let output, !output.hasSuffix(".yaml"), !output.hasSuffix(".yml") {
      throw ValidationError("'\(output)' should end in .yaml")
    }
  }

  func run() throws {
    let network = try Network.find(model)
    let name = "\(network.name)-conv"
    let conversion = try Conversion(network, name: name)
    let path = output ?? "\(name).yaml"
    let archive = String(path.prefix(upTo: path.lastIndex(of: ".") ?? path.endIndex)) + ".zoow"
    let source = try weights.source()
    let loaded = check || source != .automatic ? try LoadedWeights.load(source, for: network) : nil
    // An archive of made-up numbers would be large and say nothing that the formula does not.
    var isStored = false
    if case .file = source { isStored = true }
    if !force {
      for path in [path] + (isStored ? [archive] : []) where FileSystem.exists(path) {
        throw ZooError.alreadyExists(path: path)
      }
    }
    let difference = try check ? loaded.map { try conversion.verify($0) } : nil
    if isStored, let loaded { try conversion.write(loaded, to: archive, overwrite: force) }
    try FileSystem.write(conversion.definition.utf8, to: path, overwrite: true)
    if json {
      try Output.json(Answer(conversion, path, isStored ? archive : nil, difference))
    } else {
      report(conversion, difference)
    }
    Output.message("Wrote \(path)\(isStored ? " and \(archive)" : "")")
    let native = network.input
    Output.message("Next: zoo build \(path) --input \(native[0])x\(2 * native[1])x\(2 * native[2])")
  }

  private func report(_ conversion: Conversion, _ difference: Double?) {
    let result = conversion.result
    var table = TextTable([("LAYER", .left), ("WAS", .left), ("IS", .left), ("READS", .left), ("WEIGHT", .left)])
    for change in result.changes {
      table.append([
        change.node.name, change.from.kind,
        change.to.map { "\($0.kind) \($0.attributesText)" } ?? "nothing: it changes no number",
        "\(change.map)", change.weight.map { "\($0.from) seen as \($0.to)" } ?? "",
      ])
    }
    table.lines.forEach(Output.result)
    Output.result("")
    Output.result("native input     \(result.nativeInput)")
    Output.result("one score per    \(result.outputStride) pixels")
    Output.result("each looks at    \(result.receptiveField.size) pixels, padding included")
    if let difference {
      Output.result(
        "check            at the native size the logits differ by at most \(NumberFormat.scientific(difference)) of the largest"
      )
    }
  }

  private struct Answer: Encodable {
    var schema = "zoo.convert-fc/1"
    var model: String
    var definition: String
    var weights: String?
    var nativeInput: [Int]
    var outputStride: [Int]
    var receptiveField: [Int]
    var changed: [String]
    var difference: Double?

    init(_ conversion: Conversion, _ path: String, _ archive: String?, _ difference: Double?) {
      let result = conversion.result
      model = conversion.network.name
      definition = path
      weights = archive
      nativeInput = result.nativeInput.dimensions
      outputStride = [result.outputStride.height, result.outputStride.width]
      receptiveField = [result.receptiveField.size.height, result.receptiveField.size.width]
      changed = result.changes.map(\.node.name)
      self.difference = difference
    }
  }
}
