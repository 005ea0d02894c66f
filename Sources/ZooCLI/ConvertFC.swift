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
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if let output, !output.hasSuffix(".yaml"), !output.hasSuffix(".yml") {
      throw ValidationError("'\(output)' should end in .yaml")
    }
  }

  func run() throws {
    let network = try Network.named(model)
    if restores {
      let restoration = try Restoration(network)
      let written = try write(
        restoration.definition, named: restoration.original.name, weightsFor: restoration.original,
        verify: { try restoration.verify($0) }, pack: { try restoration.write($0, to: $1, overwrite: force) })
      let record = network.card.sliding?.record
      try report(
        ConversionReport(
          model: network.name, changes: restoration.result.changes, isRestored: true,
          nativeInput: restoration.original.input, receptiveField: record?.receptiveField, written))
      Console.message("Next: zoo build \(written.definition)")
    } else {
      let name = "\(network.name)-conv"
      let conversion = try Conversion(network, name: name)
      let written = try write(
        conversion.definition, named: name, weightsFor: network,
        verify: { try conversion.verify($0) }, pack: { try conversion.write($0, to: $1, overwrite: force) })
      try report(
        ConversionReport(
          model: network.name, changes: conversion.result.changes, isRestored: false, nativeInput: network.input,
          receptiveField: conversion.result.receptiveField, written))
      let native = network.input
      Console.message("Next: zoo build \(written.definition) --input \(native[0])x\(2 * native[1])x\(2 * native[2])")
    }
  }

  /// Checks, and writes the archive and then the definition.
  private func write(
    _ definition: String, named name: String, weightsFor network: Network,
    verify: (LoadedWeights) throws -> Double, pack: (LoadedWeights, String) throws -> Void
  ) throws -> ConversionReport.Written {
    let path = output ?? "\(name).yaml"
    let archive = String(path.prefix(upTo: path.lastIndex(of: ".") ?? path.endIndex)) + ".zoow"
    let source = try weights.source()
    // An archive of made-up numbers would be large and say nothing that the formula does not.
    var isStored = false
    if case .file = source { isStored = true }
    for path in [path] + (isStored ? [archive] : []) { try FileSystem.checkFile(path, overwrite: force) }
    let loaded = check || source != .automatic ? try LoadedWeights.load(source, for: network) : nil
    loaded?.mentionStaleLabels()
    loaded?.report.mentionNote()
    if case .synthetic = source {
      Console.message("note: no \(archive) is written: synthetic weights are made anew from the names of the tensors")
    }
    let difference = try check ? loaded.map(verify) : nil
    if isStored, let loaded { try pack(loaded, archive) }
    try FileSystem.write(definition.utf8, to: path, overwrite: true)
    return ConversionReport.Written(definition: path, weights: isStored ? archive : nil, difference: difference)
  }

  private func report(_ report: ConversionReport) throws {
    if json {
      try Console.json(report.answer)
    } else {
      report.lines.forEach(Console.result)
    }
    let archive = report.written.weights.map { " and \($0)" } ?? ""
    Console.message("Wrote \(report.written.definition)\(archive)")
  }
}
