import ZooKernels

/// The exact nearest neighbours of each point, the nearest first; of equally near ones the one with the lower number first.
package struct NearestNeighbours: Sendable {
  package let points: Int
  /// How many each point has.
  package let count: Int
  /// `points × count`
  package let indices: [Int32]
  /// The squared distances.
  package let distances: [Double]

  /// Precondition: `count < distances.count`. `progress`: told how many points are done.
  package init(
    _ count: Int, of distances: Distances, pool: ThreadPool, progress: (_ done: Int) throws -> Void = { _ in }
  ) rethrows {
    let points = distances.count
    precondition((0..<points).contains(count), "\(count) neighbours among \(points) points")
    (self.points, self.count) = (points, count)
    var (indices, squares) = (
      [Int32](repeating: 0, count: points * count), [Double](repeating: 0, count: points * count)
    )
    try indices.withUnsafeMutableBufferPointer { indices in
      try squares.withUnsafeMutableBufferPointer { squares in
        nonisolated(unsafe) let (indices, squares) = (indices, squares)
        // In pieces, so that something can be said in between.
        for start in stride(from: 0, to: points, by: piece) {
          try progress(start)
          distances.forEachRow(start..<min(points, start + piece), pool: pool) { row, numbers, _ in
            var heap = NearestHeap(capacity: count)
            for (index, distance) in numbers.enumerated() where index != row { heap.offer(distance, index) }
            for (place, item) in heap.sorted().enumerated() {
              indices[row * count + place] = Int32(item.index)
              squares[row * count + place] = item.distance
            }
          }
        }
      }
    }
    self.indices = indices
    self.distances = squares
  }

  /// Of a point.
  package func indices(of point: Int) -> ArraySlice<Int32> { indices[point * count..<(point + 1) * count] }
}

private let piece = 1024

/// The nearest of the points that were offered, the farthest of them on top.
private struct NearestHeap {
  struct Item {
    var distance: Double
    var index: Int

    func isNearer(than other: Item) -> Bool {
      distance != other.distance ? distance < other.distance : index < other.index
    }
  }

  private let capacity: Int
  private var items: [Item] = []

  package init(capacity: Int) {
    self.capacity = capacity
    items.reserveCapacity(capacity)
  }

  @inline(__always)
  mutating func offer(_ distance: Double, _ index: Int) {
    if items.count == capacity {
      guard let farthest = items.first, distance <= farthest.distance else { return }
      let item = Item(distance: distance, index: index)
      if item.isNearer(than: farthest) { replaceTop(by: item) }
    } else {
      append(Item(distance: distance, index: index))
    }
  }

  private mutating func append(_ item: Item) {
    items.append(item)
    var place = items.count - 1
    while place > 0, items[(place - 1) / 2].isNearer(than: item) {
      items[place] = items[(place - 1) / 2]
      place = (place - 1) / 2
    }
    items[place] = item
  }

  private mutating func replaceTop(by item: Item) {
    var place = 0
    while true {
      var child = 2 * place + 1
      guard child < items.count else { break }
      if child + 1 < items.count, items[child].isNearer(than: items[child + 1]) { child += 1 }
      guard item.isNearer(than: items[child]) else { break }
      items[place] = items[child]
      place = child
    }
    items[place] = item
  }

  func sorted() -> [Item] { items.sorted { $0.isNearer(than: $1) } }
}
