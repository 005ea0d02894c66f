import Testing
import ZooTraining

@Suite struct TransferAdviceTests {
  /// Layers whose codes get a picture right if `correct` says so.
  private static func layer(_ name: String, _ correct: [Bool?]) -> Advice.Layer {
    let tested = correct.compactMap(\.self)
    return Advice.Layer(
      name: name,
      crossValidation: .init(
        requestedFolds: 5, folds: 5, untestedClasses: [],
        trials: [
          .init(
            regularisation: 1, accuracy: Accuracy(correct: tested.count { $0 }, count: tested.count),
            standardError: 0.01, unconverged: 0)
        ],
        regularisation: 1, best: 0, correct: correct))
  }

  /// `right` of `count` pictures right, the first ones.
  private static func layer(_ name: String, _ right: Int, of count: Int) -> Advice.Layer {
    layer(name, (0..<count).map { $0 < right })
  }

  private static func advise(_ support: [Int], top: Int, lower: [Int]) throws -> Advice {
    let count = support.reduce(0, +)
    return try Advice(
      support: support, top: layer("top", top, of: count),
      lower: lower.enumerated().map { layer("lower\($0)", $1, of: count) })
  }

  @Test("the four cases")
  func cases() throws {
    let smallSimilar = try Self.advise([20, 20, 20], top: 55, lower: [40, 30])
    #expect(smallSimilar.size == .small)
    #expect(smallSimilar.basis == .topIsBest)
    #expect(smallSimilar.step == .fitTopCodes)
    let smallDifferent = try Self.advise([20, 20, 20], top: 30, lower: [40, 52])
    #expect(smallDifferent.similarity == .different)
    #expect(smallDifferent.basis == .lowerIsBetter(layer: "lower1"))
    #expect(smallDifferent.step == .fitLowerCodes(layer: "lower1"))
    let largeSimilar = try Self.advise([600, 600], top: 1100, lower: [1000])
    #expect(largeSimilar.size == .large)
    #expect(largeSimilar.similarity == .similar)
    #expect(largeSimilar.step == .fineTuneAll)
    let largeDifferent = try Self.advise([600, 600], top: 900, lower: [1100])
    #expect(largeDifferent.basis == .lowerIsBetter(layer: "lower0"))
    #expect(largeDifferent.step == .fineTuneAll)
  }

  @Test("fine-tuning from the layer that is as good as the top one, if pictures are not ample")
  func from() throws {
    let step1 = try Self.advise([150, 150], top: 280, lower: [278, 200]).step
    #expect(step1 == .fineTuneFrom(layer: "lower0"))
    let step2 = try Self.advise([150, 150], top: 280, lower: [200]).step
    #expect(step2 == .fineTuneAll)
    let step3 = try Self.advise([600, 600], top: 1100, lower: [1099]).step
    #expect(step3 == .fineTuneAll)
  }

  @Test("from scratch where no layer tells anything, if pictures are ample")
  func scratch() throws {
    let nothing = try Self.advise([600, 600], top: 605, lower: [601])
    #expect(nothing.basis == .topTellsNothing)
    #expect(nothing.step == .trainFromScratch)
    let step4 = try Self.advise([150, 150], top: 152, lower: [151]).step
    #expect(step4 == .fineTuneAll)
    // Always naming the largest class is not skill.
    let unbalanced = try Self.advise([900, 100], top: 905, lower: [])
    #expect(unbalanced.chance == 0.9)
    #expect(unbalanced.similarity == .different)
  }

  @Test("the top layer alone: by its skill")
  func topAlone() throws {
    let good = try Self.advise([20, 20], top: 35, lower: [])
    #expect(good.basis == .topAlone)
    #expect(good.similarity == .similar)
    #expect(good.evidence[0].skill == 0.75)
    let bad = try Self.advise([40, 40], top: 55, lower: [])
    #expect(bad.basis == .topAlone)
    #expect(bad.similarity == .different)
    #expect(bad.step == .fitTopCodes)
  }

  @Test("a lower layer that is better by chance alone changes nothing")
  func chance() throws {
    let count = 60
    let top = Self.layer("top", (0..<count).map { $0 >= 5 })
    // Right on the 5 on which the top layer is wrong, wrong on 3 others: 5 of 8.
    let lower = Self.layer("lower", (0..<count).map { $0 < 57 })
    let advice = try Advice(support: [20, 20, 20], top: top, lower: [lower])
    #expect(advice.evidence[1].betterThanTop == Accuracy(correct: 5, count: 8))
    #expect(advice.basis == .topIsBest)
    #expect(advice.picturesPerClass == 20)
  }

  @Test("the median counts, the smallest class is told")
  func median() throws {
    let advice = try Self.advise([3, 120, 130, 140], top: 380, lower: [])
    #expect(advice.picturesPerClass == 125)
    #expect(advice.smallestClass == 3)
    #expect(advice.size == .large)
  }

  @Test("codes with a layer of noise below")
  func measured() throws {
    let top = try TransferCodes.clouds([15, 15, 15], width: 12, spread: 0.5)
    let noise = try TransferCodes.clouds([45], width: 12, spread: 1)
    let lower = try Codes(rows: noise.rows, labels: top.labels, classes: top.classes)
    let layers = try [("top", top), ("lower", lower)].map {
      Advice.Layer(name: $0, crossValidation: try LinearClassifier.crossValidate($1, options: .init(folds: 3)))
    }
    let advice = try Advice(support: top.support, top: layers[0], lower: [layers[1]])
    #expect(advice.step == .fitTopCodes)
    #expect(advice.evidence[0].skill > 0.9)
    let reversed = try Advice(support: top.support, top: layers[1], lower: [layers[0]])
    #expect(reversed.step == .fitLowerCodes(layer: "top"))
  }

  @Test("refused: nothing measured, or on other pictures")
  func refusals() throws {
    let untested = Advice.Layer(
      name: "top",
      crossValidation: .init(
        requestedFolds: 5, folds: 0, untestedClasses: ["a", "b"], trials: [], regularisation: 0.01, best: nil,
        correct: [nil, nil]))
    #expect(throws: TransferError.noEvidence) { try Advice(support: [1, 1], top: untested, lower: []) }
    #expect(throws: TransferError.evidenceDiffers(layer: "lower", expected: 20, found: 19)) {
      try Advice(
        support: [10, 10], top: Self.layer("top", 15, of: 20),
        lower: [Self.layer("lower", [nil] + Array(repeating: true, count: 19))])
    }
  }
}
