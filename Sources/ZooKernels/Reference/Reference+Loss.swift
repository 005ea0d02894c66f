import ZooTensor

extension Reference {
  /// The loss of one image.
  package static func loss(_ loss: Loss, scores: Input, target: Input) -> Double {
    switch loss {
    case .softmax: softmaxLoss(targets: target, scores)
    case .svm: supportVectorLoss(isSquared: false, targets: target, scores)
    case .squaredSVM: supportVectorLoss(isSquared: true, targets: target, scores)
    case .oneAgainstAll: oneAgainstAllLoss(targets: target, scores)
    }
  }

  /// The gradient of one image's loss with respect to the scores.
  package static func lossGradient(_ loss: Loss, scores: Input, target: Input, into gradient: Output) {
    switch loss {
    case .softmax: softmaxLossGradient(targets: target, scores, into: gradient)
    case .svm: supportVectorLossGradient(isSquared: false, targets: target, scores, into: gradient)
    case .squaredSVM: supportVectorLossGradient(isSquared: true, targets: target, scores, into: gradient)
    case .oneAgainstAll: oneAgainstAllLossGradient(targets: target, scores, into: gradient)
    }
  }
}
