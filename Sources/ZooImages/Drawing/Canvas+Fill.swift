extension Canvas {
  /// Fills what closed lines enclose, with smooth edges; contours within another run the other way round.
  ///
  /// - Parameters:
  ///   - contours: finite points; the last of each is joined to the first.
  ///   - colour: what is mixed in by how much of a pixel is covered.
  package mutating func fill(_ contours: [[(x: Double, y: Double)]], with colour: Colour) {
    var lines: [(start: (x: Double, y: Double), end: (x: Double, y: Double))] = []
    for contour in contours {
      guard var last = contour.last else { continue }
      for point in contour {
        lines.append((last, point))
        last = point
      }
    }
    guard let coverage = Coverage(lines, width: width, height: height) else { return }
    for row in 0..<coverage.rows {
      for (column, share) in coverage.shares(ofRow: row).enumerated() where share > 1 / 512 {
        blend(coverage.left + column, coverage.top + row, with: colour, share: share)
      }
    }
  }

  /// The outline of a rectangle with round corners, clockwise.
  package static func roundedRectangle(
    left: Double, top: Double, width: Double, height: Double, radius: Double
  ) -> [(x: Double, y: Double)] {
    let radius = max(0, min(radius, width / 2, height / 2))
    // A quarter of a circle in eight pieces, whose corners are on it.
    let quarter: [(x: Double, y: Double)] = [
      (0, 1), (0.1951, 0.9808), (0.3827, 0.9239), (0.5556, 0.8315), (0.7071, 0.7071), (0.8315, 0.5556),
      (0.9239, 0.3827),
      (0.9808, 0.1951), (1, 0),
    ]
    let (right, bottom) = (left + width, top + height)
    return quarter.map { (right - radius + $0.x * radius, top + radius - $0.y * radius) }
      + quarter.reversed().map { (right - radius + $0.x * radius, bottom - radius + $0.y * radius) }
      + quarter.map { (left + radius - $0.x * radius, bottom - radius + $0.y * radius) }
      + quarter.reversed().map { (left + radius - $0.x * radius, top + radius - $0.y * radius) }
  }

  /// Straight lines from each point to the next; with a length of dashes, as much is drawn as two thirds of it.
  package mutating func stroke(
    _ points: [(x: Double, y: Double)], thickness: Double, with colour: Colour, dashes: Double? = nil
  ) {
    var walked = 0.0
    for (start, end) in zip(points, points.dropFirst()) {
      guard let dashes, dashes > 0 else {
        stroke(from: start, to: end, thickness: thickness, with: colour)
        continue
      }
      let (dx, dy) = (end.x - start.x, end.y - start.y)
      let length = (dx * dx + dy * dy).squareRoot()
      guard length > 0, length < 1e6 else { continue }
      var place = 0.0
      while place < length {
        let phase = (walked + place).truncatingRemainder(dividingBy: dashes)
        let next = min(place + max(phase < dashes * 2 / 3 ? dashes * 2 / 3 - phase : dashes - phase, 1e-3), length)
        if phase < dashes * 2 / 3 {
          stroke(
            from: (start.x + dx * place / length, start.y + dy * place / length),
            to: (start.x + dx * next / length, start.y + dy * next / length), thickness: thickness, with: colour)
        }
        place = next
      }
      walked += length
    }
  }
}

/// How much of each pixel lies inside closed lines: the exact area, by sums of signed trapezoids from left to right.
private struct Coverage {
  let left: Int
  let top: Int
  let rows: Int
  private let columns: Int
  private var sums: [Double]

  /// `nil` when nothing of the lines lies on a canvas of that size.
  init?(_ lines: [(start: (x: Double, y: Double), end: (x: Double, y: Double))], width: Int, height: Int) {
    guard let first = lines.first?.start else { return nil }
    var (low, high) = (first, first)
    for (_, end) in lines {
      low = (min(low.x, end.x), min(low.y, end.y))
      high = (max(high.x, end.x), max(high.y, end.y))
    }
    guard low.x.isFinite, low.y.isFinite, high.x.isFinite, high.y.isFinite else { return nil }
    // What lies left of the canvas counts for all that is to the right of it, and is put together in one column before it.
    let right = Int(min(max(high.x.rounded(.up), -1), Double(width)))
    left = Int(min(max(low.x.rounded(.down), -1), Double(width)))
    top = Int(min(max(low.y.rounded(.down), 0), Double(height)))
    rows = Int(min(max(high.y.rounded(.up), 0), Double(height))) - top
    columns = right - left
    guard rows > 0, columns > 0, right > 0 else { return nil }
    sums = [Double](repeating: 0, count: (columns + 2) * rows)
    // Cut where they leave the columns: what is beyond is upright there.
    for (start, end) in lines {
      var last = start
      let cuts = [Double(left), Double(left + columns)].filter { ($0 - start.x) * ($0 - end.x) < 0 }
      for cut in start.x < end.x ? cuts : cuts.reversed() {
        let point = (x: cut, y: start.y + (end.y - start.y) * ((cut - start.x) / (end.x - start.x)))
        add(last, point)
        last = point
      }
      add(last, end)
    }
  }

  func shares(ofRow row: Int) -> [Double] {
    var sum = 0.0
    return (0..<columns).map { column in
      sum += sums[row * (columns + 2) + column]
      return min(abs(sum), 1)
    }
  }

  private mutating func add(_ start: (x: Double, y: Double), _ end: (x: Double, y: Double)) {
    guard start.y != end.y else { return }
    let sign = start.y < end.y ? 1.0 : -1.0
    let (upper, lower) = start.y < end.y ? (start, end) : (end, start)
    let slope = (lower.x - upper.x) / (lower.y - upper.y)
    let (from, to) = (max(upper.y, Double(top)), min(lower.y, Double(top + rows)))
    guard from < to else { return }
    for row in Int(from.rounded(.down)) - top..<Int(to.rounded(.up)) - top {
      let (y0, y1) = (max(from, Double(top + row)), min(to, Double(top + row + 1)))
      guard y0 < y1 else { continue }
      let limit = Double(columns)
      let (x0, x1) = (
        min(max(upper.x + (y0 - upper.y) * slope - Double(left), 0), limit),
        min(max(upper.x + (y1 - upper.y) * slope - Double(left), 0), limit)
      )
      let (near, far) = (min(x0, x1), max(x0, x1))
      let area = sign * (y1 - y0)
      let base = row * (columns + 2)
      let (first, last) = (Int(near.rounded(.down)), Int(far.rounded(.down)))
      guard first < last else {
        // Within one pixel: a trapezoid, and the rest of the row to the right.
        let share = area * (1 - ((near + far) / 2 - Double(first)))
        sums[base + first] += share
        sums[base + first + 1] += area - share
        continue
      }
      // Over several: what is to the right of the line up to each pixel's right edge.
      var covered = 0.0
      for column in first...last {
        let (l, r) = (max(near, Double(column)), min(far, Double(column + 1)))
        let middle = (l + r) / 2
        let before = area * (l - near) / (far - near)
        let share = before + area * (r - l) / (far - near) * (Double(column + 1) - middle)
        sums[base + column] += share - covered
        covered = share
      }
      sums[base + last + 1] += area - covered
    }
  }
}
