import ZooImages
import ZooTensor

/// A network that answers for a list of picture files, folders and tensors, whole, by crops or sliding.
///
///     let inference = try Inference(Network.find("resnet18"), view: .crops(.ten))
///     try inference.run(["photos/", "cat.jpg"]) { source, answers in
///       print(source, (try? answers.get())?.first?.top.first?.label ?? "not classified")
///     }
public struct Inference: Sendable {
  /// How a picture that is larger than the network's input is looked at.
  public enum View: Hashable, Sendable {
    /// Resized and cropped as the model says.
    case whole
    /// The mean of the probabilities of several crops.
    case crops(Crops)
    /// The network slides over the picture at its own size or at several.
    case sliding(SlidingOptions)
  }

  /// What the network says of one image.
  public struct Answer: Sendable {
    /// The likeliest classes, best first.
    public let top: [Classification]
    /// What sliding found besides.
    public let sliding: Sliding?
    /// Why the picture is nothing like those that the network knows, where that can be told.
    public let doubt: PictureDoubt?

    /// The scores of every window.
    public struct Sliding: Sendable {
      /// The scores, and the best places.
      public let result: SlidingResult
      /// As many of the best places as classes were asked for.
      public let places: [Detection]
      /// The picture; `nil` when it was a tensor.
      public let picture: PixelImage?
    }
  }

  private enum Engine: Sendable {
    case model(Model, Crops?)
    case sliding(SlidingClassifier)
  }

  /// What answers.
  public let network: Network
  /// Whether pictures are looked at whole, by crops or sliding.
  public let view: View
  /// What is written beside the answers.
  public let saving: SavedTensors
  private let engine: Engine

  /// Loads the weights of a network and compiles it, after it was checked that what is to be saved can be.
  ///
  /// - Parameters:
  ///   - network: what answers.
  ///   - weights: where they come from.
  ///   - view: how pictures are looked at.
  ///   - saving: which tensors `run` writes to files.
  ///   - options: how the network runs; sliding takes no interpreter, and keeps no packed weights.
  /// - Throws: `InferenceError`; what `Model` and `SlidingClassifier` throw.
  public init(
    _ network: Network, weights: WeightSource = .automatic, view: View = .whole, saving: SavedTensors = SavedTensors(),
    options: Model.Options = Model.Options()
  ) throws {
    try saving.check()
    try saving.check(view)
    self.network = network
    self.view = view
    self.saving = saving
    switch view {
    case .sliding(let sliding):
      engine = .sliding(try SlidingClassifier(network, weights: weights, options: options, sliding: sliding))
    case .whole, .crops:
      let outputs = [saving.features?.layer].compactMap(\.self)
      let model = try Model(network, weights: weights, outputs: outputs, options: options)
      let crops: Crops? = if case .crops(let crops) = view { crops } else { nil }
      engine = .model(model, crops)
    }
  }

  /// The model that runs; `nil` when the network slides.
  public var model: Model? {
    if case .model(let model, _) = engine { model } else { nil }
  }

  /// What slides; `nil` when pictures are looked at whole or by crops.
  public var classifier: SlidingClassifier? {
    if case .sliding(let classifier) = engine { classifier } else { nil }
  }

  /// Where the weights came from, and what became of each tensor.
  public var weights: LoadedWeights {
    switch engine {
    case .model(let model, _): model.weights
    case .sliding(let classifier): classifier.weights
    }
  }

  /// What measures accuracy in this view.
  public var scorer: any Scorer {
    switch engine {
    case .model(let model, let crops?): CropClassifier(model, crops: crops)
    case .model(let model, nil): model
    case .sliding(let classifier): classifier
    }
  }

  /// Answers for one source after the other; a few pictures ahead are decoded meanwhile. One that cannot be answered does not
  /// keep the others from it. In the end, the tensors are written that were to be saved, of all that were answered.
  ///
  /// - Parameters:
  ///   - references: files, folders and `-`, as `ImageSource.list` takes them.
  ///   - top: how many classes, and places of a network that slides, each answer names.
  ///   - body: given a source and the answers for its images: one for a picture, N for a tensor `[N, C, H, W]`. When it
  ///     throws, nothing more is answered and nothing written.
  /// - Throws: `ZooError` for folders, `InferenceError.severalMaps`, what `body` throws, and `WeightsError` when a file cannot
  ///   be written.
  public func run(
    _ references: [String], top: Int = 5,
    _ body: (_ source: String, _ answers: Result<[Answer], any Error>) throws -> Void
  ) throws {
    let sources = try ImageSource.list(references)
    if classifier != nil, saving.logits != nil, sources.count > 1 {
      throw InferenceError.severalMaps(images: sources.count)
    }
    var rows = Rows(saving)
    let inputs = model.map { PreparedInputs(sources, $0) }
    for (index, source) in sources.enumerated() {
      let answers: Result<[Answer], any Error> = Result {
        switch engine {
        case .model(let model, let crops?): [try answer(source, model, crops, top)]
        case .model(let model, nil):
          try inputs.map { try self.answers(for: $0.images(at: index), model, top, &rows) } ?? []
        case .sliding(let classifier): try self.answers(for: source, classifier, top, &rows)
        }
      }
      try body(source, answers)
    }
    try rows.write()
  }

  private struct Rows {
    var inputs: SavedRows
    var logits: SavedRows
    var features: SavedRows

    init(_ saving: SavedTensors) {
      inputs = SavedRows(saving.inputs)
      logits = SavedRows(saving.logits)
      features = SavedRows(saving.features?.path)
    }

    func write() throws {
      for rows in [inputs, logits, features] { try rows.write() }
    }
  }

  private func answer(_ source: String, _ model: Model, _ crops: Crops, _ top: Int) throws -> Answer {
    guard case .picture(let picture) = try ImageSource(source) else { throw SlidingError.tensorNotCropped }
    let best = try model.classify(picture, crops: crops, top: top)
    return Answer(top: best, sliding: nil, doubt: network.doubt(about: picture))
  }

  private func answers(
    for images: PreparedInputs.Images, _ model: Model, _ top: Int, _ rows: inout Rows
  ) throws -> [Answer] {
    let batch = images.batch
    let (logits, values) = try model.logitsAndValues(batch)
    let scores = try Model.scores(logits)
    rows.inputs.append(batch)
    rows.logits.append(logits)
    if let features = (saving.features?.layer).flatMap({ values[$0] }) { rows.features.append(features) }
    return scores.map {
      let best = Classification.top(top, logits: $0, by: model.answer.function, labels: model.labels)
      return Answer(top: best, sliding: nil, doubt: images.doubt)
    }
  }

  private func answers(
    for source: String, _ classifier: SlidingClassifier, _ top: Int, _ rows: inout Rows
  ) throws -> [Answer] {
    let image = try ImageSource(source)
    let results: [SlidingResult]
    var picture: PixelImage?
    switch image {
    case .picture(let pixels):
      picture = pixels
      results = [try classifier.classify(pixels)]
    case .tensor(let tensor): results = try tensor.images.map { try classifier.classify($0) }
    }
    return try results.map { result in
      if let map = result.runs.first?.map.logits, rows.logits.isKept { rows.logits.append(try Model.stacked([map])) }
      return Answer(
        top: result.top(top, labels: classifier.labels),
        sliding: Answer.Sliding(
          result: result, places: result.best(top, labels: classifier.labels), picture: picture),
        doubt: picture.flatMap(network.doubt))
    }
  }
}
