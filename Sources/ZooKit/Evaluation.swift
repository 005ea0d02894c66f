import ZooImages
import ZooRuntime
import ZooTensor

/// How well a model does on labelled images.
public struct Evaluation: Sendable, Hashable {
  /// The counts of one class.
  public struct ClassResult: Sendable, Hashable {
    /// Its label, or its number where there are no labels.
    public var label: String
    /// How many images have this class.
    public var count = 0
    /// How many of them the network took for it.
    public var correct = 0
  }

  /// How many images were looked at.
  public var count = 0
  /// Images whose class has the highest score.
  public var top1 = 0
  /// Images whose class is among the five highest scores.
  public var top5 = 0
  /// In the network's order.
  public var classes: [ClassResult]
  /// How the folders of the data became classes; `nil` where the data numbers the classes itself.
  public var assignment: ClassAssignment?

  /// Fractions of the images, 0 without any.
  public var top1Accuracy: Double { count == 0 ? 0 : Double(top1) / Double(count) }
  /// Images whose class is among the five highest scores, from 0 to 1; 0 without any.
  public var top5Accuracy: Double { count == 0 ? 0 : Double(top5) / Double(count) }

  /// How many classes come before one in the order of their scores; of equal scores the smaller index comes first.
  static func rank(of label: Int, in scores: [Double]) -> Int {
    scores.indices.count { index in
      scores[index] > scores[label] || (scores[index] == scores[label] && index < label)
    }
  }
}

/// A way to give each picture one score per class, the highest for the likeliest.
public protocol Scorer: Sendable {
  var network: Network { get }
  var labels: Labels? { get }
  /// How many threads it works with.
  var threadCount: Int { get }

  /// - Throws: `ZooError`, `SlidingError`, `ImageError`, `RuntimeError`.
  func scores(of pictures: [PixelImage]) throws -> [[Double]]
}

extension Model: Scorer {
  /// The logits, of all pictures in one run.
  public func scores(of pictures: [PixelImage]) throws -> [[Double]] {
    let inputs = concurrentResults(pictures.count, threads: threadCount) { try input(for: pictures[$0]) }
    return try Self.scores(logits(Self.stacked(inputs.map { try $0.get() }))).map { $0.map(Double.init) }
  }
}

/// A model that looks at several crops of each picture.
public struct CropClassifier: Scorer {
  /// What looks at the crops.
  public let model: Model
  /// Which crops, and how the scores of them become one.
  public let crops: Crops

  /// A model, and the crops that it looks at.
  public init(_ model: Model, crops: Crops) {
    self.model = model
    self.crops = crops
  }

  /// The model's.
  public var network: Network { model.network }
  /// The model's.
  public var labels: Labels? { model.labels }
  /// The model's.
  public var threadCount: Int { model.threadCount }

  /// The mean probabilities.
  public func scores(of pictures: [PixelImage]) throws -> [[Double]] {
    try pictures.map { try model.answer($0, crops: crops).probabilities }
  }
}

extension SlidingClassifier: Scorer {
  /// Of the passes over a picture.
  public var threadCount: Int { engine.threadCount }

  /// The mean probabilities.
  public func scores(of pictures: [PixelImage]) throws -> [[Double]] {
    try pictures.map { try classify($0).probabilities }
  }
}

extension Scorer {
  /// Classifies every image of a data set and counts.
  ///
  /// The folders of a data set that has one for each class become classes as `ClassAssignment` says.
  ///
  /// - Parameters:
  ///   - data: pictures whose classes are known.
  ///   - limit: how many images at most.
  ///   - batch: how many are run together.
  ///   - progress: told how many of how many images are done.
  /// - Throws: `ZooError.classFolders`, `.labelOutOfRange` or `.nothingToRank`, `RuntimeError.batch`, `DataSetError`,
  ///   and what `scores(of:)` throws.
  /// - Returns: How many were right, in all and of each class.
  public func evaluate(
    _ data: DataSet, limit: Int? = nil, batch: Int = 16, progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws -> Evaluation {
    let outputs = try network.logits().channels
    guard outputs > 1 else { throw ZooError.nothingToRank(model: network.name) }
    guard (1...CompiledNetwork.maximumBatch).contains(batch) else {
      throw RuntimeError.batch(batch, expected: 1...CompiledNetwork.maximumBatch)
    }
    let assignment = try assignment(of: data)
    let total = min(data.count, limit ?? data.count)
    var result = Evaluation(
      classes: (0..<outputs).map { Evaluation.ClassResult(label: labels?[$0]?.name ?? "class \($0)") },
      assignment: assignment)
    for start in stride(from: 0, to: total, by: batch) {
      let items = try concurrentResults(min(batch, total - start), threads: threadCount) { try data(start + $0) }
        .map { try $0.get() }
      let scores = try scores(of: items.map(\.image))
      for (item, scores) in zip(items, scores) {
        let label = assignment?.classes[item.label] ?? item.label
        guard scores.indices.contains(label) else {
          throw ZooError.labelOutOfRange(label: label, outputs: outputs, path: data.path)
        }
        let rank = Evaluation.rank(of: label, in: scores)
        result.count += 1
        result.classes[label].count += 1
        if rank == 0 {
          result.top1 += 1
          result.classes[label].correct += 1
        }
        if rank < 5 { result.top5 += 1 }
      }
      progress?(min(start + batch, total), total)
    }
    return result
  }

  /// The classes that the folders of a data set stand for; `nil` where the data numbers the classes itself.
  ///
  /// - Throws: `ZooError.classFolders`.
  public func assignment(of data: DataSet) throws -> ClassAssignment? {
    guard let folders = data.classNames else { return nil }
    let outputs = try network.logits().channels
    do throws(ClassFolderProblem) {
      return try ClassAssignment(
        folders: folders, amongst: data.classNamesOfAllParts, labels: labels, outputs: outputs)
    } catch {
      throw ZooError.classFolders(path: data.path, error)
    }
  }
}

extension Model {
  /// Images `[C, H, W]` of one shape as `[N, C, H, W]`, in float32.
  ///
  /// - Throws: `ZooError.noImages`, and `.inputShape` for one of another shape than the first.
  public static func stacked(_ images: [Tensor]) throws(ZooError) -> Tensor {
    guard let shape = images.first?.shape else { throw .noImages }
    if let other = images.first(where: { $0.shape != shape }) {
      throw .inputShape(expected: "\(shape)", found: "\(other.shape)", path: nil)
    }
    return Tensor(shape: Shape([images.count] + shape.dimensions)) { bytes in
      for (index, image) in images.enumerated() {
        image.convertedToFloat32().withUnsafeBytes { source in
          UnsafeMutableRawBufferPointer(rebasing: bytes[(index * source.count)..<((index + 1) * source.count)])
            .copyMemory(from: source)
        }
      }
    }
  }
}
