import ZooTensor

extension LinearClassifier {
  /// What the classifier answers to other codes of the same layer and classes.
  ///
  /// - Throws: `TransferError.codesDiffer`, or what reading rows throws.
  public func evaluate(_ codes: Codes, parallel: @escaping Parallel = sequential) throws -> Evaluation {
    guard weight.shape == [codes.classes.count, codes.width] else {
      throw TransferError.codesDiffer(
        expectedWidth: weight.shape[1], foundWidth: codes.width, expectedClasses: weight.shape[0],
        foundClasses: codes.classes.count)
    }
    return try Self.evaluate(codes, weight: weight, bias: bias, loss: report.loss, parallel: parallel)
  }

  /// With the weights in float32 and sums in double. Of several largest scores the first counts.
  static func evaluate(
    _ codes: Codes, weight: Tensor, bias: Tensor, loss: ClassifierLoss, parallel: @escaping Parallel
  ) throws -> Evaluation {
    let (classes, width) = (codes.classes.count, codes.width)
    let pass = ClassifierPass(
      codes: codes.rows, selection: RowSelection(rows: Array(0..<codes.count)),
      standardisation: .none(width: width), classes: classes, parallel: parallel)
    let parameters = DoubleBuffer(count: pass.paddedClasses * pass.stride)
    weight.withFloats { weight in
      bias.withFloats { bias in
        for index in 0..<classes {
          let line = parameters.base + index * pass.stride
          for feature in 0..<width { line[feature] = Double(weight[index * width + feature]) }
          line[width] = Double(bias[index])
        }
      }
    }
    let (answers, violations) = (DoubleBuffer(count: codes.count), DoubleBuffer(count: codes.count))
    let labels = codes.labels
    try pass.run(parameters) { row, scores in
      answers[row] = Double(scores.indexOfLargest)
      violations[row] = loss.violatesMargin(UnsafeBufferPointer(scores), label: labels[row]) ? 1 : 0
    }
    var (correct, violating, mistaken) = (
      [Int](repeating: 0, count: classes), [Int](repeating: 0, count: classes), [Int](repeating: 0, count: classes)
    )
    for (row, label) in labels.enumerated() {
      let answer = Int(answers[row])
      if answer == label { correct[label] += 1 } else { mistaken[answer] += 1 }
      violating[label] += Int(violations[row])
    }
    return Evaluation(
      accuracy: Accuracy(correct: correct.reduce(0, +), count: codes.count),
      classes: codes.classes.enumerated().map { index, name in
        ClassResult(
          name: name, accuracy: Accuracy(correct: correct[index], count: codes.support[index]),
          marginViolations: violating[index], mistaken: mistaken[index])
      },
      marginViolations: violating.reduce(0, +))
  }
}

extension ClassifierLoss {
  fileprivate func violatesMargin(_ scores: UnsafeBufferPointer<Double>, label: Int) -> Bool {
    scores.indices.contains { index in
      switch self {
      case .softmax, .svm: index != label && scores[index] - scores[label] + 1 > 0
      case .oneAgainstAll: index == label ? scores[index] < 1 : scores[index] > -1
      }
    }
  }
}
