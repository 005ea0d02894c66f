import ZooGraph
import ZooTensor

extension Recipe {
  /// The loss as kernels compute it; smoothing and class weights are in the targets.
  public var kernelLoss: ZooTensor.Loss {
    switch loss {
    case .softmax: .softmax
    case .svm: .svm
    case .svmSquared: .squaredSVM
    case .oneAgainstAll: .oneAgainstAll
    }
  }

  /// Whether a tensor of a network learns: not where `freeze` names its layer, and not at a rate of zero.
  public func learns(_ tensor: TensorDeclaration) -> Bool {
    let layer = Self.layer(of: tensor.name)
    return !isFrozen(layer) && rateFactor(of: layer) > 0
  }

  /// What the batch norm of a layer does.
  public func normState(of layer: String) -> TrainingGraph.NormState {
    switch isFrozen(layer) || rateFactor(of: layer) == 0 ? frozenNorms : norms {
    case .train: .training
    case .statisticsFixed: .fixedStatistics
    case .frozen: .frozen
    }
  }

  /// `layer1.0.conv1` of `layer1.0.conv1.weight`.
  static func layer(of tensor: String) -> String {
    tensor.lastIndex(of: ".").map { String(tensor[..<$0]) } ?? tensor
  }

  /// Makes a batch's targets those of the loss: smoothed, and times the weights of the classes. `targets`: `[N,
  /// classes]`, of which each row adds up to 1. `weights`: of the classes, or none.
  func adjust(_ targets: UnsafeMutableBufferPointer<Float>, classes: Int, weights: [Float]) {
    guard case .softmax(let smoothing, _) = loss else { return }
    let (keep, share) = (Float(1 - smoothing), Float(smoothing / Double(classes)))
    for index in targets.indices {
      if smoothing > 0 { targets[index] = targets[index] * keep + share }
      if !weights.isEmpty { targets[index] *= weights[index % classes] }
    }
  }

  /// The weights of the classes, whose mean over the pictures is 1; empty where all count alike. `counts`: the pictures
  /// of each class.
  func classWeights(_ counts: [Int]) -> [Float] {
    guard case .softmax(_, let rule) = loss, rule != .none else { return [] }
    let raw = counts.map { count in
      count == 0 ? 0 : rule == .balanced ? 1 / Double(count) : 1 / Double(count).squareRoot()
    }
    let total = zip(raw, counts).reduce(0) { $0 + $1.0 * Double($1.1) }
    let mean = total / Double(max(1, counts.reduce(0, +)))
    return raw.map { Float(mean > 0 ? $0 / mean : 1) }
  }
}
