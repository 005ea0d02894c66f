import Testing
import ZooTraining

@Suite struct TransferCrossValidationTests {
  private static func folds(_ support: [Int], _ requested: Int, seed: UInt64 = 0) throws -> (Codes, Folds) {
    let codes = try TransferCodes.clouds(support, width: 1, spread: 1)
    return (codes, Folds(codes, requested: requested, seed: seed))
  }

  @Test("folds have the same share of each class, and nothing in common")
  func stratified() throws {
    let (codes, folds) = try Self.folds([10, 23, 7], 5)
    #expect(folds.count == 5)
    var tested = Set<Int>()
    for index in 0..<5 {
      let rows = folds.tested(index).rows
      #expect(tested.isDisjoint(with: rows))
      tested.formUnion(rows)
      #expect(rows.count == 8)
      for (label, expected) in [2...2, 4...5, 1...2].enumerated() {
        #expect(expected.contains(rows.count { codes.labels[$0] == label }), "fold \(index), class \(label)")
      }
      #expect((rows + folds.fitted(without: index).rows).sorted() == Array(0..<40))
    }
    #expect(tested.count == 40)
    let other = try Self.folds([10, 23, 7], 5, seed: 1).1
    #expect(other.fold != folds.fold)
  }

  @Test("fewer folds for small classes; a single picture is never tested")
  func smallClasses() throws {
    let three = try Self.folds([10, 3], 5).1
    #expect(three.count == 3)
    let (codes, folds) = try Self.folds([10, 1, 2], 5)
    #expect(folds.count == 2)
    for (row, label) in codes.labels.enumerated() { #expect((folds.fold[row] == nil) == (label == 1)) }
    let result = try LinearClassifier.crossValidate(
      codes, options: .init(regularisation: .crossValidated([1, 0.1])))
    #expect(result.requestedFolds == 5)
    #expect(result.folds == 2)
    #expect(result.untestedClasses == ["class 1"])
    #expect(result.accuracy?.count == 12)
  }

  @Test("one picture of each class: no folds, and the stated regularisation")
  func onePicture() throws {
    let fit = try LinearClassifier.fit(TransferCodes.clouds([1, 1, 1], width: 20, spread: 1))
    let result = try #require(fit.report.crossValidation)
    #expect(result.folds == 0)
    #expect(result.trials.isEmpty)
    #expect(result.accuracy == nil)
    #expect(result.correct == [nil, nil, nil])
    #expect(fit.report.regularisation == LinearClassifier.Regularisation.withoutFolds)
    #expect(fit.report.training.accuracy.value == 1)
  }

  @Test("of equal accuracies the strongest regularisation is taken; the order of the grid does not matter")
  func ties() throws {
    let codes = try TransferCodes.clouds([20, 20], width: 6, spread: 0.01)
    let result = try LinearClassifier.crossValidate(
      codes, options: .init(regularisation: .crossValidated([0.001, 0.1, 0.01, 0.1])))
    #expect(result.trials.map(\.regularisation) == [0.1, 0.01, 0.001])
    #expect(result.trials.allSatisfy { $0.accuracy == Accuracy(correct: 40, count: 40) && $0.standardError == 0 })
    #expect(result.regularisation == 0.1)
    #expect(result.isAtEndOfGrid)
  }

  @Test("accuracy is that of pictures left out, and so at chance where there is nothing to learn")
  func chance() throws {
    // More numbers than rows: all can be told apart that are fitted.
    var codes = try TransferCodes.clouds([60, 60], width: 150, spread: 1)
    codes = try Codes(rows: codes.rows, labels: (0..<120).map { $0 % 2 }, classes: codes.classes)
    let fit = try LinearClassifier.fit(codes, options: .init(regularisation: .crossValidated([0.01])))
    #expect(fit.report.training.accuracy.value == 1)
    let result = try #require(fit.report.crossValidation)
    let accuracy = try #require(result.accuracy)
    #expect((0.3...0.7).contains(accuracy.value), "\(accuracy)")
    #expect(result.correct.count { $0 == true } == accuracy.correct)
    #expect(result.correct.count { $0 == false } == accuracy.count - accuracy.correct)
    let error = try #require(result.standardError)
    #expect(error > 0)
  }

  @Test("Wilson's interval")
  func wilson() {
    // By the formula, in Python.
    for (correct, count, lower, upper) in [
      (0, 10, 0.0, 0.277_532_799), (10, 10, 0.722_467_201, 1), (8, 10, 0.490_162_472, 0.943_317_849),
      (274, 297, 0.886481257, 0.947845239), (0, 0, 0, 1),
    ] as [(Int, Int, Double, Double)] {
      let interval = Accuracy(correct: correct, count: count).interval95
      #expect((interval.lowerBound - lower).magnitude < 1e-8, "\(correct) of \(count): \(interval)")
      #expect((interval.upperBound - upper).magnitude < 1e-8, "\(correct) of \(count): \(interval)")
    }
  }
}
