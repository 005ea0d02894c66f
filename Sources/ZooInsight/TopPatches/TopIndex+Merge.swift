extension TopIndex {
  /// The index of the pictures of all of these, which have none in common: bit for bit what one run over all of them
  /// gives.
  ///
  /// - Parameter indexes: complete ones of the same model, weights, layer and number of patches, with their names for
  ///   errors.
  /// - Throws: `TopIndexError.nothingToMerge`, `.incomplete`, `.differ`, `.pictureInBoth`.
  /// - Returns: One index.
  public static func merged(_ indexes: [(path: String, index: TopIndex)]) throws(TopIndexError) -> TopIndex {
    guard let first = indexes.first, indexes.count > 1 else { throw .nothingToMerge }
    for (path, index) in indexes {
      guard index.isComplete else { throw .incomplete(path: path, done: index.done, of: index.pictures.count) }
      let differences = first.index.differences(from: index, ignoringPictures: true)
      guard differences.isEmpty else { throw .differ([first.path, path], differences: differences) }
    }
    var merged = first.index
    for (_, index) in indexes.dropFirst() { try merged.add(index) }
    return merged
  }

  private mutating func add(_ other: TopIndex) throws(TopIndexError) {
    let (mine, others) = (pictures, other.pictures)
    var all: [Picture] = []
    all.reserveCapacity(mine.count + others.count)
    var (places, otherPlaces) = ([Int](repeating: 0, count: mine.count), [Int](repeating: 0, count: others.count))
    var (left, right) = (0, 0)
    while left < mine.count || right < others.count {
      let takesLeft: Bool
      if left < mine.count, right < others.count {
        guard mine[left].name != others[right].name else { throw .pictureInBoth(mine[left].name) }
        takesLeft = mine[left].name.utf8.lexicographicallyPrecedes(others[right].name.utf8)
      } else {
        takesLeft = left < mine.count
      }
      if takesLeft {
        places[left] = all.count
        all.append(mine[left])
        left += 1
      } else {
        otherPlaces[right] = all.count
        all.append(others[right])
        right += 1
      }
    }
    for index in units.indices {
      for entry in units[index].entries.indices {
        units[index].entries[entry].picture = places[units[index].entries[entry].picture]
      }
      for var entry in other.units[index].entries {
        entry.picture = otherPlaces[entry.picture]
        units[index].insert(entry, capacity: capacity)
      }
      units[index].statistics.add(other.units[index].statistics)
    }
    (pictures, done) = (all, all.count)
  }
}
