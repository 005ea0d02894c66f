import ArgumentParser
import ZooKit

struct ConvertFC: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert-fc",
    abstract: "Rewrite fully connected layers as convolutions, so that the classifier slides over larger images.",
    discussion: """
      Writes a new definition and, with -w, an archive with the same numbers
      beside it. The definition records what the network was, and --to-fc
      turns both back.

        zoo convert-fc vgg16 -w vgg16-397923af.pth -o v.yaml --check
        zoo build v.yaml --input 3x384x384
        zoo convert-fc --to-fc v.yaml -w v.zoow -o vgg16.yaml
      """)

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var weights: WeightsOption
  @Option(
    name: .short,
    help: ArgumentHelp(
      "The definition to write. Default: NAME-conv.yaml here, and NAME.yaml with --to-fc.", valueName: "OUT.yaml"),
    completion: .file(extensions: ["yaml"]))
  var output: String?
  @Flag(name: .customLong("to-fc"), help: "Turn a definition that convert-fc wrote back into what it was.")
  var restores = false
  @Flag(help: "Run both networks on one image and compare.") var check = false
  @Flag(help: "Replace the output if it exists.") var force = false
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    try tables.check(json: json)
    try asArguments { if let output { try ConversionFiles.checkName(output) } }
  }

  func run() throws {
    let network = try Network.named(model)
    let files = try ConversionFiles(
      network, restoring: restores, to: output, weights: weights.source(), checks: check, overwrite: force)
    files.weights?.mentionStaleLabels()
    files.weights?.report.mentionNote()
    if case .synthetic = try weights.source() {
      Console.message(
        "note: no \(files.definitionPath.withoutExtension).zoow is written: synthetic weights are made anew from the names of the tensors"
      )
    }
    let report = ConversionReport(network.name, files, difference: try files.write())
    if json {
      try Console.json(report.answer)
    } else if tables.plain {
      report.table.print(plain: true)
    } else {
      report.lines.forEach(Console.result)
    }
    Console.message("Wrote \(files.definitionPath)\(files.archivePath.map { " and \($0)" } ?? "")")
    let native = network.input
    let larger = restores ? "" : " --input \(native[0])x\(2 * native[1])x\(2 * native[2])"
    Console.message("Next: zoo build \(files.definitionPath)\(larger)")
  }
}

extension String {
  /// `v` for `v.yaml`
  fileprivate var withoutExtension: Substring { prefix(upTo: lastIndex(of: ".") ?? endIndex) }
}
