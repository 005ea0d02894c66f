import ArgumentParser
import ZooKit

/// The model that is looked into, and what runs it.
struct VisModelOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "A name of the catalogue, a .yaml file or a .zoo package. Default: $ZOO_MODEL, else \(Catalogue.defaultModel).",
      valueName: "MODEL"), completion: .model)
  var model: String?
  @OptionGroup var weights: WeightsOption
  @OptionGroup var engine: EngineOptions

  /// Finds the network and loads its weights, and says what somebody who looks at pictures of it should know.
  func load(outputs: [String] = []) throws -> Model {
    let reference = model ?? Catalogue.currentDefault
    let network = try Network.named(reference)
    let model = try Model(network, weights: weights.source(), outputs: outputs, options: engine.options())
    model.mentionCache()
    model.weights.mentionAll()
    return model
  }
}

/// Where results go: the picture, the numbers behind it, JSON.
struct VisOutputOptions: ParsableArguments {
  @Option(
    name: .short, help: ArgumentHelp("The picture to write.", valueName: "F.png|F.svg"),
    completion: .file(extensions: ["png", "svg"]))
  var output: String?
  @Option(
    help: ArgumentHelp("Write the numbers before a picture is made of them, float32.", valueName: "F.npy"),
    completion: .file(extensions: ["npy"]))
  var save: String?
  @Flag(help: "Replace files that exist.") var force = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if let output, ![".png", ".svg"].contains(where: output.lowercased().hasSuffix) {
      throw ValidationError("'\(output)' should end in .png or .svg")
    }
    if let save, !save.hasSuffix(".npy") { throw ValidationError("'\(save)' should end in .npy") }
  }

  /// Finds out, before long work, whether files could be written.
  func check() throws {
    for path in [output, save].compactMap(\.self) { try FileSystem.checkFile(path, overwrite: force) }
  }

  func writeNumbers(_ tensor: Tensor) throws {
    guard let save else { return }
    try NumPyFile.write(tensor, to: save, overwrite: force)
    Console.message("Wrote \(save)")
  }
}
