import ZooGraph
import ZooKernels
import ZooKit
import ZooRuntime
import ZooTensor

/// How well a network does on pictures that it did not learn from.
public struct Validation: Sendable {
  /// How many were looked at.
  public var images = 0
  /// The mean of the recipe's loss, without smoothing or class weights.
  public var loss = 0.0
  /// Of how many the class was the likeliest.
  public var top1 = 0
  /// Of how many the class was among the five likeliest.
  public var top5 = 0
  /// Which classes were taken for which.
  public var confusion: ConfusionMatrix
  /// The pictures that the network is most wrong about, the worst first: their places in the data, the loss and the answer.
  public var worst: [Picture] = []

  /// A picture and what the network said of it.
  public struct Picture: Hashable, Sendable {
    /// Its place in the data.
    public let index: Int
    /// Of this picture alone.
    public let loss: Double
    /// Its class.
    public let truth: Int
    /// The likeliest class.
    public let answer: Int
  }

  /// How many of the worst pictures are kept.
  static let worstCount = 50

  /// From 0 to 1; 0 where nothing was looked at.
  public var top1Accuracy: Double { images == 0 ? 0 : Double(top1) / Double(images) }
  /// From 0 to 1; 0 where nothing was looked at.
  public var top5Accuracy: Double { images == 0 ? 0 : Double(top5) / Double(images) }
}

extension Trainer {
  /// Evaluates the weights as they are now, or their moving average, as inference computes them. Processes that share the run
  /// share the pictures.
  ///
  /// - Throws: what making batches throws, `RuntimeError`, `WorkerError.lost`.
  public func validate(on data: TrainingData) throws -> Validation {
    if recipe.ema > 0 { try update.shareAverages() }
    let inference = try inference(computing: [])
    let runner = try inference.makeRunner(batch: min(data.batchSize, data.count))
    let index = inference.outputs.firstIndex { $0.role == .logits } ?? 0
    let (rank, workers) = (communicator.rank, communicator.count)
    let loader = makeLoader(data, steps: rank * data.stepCount / workers..<(rank + 1) * data.stepCount / workers)
    defer { loader.cancel() }
    var own: [Judgement] = []
    while let batch = try loader.nextBatch() {
      own += Judgement.all(of: try runner.run(batch.images)[index], batch, loss: recipe.kernelLoss)
    }
    let all = try communicator.gather(own.flatMap(\.bytes))
    var result = Validation(confusion: ConfusionMatrix(classes: classes))
    for bytes in all {
      for start in stride(from: 0, to: bytes.count, by: Judgement.byteCount) {
        result.add(Judgement(bytes[start..<start + Judgement.byteCount]))
      }
    }
    result.finish()
    return result
  }
}

extension Trainer {
  /// The network with the weights as they are now, or their moving average, as inference computes it. `layers`: whose
  /// values are outputs too, behind the answer's.
  func inference(computing layers: [NodeID]) throws -> CompiledNetwork {
    let tensors = Dictionary(uniqueKeysWithValues: weights(averaged: recipe.ema > 0).map { ($0.name, $0.tensor) })
    let graph = try network.graph.computing(network.answer()).computing(layers).optimized()
    return try CompiledNetwork(
      graph: graph,
      options: ExecutionOptions(
        instructionSet: options.instructionSet, threads: options.threads, numerics: recipe.numerics)
    ) { name in
      guard let tensor = tensors[name] else { preconditionFailure("the network has no tensor '\(name)'") }
      return tensor
    }
  }
}

/// What a network says of a picture whose class is known.
private struct Judgement {
  let picture: Validation.Picture
  /// How many classes are likelier than the picture's own.
  let better: Int

  static func all(of scores: Tensor, _ batch: Batch, loss: ZooTensor.Loss) -> [Judgement] {
    let count = scores.shape.elementCount / batch.count
    return scores.withFloats { floats in
      batch.classes.enumerated().map { image, truth in
        let row = floats[image * count..<(image + 1) * count].map(Double.init)
        let target = row.indices.map { $0 == truth ? 1.0 : 0 }
        let value = row.withUnsafeBufferPointer { row in
          target.withUnsafeBufferPointer { Reference.loss(loss, scores: row, target: $0) }
        }
        return Judgement(
          picture: Validation.Picture(
            index: batch.indices[image], loss: value, truth: truth,
            answer: row.indices.max { row[$0] < row[$1] } ?? 0),
          better: row.indices.count { row[$0] > row[truth] || (row[$0] == row[truth] && $0 < truth) })
      }
    }
  }

  private init(picture: Validation.Picture, better: Int) { (self.picture, self.better) = (picture, better) }

  static let byteCount = 40

  /// What `init(_:)` reads.
  var bytes: [UInt8] {
    [picture.index, Int(Int64(bitPattern: picture.loss.bitPattern)), picture.truth, picture.answer, better]
      .flatMap(\.bytes)
  }

  init(_ bytes: ArraySlice<UInt8>) {
    let numbers = (0..<5).map { Int(bytes: bytes.dropFirst(8 * $0)) }
    picture = Validation.Picture(
      index: numbers[0], loss: Double(bitPattern: UInt64(bitPattern: Int64(numbers[1]))), truth: numbers[2],
      answer: numbers[3])
    better = numbers[4]
  }
}

extension Validation {
  fileprivate mutating func add(_ judgement: Judgement) {
    let picture = judgement.picture
    images += 1
    loss += picture.loss
    if judgement.better == 0 { top1 += 1 }
    if judgement.better < 5 { top5 += 1 }
    confusion.add(truth: picture.truth, answer: picture.answer)
    worst.append(picture)
    if worst.count >= 20 * Self.worstCount { keepWorst() }
  }

  private mutating func keepWorst() {
    worst.sort { ($1.loss, $0.index) < ($0.loss, $1.index) }
    worst.removeLast(max(0, worst.count - Self.worstCount))
  }

  fileprivate mutating func finish() {
    keepWorst()
    loss /= Double(max(1, images))
  }
}
