import ZooImages
import ZooKernels
import ZooRuntime
import ZooTensor

extension Model {
  /// Finds a network and its weights and compiles it, on a thread of zoo's own: `init` for programs with concurrency.
  ///
  /// - Parameters:
  ///   - reference: a name of the catalogue, a `.yaml` file or a `.zoo` package.
  ///   - weights: where the weights are.
  ///   - outputs: the layers whose values `values(for:)` answers with.
  ///   - options: how the model runs; it is loaded when it is its turn in their queue.
  /// - Returns: The model.
  /// - Throws: `CancellationError` at once when the task is cancelled, while what was begun ends by itself;
  ///   `ZooError.queueFull` or `.noThread`; else as `init`.
  public static func load(
    _ reference: String, weights: WeightSource = .automatic, outputs: [String] = [], options: Options = Options()
  ) async throws -> Model {
    try await options.queue.run { _ in
      try Model(reference, weights: weights, outputs: outputs, options: options)
    }
  }

  /// Loads the weights of a network and compiles it, on a thread of zoo's own: `init` for programs with concurrency.
  ///
  /// - Parameters:
  ///   - network: what is run.
  ///   - source: where its weights are.
  ///   - loading: what to do with weights that do not fit as they are.
  ///   - outputs: the layers whose values `values(for:)` answers with.
  ///   - options: how the model runs; it is loaded when it is its turn in their queue.
  /// - Returns: The model.
  /// - Throws: `CancellationError` at once when the task is cancelled, while what was begun ends by itself;
  ///   `ZooError.queueFull` or `.noThread`; else as `init`.
  public static func load(
    _ network: Network, weights source: WeightSource = .automatic, loading: LoadOptions = LoadOptions(),
    outputs: [String] = [], options: Options = Options()
  ) async throws -> Model {
    try await options.queue.run { _ in
      try Model(network, weights: source, loading: loading, outputs: outputs, options: options)
    }
  }
}

/// For programs with concurrency: the calls of `Model` of the same names, whose task is suspended while threads of zoo's own
/// do the work, as `Options.queue` says. In an asynchronous function these are the ones that are called; the others are for
/// programs without concurrency, and run on their caller's thread.
///
/// When the task is cancelled they throw `CancellationError` at once, and the pass ends within a step. They also throw
/// `ZooError.queueFull` or `.noThread`. Answers are the same bits.
extension Model {
  /// The `top` best classes for a picture, best first.
  ///
  /// - Throws: `CancellationError`, `ZooError`, `ImageError`, `RuntimeError`.
  public func classify(_ image: PixelImage, top: Int = 5) async throws -> [Classification] {
    try await options.queue.run { [self] in try classified([image], top: top, batch: 1, until: $0)[0] }
  }

  /// The `top` best classes for each picture, best first.
  ///
  /// - Parameters:
  ///   - images: of any sizes; each is prepared as the model says.
  ///   - top: how many classes each answer has at most.
  ///   - batch: how many are prepared and run together, from 1 to 65,536. Answers do not depend on it, memory does.
  /// - Returns: The answers in the order of the pictures.
  /// - Throws: `CancellationError`, `ZooError`, `ImageError`, `RuntimeError`.
  public func classify(_ images: [PixelImage], top: Int = 5, batch: Int = 16) async throws -> [[Classification]] {
    try await options.queue.run { [self] in try classified(images, top: top, batch: batch, until: $0) }
  }

  /// The `top` best classes for a JPEG or PNG file in memory, best first. It is decoded on a thread of zoo's too.
  ///
  /// - Parameters:
  ///   - encoded: the bytes of the file.
  ///   - name: what error messages call them.
  ///   - limits: how large the picture may be.
  ///   - top: how many classes the answer has at most.
  /// - Returns: The classes with their probabilities.
  /// - Throws: `CancellationError`, `ZooError`, `ImageError`, `RuntimeError`.
  public func classify(
    encoded: [UInt8], name: String? = nil, limits: ImageLimits = .standard, top: Int = 5
  ) async throws -> [Classification] {
    try await options.queue.run { [self] in
      try classified([PixelImage(bytes: encoded, name: name, limits: limits)], top: top, batch: 1, until: $0)[0]
    }
  }

  /// The `top` best classes for a JPEG or PNG file, best first.
  ///
  /// - Throws: `CancellationError`, `ZooError`, `ImageError`, `RuntimeError`.
  public func classify(path: String, top: Int = 5) async throws -> [Classification] {
    try await options.queue.run { [self] in
      try classified([PixelImage(path: path)], top: top, batch: 1, until: $0)[0]
    }
  }

  /// The `top` best classes for a preprocessed image `[C, H, W]`, best first.
  ///
  /// - Throws: `CancellationError`; `ZooError`, also `.severalImages` for a batch `[N, C, H, W]` of more than one;
  ///   `RuntimeError`.
  public func classify(_ image: Tensor, top: Int = 5) async throws -> [Classification] {
    if image.shape.rank == 4, image.shape[0] > 1 { throw ZooError.severalImages(image.shape[0]) }
    return try await classify(batch: image, top: top)[0]
  }

