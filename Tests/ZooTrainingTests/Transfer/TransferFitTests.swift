import Testing
import ZooTensor
import ZooTraining

@Suite struct TransferFitTests {
  @Test("the same bits however the work is divided", arguments: ClassifierLoss.allCases)
  func sameBits(loss: ClassifierLoss) throws {
    // More rows than are taken at a time, and more parameters than one piece of a sum has.
    for (support, width) in [([400, 300, 200], 20), ([11, 12, 13, 14, 15], 3500)] {
      let codes = try TransferCodes.clouds(support, width: width, spread: 1.5)
      let options = LinearClassifier.Options(loss: loss, regularisation: .crossValidated([1, 0.01]), folds: 2)
      let expected = try LinearClassifier.fit(codes, options: options)
      for (name, parallel) in TransferCodes.ways {
        let found = try LinearClassifier.fit(codes, options: options, parallel: parallel)
        #expect(found.weight.floats == expected.weight.floats, "\(name), \(support)")
        #expect(found.bias.floats == expected.bias.floats, "\(name), \(support)")
        #expect(found.report == expected.report, "\(name), \(support)")
      }
    }
  }

  @Test("digits: pixels alone, told apart by a linear support vector machine")
  func digits() throws {
    let codes = try TransferCodes.digits("train")
    let fit = try LinearClassifier.fit(codes, options: .init(loss: .svm))
    let test = try fit.evaluate(TransferCodes.digits("t10k"))
    #expect(fit.report.converged)
    #expect(test.accuracy.value > 0.9)
  }
}
