import ZooTensor

extension LinearClassifier {
  /// Fits a classifier to codes: the minimum of the mean loss + λ‖W‖² over weights of standardised codes, written as
  /// weights of the codes as they are. The bias is not regularised. Same bits for any `parallel`.
  ///
  /// - Parameters:
  ///   - codes: codes of pictures whose classes are known.
  ///   - options: what is fitted, and how.
  ///   - parallel: runs independent work, on threads where there are some.
  ///   - progress: told about each iteration; what it throws ends the fit.
  /// - Throws: `TransferError`, or what reading rows or `progress` throws.
  /// - Returns: The classifier, with a report on its fit.
  public static func fit(
    _ codes: Codes, options: Options = Options(), parallel: @escaping Parallel = sequential,
    progress: (Progress) throws -> Void = { _ in }
  ) throws -> LinearClassifier {
    try options.check(codes)
    var crossValidation: CrossValidation?
    let regularisation: Double
    switch options.regularisation {
    case .fixed(let value): regularisation = value
    case .crossValidated:
      let result = try crossValidate(codes, options: options, parallel: parallel, progress: progress)
      regularisation = result.regularisation
      crossValidation = result
    }
    var fit = try Minimisation(
      codes, RowSelection(rows: Array(0..<codes.count)), loss: options.loss, parallel: parallel)
    // The way that the folds took: where the objective is nearly flat, the end depends on it.
    let stronger = crossValidation?.best == nil ? [] : options.regularisation.values.filter { $0 > regularisation }
    for value in stronger {
      _ = try fit.run(
        regularisation: value, tolerance: max(options.tolerance, foldTolerance), iterations: options.iterations
      ) { try progress(.final(regularisation: value, iteration: $0)) }
    }
    let result = try fit.run(
      regularisation: regularisation, tolerance: options.tolerance, iterations: options.iterations
    ) { try progress(.final(regularisation: regularisation, iteration: $0)) }
    let (weight, bias) = fit.folded()
    let report = Report(
      loss: options.loss, regularisation: regularisation, crossValidation: crossValidation,
      meanLoss: result.value - fit.penalty(regularisation), objective: result.value, iterations: result.iterations,
      converged: result.converged, relativeGradient: fit.relative(result.gradientNorm),
      training: try evaluate(codes, weight: weight, bias: bias, loss: options.loss, parallel: parallel),
      constantFeatures: fit.standardisation.scales.indices.filter { fit.standardisation.scales[$0] == 0 })
    return LinearClassifier(weight: weight, bias: bias, report: report)
  }

  /// How well classifiers of these codes recognise pictures that they were not fitted to, for each λ of the options.
  ///
  /// Standardisation is part of each fit, so that nothing is known of the pictures left out.
  ///
  /// - Throws: as `fit`.
  public static func crossValidate(
    _ codes: Codes, options: Options = Options(), parallel: @escaping Parallel = sequential,
    progress: (Progress) throws -> Void = { _ in }
  ) throws -> CrossValidation {
    try options.check(codes)
    let values = options.regularisation.values
    let folds = Folds(codes, requested: options.folds, seed: options.seed)
    let single = codes.classes.indices.filter { codes.support[$0] == 1 }.map { codes.classes[$0] }
    var correct = [[Bool?]](repeating: [Bool?](repeating: nil, count: codes.count), count: values.count)
    var accuracies = [[Accuracy]](repeating: [], count: values.count)
    var unconverged = [Int](repeating: 0, count: values.count)
    for fold in 0..<folds.count {
      let tested = folds.tested(fold)
      var fit = try Minimisation(codes, folds.fitted(without: fold), loss: options.loss, parallel: parallel)
      for (index, value) in values.enumerated() {
        let result = try fit.run(
          regularisation: value, tolerance: max(options.tolerance, foldTolerance), iterations: options.iterations
        ) { try progress(.fold(fold, of: folds.count, regularisation: value, iteration: $0)) }
        if !result.converged { unconverged[index] += 1 }
        let answers = try fit.test(tested)
        for (row, answer) in zip(tested.rows, answers) { correct[index][row] = answer }
        accuracies[index].append(Accuracy(correct: answers.count { $0 }, count: answers.count))
      }
    }
    let trials =
      folds.count == 0
      ? []
      : values.indices.map { index in
        CrossValidation.Trial(
          regularisation: values[index],
          accuracy: Accuracy(
            correct: accuracies[index].reduce(0) { $0 + $1.correct },
            count: accuracies[index].reduce(0) { $0 + $1.count }),
          standardError: standardError(accuracies[index].map(\.value)), unconverged: unconverged[index])
      }
    // The first of the largest, because the strongest comes first.
    var best: Int?
    for (index, trial) in trials.enumerated()
    where best.map({ trials[$0].accuracy.correct < trial.accuracy.correct }) ?? true {
      best = index
    }
    return CrossValidation(
      requestedFolds: options.folds, folds: folds.count, untestedClasses: single, trials: trials,
      regularisation: best.map { values[$0] } ?? options.regularisation.withoutTrials, best: best,
      correct: best.map { correct[$0] } ?? [Bool?](repeating: nil, count: codes.count))
  }

  /// Fits to folds stop at a larger gradient: which class has the largest score is settled long before.
  private static let foldTolerance = 1e-3

  private static func standardError(_ values: [Double]) -> Double? {
    guard values.count > 1 else { return nil }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    return (variance / count).squareRoot()
  }
}

extension LinearClassifier.Regularisation {
  /// From the strongest on, each once.
  var values: [Double] {
    switch self {
    case .fixed(let value): [value]
    case .crossValidated(let values): Set(values).sorted(by: >)
    }
  }

  /// What is taken when no trial could be made.
  fileprivate var withoutTrials: Double {
    switch self {
    case .fixed(let value): value
    case .crossValidated: Self.withoutFolds
    }
  }
}

extension LinearClassifier.Options {
  fileprivate func check(_ codes: Codes) throws(TransferError) {
    let classes = codes.classes
    guard codes.support.count(where: { $0 > 0 }) >= 2 else {
      throw .tooFewClasses(names: classes.indices.filter { codes.support[$0] > 0 }.map { classes[$0] })
    }
    if let empty = codes.support.firstIndex(of: 0) { throw .emptyClass(name: classes[empty]) }
    let (weights, overflow) = classes.count.multipliedReportingOverflow(by: codes.width)
    guard !overflow, weights <= LinearClassifier.maximumWeights else {
      throw .tooLarge(classes: classes.count, width: codes.width, limit: LinearClassifier.maximumWeights)
    }
    guard codes.count <= LinearClassifier.maximumScores / classes.count else {
      throw .tooManyScores(rows: codes.count, classes: classes.count, limit: LinearClassifier.maximumScores)
    }
    guard (2...LinearClassifier.maximumFolds).contains(folds) else {
      throw .folds(found: folds, limit: LinearClassifier.maximumFolds)
    }
    let values = regularisation.values
    guard !values.isEmpty else { throw .regularisation(found: .nan) }
    for value in values where !(value > 0 && value.isFinite) { throw .regularisation(found: value) }
    guard tolerance > 0, tolerance < 1 else { throw .tolerance(found: tolerance) }
    guard iterations >= 1 else { throw .iterations(found: iterations) }
  }
}
