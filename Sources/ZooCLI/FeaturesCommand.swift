import ArgumentParser
import ZooKit
import ZooTraining

struct FeaturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract: "Write CNN codes: what a layer answers to every picture of a data set.",
    discussion: """
      F.npy gets a row of float32 numbers for each picture, the value of LAYER
      in its order (channels, rows, columns). F.keys.txt says of which picture
      and class each row is, F.features.json what made them; zoo fit reads all
      three.

      A run that was interrupted goes on where it stopped when the same command
      is given again, and ends with the same bits. The default layer is what
      the last one reads: the average pool of a ResNet, the last ReLU of VGG.

        zoo features resnet18 -w resnet18-f37072fd.pth --data pets -o pets.npy
        zoo fit pets.npy -o pets.zoow
        zoo infer -m pets.zoow cat.jpg
      """)

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var weights: WeightsOption
  @Option(
    help: ArgumentHelp(
      "The layer, by its path in the definition; zoo graph MODEL lists them. Default: what the last layer reads.",
      valueName: "LAYER"))
  var layer: String?
  @Flag(help: "Write the mean of each map, a number for each channel.") var pool = false
  @Option(help: ArgumentHelp("The folder with the data, as for zoo eval.", valueName: "DATA"), completion: .directory)
  var data: String
  @Option(help: "Which part of the data: train or test.") var split = Eval.Split.train
  @Option(
    name: .short, help: ArgumentHelp("The codes to write.", valueName: "F.npy"), completion: .file(extensions: ["npy"]))
  var output: String
  @Option(help: ArgumentHelp("Pictures that are run together; the codes do not depend on it.", valueName: "N"))
  var batch = 16
  @Flag(help: "Leave out pictures that cannot be read, and count them.") var skipBad = false
  @Flag(help: "Replace F.npy if it exists, and begin anew what was begun of something else.") var force = false
  @OptionGroup var engine: EngineOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if !output.hasSuffix(".npy") { throw ValidationError("'\(output)' should end in .npy") }
  }

  func run() throws {
    try FileSystem.checkFile(output, overwrite: force)
    let part: DataSet.Split = split == .train ? .train : .test
    let dataSet = try DataSet.open(data, split: part)
    dataSet.mentionImagesWithoutClass()
    let network = try Network.named(model)
    let features = try Features(
      network, called: model, weights: weights.source(), layers: layer.map { [$0] }, pools: pool,
      options: engine.options())
    features.model.mentionCache()
    features.model.weights.mentionAll()
    var progress = Progress("Codes of \(network.name)", total: dataSet.count)
    let written: Features.Written
    do {
      defer { progress.finish() }
      written = try features.write(
        dataSet, split: part, to: output,
        options: Features.Options(batch: batch, skipsBad: skipBad, overwrite: force)
      ) { done, _ in progress.update(done) }
    }
    if written.continuedFrom > 0 {
      Console.message("Went on after \(NumberFormat.grouped(written.continuedFrom)) codes that were there")
    }
    for picture in written.skipped {
      Console.message("left out: \(picture.reason ?? "\(picture.name), which an earlier run could not read")")
    }
    let rows = written.record.rows ?? 0
    if json {
      try Console.json(
        Answer(
          model: network.name, weights: features.model.weights.summary, layer: written.record.layer,
          shape: features.layers[0].shape.dimensions, pooled: written.record.pooled, data: dataSet.path,
          split: part.rawValue, classes: written.record.classes, count: rows, width: written.record.width,
          continuedFrom: written.continuedFrom, skipped: written.skipped.map(\.name), output: output,
          keys: written.paths.keys))
    } else {
      let (layer, shape) = (features.layers[0], features.layers[0].shape)
      Console.result(
        "\(rows) codes of \(layer.width) numbers: '\(layer.name)', \(shape)\(layer.isPooled ? ", the mean of each map" : "")"
      )
      Console.result("weights  \(features.model.weights.summary)")
      let classes = written.record.classes.count
      Console.result("data     \(dataSet.path), \(classes) \(classes == 1 ? "class" : "classes"), \(part.rawValue)")
      if !written.skipped.isEmpty { Console.result("left out \(written.skipped.count)") }
    }
    Console.message("Wrote \(output) and \(written.paths.keys)")
    Console.message("Next: zoo fit \(output) -o head.zoow")
  }

  private struct Answer: Encodable {
    var schema = "zoo.features/1"
    var model: String
    var weights: String
    var layer: String
    var shape: [Int]
    var pooled: Bool
    var data: String
    var split: String
    var classes: [String]
    var count: Int
    var width: Int
    /// How many codes an earlier run had made.
    var continuedFrom: Int
    var skipped: [String]
    var output: String
    var keys: String
  }
}

extension DataSet {
  /// Says so when pictures were left out because they lie in no class's folder.
  func mentionImagesWithoutClass() {
    guard imagesWithoutClass > 0 else { return }
    let images = imagesWithoutClass == 1 ? "1 image lies" : "\(imagesWithoutClass) images lie"
    Console.message("note: \(images) beside the folders of the classes, in none of them, and left out")
  }
}
