/// How often pictures of a class were taken for another.
public struct ConfusionMatrix: Hashable, Sendable {
  /// The names, in the order of rows and columns.
  public let classes: [String]
  /// A row for each class, a column for each answer.
  private var counts: [Int]

  /// Of zeros.
  public init(classes: [String]) {
    self.classes = classes
    counts = Array(repeating: 0, count: classes.count * classes.count)
  }

  /// The pictures of class `truth` that were taken for `answer`.
  public subscript(truth truth: Int, answer answer: Int) -> Int { counts[truth * classes.count + answer] }

  /// Counts a picture.
  ///
  /// - Precondition: both are indices of classes.
  public mutating func add(truth: Int, answer: Int, count: Int = 1) {
    precondition(classes.indices.contains(truth) && classes.indices.contains(answer), "\(truth), \(answer)")
    counts[truth * classes.count + answer] += count
  }

  /// How many pictures were counted.
  public var total: Int { counts.reduce(0, +) }

  /// The share of pictures that were taken for what they are; `nil` of none.
  public var accuracy: Double? {
    total == 0 ? nil : Double(classes.indices.reduce(0) { $0 + self[truth: $1, answer: $1] }) / Double(total)
  }

  /// The share of a class's pictures that were taken for it; `nil` of none.
  public func recall(of index: Int) -> Double? {
    let row = pictures(of: index)
    return row == 0 ? nil : Double(self[truth: index, answer: index]) / Double(row)
  }

  /// The share of the pictures taken for a class that are of it; `nil` of none.
  public func precision(of index: Int) -> Double? {
    let column = classes.indices.reduce(0) { $0 + self[truth: $1, answer: index] }
    return column == 0 ? nil : Double(self[truth: index, answer: index]) / Double(column)
  }

  /// The pictures of a class.
  public func pictures(of index: Int) -> Int { classes.indices.reduce(0) { $0 + self[truth: index, answer: $1] } }
}
