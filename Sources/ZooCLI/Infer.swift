import ArgumentParser
import FoundationEssentials
import ZooImages
import ZooKit
import ZooTensor
import ZooWeights

struct Infer: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Classify images.",
    discussion: """
      IMAGE is a JPEG or PNG file, a folder (searched for images), '-' for
      standard input, or an .npy tensor of float32, [C, H, W] or
      [N, C, H, W], that is fed to the network as it is.

        zoo infer zoo/samples/test-103-is-3.png
        zoo infer photos/ -m resnet18 -w resnet18-f37072fd.pth --top 1
      """)

  @Argument(help: ArgumentHelp("What to classify.", valueName: "IMAGE"), completion: .file()) var images: [String]
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "A name of the catalogue, a .yaml file or a .zoo package. Default: $ZOO_MODEL, else \(Catalogue.defaultModel).",
      valueName: "MODEL"), completion: .model)
  var model: String?
  @OptionGroup var weights: WeightsOption
  @OptionGroup var input: InputOption
  @Option(help: ArgumentHelp("How many classes to name.", valueName: "K")) var top = 5
  @Option(
    name: .customLong("save-logits"),
    help: ArgumentHelp(
      "Write the class scores before softmax, one row per image that was classified.", valueName: "F.npy"),
    completion: .file(extensions: ["npy"]))
  var logitsPath: String?
  @Option(
    name: .customLong("save-input"),
    help: ArgumentHelp("Write the tensor that the network was fed, after preprocessing.", valueName: "F.npy"),
    completion: .file(extensions: ["npy"]))
  var inputPath: String?
  @OptionGroup var engine: EngineOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard top >= 1 else { throw ValidationError("--top is \(top); expected at least 1") }
    for path in [logitsPath, inputPath].compactMap({ $0 }) where !path.hasSuffix(".npy") {
      throw ValidationError("'\(path)' should end in .npy")
    }
  }

  func run() throws {
    let preferred = ProcessInfo.processInfo.environment["ZOO_MODEL"].flatMap { $0.isEmpty ? nil : $0 }
    let reference = model ?? preferred ?? Catalogue.defaultModel
    let sources = try images.flatMap(expand)
    let network = try Network.find(reference, input: input.shape)
    let model = try Model(network, weights: weights.source(), options: engine.options())
    model.mentionStoredPreprocessing()
    model.weights.mentionUntrained()
    var report = InferReport(model: network.name, isJSON: json, isList: sources.count > 1)
    var saved = SavedTensors(keepsInputs: inputPath != nil, keepsLogits: logitsPath != nil)
    // Answers that scroll past on a terminal are progress enough.
    var progress =
      sources.count > 1 && (json || !Output.isTerminal(1)) ? Progress("Classifying", total: sources.count) : nil
    for (index, source) in sources.enumerated() {
      defer { progress?.update(index + 1) }
      do {
        let image = try tensor(source, model)
        let batch = image.shape.rank == 4 ? image : image.reshaped(to: Shape([1] + image.shape.dimensions))
        let logits = try model.logits(batch)
        saved.append(inputs: batch, logits: logits)
        for scores in try Model.scores(logits) {
          report.add(source, Classification.top(top, logits: scores, labels: model.labels))
        }
      } catch  where sources.count > 1 || json {
        report.fail(source, error)
      }
    }
    progress?.finish()
    if let inputPath { try NumPyFile.write(saved.inputs(), to: inputPath, overwrite: true) }
    if let logitsPath { try NumPyFile.write(saved.logits(), to: logitsPath, overwrite: true) }
    try report.finish()
  }

  private func expand(_ argument: String) throws -> [String] {
    guard FileSystem.isDirectory(argument) else { return [argument] }
    let found = try FileSystem.images(below: argument)
    guard !found.isEmpty else {
      throw ZooError.inputMissing(path: argument, what: "JPEG or PNG file in this folder")
    }
    return found
  }

  private func tensor(_ source: String, _ model: Model) throws -> Tensor {
    if source == "-" {
      return try model.input(for: PixelImage(bytes: StandardInput.read(), name: "standard input"))
    }
    guard source.hasSuffix(".npy") else { return try model.input(for: PixelImage(path: source)) }
    let tensor = try NumPyFile.read(source)
    let input = model.network.input
    let image = Array(tensor.shape.dimensions.suffix(3))
    guard tensor.elementType == .float32, (3...4).contains(tensor.shape.rank), image == input.dimensions,
      tensor.shape.elementCount > 0
    else {
      throw ZooError.inputShape(
        expected: "float32 \(input) or N×\(input)", found: "\(tensor.elementType.rawValue) \(tensor.shape)",
        path: source)
    }
    return tensor
  }
}
