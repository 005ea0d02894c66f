extension HeadFit {
  /// What to keep in mind of a fit's numbers. The words are in `HeadFit+Message.swift`.
  public enum Caution: Hashable, Sendable {
    /// No class has two pictures, so that nothing was left out of a fit.
    case untested
    /// Not better than always naming the most frequent class, beyond chance.
    case noBetterThanChance(Double)
    /// The minimum was not reached.
    case notConverged(relativeGradient: Double)
    /// λ is at an end of what was tried.
    case endOfGrid(regularisation: Double, isStrongest: Bool)
    /// Classes with a single picture, which is never left out.
    case singlePictures(classes: [String])
    /// As many folds as asked for would leave one without a picture of some class.
    case fewerFolds(requested: Int, made: Int)
    /// The classifier knows its own pictures much better than others.
    case overfitted(training: Double, others: Double)
    /// So few pictures that the accuracy may be far from what was measured.
    case wideInterval(ClosedRange<Double>, isTest: Bool)
    /// The accuracy chose λ, and is a little too high.
    case optimistic
    /// Numbers that are the same in all codes.
    case constant(features: Int)

    static func all(
      of report: LinearClassifier.Report, support: [Int], test: LinearClassifier.Evaluation?
    ) -> [Caution] {
      var cautions: [Caution] = []
      let validation = report.crossValidation
      let measured = test?.accuracy ?? validation?.accuracy
      if let measured {
        let chance = Double(support.max() ?? 0) / Double(max(1, support.reduce(0, +)))
        if measured.interval95.lowerBound <= chance { cautions.append(.noBetterThanChance(chance)) }
      } else {
        cautions.append(.untested)
      }
      if !report.converged { cautions.append(.notConverged(relativeGradient: report.relativeGradient)) }
      if let validation {
        if validation.isAtEndOfGrid {
          cautions.append(.endOfGrid(regularisation: validation.regularisation, isStrongest: validation.best == 0))
        }
        if !validation.untestedClasses.isEmpty {
          cautions.append(.singlePictures(classes: validation.untestedClasses))
        }
        if validation.folds > 0, validation.folds < validation.requestedFolds {
          cautions.append(.fewerFolds(requested: validation.requestedFolds, made: validation.folds))
        }
      }
      if let measured {
        let (training, interval) = (report.training.accuracy.value, measured.interval95)
        if training - interval.upperBound > largeGap {
          cautions.append(.overfitted(training: training, others: measured.value))
        }
        if interval.upperBound - interval.lowerBound > wide {
          cautions.append(.wideInterval(interval, isTest: test != nil))
        }
        if test == nil, (validation?.trials.count ?? 0) > 1 { cautions.append(.optimistic) }
      }
      if !report.constantFeatures.isEmpty {

        cautions.append(.constant(features: report.constantFeatures.count))
      }
      return cautions
    }

    /// More of the pictures than that is worth a word.
    private static let largeGap = 0.05
    private static let wide = 0.1
  }
}
