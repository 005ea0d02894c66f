/// Points of the plane in squares within squares, for sums over all points of which far ones are taken together (Barnes &
/// Hut, 1986).
///
/// The points are sorted by their Morton codes, ties by their numbers, so that a square is a range of them and the tree is the
/// same whatever computed it. Nodes lie in the order of a walk, each with the place where its part ends.
package struct QuadTree {
  struct Node {
    /// The mean of its points.
    var x: Double
    var y: Double
    /// The square of its side.
    var area: Double
    /// Its points, as places in `order`.
    var first: Int32
    var end: Int32
    /// The node that follows it and all that is in it.
    var next: Int32
    var kind: Kind
  }

  enum Kind: UInt8 {
    /// Squares follow.
    case inner
    /// A few points.
    case leaf
    /// Points that cannot be told apart.
    case cluster
  }

  private(set) var nodes: [Node] = []
  /// The points in the order of their Morton codes.
  package let order: [Int32]
  /// Their coordinates in that order, `[2, points]`.
  let sorted: Matrix
  private let codes: [UInt64]
  private let side: Double

  private static let leafSize = 8

  /// - Parameter layout: coordinates, `[2, points]`, finite.
  package init(_ layout: Matrix) {
    let count = layout.columns
    let (xs, ys) = (layout.row(0), layout.row(1))
    var (left, right, bottom, top) = (xs[0], xs[0], ys[0], ys[0])
    for point in 0..<count {
      (left, right) = (min(left, xs[point]), max(right, xs[point]))
      (bottom, top) = (min(bottom, ys[point]), max(top, ys[point]))
    }
    side = max(right - left, top - bottom)
    let scale = side > 0 ? Double(UInt32.max) / side : 0
    var pairs: [(code: UInt64, point: Int32)] = []
    pairs.reserveCapacity(count)
    for point in 0..<count {
      let column = UInt32(min((xs[point] - left) * scale, Double(UInt32.max)))
      let row = UInt32(min((ys[point] - bottom) * scale, Double(UInt32.max)))
      pairs.append((Self.spread(column) | Self.spread(row) << 1, Int32(point)))
    }
    pairs.sort { $0.code != $1.code ? $0.code < $1.code : $0.point < $1.point }
    codes = pairs.map(\.code)
    order = pairs.map(\.point)
    sorted = Matrix(rows: 2, columns: count)
    for (place, point) in order.enumerated() {
      sorted[0, place] = xs[Int(point)]
      sorted[1, place] = ys[Int(point)]
    }
    nodes.reserveCapacity(count)
    append(0..<count)
  }

  /// The bits of a number with a zero before each.
  private static func spread(_ number: UInt32) -> UInt64 {
    var bits = UInt64(number)
    bits = (bits | bits << 16) & 0x0000_FFFF_0000_FFFF
    bits = (bits | bits << 8) & 0x00FF_00FF_00FF_00FF
    bits = (bits | bits << 4) & 0x0F0F_0F0F_0F0F_0F0F
    bits = (bits | bits << 2) & 0x3333_3333_3333_3333
    return (bits | bits << 1) & 0x5555_5555_5555_5555
  }

  /// Appends the smallest square that holds some points, and those within it. At most 32 are within each other.
  ///
  /// - Returns: the sums of their coordinates.
  @discardableResult
  private mutating func append(_ range: Range<Int>) -> (x: Double, y: Double) {
    let differing = codes[range.lowerBound] ^ codes[range.upperBound - 1]
    let level = differing.leadingZeroBitCount / 2
    let isCluster = differing == 0 && range.count > Self.leafSize
    let isLeaf = range.count <= Self.leafSize
    let width = side * Double(sign: .plus, exponent: -level, significand: 1)
    let node = nodes.count
    nodes.append(
      Node(
        x: 0, y: 0, area: width * width, first: Int32(range.lowerBound), end: Int32(range.upperBound), next: 0,
        kind: isCluster ? .cluster : isLeaf ? .leaf : .inner))
    var sum = (x: 0.0, y: 0.0)
    if isCluster || isLeaf {
      for place in range { sum = (sum.x + sorted[0, place], sum.y + sorted[1, place]) }
    } else {
      let shift = UInt64(62 - 2 * level)
      var first = range.lowerBound
      while first < range.upperBound {
        let quarter = codes[first] >> shift
        var (low, high) = (first + 1, range.upperBound)
        while low < high {
          let middle = (low + high) / 2
          if codes[middle] >> shift > quarter { high = middle } else { low = middle + 1 }
        }
        let part = append(first..<low)
        sum = (sum.x + part.x, sum.y + part.y)
        first = low
      }
    }
    nodes[node].x = sum.x / Double(range.count)
    nodes[node].y = sum.y / Double(range.count)
    nodes[node].next = Int32(nodes.count)
    return sum
  }

  /// What pushes a point away from all others: Σ q²·(difference), and Σ q, its nearness to them, with q = 1 / (1 + d²).
  /// `place`: of the point in `order`. `angle`: a square whose side is less than this part of its distance is taken as
  /// one place.
  package func repulsion(on place: Int, angle: Double) -> (x: Double, y: Double, nearness: Double) {
    let (xs, ys) = (sorted.row(0), sorted.row(1))
    let (x, y, limit) = (xs[place], ys[place], angle * angle)
    var result = (x: 0.0, y: 0.0, nearness: 0.0)
    func add(_ otherX: Double, _ otherY: Double, _ count: Double) {
      let (dx, dy) = (x - otherX, y - otherY)
      let q = 1 / (1 + dx * dx + dy * dy)
      let weight = count * q
      result.nearness += weight
      result.x += weight * q * dx
      result.y += weight * q * dy
    }
    nodes.withUnsafeBufferPointer { nodes in
      var index = 0
      while index < nodes.count {
        let node = nodes[index]
        let (first, end) = (Int(node.first), Int(node.end))
        let (dx, dy) = (x - node.x, y - node.y)
        if node.kind == .cluster {
          let isInside = first <= place && place < end
          add(node.x, node.y, Double(end - first - (isInside ? 1 : 0)))
          index = Int(node.next)
        } else if end - first > 1, node.area < limit * (dx * dx + dy * dy) {
          add(node.x, node.y, Double(end - first))
          index = Int(node.next)
        } else if node.kind == .leaf {
          for other in first..<end where other != place { add(xs[other], ys[other], 1) }
          index = Int(node.next)
        } else {
          index += 1
        }
      }
    }
    return result
  }
}