  /// The `top` best classes for each of the preprocessed images `[N, C, H, W]`, best first.
  ///
  /// - Throws: `CancellationError`, `ZooError`, `RuntimeError`.
  public func classify(batch: Tensor, top: Int = 5) async throws -> [[Classification]] {
    try await options.queue.run { [self] in try classified(batch, top: top, until: $0) }
  }

  /// The class scores of each image, before softmax or sigmoid.
  ///
  /// - Parameter images: `[C, H, W]` or `[N, C, H, W]`, preprocessed.
  /// - Returns: `[N, classes]`, or `[N, classes, height, width]` for a network that slides.
  /// - Throws: `CancellationError`; `ZooError.inputShape`, `.inputLayout` or `.inputType`; `RuntimeError`.
  public func logits(_ images: Tensor) async throws -> Tensor {
    try await options.queue.run { [self] in try run(images, until: $0).logits }
  }

  /// What each layer in `outputs` computes for a batch, by the layer's name.
  ///
  /// - Parameter images: `[C, H, W]` or `[N, C, H, W]`, preprocessed.
  /// - Returns: `[N, …]` in float32, with the shape of the layer's value behind the number of images.
  /// - Throws: as `logits`.
  public func values(for images: Tensor) async throws -> [String: Tensor] {
    try await options.queue.run { [self] in
      Dictionary(zip(outputs, try run(images, until: $0).values)) { first, _ in first }
    }
  }
}

extension Model {
  /// The `top` best classes for each picture, best first.
  ///
  /// - Parameters:
  ///   - images: of any sizes; each is prepared as the model says.
  ///   - top: how many classes each answer has at most.
  ///   - batch: how many are prepared and run together, from 1 to 65,536. Answers do not depend on it, memory does.
  /// - Returns: The answers in the order of the pictures.
  /// - Throws: `ZooError`, `ImageError`, `RuntimeError`.
  public func classify(_ images: [PixelImage], top: Int = 5, batch: Int = 16) throws -> [[Classification]] {
    try classified(images, top: top, batch: batch)
  }

  /// The `top` best classes for a JPEG or PNG file in memory, best first.
  ///
  /// - Parameters:
  ///   - encoded: the bytes of the file.
  ///   - name: what error messages call them.
  ///   - limits: how large the picture may be.
  ///   - top: how many classes the answer has at most.
  /// - Returns: The classes with their probabilities.
  /// - Throws: `ZooError`, `ImageError`, `RuntimeError`.
  public func classify(
    encoded: [UInt8], name: String? = nil, limits: ImageLimits = .standard, top: Int = 5
  ) throws -> [Classification] {
    try classify(PixelImage(bytes: encoded, name: name, limits: limits), top: top)
  }

  /// - Throws: `CancellationError` once that is set; as `classify`.
  package func classified(
    _ images: [PixelImage], top: Int, batch: Int, until cancellation: Cancellation? = nil
  ) throws -> [[Classification]] {
    guard (1...CompiledNetwork.maximumBatch).contains(batch) else {
      throw RuntimeError.batch(batch, expected: 1...CompiledNetwork.maximumBatch)
    }
    var answers: [[Classification]] = []
    for start in stride(from: 0, to: images.count, by: batch) {
      let part = images[start..<min(start + batch, images.count)]
      let inputs = try prepared(Array(part), until: cancellation)
      answers += try classified(Model.stacked(inputs), top: top, until: cancellation)
    }
    return answers
  }

  /// - Throws: `CancellationError` once that is set; as `classify`.
  package func classified(
    _ batch: Tensor, top: Int, until cancellation: Cancellation? = nil
  ) throws -> [[Classification]] {
    try Self.scores(run(batch, until: cancellation).logits).map {
      Classification.top(top, logits: $0, by: answer.function, labels: labels)
    }
  }

  /// The pictures as input, prepared by the threads that run the network: none of those that tasks run on waits.
  private func prepared(_ images: [PixelImage], until cancellation: Cancellation?) throws -> [Tensor] {
    guard images.count > 1, let compiled else {
      return try images.map { image in
        if let cancellation, cancellation.isCancelled { throw CancellationError() }
        return try input(for: image)
      }
    }
    var inputs = [Result<Tensor, any Error>?](repeating: nil, count: images.count)
    inputs.withUnsafeMutableBufferPointer { inputs in
      nonisolated(unsafe) let inputs = inputs
      compiled.parallel(images.count) { index in
        if let cancellation, cancellation.isCancelled { return }
        inputs[index] = Result { try input(for: images[index]) }
      }
    }
    return try inputs.map { input in
      guard let input else { throw CancellationError() }
      return try input.get()
    }
  }
}
