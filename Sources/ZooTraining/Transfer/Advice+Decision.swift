extension Advice {
  /// - Parameters:
  ///   - support: how many pictures there are of each class.
  ///   - top: the layer before the classifier.
  ///   - lower: layers below it, in any order; the same pictures, classes and folds.
  /// - Throws: `TransferError.noEvidence` when no picture was left out of a fit, `.evidenceDiffers` when layers were
  ///   tried on different pictures.
  public init(support: [Int], top: Layer, lower: [Layer]) throws(TransferError) {
    guard let topAccuracy = top.crossValidation.accuracy, topAccuracy.count > 0, let largest = support.max() else {
      throw .noEvidence
    }
    let tested = top.crossValidation.correct
    for layer in lower {
      let correct = layer.crossValidation.correct
      guard correct.count == tested.count, zip(correct, tested).allSatisfy({ ($0 == nil) == ($1 == nil) }) else {
        throw .evidenceDiffers(
          layer: layer.name, expected: topAccuracy.count, found: layer.crossValidation.accuracy?.count ?? 0)
      }
    }
    let chance = Double(largest) / Double(support.reduce(0, +))
    evidence = ([top] + lower).map { Evidence($0, top: top, chance: chance) }
    self.chance = chance
    smallestClass = support.min() ?? 0
    picturesPerClass = Self.median(support)
    size = picturesPerClass >= Self.largeClass ? .large : .small
    (similarity, basis) = Self.similarity(evidence, chance: chance)
    step = Self.step(size, basis, evidence, chance: chance, picturesPerClass: picturesPerClass, similarity: similarity)
  }

  private static func similarity(_ evidence: [Evidence], chance: Double) -> (Similarity, Basis) {
    let top = evidence[0]
    if let best = best(evidence.dropFirst().filter(\.isBetterThanTop)) {
      return (.different, .lowerIsBetter(layer: best.layer))
    }
    if !top.beats(chance) { return (.different, .topTellsNothing) }
    if evidence.count > 1 { return (.similar, .topIsBest) }
    return (top.skill >= sufficientSkill ? .similar : .different, .topAlone)
  }

  private static func step(
    _ size: Size, _ basis: Basis, _ evidence: [Evidence], chance: Double, picturesPerClass: Double,
    similarity: Similarity
  ) -> Step {
    let lower = evidence.dropFirst()
    switch (size, similarity) {
    case (.small, .similar): return .fitTopCodes
    case (.small, .different):
      // Without a lower layer there is nothing else to fit.
      return best(Array(lower)).map { .fitLowerCodes(layer: $0.layer) } ?? .fitTopCodes
    case (.large, .similar):
      // What a layer holds that tells the classes apart as well as the top one need not be learnt again.
      guard picturesPerClass < ampleClass, let kept = best(lower.filter { !$0.isWorseThanTop }) else {
        return .fineTuneAll
      }
      return .fineTuneFrom(layer: kept.layer)
    case (.large, .different):
      let tellsNothing = !evidence.contains { $0.beats(chance) }
      return tellsNothing && picturesPerClass >= ampleClass ? .trainFromScratch : .fineTuneAll
    }
  }

  /// The first of the most accurate.
  private static func best(_ evidence: [Evidence]) -> Evidence? {
    var best: Evidence?
    for layer in evidence where best.map({ $0.accuracy.correct < layer.accuracy.correct }) ?? true { best = layer }
    return best
  }

  private static func median(_ support: [Int]) -> Double {
    let sorted = support.sorted()
    return Double(sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}

extension Advice.Evidence {
  fileprivate init(_ layer: Advice.Layer, top: Advice.Layer, chance: Double) {
    let result = layer.crossValidation
    self.layer = layer.name
    accuracy = result.accuracy ?? Accuracy(correct: 0, count: 0)
    standardError = result.standardError
    skill = chance < 1 ? (accuracy.value - chance) / (1 - chance) : 0
    let differing = zip(result.correct, top.crossValidation.correct).filter { $0 != $1 }
    betterThanTop = Accuracy(correct: differing.count { $0.0 == true }, count: differing.count)
  }

  /// A sign test on the pictures on which the two layers differ, by the interval of the share.
  fileprivate var isBetterThanTop: Bool { betterThanTop.interval95.lowerBound > 0.5 }
  fileprivate var isWorseThanTop: Bool { betterThanTop.interval95.upperBound < 0.5 }
  fileprivate func beats(_ chance: Double) -> Bool { accuracy.interval95.lowerBound > chance }
}
