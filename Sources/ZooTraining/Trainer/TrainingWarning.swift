/// What looks wrong in a run that goes on all the same (CS231n, "Babysitting the learning process").
public enum TrainingWarning: Hashable, Sendable {
  /// The loss before the first step is far from what it is with equal scores.
  case initialLoss(Double, expected: Double)
  /// The loss is where it was, after so many epochs.
  case lossDoesNotMove(Double, epochs: Int)
  /// A step moves the weights of half of the layers by more or less than that share of their size; about a thousandth is
  /// usual.
  case updateRatio(Double)
  /// The input was waited for, for this share of the time.
  case waitsForInput(Double)
  /// More than half of a rectifier's units are zero at every place of so many pictures, and no gradient passes through them.
  case deadUnits(layer: String, dead: Int, units: Int, pictures: Int)

  /// The warning for a person, with the numbers that it is about and what is usually wrong.
  public var message: String {
    func short(_ value: Double) -> String { RunProgress.significant(value) }
    switch self {
    case .initialLoss(let loss, let expected):
      return
        "the loss before the first step is \(short(loss)), and would be \(short(expected)) with equal scores: the weights may "
        + "start too large, or the pictures not be preprocessed as the network expects"
    case .lossDoesNotMove(let loss, let epochs):
      return
        "the loss is \(short(loss)) after \(epochs) epochs, about what it was at the beginning: the learning rate may be "
        + "far too low or too high"
    case .updateRatio(let ratio):
      return
        "a step changes half of the layers' weights by \(ratio > 1e-3 ? "more" : "less") than \(short(ratio)) of their "
        + "size, where a thousandth is usual: the learning rate may be too \(ratio > 1e-3 ? "high" : "low")"
    case .deadUnits(let layer, let dead, let units, let pictures):
      return
        "\(dead) of \(units) units of '\(layer)' are zero for all of \(pictures) pictures, and learn nothing: the learning "
        + "rate may be too high"
    case .waitsForInput(let share):
      return
        "\(Int((share * 100).rounded())) % of the time went by waiting for pictures: decoding does not keep up with the steps"
    }
  }
}
