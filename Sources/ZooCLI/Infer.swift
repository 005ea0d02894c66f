import ArgumentParser
import ZooKit

struct Infer: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Classify images.",
    discussion: """
      IMAGE is a JPEG or PNG file, a folder (searched for images), '-' for
      standard input, or an .npy tensor of float32, [C, H, W] or
      [N, C, H, W], that is fed to the network as it is.

        zoo infer zoo/samples/test-103-is-3.png
        zoo infer photos/ -m resnet18 -w resnet18-f37072fd.pth --top 1
        zoo infer street.jpg -m vgg16 --sliding --scales 256,384,512 --flip
        zoo infer street.jpg -m vgg16 --sliding --heatmap trolleybus -o bus.png
        zoo infer photos/ -m resnet18 --features avgpool --save-features codes.npy

      With --sliding the network runs once over the whole picture, of any size
      from its input's on. The answer averages the scores over all windows,
      then the probabilities over scales and mirror images. The best places
      are those where a class is likeliest; of two of one class that overlap
      by more than 0.3 (intersection over union) the better is named.
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
  @Option(help: ArgumentHelp("How many classes to name, and places with --sliding.", valueName: "K")) var top = 5
  @OptionGroup var answering: AnsweringOptions
  @OptionGroup var pictures: PictureOptions
  @Option(
    name: .customLong("save-logits"),
    help: ArgumentHelp(
      "Write the class scores before softmax or sigmoid, also of a network that ends in it, one row per image that was classified; with --sliding the map, [1, classes, rows, columns].",
      valueName: "F.npy"),
    completion: .file(extensions: ["npy"]))
  var logitsPath: String?
  @Option(
    name: .customLong("save-input"),
    help: ArgumentHelp("Write the tensor that the network was fed, after preprocessing.", valueName: "F.npy"),
    completion: .file(extensions: ["npy"]))
  var inputPath: String?
  @Option(
    name: .customLong("features"),
    help: ArgumentHelp(
      "The layer whose values --save-features writes: what it computes as the definition has it, before an activation that follows. zoo graph MODEL lists the layers.",
      valueName: "LAYER"))
  var layer: String?
  @Option(
    name: .customLong("save-features"),
    help: ArgumentHelp(
      "Write the values of --features, one row per image that was classified.", valueName: "F.npy"),
    completion: .file(extensions: ["npy"]))
  var featuresPath: String?
  @OptionGroup var engine: EngineOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard top >= 1 else { throw ValidationError("--top is \(top); expected at least 1") }
    for path in savedPaths where !path.hasSuffix(".npy") {
      throw ValidationError("'\(path)' should end in .npy")
    }
    if let path = savedPaths.first(where: { path in savedPaths.count { $0 == path } > 1 }) {
      throw ValidationError("'\(path)' is to hold two different things; give each a file of its own")
    }
    switch (layer, featuresPath) {
    case (nil, _?):
      throw ValidationError("--save-features writes the values of a layer; say of which with --features LAYER")
    case (_?, nil):
      throw ValidationError(
        "--features asks for the values of a layer; say where to write them with --save-features F.npy")
    case (nil, nil), (_?, _?): break
    }
    if !answering.isPlain, layer != nil {
      throw ValidationError("--features is for one run per image; leave out --sliding and --crops")
    }
    if !answering.isPlain, inputPath != nil {
      throw ValidationError("--save-input is for one input per image; leave out --sliding and --crops")
    }
    if logitsPath != nil, answering.crops != nil {
      throw ValidationError("--save-logits is for one run per image; leave out --crops")
    }
    if logitsPath != nil, answering.flip || (answering.scales?.count ?? 0) > 1 {
      throw ValidationError("--save-logits is for one run per image; leave out --flip, and all --scales but one")
    }
  }

  private var savedPaths: [String] { [inputPath, logitsPath, featuresPath].compactMap(\.self) }

  func run() throws {
    let features = layer.flatMap { layer in featuresPath.map { SavedTensors.Features(of: layer, to: $0) } }
    let saving = SavedTensors(inputs: inputPath, logits: logitsPath, features: features)
    try saving.check()
    if let picture = pictures.output { try FileSystem.checkFile(picture, overwrite: true) }
    let reference = model ?? Catalogue.currentDefault
    let sources = try ImageSource.list(images)
    try pictures.validate(sources: sources, isSliding: answering.sliding)
    let network = try Network.named(reference, input: input.shape)
    if answering.sliding, logitsPath != nil, sources.count > 1 {
      throw ValidationError("with --sliding, --save-logits is for one image, as maps differ in size")
    }
    var report = InferReport(network, isJSON: json, isList: sources.count > 1)
    let inference = try Inference(
      network, weights: weights.source(), view: answering.view(engine), saving: saving, options: engine.options())
    /// The class of the heat map; `nil` for the likeliest.
    let classIndex = try inference.classifier.flatMap { try pictures.classIndex($0) }
    inference.model?.mentionCache()
    inference.weights.mentionAll()
    // Answers that scroll past on a terminal are progress enough.
    var progress =
      sources.count > 1 && (json || !Console.isTerminal(1)) ? Progress("Classifying", total: sources.count) : nil
    var done = 0
    try inference.run(sources, top: top) { source, answers in
      defer {
        done += 1
        progress?.update(done)
      }
      do {
        for answer in try answers.get() {
          try add(answer, of: source, inference.classifier, drawing: classIndex, to: &report)
        }
      } catch  where sources.count > 1 || json {
        report.fail(source, error)
      }
    }
    progress?.finish()
    try report.finish()
  }

  private func add(
    _ answer: Inference.Answer, of source: String, _ classifier: SlidingClassifier?, drawing classIndex: Int?,
    to report: inout InferReport
  ) throws {
    guard let sliding = answer.sliding, let classifier else {
      return report.add(source, answer.top, doubt: answer.doubt)
    }
    let details = SlidingAnswer(sliding.result, classifier, top: answer.top, places: sliding.places)
    report.add(source, answer.top, sliding: details, doubt: answer.doubt)
    if let picture = sliding.picture, let best = answer.top.first {
      try pictures.draw(
        sliding.result, on: picture, classifier, classIndex: classIndex ?? best.index, places: sliding.places)
    }
  }
}
