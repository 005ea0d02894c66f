/// What an epoch came to: a row of `log.csv`.
///
/// Losses are means over pictures; accuracies are shares from 0 to 1. What was not measured is `nil`: there may be no
/// pictures to validate with, and mixed pictures have no right answer.
public struct EpochRecord: Hashable, Sendable {
  /// Epochs that are over with this one.
  public var epoch: Int
  /// Steps of the optimiser that are over.
  public var step: Int
  /// The learning rate of the last step.
  public var rate: Double
  /// Over the epoch, as the weights changed.
  public var trainingLoss: Double
  /// Over the epoch, as the weights changed; `nil` where there is no one right answer.
  public var trainingTop1: Double?
  /// At the end of the epoch.
  public var validationLoss: Double?
  /// The share of pictures whose class is the likeliest.
  public var validationTop1: Double?
  /// The share of pictures whose class is among the five likeliest.
  public var validationTop5: Double?
  /// The time that the epoch took, with validation.
  public var seconds: Double

  /// A row by its columns; `nil` where nothing was measured.
  public init(
    epoch: Int, step: Int, rate: Double, trainingLoss: Double, trainingTop1: Double? = nil,
    validationLoss: Double? = nil, validationTop1: Double? = nil, validationTop5: Double? = nil, seconds: Double
  ) {
    self.epoch = epoch
    self.step = step
    self.rate = rate
    self.trainingLoss = trainingLoss
    self.trainingTop1 = trainingTop1
    self.validationLoss = validationLoss
    self.validationTop1 = validationTop1
    self.validationTop5 = validationTop5
    self.seconds = seconds
  }
}
