import ZooGraph
import ZooImages
import ZooKernels
import ZooRuntime
import ZooTensor

/// A network with its weights, ready to classify images.
///
///     let model = try Model("lenet-digits")
///     print(try model.classify(path: "digit.png")[0].label)
///
/// Safe to use from any number of threads at once; they share the weights.
public final class Model: Sendable {
  /// How a model runs.
  public struct Options: Sendable {
    /// Run the reference interpreter in place of the compiled plan: slow, and obviously right.
    public var usesInterpreter: Bool
    /// `nil` for the fastest that this machine has.
    public var instructionSet: InstructionSet?
    /// `nil` for one per processor. Models with as many threads have them in common, and passes take turns at them; with one
    /// thread, each pass runs on its caller's.
    public var threads: Int?

    /// Whether convolutions may be computed by Winograd's algorithm.
    public var numerics: Numerics

    /// A folder in which packed weights are kept for the next start, which then reads nothing else; made when it is not
    /// there. What is in it may be removed at any time. `nil` to keep nothing.
    public var cache: String?

    /// Where asynchronous calls wait; models have one in common unless they are given others.
    public var queue: PassQueue

    /// What is not given has the default that the property states; instruction set and number of threads are checked
    /// where a model is made.
    public init(
      usesInterpreter: Bool = false, instructionSet: InstructionSet? = nil, threads: Int? = nil,
      numerics: Numerics = .fast, cache: String? = nil, queue: PassQueue = .shared
    ) {
      self.queue = queue
      self.cache = cache
      self.usesInterpreter = usesInterpreter
      self.instructionSet = instructionSet
      self.threads = threads
      self.numerics = numerics
    }
  }

  /// The network as its definition has it.
  public let network: Network
  /// Where the weights came from, and what became of each tensor.
  public let weights: LoadedWeights
  /// How images become input: as the weights' archive says, else as the definition does.
  public let preprocessing: Preprocessing?
  /// The names of the classes, as the weights' archive says, else the definition; `nil` where they have numbers only.
  public let labels: Labels?
  /// What became of `Options.cache`; `nil` when that is.
  public let cacheUse: PackedCacheUse?
  /// What the network says about classes, and how the scores become probabilities.
  public let answer: Answer
  /// The layers whose values are computed besides, each once, in the network's order.
  public let outputs: [String]
  /// How it was asked to run.
  public let options: Options
  private let engine: Engine

  private enum Engine: Sendable {
    case compiled(CompiledNetwork, RunnerPool)
    case interpreted(Interpreter)
  }

  /// Finds a network and its weights and compiles it.
  ///
  /// - Parameters:
  ///   - reference: a name of the catalogue, a `.yaml` file or a `.zoo` package.
  ///   - weights: where the weights are.
  ///   - outputs: as for a network.
  ///   - options: how the model runs.
  /// - Throws: `ZooError`, `DefinitionErrors`, `WeightsError`, `CheckpointMismatch`, `RuntimeError`.
  public convenience init(
    _ reference: String, weights: WeightSource = .automatic, outputs: [String] = [], options: Options = Options()
  ) throws {
    try self.init(Network.find(reference), weights: weights, outputs: outputs, options: options)
  }

  /// Loads the weights of a network and compiles it.
  ///
  /// - Parameters:
  ///   - network: what is run.
  ///   - source: where its weights are.
  ///   - loading: what to do with weights that do not fit as they are.
  ///   - outputs: the layers, by their paths in the definition, whose values `values(for:)` answers with. Nothing that
  ///     follows such a layer is computed together with it, which may change the last bits of the class scores.
  ///   - options: how the model runs.
  /// - Throws: `ZooError`, also `.layerNotFound` or `.layerForTraining` for a name among `outputs`; `WeightsError`,
  ///   `CheckpointMismatch`, `RuntimeError`.
  public convenience init(
    _ network: Network, weights source: WeightSource = .automatic, loading: LoadOptions = LoadOptions(),
    outputs: [String] = [], options: Options = Options()
  ) throws {
    // What cannot be answered is said before weights are looked for.
    _ = (try network.answer(), try network.layers(named: outputs))
    try self.init(
      network, loaded: LoadedWeights.load(source, for: network, options: loading), loading: loading, outputs: outputs,
      options: options)
  }

