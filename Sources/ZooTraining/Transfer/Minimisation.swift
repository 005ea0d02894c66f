import ZooTensor

/// The fit of one classifier to some of the rows, for one λ after the other: each starts where the last one ended.
struct Minimisation {
  let standardisation: Standardisation
  let parameters: DoubleBuffer
  private let objective: LinearObjective
  private var solver: TruncatedNewton
  private let codes: Codes
  private let parallel: LinearClassifier.Parallel
  /// The gradient's norm where all parameters are 0.
  private let startNorm: Double
  /// A gradient of losses of about 1 and standardised codes this small is nothing but rounding.
  private static let gradientRounding = 1e-13

  /// - Throws: `TransferError.notFinite`, or what reading rows throws.
  init(
    _ codes: Codes, _ selection: RowSelection, loss: ClassifierLoss, parallel: @escaping LinearClassifier.Parallel
  ) throws {
    self.codes = codes
    self.parallel = parallel
    standardisation = try Standardisation(selection, of: codes.rows, parallel: parallel)
    let pass = ClassifierPass(
      codes: codes.rows, selection: selection, standardisation: standardisation, classes: codes.classes.count,
      parallel: parallel)
    let objective = LinearObjective(pass: pass, labels: codes.labels, loss: loss, parallel: parallel)
    let gradient = DoubleBuffer(count: objective.parameterCount)
    parameters = DoubleBuffer(count: objective.parameterCount)
    _ = try objective.evaluate(parameters, gradient: gradient)
    startNorm = VectorLoops(count: gradient.count, parallel: parallel).dot(gradient, gradient).squareRoot()
    solver = TruncatedNewton(objective, parallel: parallel)
    self.objective = objective
  }

  mutating func run(
    regularisation: Double, tolerance: Double, iterations: Int, willContinue: (Int) throws -> Void
  ) throws -> TruncatedNewton.Result {
    objective.regularisation = regularisation
    return try solver.minimise(
      parameters, gradientLimit: max(tolerance * startNorm, Self.gradientRounding), iterations: iterations,
      willContinue: willContinue)
  }

  func relative(_ norm: Double) -> Double { startNorm > 0 ? norm / startNorm : 0 }

  /// λ times the sum of the squared weights.
  func penalty(_ regularisation: Double) -> Double {
    var sum = 0.0
    for index in 0..<codes.classes.count {
      let line = parameters.base + index * objective.pass.stride
      for feature in 0..<codes.width { sum += line[feature] * line[feature] }
    }
    return regularisation * sum
  }

  /// Whether other rows are classified correctly, in the order of the selection.
  func test(_ selection: RowSelection) throws -> [Bool] {
    let pass = ClassifierPass(
      codes: codes.rows, selection: selection, standardisation: standardisation, classes: codes.classes.count,
      parallel: parallel)
    let correct = DoubleBuffer(count: selection.count)
    let labels = codes.labels
    try pass.run(parameters) { position, scores in
      correct[position] = scores.indexOfLargest == labels[selection.rows[position]] ? 1 : 0
    }
    return (0..<selection.count).map { correct[$0] == 1 }
  }

  /// The weights and biases for codes as they are: W / σ, and b − (W / σ)·μ with the weights as they were rounded, so that
  /// rounding changes no score of the mean code.
  func folded() -> (weight: Tensor, bias: Tensor) {
    let (width, stride) = (codes.width, objective.pass.stride)
    var bias: [Float] = []
    let weight = Tensor(shape: [codes.classes.count, width]) { bytes in
      let target = bytes.bindMemory(to: Float.self)
      for index in codes.classes.indices {
        let line = parameters.base + index * stride
        var offset = line[width]
        for feature in 0..<width {
          let rounded = Float(line[feature] * standardisation.scales[feature])
          target[index * width + feature] = rounded
          offset -= Double(rounded) * standardisation.means[feature]
        }
        bias.append(Float(offset))
      }
    }
    return (weight, Tensor(shape: [bias.count], floats: bias))
  }
}

extension UnsafeMutableBufferPointer<Double> {
  /// The first of the largest.
  var indexOfLargest: Int {
    var best = 0
    for index in indices where self[index] > self[best] { best = index }
    return best
  }
}
