import ZooTensor

/// A division of rows into folds, such that each has nearly the same share of each class.
package struct Folds: Sendable {
  package let count: Int
  /// The fold of each row; `nil` for the only row of its class.
  package let fold: [Int?]

  /// Each class's rows are put in an order that depends on the seed and the class, and dealt to the folds in turn, the
  /// next class going on where the last one ended. `requested`: at least 2.
  package init(_ codes: Codes, requested: Int, seed: UInt64) {
    let several = codes.support.filter { $0 >= 2 }
    var fold = [Int?](repeating: nil, count: codes.count)
    guard let smallest = several.min() else {
      (count, self.fold) = (0, fold)
      return
    }
    let count = min(requested, smallest)
    var rows = [[Int]](repeating: [], count: codes.classes.count)
    for (row, label) in codes.labels.enumerated() { rows[label].append(row) }
    var next = 0
    for (label, rows) in rows.enumerated() where rows.count >= 2 {
      let random = CounterRandom(seed: seed, purpose: .folds, UInt64(label))
      let order = rows.indices.map { (random.bits($0), rows[$0]) }.sorted { $0 < $1 }
      for (_, row) in order {
        fold[row] = next
        next = (next + 1) % count
      }
    }
    (self.count, self.fold) = (count, fold)
  }

  package func fitted(without index: Int) -> RowSelection {
    RowSelection(rows: fold.indices.filter { fold[$0] != index })
  }
  package func tested(_ index: Int) -> RowSelection { RowSelection(rows: fold.indices.filter { fold[$0] == index }) }
}
