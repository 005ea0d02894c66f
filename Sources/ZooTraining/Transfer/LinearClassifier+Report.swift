extension LinearClassifier {
  /// What came out of a fit.
  public struct Report: Hashable, Sendable {
    /// What was minimised.
    public let loss: ClassifierLoss
    /// λ of the fit.
    public let regularisation: Double
    /// How λ was found; `nil` when it was given.
    public let crossValidation: CrossValidation?
    /// The mean loss of the rows, and that plus the penalty on the weights of standardised codes.
    public let meanLoss: Double
    /// The value of the loss and its penalty at the end.
    public let objective: Double
    /// Of the last minimisation.
    public let iterations: Int
    /// Whether the method's criterion was met before the limit of iterations.
    public let converged: Bool
    /// The norm of the gradient, as part of that where all parameters are 0.
    public let relativeGradient: Double
    /// On the rows that were fitted, with the weights as they are written: in float32.
    public let training: Evaluation
    /// The numbers of the codes that are the same in all rows, and have the weight 0.
    public let constantFeatures: [Int]
  }

  /// What the classifier answers to codes whose classes are known.
  public struct Evaluation: Hashable, Sendable {
    /// Over all classes.
    public let accuracy: Accuracy
    /// In the order of the classes.
    public let classes: [ClassResult]
    /// The rows that are not on the right side with a margin of 1: for `one-against-all` of each class's boundary, else
    /// before each other class.
    public let marginViolations: Int
  }

  /// How well one class is told from the others.
  public struct ClassResult: Hashable, Sendable {
    /// The class.
    public let name: String
    /// The rows of this class, how many were recognised, and how many violate a margin: the support vectors of the class.
    public let accuracy: Accuracy
    /// How many of its codes violate the margin.
    public let marginViolations: Int
    /// How many rows of other classes were taken for this one.
    public let mistaken: Int
  }

  /// Accuracy on pictures that were left out of the fit.
  public struct CrossValidation: Hashable, Sendable {
    /// A strength of regularisation that was tried.
    public struct Trial: Hashable, Sendable {
      /// The penalty's factor.
      public let regularisation: Double
      /// Over all folds.
      public let accuracy: Accuracy
      /// The standard deviation of the folds' accuracies divided by √folds; `nil` without folds.
      public let standardError: Double?
      /// How many of the folds' fits stopped before they converged.
      public let unconverged: Int

      package init(regularisation: Double, accuracy: Accuracy, standardError: Double?, unconverged: Int) {
        self.regularisation = regularisation
        self.accuracy = accuracy
        self.standardError = standardError
        self.unconverged = unconverged
      }
    }

    /// How many folds were asked for, and how many were made: not more than the smallest class has pictures, of those that
    /// have at least two; 0 when none has.
    public let requestedFolds: Int
    /// Into how many parts the codes were cut.
    public let folds: Int
    /// The classes with a single picture, which is fitted in all folds and tested in none.
    public let untestedClasses: [String]
    /// For each λ, from the strongest. Empty without folds.
    public let trials: [Trial]
    /// The chosen one; without folds `Regularisation.withoutFolds`.
    public let regularisation: Double
    /// The position of the chosen one among the trials; `nil` without folds.
    public let best: Int?
    /// For each row whether it was classified correctly with the chosen λ when it was left out; `nil` if it never was.
    public let correct: [Bool?]

    package init(
      requestedFolds: Int, folds: Int, untestedClasses: [String], trials: [Trial], regularisation: Double, best: Int?,
      correct: [Bool?]
    ) {
      self.requestedFolds = requestedFolds
      self.folds = folds
      self.untestedClasses = untestedClasses
      self.trials = trials
      self.regularisation = regularisation
      self.best = best
      self.correct = correct
    }

    /// The accuracy with the chosen λ. Being the best of several, it is a little too high.
    public var accuracy: Accuracy? { best.map { trials[$0].accuracy } }
    /// Of the best trial's accuracy; `nil` where there is none.
    public var standardError: Double? { best.flatMap { trials[$0].standardError } }
    /// Whether λ is at an end of the grid, so that a better one may lie beyond.
    public var isAtEndOfGrid: Bool { trials.count > 1 && (best == 0 || best == trials.count - 1) }
  }
}
