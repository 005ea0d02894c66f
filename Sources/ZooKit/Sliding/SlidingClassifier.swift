import ZooGraph
import ZooImages
import ZooKernels
import ZooRuntime
import ZooTensor

/// A classifier that slides over pictures larger than its own input and scores every window, in one pass.
///
///     let classifier = try SlidingClassifier(.find("vgg16"), weights: .file("vgg16-397923af.pth"))
///     let result = try classifier.classify(path: "street.jpg")
///     print(result.best(5, labels: classifier.labels))
///
/// Fully connected layers run as convolutions (`FullyConnectedToConvolution`). Safe to use from any number of threads at
/// once; they share the weights, and each may take the memory that `SlidingOptions` allows.
public final class SlidingClassifier: Sendable {
  /// The network as its definition has it.
  public let network: Network
  /// Where the weights came from, and what became of each tensor.
  public let weights: LoadedWeights
  /// How pictures become input, but for resize and crop.
  public let preprocessing: Preprocessing?
  /// The names of the classes; `nil` where they have numbers only.
  public let labels: Labels?
  /// How it was asked to slide.
  public let options: SlidingOptions
  let engine: SlidingEngine
  /// Where asynchronous calls wait.
  private let queue: PassQueue

  /// Loads the weights of a network and compiles it.
  ///
  /// - Throws: `ZooError`, `SlidingError`, `DefinitionErrors` at the layer that cannot slide, `WeightsError`,
  ///   `CheckpointMismatch`, `RuntimeError`, `PreprocessingError` for a scale that no picture can have.
  public init(
    _ network: Network, weights source: WeightSource = .automatic, options: Model.Options = Model.Options(),
    sliding: SlidingOptions = SlidingOptions()
  ) throws {
    guard !options.usesInterpreter else { throw SlidingError.interpreter }
    let geometry = try SlidingGeometry(network)
    if let stride = sliding.stride, !geometry.possibleStrides.contains(stride) {
      throw SlidingError.stride(stride, network: geometry.field.stride, possible: geometry.possibleStrides)
    }
    let weights = try LoadedWeights.load(source, for: network)
    let preprocessing = weights.preprocessing ?? network.preprocessing
    for scale in sliding.scales { try preprocessing?.uncropped(shorterSide: scale).validate() }
    self.network = network
    self.weights = weights
    self.preprocessing = preprocessing
    self.options = sliding
    queue = options.queue
    labels = weights.labels ?? network.labels
    engine = try SlidingEngine(
      geometry, weights: weights,
      options: ExecutionOptions(
        instructionSet: options.instructionSet, threads: options.threads, numerics: options.numerics),
      memory: sliding.memory)
  }

  /// What the network says about classes at each position, and how the scores become probabilities.
  public var answer: Answer { engine.geometry.answer }

  /// The height and width of what one score is about, in pixels: those of the network's own input.
  public var window: Extent { engine.geometry.window }

  /// From a window to the next, in pixels of the network's input.
  public var step: Extent { options.stride.map { Extent($0) } ?? engine.geometry.field.stride }

  /// Whether each score is what the classifier says of its window alone. Networks that pad answer a little differently: a
  /// window alone sees zeros at its border, where the whole picture goes on.
  public var matchesCrops: Bool { engine.geometry.isExact }

  /// Slides over a picture at every scale, mirrored too if the options say so.
  ///
  /// Each run averages the scores over its map; their probabilities, averaged over the runs, are the answer.
  ///
  /// - Throws: `ZooError.noPreprocessing`, `SlidingError`, `ImageError`, `ConversionError`, `RuntimeError`.
  public func classify(_ image: PixelImage) throws -> SlidingResult { try classified(image) }

  private func classified(_ image: PixelImage, until cancellation: Cancellation? = nil) throws -> SlidingResult {
    guard let preprocessing else { throw ZooError.noPreprocessing(model: network.name) }
    if case .image(let image)? = preprocessing.meanImage { throw SlidingError.meanImage(image.extent) }
    let scales = options.scales.isEmpty ? [nil] : options.scales.map { Optional($0) }
    var runs: [SlidingResult.Run] = []
    for scale in scales {
      let preparation = preprocessing.uncropped(shorterSide: scale)
      for isMirrored in options.flips ? [false, true] : [false] {
        let input = try preparation.tensor(from: isMirrored ? image.oriented(.mirrored) : image)
        runs.append(
          try run(input, scale: scale, picture: image.extent, isMirrored: isMirrored, until: cancellation))
      }
    }
    return SlidingResult(runs)
  }

  /// Slides over the picture of a JPEG or PNG file.
  ///
  /// - Throws: as `classify(_:)`.
  public func classify(path: String) throws -> SlidingResult {
    try classify(PixelImage(path: path))
  }

  /// Slides over a preprocessed image `[C, H, W]`, as it is.
  ///
  /// - Throws: `SlidingError`, also when the options ask for scales or flips; `ConversionError`, `RuntimeError`.
  public func classify(_ image: Tensor) throws -> SlidingResult { try classified(image) }

  private func classified(_ image: Tensor, until cancellation: Cancellation? = nil) throws -> SlidingResult {
    guard options.scales.isEmpty, !options.flips else { throw SlidingError.tensorNotResized }
    return SlidingResult([
      try run(image, scale: nil, picture: image.shape.extent, isMirrored: false, until: cancellation)
    ])
  }

  /// As the call of the same name, whose task is suspended while threads of zoo's own do the work, as `Model.Options.queue`
  /// says. When the task is cancelled it throws `CancellationError` at once, and the work ends within a step of the network.
  ///
  /// - Throws: `CancellationError`, `ZooError.queueFull` or `.noThread`; as `classify(_:)`.
  public func classify(_ image: PixelImage) async throws -> SlidingResult {
    try await queue.run { [self] in try classified(image, until: $0) }
  }

  /// As above, for the picture of a JPEG or PNG file.
  ///
  /// - Throws: as above.
  public func classify(path: String) async throws -> SlidingResult {
    try await queue.run { [self] in try classified(PixelImage(path: path), until: $0) }
  }

  /// As above, for a preprocessed image `[C, H, W]`, as it is.
  ///
  /// - Throws: as above.
  public func classify(_ image: Tensor) async throws -> SlidingResult {
    try await queue.run { [self] in try classified(image, until: $0) }
  }

  /// Gives back the memory that the classifier keeps for its next pictures: activations of the last size, and the plans of the
  /// last 8 sizes. The weights stay. May be called at any time, also while it classifies.
  public func trim() {
    engine.trim()
    FreedMemory.release()
  }

  /// - Throws: `CancellationError` once that is set.
  private func run(
    _ input: Tensor, scale: Int?, picture: Extent, isMirrored: Bool, until cancellation: Cancellation?
  ) throws -> SlidingResult.Run {
    let start = ContinuousClock.now
    let map = try scores(input, picture: picture, isMirrored: isMirrored, until: cancellation)
    return SlidingResult.Run(scale: scale, map: map, duration: ContinuousClock.now - start)
  }
}

extension Preprocessing {
  /// The same for a picture that is not cropped: resized to a shorter side, or left at its own size.
  func uncropped(shorterSide: Int?) -> Preprocessing {
    var result = self
    result.crop = .none
    result.resize = shorterSide.map { .shorterSide($0, filter ?? .bilinear) } ?? .none
    return result
  }
}
