extension LearningRateSearch.Doubt {
  /// What makes the result doubtful, for a person.
  public var message: String {
    func short(_ value: Double) -> String { RunProgress.significant(value) }
    switch self {
    case .fewPoints(let count):
      return "only \(count) steps count: the loss left its range, or there were few steps"
    case .smallFall(let fall, let noise):
      return "the loss falls by \(short(fall)) only, and differs by \(short(noise)) from batch to batch"
    case .ragged(let share):
      return "the loss goes up and down: \(RunProgress.percent(share)) of the steps are on its longest way down"
    case .stillFalling:
      return "the loss still falls at the greatest rate"
    }
  }
}
