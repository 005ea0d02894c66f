import Testing
import ZooTensor
import ZooTraining

@Suite struct TransferFitTests {
  private static func fit(_ codes: Codes, _ loss: ClassifierLoss, _ regularisation: Double) throws -> LinearClassifier {
    try LinearClassifier.fit(codes, options: .init(loss: loss, regularisation: .fixed(regularisation), tolerance: 1e-9))
  }

  /// Twelve codes of three classes, and the minima for λ = 0.05, by scikit-learn 1.9.1 on standardised codes: softmax by
  /// `LogisticRegression(C=1/(2·λ·12), tol=1e-12)`, one against all by `LinearSVC` of the same C (primal, squared hinge, an
  /// intercept scaling of 10⁴); the multiclass machine by SciPy's BFGS.
  @Test(
    "minima that scikit-learn and SciPy find",
    arguments: [
      (
        ClassifierLoss.softmax,
        [
          -0.15849996, 0.58079494, -0.51986142, 0.70786538, -0.12075993, 0.15025058, -0.54936542, -0.460035, 0.36961084,
        ],
        [0.36699205, -0.82892675, 0.46193471]
      ),
      (
        .oneAgainstAll,
        [
          -0.10220651, 0.67839427, -0.6601309, 0.8333563, -0.07466847, 0.05661368, -0.72307141, -0.51490594, 0.30808424,
        ],
        [-0.3324423, -1.55059912, 0.14400337]
      ),
      (
        .svm,
        [
          -0.13530707, 0.45323189, -0.41333569, 0.57052581, -0.08505337, 0.14937792, -0.43521873, -0.36817852,
          0.26395777,
        ],
        [0.16619305, -0.68134817, 0.51515512]
      ),
    ])
  func reference(loss: ClassifierLoss, weight: [Double], bias: [Double]) throws {
    let numbers: [Float] = [
      0.5, 2, -1, 1.5, 1, 0, 1, 2.5, 0.5, 0, 1, -0.5, 3, 0, 1, 2.5, -1, 2, 4, 0.5, 1.5, 2, 0.5, 0, -1, -1, 3, 0, -2,
      2.5,
      -0.5, 0.5, 1, 1, -1.5, 1,
    ]
    let codes = try TransferCodes.codes(numbers, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], classes: 3)
    let found = try Self.fit(codes, loss, 0.05)
    #expect(found.report.converged)
    #expect(found.report.relativeGradient <= 1e-9)
    for (index, expected) in weight.enumerated() {
      #expect((Double(found.weight.floats[index]) - expected).magnitude < 1e-6, "weight \(index)")
    }
    for (index, expected) in bias.enumerated() {
      #expect((Double(found.bias.floats[index]) - expected).magnitude < 1e-6, "bias \(index)")
    }
  }

  /// Codes −1 and 1 of two classes: standardised as they are; by symmetry the classes' weights are −w and w and biases 0.
  @Test("two codes, by hand")
  func byHand() throws {
    let codes = try TransferCodes.codes([-1, 1], [0, 1], classes: 2)
    // (1 − 2w)² + 2 λ w² is least at w = 2 / (4 + 2 λ).
    let svm = try Self.fit(codes, .svm, 0.5)
    #expect(zip(svm.weight.floats, [-0.4, 0.4] as [Float]).allSatisfy { ($0 - $1).magnitude < 1e-6 })
    #expect((svm.report.objective - 0.2).magnitude < 1e-12)
    #expect((svm.report.meanLoss - 0.04).magnitude < 1e-9)
    #expect(svm.report.training.marginViolations == 2)
    // 2 (1 − w)² + 2 λ w² is least at w = 1 / (1 + λ).
    let ova = try Self.fit(codes, .oneAgainstAll, 0.25)
    #expect(zip(ova.weight.floats, [-0.8, 0.8] as [Float]).allSatisfy { ($0 - $1).magnitude < 1e-6 })
    #expect(ova.bias.floats.allSatisfy { $0.magnitude < 1e-6 })
  }

  @Test("the same bits however the work is divided", arguments: ClassifierLoss.allCases)
  func sameBits(loss: ClassifierLoss) throws {
    // More rows than are taken at a time; more parameters than one piece of a sum has.
    for (support, width) in [([400, 300, 200], 20), ([5, 6, 7, 8, 9], 2100)] {
      let codes = try TransferCodes.clouds(support, width: width, spread: 1.5)
      let options = LinearClassifier.Options(
        loss: loss, regularisation: .crossValidated([1, 0.1]), folds: 2, tolerance: 1e-3)
      let expected = try LinearClassifier.fit(codes, options: options)
      for (name, parallel) in TransferCodes.ways {
        let found = try LinearClassifier.fit(codes, options: options, parallel: parallel)
        #expect(found.weight.floats == expected.weight.floats, "\(name), \(support)")
        #expect(found.bias.floats == expected.bias.floats, "\(name), \(support)")
        #expect(found.report == expected.report, "\(name), \(support)")
      }
    }
  }

  @Test("scaling and shifting the codes changes the weights alone", arguments: ClassifierLoss.allCases)
  func standardisation(loss: ClassifierLoss) throws {
    let codes = try TransferCodes.clouds([30, 40, 50], width: 6, spread: 1)
    var numbers: [Float] = []
    codes.rows.all { numbers.append(contentsOf: $0) }
    // Powers of two and a shift of the same size are exact enough in float32.
    let moved = try TransferCodes.codes(numbers.map { $0 * 8 - 64 }, codes.labels, classes: 3)
    let (first, second) = (try Self.fit(codes, loss, 0.01), try Self.fit(moved, loss, 0.01))
    #expect((first.report.objective - second.report.objective).magnitude < 1e-5 * first.report.objective)
    #expect(first.report.training == second.report.training)
    for (index, weight) in first.weight.floats.enumerated() {
      #expect((weight - 8 * second.weight.floats[index]).magnitude < 1e-4, "weight \(index)")
    }
    for line in 0..<3 {
      let sum = second.weight.floats[line * 6..<line * 6 + 6].reduce(0, +)
      #expect((first.bias.floats[line] - (second.bias.floats[line] - 64 * sum)).magnitude < 1e-3, "bias \(line)")
    }
  }

  @Test("a number that is the same in all codes has the weight 0 and is named")
  func constant() throws {
    let codes = try TransferCodes.clouds([20, 20], width: 4, spread: 1, constant: true)
    let fit = try Self.fit(codes, .svm, 0.01)
    #expect(fit.report.constantFeatures == [3])
    #expect(fit.weight.floats[3] == 0 && fit.weight.floats[7] == 0)
    #expect(fit.weight.floats[0] != 0)
    let nothing = try Self.fit(TransferCodes.codes([2, 2, 2, 2, 2], [0, 1, 1, 0, 1], classes: 2), .softmax, 0.01)
    #expect(nothing.report.constantFeatures == [0])
    #expect(nothing.report.training.accuracy == Accuracy(correct: 3, count: 5))
    #expect((nothing.bias.floats[1] - nothing.bias.floats[0] - 0.405_465_1).magnitude < 1e-5, "ln 3/2")
    for loss in ClassifierLoss.allCases {
      let balanced = try Self.fit(TransferCodes.codes([7, 7, 7], [0, 1, 2], classes: 3), loss, 0.01)
      #expect(balanced.report.converged, "\(loss)")
      #expect(balanced.weight.floats == [0, 0, 0], "\(loss)")
    }
  }

  @Test("codes far from zero and close to each other are told apart in float32; too close ones have the weight 0")
  func offset() throws {
    // Multiples of 2⁻¹⁰ around 1000, which float32 holds exactly; 2⁻¹³⁵ and 0.
    let numbers: [Float] = [-3, -2, -1, 1, 2, 3].flatMap { [1000 + $0 * 0x1p-10, $0 > 0 ? 0x1p-135 : 0] }
    let codes = try TransferCodes.codes(numbers, [0, 0, 0, 1, 1, 1], classes: 2)
    let report = try Self.fit(codes, .svm, 0.001).report
    #expect(report.constantFeatures == [1])
    #expect(report.training.accuracy.value == 1)
    let centred = try TransferCodes.codes([-3, -2, -1, 1, 2, 3], codes.labels, classes: 2)
    let expected = try Self.fit(centred, .svm, 0.001).report
    #expect((report.objective - expected.objective).magnitude < 1e-9)
    #expect(expected.training.accuracy.value == 1)
  }

  @Test("codes that can be told apart are, also with more numbers than rows", arguments: ClassifierLoss.allCases)
  func separable(loss: ClassifierLoss) throws {
    // The last codes are so long that only a few rows are taken at a time.
    for (support, width) in [([40, 40, 40], 8), ([3, 3, 3], 200), ([20, 20], 70_000)] {
      let fit = try Self.fit(TransferCodes.clouds(support, width: width, spread: 0.05), loss, 1e-3)
      let name = "\(width) numbers"
      #expect(fit.report.converged, "\(name)")
      #expect(fit.report.training.accuracy.value == 1, "\(name)")
      #expect(fit.report.training.classes.allSatisfy { $0.mistaken == 0 }, "\(name)")
      #expect(fit.weight.floats.allSatisfy { $0.isFinite }, "\(name)")
    }
  }

  @Test("says when it did not converge")
  func unconverged() throws {
    let codes = try TransferCodes.clouds([40, 40, 40], width: 8, spread: 1)
    let options = LinearClassifier.Options(regularisation: .fixed(0.01), tolerance: 1e-9, iterations: 2)
    let report = try LinearClassifier.fit(codes, options: options).report
    #expect(!report.converged)
    #expect(report.iterations == 2)
    #expect(report.relativeGradient > 1e-9)
  }

  /// 8×8 pixels of digits, the last ones by people who wrote none of the first; λ = 0.01. The counts are those of scikit-learn
  /// 1.9.1 (`LogisticRegression`, `LinearSVC`) and of SciPy's L-BFGS-B on the same objective.
  @Test(
    "digits by their pixels, as scikit-learn and SciPy tell them apart",
    arguments: [(ClassifierLoss.softmax, 1470, 265), (.oneAgainstAll, 1482, 265), (.svm, 1498, 270)])
  func digits(loss: ClassifierLoss, training: Int, test: Int) throws {
    let fit = try Self.fit(TransferCodes.digits("train"), loss, 0.01)
    #expect(fit.report.converged)
    #expect(fit.report.training.accuracy == Accuracy(correct: training, count: 1500))
    let found = try fit.evaluate(TransferCodes.digits("t10k"))
    #expect(found.accuracy == Accuracy(correct: test, count: 297))
    #expect(found.classes.reduce(0) { $0 + $1.mistaken } == 297 - test)
  }

  @Test("what progress throws ends the fit")
  func interruption() throws {
    struct Stop: Error {}
    let codes = try TransferCodes.clouds([20, 20], width: 4, spread: 1)
    var calls = 0
    #expect(throws: Stop.self) {
      try LinearClassifier.fit(
        codes,
        progress: { _ in
          calls += 1
          if calls == 5 { throw Stop() }
        })
    }
    #expect(calls == 5)
  }
}

extension CodeRows {
  fileprivate func all(_ body: (UnsafeBufferPointer<Float>) -> Void) { try? withRows(0..<count, body) }
}