  /// As above, with weights that are loaded.
  package init(
    _ network: Network, loaded weights: LoadedWeights, loading: LoadOptions = LoadOptions(), outputs: [String] = [],
    options: Options = Options()
  ) throws {
    answer = try network.answer()
    let layers = try network.layers(named: outputs)
    self.outputs = layers.map { network.graph[$0].name }
    self.network = network
    self.weights = weights
    self.options = options
    preprocessing = weights.preprocessing ?? network.preprocessing
    labels = weights.labels ?? network.labels
    let computed = network.graph.computing(answer).computing(layers)
    if options.usesInterpreter {
      cacheUse = nil
      engine = .interpreted(try Interpreter(graph: computed, weights: weights.tensor))
    } else {
      let graph = try computed.optimized()
      let execution = ExecutionOptions(
        instructionSet: options.instructionSet, threads: options.threads, numerics: options.numerics)
      let compiled: CompiledNetwork
      if let folder = options.cache,
        let cache = try PackedCache(
          folder: folder, network, weights, loading, options.numerics, outputs: self.outputs)
      {
        (compiled, cacheUse) = try cache.compile(graph, execution, weights.source)
      } else {
        compiled = try CompiledNetwork(graph: graph, options: execution, weights: weights.source)
        cacheUse = options.cache.map { _ in .unrecognisable }
      }
      engine = .compiled(compiled, RunnerPool(threads: compiled.threadCount))
    }
  }

  /// The plan, unless the model is interpreted.
  public var compiled: CompiledNetwork? {
    if case .compiled(let compiled, _) = engine { compiled } else { nil }
  }

  /// The threads that run the network, and that decode and preprocess the images of a list; 1 for an interpreted model.
  public var threadCount: Int { compiled?.threadCount ?? 1 }

  /// Gives back the memory that the model keeps for its next passes; weights stay.
  ///
  /// It keeps the activations of as many passes as it has threads, two at least, and an eighth of this machine's memory at
  /// most: those that ran last. A pass after this takes a little longer, as it allocates again. May be called at any time, also
  /// while passes run, which keep theirs when they end.
  public func trim() {
    if case .compiled(_, let pool) = engine { pool.removeAll() }
    FreedMemory.release()
  }

  /// How many passes' activations are kept.
  package var idleRunnerCount: Int {
    if case .compiled(_, let pool) = engine { pool.count } else { 0 }
  }

  /// The class scores of each image, before softmax or sigmoid: of a network that ends in that, what it is applied to; the
  /// logarithms of probabilities (of their odds where they are independent) of one that has nothing else.
  ///
  /// - Parameter images: `[C, H, W]` or `[N, C, H, W]`, preprocessed.
  /// - Returns: `[N, classes]`, or `[N, classes, height, width]` for a network that slides.
  /// - Throws: `ZooError.inputShape`, `.inputLayout` or `.inputType`, `RuntimeError`.
  public func logits(_ images: Tensor) throws -> Tensor { try run(images).logits }

