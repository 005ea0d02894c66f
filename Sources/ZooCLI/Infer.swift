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
    for path in savedPaths + [pictures.output].compactMap(\.self) {
      try FileSystem.checkFile(path, overwrite: true)
    }
    let reference = model ?? SearchPath.variable("ZOO_MODEL") ?? Catalogue.defaultModel
    let sources = try images.flatMap(expand)
    try pictures.validate(sources: sources, isSliding: answering.sliding)
    let network = try Network.named(reference, input: input.shape)
    if answering.sliding, logitsPath != nil, sources.count > 1 {
      throw ValidationError("with --sliding, --save-logits is for one image, as maps differ in size")
    }
    var report = InferReport(network, isJSON: json, isList: sources.count > 1)
    var saved = SavedTensors(
      inputs: SavedRows(inputPath), logits: SavedRows(logitsPath), features: SavedRows(featuresPath))
    let answer = try answerer(for: network, sources)
    // Answers that scroll past on a terminal are progress enough.
    var progress =
      sources.count > 1 && (json || !Console.isTerminal(1)) ? Progress("Classifying", total: sources.count) : nil
    for (index, source) in sources.enumerated() {
      defer { progress?.update(index + 1) }
      do {
        try answer(index, &report, &saved)
      } catch  where sources.count > 1 || json {
        report.fail(source, error)
      }
    }
    progress?.finish()
    try saved.write()
    try report.finish()
  }

  private typealias Answerer = (_ source: Int, inout InferReport, inout SavedTensors) throws -> Void

  /// What answers for the source at an index.
  private func answerer(for network: Network, _ sources: [String]) throws -> Answerer {
    if answering.sliding {
      let classifier = try answering.classifier(network, weights.source(), engine)
      let classIndex = try pictures.classIndex(classifier)
      classifier.weights.mentionAll()
      return { index, report, saved in
        try slide(classifier, sources[index], drawing: classIndex, &report, &saved)
      }
    }
    let outputs = [layer].compactMap(\.self)
    let model = try Model(network, weights: weights.source(), outputs: outputs, options: engine.options())
    model.mentionCache()
    model.weights.mentionAll()
    guard let crops = answering.crops else {
      let inputs = PreparedInputs(sources, model)
      return { index, report, saved in
        try classify(model, inputs.batch(at: index), from: sources[index], &report, &saved)
      }
    }
    return { index, report, _ in
      guard case .picture(let picture) = try ImageSource(sources[index]) else { throw SlidingError.tensorNotCropped }
      report.add(sources[index], try model.classify(picture, crops: crops, top: top))
    }
  }

  private func classify(
    _ model: Model, _ batch: Tensor, from source: String, _ report: inout InferReport, _ saved: inout SavedTensors
  ) throws {
    let (logits, values) = try model.logitsAndValues(batch)
    saved.inputs.append(batch)
    saved.logits.append(logits)
    if let features = layer.flatMap({ values[$0] }) { saved.features.append(features) }
    for scores in try Model.scores(logits) {
      report.add(source, Classification.top(top, logits: scores, by: model.answer.function, labels: model.labels))
    }
  }

  /// - Parameter classIndex: the class of the heat map; `nil` for the likeliest.
  private func slide(
    _ classifier: SlidingClassifier, _ source: String, drawing classIndex: Int?, _ report: inout InferReport,
    _ saved: inout SavedTensors
  ) throws {
    let image = try ImageSource(source)
    let results: [SlidingResult]
    switch image {
    case .picture(let picture): results = [try classifier.classify(picture)]
    case .tensor(let tensor): results = try tensor.images.map { try classifier.classify($0) }
    }
    for result in results {
      if let map = result.runs.first?.map.logits, saved.logits.isKept {
        saved.logits.append(try Model.stacked([map]))
      }
      let classes = result.top(top, labels: classifier.labels)
      let places = result.best(top, labels: classifier.labels)
      report.add(source, classes, sliding: SlidingAnswer(result, classifier, top: classes, places: places))
      if case .picture(let picture) = image, let best = classes.first {
        try pictures.draw(result, on: picture, classifier, classIndex: classIndex ?? best.index, places: places)
      }
    }
  }

  private func expand(_ argument: String) throws -> [String] {
    guard FileSystem.isDirectory(argument) else { return [argument] }
    let found = try FileSystem.images(below: argument)
    guard !found.isEmpty else {
      throw ZooError.inputMissing(path: argument, what: "JPEG or PNG file in this folder")
    }
    return found
  }
}
