import ZooImages
import ZooKit
import ZooTensor

/// Labelled pictures as the batches of one network: which pictures step s of epoch e has, in which order, and what is made
/// of them. All of it follows from the data, a seed and the two numbers.
public struct TrainingData: Sendable {
  /// What makes one epoch differ from another.
  public struct Variation: Hashable, Sendable {
    /// Of order, augmentation and mixing.
    public var seed: UInt64
    /// What is drawn for each picture.
    public var augmentation: Augmentation
    /// What is drawn for each batch.
    public var mixing: Mixing

    /// - Parameters:
    ///   - seed: of order, augmentation and mixing.
    ///   - augmentation: what is drawn for each picture.
    ///   - mixing: what is drawn for each batch.
    public init(seed: UInt64, augmentation: Augmentation = Augmentation(), mixing: Mixing = Mixing()) {
      self.seed = seed
      self.augmentation = augmentation
      self.mixing = mixing
    }
  }

  /// Where pictures and classes come from.
  public let source: any LabelledPictures
  /// The places in the source of the pictures that are used.
  public let indices: [Int]
  /// The pictures that were left out because they cannot be used.
  public let skipped: [BadPicture]
  /// `[channels, height, width]`.
  public let input: Shape
  /// Classes are numbered below it.
  public let classCount: Int
  /// The number of pictures of a step.
  public let batchSize: Int
  /// `nil` for an evaluation.
  public let variation: Variation?
  let pipeline: Augmentation.Pipeline
  let store: PictureStore
  private let classOfLabel: [Int]?

  /// How many bytes of decoded pictures are kept, unless something else is asked for: 2 GiB.
  public static let standardBudget = 2 << 30

  /// - Precondition: the indices are places of the source.
  /// - Parameters:
  ///   - source: where pictures and classes come from.
  ///   - indices: which pictures are used; all when `nil`.
  ///   - classOfLabel: the network's class of each class of the data; the same number when `nil`.
  ///   - classCount: the number of the network's classes.
  ///   - input: the network's, `[channels, height, width]`.
  ///   - preprocessing: what happens to each picture as in an evaluation.
  ///   - batchSize: the number of pictures of a step.
  ///   - variation: `nil` for an evaluation: every picture once, in order, as it is.
  ///   - budget: how many bytes of decoded pictures may be kept.
  ///   - skipsBad: whether pictures that cannot be used are left out. All are decoded at once to find them, so that no
  ///     batch depends on when they are found. Otherwise the batch that needs one throws.
  ///   - threads: how many look for them.
  /// - Throws: `TrainingDataError`, `PreprocessingError`, `AugmentationError`.
  public init(
    _ source: any LabelledPictures, indices: [Int]? = nil, classOfLabel: [Int]? = nil, classCount: Int, input: Shape,
    preprocessing: Preprocessing, batchSize: Int, variation: Variation?, budget: Int = Self.standardBudget,
    skipsBad: Bool = false, threads: Int = 1
  ) throws {
    try preprocessing.validate()
    let augmentation = variation?.augmentation ?? Augmentation()
    if let problem = augmentation.problems.first ?? variation?.mixing.problems.first { throw problem }
    guard input.isFeatureMap, input.channels == preprocessing.channels.count, input.elementCount > 0 else {
      throw TrainingDataError.input(input, channels: preprocessing.channels.count)
    }
    guard batchSize > 0 else { throw TrainingDataError.batchSize(batchSize) }
    self.source = source
    self.input = input
    self.classCount = classCount
    self.batchSize = batchSize
    self.variation = variation
    self.classOfLabel = classOfLabel
    pipeline = Augmentation.Pipeline(preprocessing, augmentation, extent: input.extent)
    store = PictureStore(source, pipeline, budget: budget)
    let used = indices ?? Array(0..<source.count)
    guard !used.isEmpty else { throw TrainingDataError.noPictures }
    skipped = skipsBad ? store.badPictures(among: used, threads: threads) : []
    let bad = Set(skipped.map(\.index))
    self.indices = bad.isEmpty ? used : used.filter { !bad.contains($0) }
    if self.indices.isEmpty, let first = skipped.first {
      throw TrainingDataError.allBad(count: skipped.count, first: first)
    }
    for index in self.indices where !(0..<classCount).contains(classOfPicture(at: index)) {
      let label = classOfPicture(at: index)
      throw TrainingDataError.label(name: source.name(at: index), label: label, classes: classCount)
    }
  }

  /// What happens to each picture as in an evaluation.
  public var preprocessing: Preprocessing { pipeline.preprocessing }

  /// How many pictures are used.
  public var count: Int { indices.count }

  /// How many steps an epoch has. In training an incomplete last batch is left out, unless it is the only one; other
  /// pictures are in it in the next epoch.
  public var stepCount: Int {
    variation == nil ? (count + batchSize - 1) / batchSize : max(1, count / batchSize)
  }

  /// The network's class of the picture at a place of the source.
  public func classOfPicture(at index: Int) -> Int {
    let label = source.label(at: index)
    guard let classOfLabel else { return label }
    return classOfLabel.indices.contains(label) ? classOfLabel[label] : -1
  }

  /// How many pictures of each class are used.
  public var classCounts: [Int] {
    indices.reduce(into: [Int](repeating: 0, count: classCount)) { $0[classOfPicture(at: $1)] += 1 }
  }

  /// The places in the source of the pictures of a step.
  ///
  /// - Precondition: `step` is from 0 to `stepCount` − 1.
  public func pictures(epoch: Int, step: Int) -> [Int] {
    precondition((0..<stepCount).contains(step), "step \(step) of \(stepCount)")
    let places = step * batchSize..<min((step + 1) * batchSize, count)
    guard let variation else { return places.map { indices[$0] } }
    let order = KeyedPermutation(
      count, CounterRandom(seed: variation.seed, purpose: .order, UInt64(truncatingIfNeeded: epoch)))
    return places.map { indices[order[$0]] }
  }
}

extension PictureStore {
  /// The pictures that cannot be used, in order.
  func badPictures(among indices: [Int], threads: Int) -> [BadPicture] {
    let found = concurrentResults(indices.count, threads: threads) { place in
      do {
        _ = try self.prepared(indices[place])
        return nil as BadPicture?
      } catch {
        return self.bad(indices[place], error)
      }
    }
    return found.compactMap { try? $0.get() }
  }
}