  /// The class scores and the values of the layers in `outputs`, in their order.
  ///
  /// - Throws: as `logits`; `CancellationError` when that is set.
  package func run(
    _ images: Tensor, until cancellation: Cancellation? = nil
  ) throws -> (logits: Tensor, values: [Tensor]) {
    try network.checkInput(images)
    let (outputs, answer): ([Output], [Tensor]?)
    switch engine {
    case .interpreted(let interpreter):
      outputs = interpreter.outputs
      answer = try cancellation.map { try interpreter.run(images, until: $0) } ?? interpreter.run(images)
    case .compiled(let compiled, let pool):
      let batch = images.shape.rank == 4 ? images.shape[0] : 1
      outputs = compiled.outputs
      // Callers who wait for their turn have no arena yet.
      answer = try compiled.inTurn {
        if let cancellation, cancellation.isCancelled { return nil }
        let runner = try pool.take(batch: batch) ?? compiled.makeRunner(batch: batch)
        defer { pool.give(runner) }
        guard let cancellation else { return try runner.run(images) }
        return try runner.run(images, until: cancellation)
      }
    }
    guard let tensors = answer else { throw CancellationError() }
    guard let index = outputs.firstIndex(where: { $0.role == .logits }) else {
      throw ZooError.noLogits(model: network.name)
    }
    let scores = tensors[index]
    let shape = Shape([scores.shape[0]] + self.answer.shape.dimensions)
    return (self.answer.logits(of: scores.reshaped(to: shape)), tensors.suffix(self.outputs.count))
  }

  /// Turns a picture into the network's input `[C, H, W]`.
  ///
  /// - Throws: `ZooError` when the model does not say how or the result has another shape, `ImageError`.
  public func input(for image: PixelImage) throws -> Tensor {
    guard let preprocessing else { throw ZooError.noPreprocessing(model: network.name) }
    let tensor = try preprocessing.tensor(from: image)
    guard tensor.shape == network.input else {
      throw ZooError.inputShape(expected: "\(network.input)", found: "\(tensor.shape) after preprocessing", path: nil)
    }
    return tensor
  }

  /// The `top` best classes for a picture, best first.
  ///
  /// - Throws: `ZooError`, `ImageError`, `RuntimeError`.
  public func classify(_ image: PixelImage, top: Int = 5) throws -> [Classification] {
    try classify(input(for: image), top: top)
  }

  /// The `top` best classes for a JPEG or PNG file, best first.
  ///
  /// - Throws: `ZooError`, `ImageError`, `RuntimeError`.
  public func classify(path: String, top: Int = 5) throws -> [Classification] {
    try classify(PixelImage(path: path), top: top)
  }

  /// The `top` best classes for a preprocessed image `[C, H, W]`, best first.
  ///
  /// - Throws: `ZooError`, also `.severalImages` for a batch `[N, C, H, W]` of more than one; `RuntimeError`.
  public func classify(_ image: Tensor, top: Int = 5) throws -> [Classification] {
    if image.shape.rank == 4, image.shape[0] > 1 { throw ZooError.severalImages(image.shape[0]) }
    return try classify(batch: image, top: top)[0]
  }

  /// The `top` best classes for each of the preprocessed images `[N, C, H, W]`, best first.
  ///
  /// - Throws: `ZooError`, `RuntimeError`.
  public func classify(batch: Tensor, top: Int = 5) throws -> [[Classification]] {
    try Self.scores(logits(batch)).map {
      Classification.top(top, logits: $0, by: answer.function, labels: labels)
    }
  }

  /// One score per class for each image of a batch: the mean over the positions of a network that slides.
  ///
  /// - Throws: `ZooError.scoresNotFinite`, so that nothing is ranked by what cannot be compared.
  public static func scores(_ logits: Tensor) throws -> [[Float]] {
    let classes = logits.shape[1]
    let positions = logits.shape.elementCount / max(1, logits.shape[0] * classes)
    return try logits.withFloats { floats throws(ZooError) in
      guard floats.allSatisfy(\.isFinite) else { throw .scoresNotFinite }
      return (0..<logits.shape[0]).map { image in
        (0..<classes).map { index in
          let start = (image * classes + index) * positions
          if positions == 1 { return floats[start] }
          return Float(floats[start..<(start + positions)].reduce(0.0) { $0 + Double($1) } / Double(positions))
        }
      }
    }
  }
}
