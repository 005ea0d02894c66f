import ZooTensor

/// A linear classifier of codes: scores W·x + b, as the last layer of a network computes them.
public struct LinearClassifier: Sendable {
  /// Calls a function for 0, 1, … below a count, on as many threads as it likes, and returns when all calls have.
  /// `ThreadPool.parallel` is one. No result depends on it.
  public typealias Parallel = @Sendable (_ count: Int, _ body: @Sendable (_ index: Int) -> Void) -> Void

  /// One after the other.
  public static let sequential: Parallel = { count, body in
    for index in 0..<count { body(index) }
  }

  /// `[classes, width]`, float32.
  public let weight: Tensor
  /// `[classes]`, float32.
  public let bias: Tensor
  /// How the fit went.
  public let report: Report

  /// What is fitted, and how.
  public struct Options: Hashable, Sendable {
    /// What is minimised.
    public var loss: ClassifierLoss
    /// The penalty's factor, or the ones to choose from by cross-validation.
    public var regularisation: Regularisation
    /// Into how many parts the codes are divided to find the regularisation.
    public var folds: Int
    /// The fit has converged when the gradient's norm is at most this part of its norm where all parameters are 0. With a
    /// tiny λ and codes that can be told apart, the objective is so flat that many classifiers are as good by this measure.
    public var tolerance: Double
    /// The most steps of one minimisation, each of which takes several walks over the rows.
    public var iterations: Int
    /// Decides which rows make a fold.
    public var seed: UInt64

    /// What is not given has its default; `seed` draws the folds.
    public init(
      loss: ClassifierLoss = .svm, regularisation: Regularisation = .crossValidated(), folds: Int = 5,
      tolerance: Double = 1e-5, iterations: Int = 200, seed: UInt64 = 0
    ) {
      self.loss = loss
      self.regularisation = regularisation
      self.folds = folds
      self.tolerance = tolerance
      self.iterations = iterations
      self.seed = seed
    }
  }

  /// λ in mean loss + λ‖W‖², where W are the weights of standardised codes; Liblinear's C is 1 / (2 λ rows).
  public enum Regularisation: Hashable, Sendable {
    case fixed(Double)
    /// The one with which most pictures are classified correctly that were left out of the fit; of several, the strongest.
    case crossValidated([Double] = Self.grid)

    /// A decade apart: from a strength that leaves little but the bias to one that hardly matters for standardised codes.
    public static let grid = [1e3, 1e2, 10, 1, 1e-1, 1e-2, 1e-3, 1e-4]

    /// For codes that are too few to divide: two codes of `width` numbers are parted by the margin at a penalty of about
    /// λ / width, which this keeps well below the loss of not parting them, while weights stay as small as they may.
    public static let withoutFolds = 0.01
  }

  /// Where a fit is.
  public enum Progress: Hashable, Sendable {
    /// Fold `fold` of `folds`, counted from 0, with the given regularisation.
    case fold(Int, of: Int, regularisation: Double, iteration: Int)
    /// The fit to all rows, which starts with stronger regularisations where folds have tried them.
    case final(regularisation: Double, iteration: Int)
  }

  /// The most weights, which take 256 MiB in double precision, nine times.
  public static let maximumWeights = 1 << 25
  /// The most scores of all rows, which take 2 GiB.
  public static let maximumScores = 1 << 28
  /// The most folds: leaving out one picture at a time is for small sets.
  public static let maximumFolds = 1000
}
