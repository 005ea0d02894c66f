import Testing
import ZooTestSupport
import ZooTraining

@Suite struct TransferObjectiveTests {
  private static func objective(_ codes: Codes, _ loss: ClassifierLoss, rows: [Int]? = nil) throws -> LinearObjective {
    let selection = RowSelection(rows: rows ?? Array(0..<codes.count))
    let pass = ClassifierPass(
      codes: codes.rows, selection: selection,
      standardisation: try Standardisation(selection, of: codes.rows, parallel: LinearClassifier.sequential),
      classes: codes.classes.count, parallel: LinearClassifier.sequential)
    return LinearObjective(pass: pass, labels: codes.labels, loss: loss, parallel: LinearClassifier.sequential)
  }

  @Test("the gradient is that of central differences", arguments: ClassifierLoss.allCases, [2, 3, 4, 9])
  func gradient(loss: ClassifierLoss, classes: Int) throws {
    for (width, rows) in [(1, classes), (7, 33), (70, 40)] {
      let support = (0..<classes).map { rows / classes + ($0 < rows % classes ? 1 : 0) }
      let codes = try TransferCodes.clouds(support, width: width, spread: 1.5)
      let objective = try Self.objective(codes, loss)
      objective.regularisation = 0.03
      var random = SplitMix64(seed: "parameters")
      let stride = ClassifierPass.stride(width: width)
      let (point, gradient) = (
        DoubleBuffer(count: objective.parameterCount), DoubleBuffer(count: objective.parameterCount)
      )
      for index in 0..<classes {
        for (feature, value) in random.floats(width + 1).enumerated() {
          point[index * stride + feature] = Double(value)
        }
      }
      _ = try objective.evaluate(point, gradient: gradient)
      let unused = DoubleBuffer(count: objective.parameterCount)
      for position in 0..<objective.parameterCount {
        let (line, feature) = (position / stride, position % stride)
        guard line < classes, feature <= width else {
          #expect(gradient[position] == 0, "padding \(line), \(feature)")
          continue
        }
        let (centre, step) = (point[position], 1e-5)
        point[position] = centre + step
        let above = try objective.evaluate(point, gradient: unused)
        point[position] = centre - step
        let below = try objective.evaluate(point, gradient: unused)
        point[position] = centre
        let expected = (above - below) / (2 * step)
        #expect(
          (gradient[position] - expected).magnitude <= 1e-6 * max(1, expected.magnitude),
          "\(width) numbers, class \(line), number \(feature): \(gradient[position]), expected \(expected)")
      }
    }
  }

  @Test(
    "products with the second derivatives are differences of gradients", arguments: ClassifierLoss.allCases, [2, 5])
  func curvature(loss: ClassifierLoss, classes: Int) throws {
    let width = 7
    let codes = try TransferCodes.clouds([Int](repeating: 6, count: classes), width: width, spread: 1.5)
    let objective = try Self.objective(codes, loss)
    objective.regularisation = 0.03
    var random = SplitMix64(seed: "directions")
    let stride = ClassifierPass.stride(width: width)
    let buffers = (0..<5).map { _ in DoubleBuffer(count: objective.parameterCount) }
    let (point, direction, product, above, below) = (buffers[0], buffers[1], buffers[2], buffers[3], buffers[4])
    for target in [point, direction] {
      for index in 0..<classes {
        for (feature, value) in random.floats(width + 1).enumerated() {
          target[index * stride + feature] = Double(value)
        }
      }
    }
    let step = 1e-7
    for position in 0..<point.count { point[position] += step * direction[position] }
    _ = try objective.evaluate(point, gradient: above)
    for position in 0..<point.count { point[position] -= 2 * step * direction[position] }
    _ = try objective.evaluate(point, gradient: below)
    for position in 0..<point.count { point[position] += step * direction[position] }
    _ = try objective.evaluate(point, gradient: product)
    try objective.curvature(along: direction, into: product)
    for position in 0..<point.count {
      let expected = (above[position] - below[position]) / (2 * step)
      #expect(
        (product[position] - expected).magnitude <= 1e-6 * max(1, expected.magnitude),
        "\(position): \(product[position]), expected \(expected)")
    }
  }

  @Test("losses and derivatives by hand")
  func byHand() {
    func check(_ loss: ClassifierLoss, _ value: Double, _ derivatives: [Double]) {
      var scores = [2.0, 1, -1]
      let found = scores.withUnsafeMutableBufferPointer { loss.value(scores: $0, label: 2) }
      #expect((found - value).magnitude <= 1e-15 * value, "\(loss): \(found)")
      for (score, derivative) in zip(scores, derivatives) {
        #expect((score - derivative).magnitude <= 4e-16 * derivative.magnitude, "\(loss): \(scores)")
      }
    }
    // Margins 2 + 1 + 1 = 4 and 1 + 1 + 1 = 3.
    check(.svm, 16 + 9, [8, 6, -14])
    // Margins 1 + 2, 1 + 1 and 1 + 1.
    check(.oneAgainstAll, 9 + 4 + 4, [6, 4, -4])
    // By Python's decimal module: ln(e² + e + e⁻¹) + 1.
    check(.softmax, 3.349012216768186, [0.7053845126982412, 0.25949646034241913, -0.9648809730406602])
  }

  @Test("exponential function and logarithm, against 50 digits rounded")
  func elementary() {
    for (x, expected) in [
      (0.0, 1.0), (-1e-09, 0.999999999), (-0.25, 0.7788007830714049), (-0.3465, 0.7071588192872713),
      (-0.3466, 0.7070881069410189), (-1.0, 0.36787944117144233), (-17.3, 3.066941294563555e-08),
      (-500.125, 6.287416611176471e-218), (-707.5, 5.453232991066742e-308),
    ] as [(Double, Double)] {
      let found = Double.power(ofNonpositive: x)
      #expect((found - expected).magnitude <= 2 * expected.ulp, "exp \(x): \(found)")
    }
    #expect(Double.power(ofNonpositive: -800) == 0)
    #expect(Double.power(ofNonpositive: -.infinity) == 0)
    for (x, expected) in [
      (1.0, 0.0), (1.0000001, 9.999999505838704e-08), (1.4142135623730951, 0.3465735902799727),
      (1.4142135623730954, 0.34657359027997287), (2.0, 0.6931471805599453), (2.718281828459045, 1.0),
      (10.0, 2.302585092994046), (12345.678, 9.421061321291832), (1e+300, 690.7755278982137),
    ] as [(Double, Double)] {
      let found = Double.naturalLogarithm(x)
      #expect((found - expected).magnitude <= 2 * expected.ulp, "ln \(x): \(found)")
    }
  }
}
