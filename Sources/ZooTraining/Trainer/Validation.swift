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
  /// Evaluates the weights as they are now, or their moving average, as inference computes them.
  ///
  /// - Throws: what making batches throws, `RuntimeError`.
  public func validate(on data: TrainingData) throws -> Validation {
    let inference = try inference(computing: [])
    let runner = try inference.makeRunner(batch: min(data.batchSize, data.count))
    let index = inference.outputs.firstIndex { $0.role == .logits } ?? 0
    let loader = makeLoader(data, steps: 0..<data.stepCount)
    defer { loader.cancel() }
    var result = Validation(confusion: ConfusionMatrix(classes: classes))
    while let batch = try loader.nextBatch() {
      let scores = try runner.run(batch.images)[index]
      result.add(scores, batch, loss: recipe.kernelLoss)
    }
    result.loss /= Double(max(1, result.images))
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

extension Validation {
  fileprivate mutating func add(_ scores: Tensor, _ batch: Batch, loss: ZooTensor.Loss) {
    let count = scores.shape.elementCount / batch.count
    scores.withFloats { floats in
      for (image, truth) in batch.classes.enumerated() {
        let row = floats[image * count..<(image + 1) * count].map(Double.init)
        let target = row.indices.map { $0 == truth ? 1.0 : 0 }
        let value = row.withUnsafeBufferPointer { row in
          target.withUnsafeBufferPointer { Reference.loss(loss, scores: row, target: $0) }
        }
        let better = row.indices.count { row[$0] > row[truth] || (row[$0] == row[truth] && $0 < truth) }
        let answer = row.indices.max { row[$0] < row[$1] } ?? 0
        images += 1
        self.loss += value
        if better == 0 { top1 += 1 }
        if better < 5 { top5 += 1 }
        confusion.add(truth: truth, answer: answer)
        worst.append(Picture(index: batch.indices[image], loss: value, truth: truth, answer: answer))
      }
    }
    worst.sort { ($1.loss, $0.index) < ($0.loss, $1.index) }
    worst.removeLast(max(0, worst.count - Self.worstCount))
  }
}
