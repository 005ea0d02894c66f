extension HeadFit.Caution: CustomStringConvertible {
  /// What to mind, for a person.
  public var description: String {
    switch self {
    case .untested:
      "no class has two pictures, so nothing is known of how well others are recognised"
    case .noBetterThanChance(let chance):
      "not surely better than always naming the most frequent class, which is right for \(chance.percent)"
    case .notConverged:
      "the fit stopped before its minimum; with more iterations the classifier would be another"
    case .endOfGrid(let value, let isStrongest):
      "λ = \(value) is the \(isStrongest ? "largest" : "smallest") that was tried; a better one may lie beyond"
    case .singlePictures(let classes):
      "\(classes.count == 1 ? "the class" : "the classes") \(classes.prefix(3).map { "'\($0)'" }.joined(separator: ", "))\(classes.count > 3 ? " and \(classes.count - 3) more" : ""): one picture each, which is never left out, so nothing is known of new ones"
    case .fewerFolds(let requested, let made):
      "\(made) folds in place of \(requested): the smallest class has \(made) pictures"
    case .overfitted(let training, let others):
      "the pictures that it was fitted to are recognised better (\(training.percent)) than others (\(others.percent)); more would help"
    case .wideInterval(let interval, let isTest):
      "few \(isTest ? "test " : "")pictures: the accuracy may be anywhere from \(interval.lowerBound.percent) to \(interval.upperBound.percent)"
    case .optimistic:
      "the cross-validated accuracy chose λ, so it is a little too high; pictures that took no part tell more"
    case .constant(let features):
      "\(features) \(features == 1 ? "number is" : "numbers are") the same in all codes and \(features == 1 ? "says" : "say") nothing"
    }
  }
}

extension Double {
  /// A share: `93.4 %`.
  fileprivate var percent: String {
    let permille = Int((self * 1000).rounded())
    return "\(permille / 10).\(permille % 10) %"
  }
}
