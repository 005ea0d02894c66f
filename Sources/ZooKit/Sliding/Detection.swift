/// A place in a picture and what the classifier sees there.
public struct Detection: Hashable, Sendable {
  /// With the probability and the logit at that cell.
  public var classification: Classification
  /// Which pass of a `SlidingResult` the cell belongs to.
  public var run: Int
  /// Of the map of scores, from 0.
  public var row: Int
  /// Of the map of scores, from 0.
  public var column: Int
  /// In pixels of the picture as it was given.
  public var box: PictureBox

  package init(classification: Classification, run: Int, row: Int, column: Int, box: PictureBox) {
    self.classification = classification
    self.run = run
    self.row = row
    self.column = column
    self.box = box
  }

  /// Boxes of one class that overlap more than this, as intersection over union, show the same thing.
  public static let maximumOverlap = 0.3
}

extension ScoreMap {
  /// The likeliest class of each cell, row by row.
  ///
  /// - Parameters:
  ///   - labels: the names of the classes; `nil` where they have numbers only.
  ///   - run: what the detections say that they belong to.
  /// - Returns: One for each cell.
  public func detections(labels: Labels?, run: Int = 0) -> [Detection] {
    let probabilities = Dictionary(
      uniqueKeysWithValues: Set(bestClasses).map { ($0, self.probabilities(ofClass: $0)) })
    return logits.withFloats { floats in
      bestClasses.indices.map { cell in
        let index = bestClasses[cell]
        let (row, column) = (cell / columns, cell % columns)
        return Detection(
          classification: Classification(
            index: index, labels: labels, probability: probabilities[index]?[cell] ?? 0,
            logit: floats[index * rows * columns + cell]),
          run: run, row: row, column: column, box: box(row: row, column: column))
      }
    }
  }
}

extension [Detection] {
  /// The `count` likeliest, best first, by probability, then by logit. One is left out when its box overlaps that of a
  /// better one of the same class by more than `Detection.maximumOverlap`.
  public func best(_ count: Int) -> [Detection] {
    let order = indices.sorted { left, right in
      let (a, b) = (self[left].classification, self[right].classification)
      return (a.probability, a.logit, -left) > (b.probability, b.logit, -right)
    }
    var best: [Detection] = []
    for index in order where best.count < count {
      let candidate = self[index]
      let isShown = best.contains {
        $0.classification.index == candidate.classification.index
          && $0.box.intersectionOverUnion(candidate.box) > Detection.maximumOverlap
      }
      if !isShown { best.append(candidate) }
    }
    return best
  }
}
