import ZooKernels

/// A code whose neighbours are of another class: a picture that was labelled wrongly, or one that the network takes for
/// something else.
public struct LabelOutlier: Hashable, Sendable {
  /// The number of the code.
  public let row: Int
  /// Its class.
  public let label: Int
  /// The class that most of its neighbours have.
  public let neighbourLabel: Int
  /// How many of them.
  public let count: Int
  /// Its nearest neighbour of that class.
  public let nearest: Int
}

extension Embedding {
  /// The codes of whose nearest neighbours more than half are of one other class: those first that most are of, then
  /// those whose nearest is nearest.
  ///
  /// Neighbours are of the codes (in terms of the principal components), not in the plane, so that no accident of the
  /// layout makes an outlier; as many are asked as for the trustworthiness.
  ///
  /// - Parameters:
  ///   - labels: the class of each code, below `classes`.
  ///   - classes: how many there are.
  /// - Throws: `EmbeddingError.labelCount` or `.labelOutOfRange`.
  /// - Returns: Indices of codes.
  public func labelOutliers(labels: [Int], classes: Int) throws(EmbeddingError) -> [LabelOutlier] {
    guard labels.count == count else { throw .labelCount(rows: count, labels: labels.count) }
    for (row, label) in labels.enumerated() where !(0..<classes).contains(label) {
      throw .labelOutOfRange(row: row, label: label, classes: classes)
    }
    let near = NearestNeighbours(neighbours, of: distances, pool: pool, progress: { _ in })
    var found: [(outlier: LabelOutlier, distance: Double)] = []
    for row in 0..<count {
      var counts: [Int: Int] = [:]
      for other in near.indices(of: row) { counts[labels[Int(other)], default: 0] += 1 }
      guard let most = counts.first(where: { 2 * $0.value > neighbours }), most.key != labels[row],
        let slot = near.indices(of: row).firstIndex(where: { labels[Int($0)] == most.key })
      else { continue }
      found.append(
        (
          LabelOutlier(
            row: row, label: labels[row], neighbourLabel: most.key, count: most.value,
            nearest: Int(near.indices[slot])),
          near.distances[slot]
        ))
    }
    return found.sorted {
      ($1.outlier.count, $0.distance, $0.outlier.row) < ($0.outlier.count, $1.distance, $1.outlier.row)
    }
    .map(\.outlier)
  }
}
