import ZooKernels
import ZooKit
import ZooTensor

extension Advice {
  /// How much is looked at.
  public struct Options: Hashable, Sendable {
    /// The most pictures that are looked at: of each class the same share.
    public var limit: Int
    /// How many pictures are run together. Nothing depends on it.
    public var batch: Int
    /// How classifiers of the codes are fitted, with the seed of what is left out and looked at.
    public var fit: LinearClassifier.Options

    /// - Parameters:
    ///   - limit: the largest number of pictures that is looked at.
    ///   - batch: how many at a time.
    ///   - fit: how classifiers of codes are fitted.
    public init(
      limit: Int = 2000, batch: Int = 16, fit: LinearClassifier.Options = LinearClassifier.Options()
    ) {
      self.limit = limit
      self.batch = batch
      self.fit = fit
    }
  }

  /// Where the search for advice is.
  public enum Progress: Hashable, Sendable {
    case codes(done: Int, of: Int)
    case classifier(layer: String, LinearClassifier.Progress)
  }

  /// What was looked at, and what follows.
  public struct Answer: Sendable {
    /// What to do, and why.
    public let advice: Advice
    /// The first is the top one.
    public let layers: [Features.Layer]
    /// How many the data set has.
    public let pictures: Int
    /// How many were looked at.
    public let lookedAt: Int
    /// How many the data set has.
    public let classes: Int
  }

  /// Measures how well linear classifiers of codes tell the classes of a data set apart.
  ///
  /// - Parameters:
  ///   - data: labelled pictures; all are counted, at most `options.limit` are looked at.
  ///   - features: the layers to try, the top one first; maps are best averaged.
  ///   - options: how much is looked at.
  ///   - threads: `nil` for one per processor. The answer does not depend on it.
  ///   - progress: told of what is done.
  /// - Throws: `FeaturesError.classes` or `.limit`; `TransferError`; `ImageError`, naming the picture; as
  ///   `Model.values`.
  /// - Returns: What follows, and what was measured.
  public static func examine(
    _ data: DataSet, with features: Features, options: Options = Options(), threads: Int? = nil,
    progress: (Progress) throws -> Void = { _ in }
  ) throws -> Answer {
    let (names, support) = (data.namesOfClasses, data.classCounts)
    if let empty = support.firstIndex(of: 0) {
      throw FeaturesError.classes(data: data.path, .emptyClass(name: names[empty]))
    }
    guard names.count > 1 else { throw FeaturesError.classes(data: data.path, .tooFewClasses(names: names)) }
    guard options.limit >= 2 * names.count else {
      throw FeaturesError.limit(found: options.limit, classes: names.count)
    }
    let places = data.sample(options.limit, seed: options.fit.seed)
    let sample = data.subset(places)
    let pool = ThreadPool(threads: threads)
    let parts = try codes(of: sample, with: features, batch: options.batch, progress: progress)
    let layers = try zip(features.layers, parts).map { layer, numbers in
      let rows = try TensorRows(Tensor(shape: [sample.count, layer.width], floats: numbers))
      let codes = try Codes(rows: rows, labels: sample.labels, classes: names)
      let result = try LinearClassifier.crossValidate(
        codes, options: options.fit, parallel: { pool.parallel($0, $1) },
        progress: { try progress(.classifier(layer: layer.name, $0)) })
      return Layer(name: layer.name, crossValidation: result)
    }
    return Answer(
      advice: try Advice(support: support, top: layers[0], lower: Array(layers.dropFirst())),
      layers: features.layers, pictures: data.count, lookedAt: sample.count, classes: names.count)
  }

  private static func codes(
    of data: DataSet, with features: Features, batch: Int, progress: (Progress) throws -> Void
  ) throws -> [[Float]] {
    var numbers = [[Float]](repeating: [], count: features.layers.count)
    for start in stride(from: 0, to: data.count, by: max(1, batch)) {
      try progress(.codes(done: start, of: data.count))
      let inputs = concurrentResults(min(max(1, batch), data.count - start), threads: features.model.threadCount) {
        try features.input(start + $0, of: data)
      }
      let codes = try features.codes(of: Model.stacked(inputs.map { try $0.get() }))
      for (layer, code) in codes.enumerated() { numbers[layer] += code.floats }
    }
    return numbers
  }
}

extension DataSet {
  /// The places of at most about `limit` pictures, in their order: of each class the same share, but at least two.
  fileprivate func sample(_ limit: Int, seed: UInt64) -> [Int] {
    guard count > limit else { return Array(0..<count) }
    var places: [Int: [Int]] = [:]
    for (index, label) in labels.enumerated() { places[label, default: []].append(index) }
    return places.flatMap { label, places in
      let random = CounterRandom(seed: seed, purpose: .sampling, UInt64(label))
      let keys = places.indices.map(random.bits)
      let share = max(2, places.count * limit / count)
      return places.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }.prefix(share).map { places[$0] }
    }.sorted()
  }
}
