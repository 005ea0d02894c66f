import ZooImages
import ZooTensor

/// How well a model does on labelled images.
public struct Evaluation: Sendable, Hashable {
  /// The counts of one class.
  public struct ClassResult: Sendable, Hashable {
    public var label: String
    public var count = 0
    public var correct = 0
  }

  public var count = 0
  /// Images whose class has the highest score.
  public var top1 = 0
  /// Images whose class is among the five highest scores.
  public var top5 = 0
  public var classes: [ClassResult]

  /// Fractions of the images, 0 without any.
  public var top1Accuracy: Double { count == 0 ? 0 : Double(top1) / Double(count) }
  public var top5Accuracy: Double { count == 0 ? 0 : Double(top5) / Double(count) }
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
  public let model: Model
  public let crops: Crops

  public init(_ model: Model, crops: Crops) {
    self.model = model
    self.crops = crops
  }

  public var network: Network { model.network }
  public var labels: Labels? { model.labels }
  public var threadCount: Int { model.threadCount }

  /// The mean probabilities.
  public func scores(of pictures: [PixelImage]) throws -> [[Double]] {
    try pictures.map { try model.answer($0, crops: crops).probabilities }
  }
}

extension SlidingClassifier: Scorer {
  public var threadCount: Int { engine.threadCount }

  /// The mean probabilities.
  public func scores(of pictures: [PixelImage]) throws -> [[Double]] {
    try pictures.map { try classify($0).probabilities }
  }
}

extension Scorer {
  /// Classifies every image of a data set and counts.
  ///
  /// A data set of one folder per class is matched with the labels by name or WordNet identifier where all of them are
  /// known, else by order.
  ///
  /// - Parameters:
  ///   - limit: how many images at most.
  ///   - batch: how many are run together.
  ///   - progress: told how many of how many images are done.
  /// - Throws: `ZooError.labelOutOfRange`, `DataSetError`, and what `scores(of:)` throws.
  public func evaluate(
    _ data: DataSet, limit: Int? = nil, batch: Int = 16, progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws -> Evaluation {
    let outputs = try network.logits().channels
    let classOfLabel = indices(of: data.classNames)
    let total = min(data.count, limit ?? data.count)
    var result = Evaluation(
      classes: (0..<outputs).map { Evaluation.ClassResult(label: labels?[$0]?.name ?? "class \($0)") })
    for start in stride(from: 0, to: total, by: batch) {
      let items = try concurrentResults(min(batch, total - start), threads: threadCount) { try data(start + $0) }
        .map { try $0.get() }
      let scores = try scores(of: items.map(\.image))
      for (item, scores) in zip(items, scores) {
        let label = classOfLabel?[item.label] ?? item.label
        guard scores.indices.contains(label) else {
          throw ZooError.labelOutOfRange(label: label, outputs: outputs, path: data.path)
        }
        let rank = scores.indices.count { index in
          scores[index] > scores[label] || (scores[index] == scores[label] && index < label)
        }
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

  /// For each folder of a data set the class that its name means, when all are known.
  private func indices(of names: [String]?) -> [Int]? {
    guard let names, let labels else { return nil }
    var known: [String: Int] = [:]
    for (index, label) in labels.labels.enumerated() {
      if known[label.name] == nil { known[label.name] = index }
      if let id = label.wordNetID { known[id] = index }
    }
    let indices = names.compactMap { known[$0] }
    return indices.count == names.count ? indices : nil
  }
}

extension Model {
  /// Images `[C, H, W]` of one shape as `[N, C, H, W]`.
  ///
  /// - Precondition: at least one image, all of one shape.
  public static func stacked(_ images: [Tensor]) -> Tensor {
    let shape = images[0].shape
    precondition(images.allSatisfy { $0.shape == shape })
    return Tensor(shape: Shape([images.count] + shape.dimensions)) { bytes in
      for (index, image) in images.enumerated() {
        image.withUnsafeBytes { source in
          UnsafeMutableRawBufferPointer(rebasing: bytes[(index * source.count)..<((index + 1) * source.count)])
            .copyMemory(from: source)
        }
      }
    }
  }
}
