/// A cell of a grid for each of some points of the plane, so that near points get near cells and no two the same.
package struct GridAssignment: Hashable, Sendable {
  package enum Method: String, Hashable, Sendable {
    /// The sum of squared distances from points to the centres of their cells is the least that there is.
    case exact
    /// Points are divided again and again, by where they lie, into as many as the halves of the grid have room for.
    case halving
  }

  package let rows: Int
  package let columns: Int
  package let method: Method
  /// Of each point, row by row from the upper left.
  package let cells: [Int]

  /// Above it, points are divided.
  package static let maximumExactCount = 1500

  /// As square a grid as there is with a cell for each point. Precondition: as many x as y, finite. `y`: grows upwards.
  /// `method`: `nil` for exact up to 1,500 points.
  package init(x: [Double], y: [Double], method: Method? = nil) {
    let count = x.count
    columns = max(1, Int(Double(count).squareRoot().rounded(.up)))
    rows = max(1, (count + columns - 1) / columns)
    self.method = method ?? (count <= Self.maximumExactCount ? .exact : .halving)
    let places = Self.places(x: x, y: y, rows: rows, columns: columns)
    switch self.method {
    case .exact: cells = Self.assign(places, rows: rows, columns: columns)
    case .halving:
      var cells = [Int](repeating: 0, count: count)
      Self.divide(Array(0..<count), places, rows: 0..<rows, columns: 0..<columns, width: columns, into: &cells)
      self.cells = cells
    }
  }

  /// As it is.
  package init(rows: Int, columns: Int, method: Method = .exact, cells: [Int]) {
    (self.rows, self.columns, self.method, self.cells) = (rows, columns, method, cells)
  }

  /// The points in units of cells, so that they just cover the grid.
  private static func places(x: [Double], y: [Double], rows: Int, columns: Int) -> [SIMD2<Double>] {
    func scaled(_ values: [Double], _ cells: Int) -> [Double] {
      guard let low = values.min(), let high = values.max(), high > low else {
        return values.map { _ in Double(cells) / 2 }
      }
      return values.map { ($0 - low) / (high - low) * Double(cells) }
    }
    return zip(scaled(x, columns), scaled(y.map { -$0 }, rows)).map { SIMD2($0, $1) }
  }

  /// Shortest augmenting paths (Jonker & Volgenant, 1987; Crouse, 2016): each point in turn gets the cell to which the
  /// cheapest chain of exchanges leads.
  private static func assign(_ places: [SIMD2<Double>], rows: Int, columns: Int) -> [Int] {
    let cellCount = rows * columns
    func cost(_ point: Int, _ cell: Int) -> Double {
      let centre = SIMD2(Double(cell % columns) + 0.5, Double(cell / columns) + 0.5)
      let difference = places[point] - centre
      return (difference * difference).sum()
    }
    var (pointPrices, cellPrices) = (
      [Double](repeating: 0, count: places.count), [Double](repeating: 0, count: cellCount)
    )
    var (cellOf, pointIn) = ([Int](repeating: -1, count: places.count), [Int](repeating: -1, count: cellCount))
    for start in places.indices {
      var shortest = [Double](repeating: .infinity, count: cellCount)
      var (previous, isDone) = ([Int](repeating: -1, count: cellCount), [Bool](repeating: false, count: cellCount))
      var (visited, point, length, end) = ([start], start, 0.0, -1)
      while end < 0 {
        var (nearest, nearestLength) = (-1, Double.infinity)
        for cell in 0..<cellCount where !isDone[cell] {
          let reduced = length + cost(point, cell) - pointPrices[point] - cellPrices[cell]
          if reduced < shortest[cell] { (shortest[cell], previous[cell]) = (reduced, point) }
          // Of equally near cells a free one ends the search.
          if shortest[cell] < nearestLength
            || (shortest[cell] == nearestLength && pointIn[cell] < 0 && pointIn[nearest] >= 0)
          {
            (nearest, nearestLength) = (cell, shortest[cell])
          }
        }
        length = nearestLength
        isDone[nearest] = true
        if pointIn[nearest] < 0 {
          end = nearest
        } else {
          point = pointIn[nearest]
          visited.append(point)
        }
      }
      pointPrices[start] += length
      for other in visited.dropFirst() { pointPrices[other] += length - shortest[cellOf[other]] }
      for cell in 0..<cellCount where isDone[cell] { cellPrices[cell] -= length - shortest[cell] }
      while true {
        let point = previous[end]
        pointIn[end] = point
        (cellOf[point], end) = (end, cellOf[point])
        if point == start { break }
      }
    }
    return cellOf
  }

  private static func divide(
    _ points: [Int], _ places: [SIMD2<Double>], rows: Range<Int>, columns: Range<Int>, width: Int,
    into cells: inout [Int]
  ) {
    guard points.count > 0 else { return }
    if rows.count == 1, columns.count == 1 {
      cells[points[0]] = rows.lowerBound * width + columns.lowerBound
      return
    }
    let isAcross = columns.count >= rows.count
    let axis = isAcross ? 0 : 1
    let sorted = points.sorted { (places[$0][axis], $0) < (places[$1][axis], $1) }
    let (side, other) = isAcross ? (columns, rows.count) : (rows, columns.count)
    let middle = side.lowerBound + side.count / 2
    let (room, rest) = ((middle - side.lowerBound) * other, (side.upperBound - middle) * other)
    let share = (points.count * room + (room + rest) / 2) / (room + rest)
    let first = min(max(share, points.count - rest), room)
    for (part, half) in [(sorted[..<first], side.lowerBound..<middle), (sorted[first...], middle..<side.upperBound)] {
      divide(
        Array(part), places, rows: isAcross ? rows : half, columns: isAcross ? half : columns, width: width,
        into: &cells)
    }
  }
}
