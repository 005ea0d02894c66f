import ZooTensor

/// The order in which a map says that cells of an input matter.
struct CellOrder: Hashable, Sendable {
  let input: Extent
  /// The side of a cell in pixels; those at the lower and right edge may be smaller.
  let cell: Int
  /// The numbers of the cells, row by row, the most important first.
  private(set) var cells: [Int]

  private static func grid(_ input: Extent, _ cell: Int) -> Extent {
    Extent(height: (input.height + cell - 1) / cell, width: (input.width + cell - 1) / cell)
  }

  /// By the mean importance of a cell's pixels; equal ones in the order of the random numbers, so that a map without
  /// preferences has none. `isSigned`: whether values below zero speak against, and come last; else magnitudes count.
  init(_ map: GridMap, isSigned: Bool, input: Extent, cell: Int, ties random: CounterRandom) {
    (self.input, self.cell) = (input, cell)
    let pixels = map.pixels(of: input, isSigned: isSigned)
    let grid = Self.grid(input, cell)
    let means = (0..<grid.area).map { index in
      let places = Self.pixels(of: index, input, cell)
      return places.reduce(0) { $0 + pixels[$1] } / Double(places.count)
    }
    cells = means.indices.sorted { (-means[$0], random.bits($0)) < (-means[$1], random.bits($1)) }
  }

  /// The cells in a random order.
  init(random: CounterRandom, input: Extent, cell: Int) {
    (self.input, self.cell) = (input, cell)
    cells = random.permutation(of: Self.grid(input, cell).area)
  }

  /// The least important first.
  var reversed: CellOrder {
    var order = self
    order.cells.reverse()
    return order
  }

  /// The positions of a cell's pixels in a channel.
  func pixels(of cell: Int) -> [Int] { Self.pixels(of: cell, input, self.cell) }

  private static func pixels(of index: Int, _ input: Extent, _ cell: Int) -> [Int] {
    let columns = grid(input, cell).width
    let (top, left) = (index / columns * cell, index % columns * cell)
    return (top..<min(top + cell, input.height)).flatMap { row in
      (left..<min(left + cell, input.width)).map { row * input.width + $0 }
    }
  }
}

extension GridMap {
  /// How important each pixel of an input is: bilinear between the centres of the map's cells, beyond them that of the nearest.
  func pixels(of input: Extent, isSigned: Bool) -> [Double] {
    let places = placed(width: input.width, height: input.height)
    let numbers = values.map { isSigned ? Double($0) : abs(Double($0)) }
    func neighbours(_ pixel: Int, _ origin: Double, _ step: Double, _ count: Int) -> (Int, Int, Double) {
      let place = min(max((Double(pixel) + 0.5 - origin) / step, 0), Double(count - 1))
      let first = Int(place)
      return (first, min(first + 1, count - 1), place - Double(first))
    }
    let across = (0..<input.width).map { neighbours($0, places.origin.x, places.step.x, columns) }
    return (0..<input.height).flatMap { row in
      let (upper, lower, down) = neighbours(row, places.origin.y, places.step.y, rows)
      return across.map { left, right, over in
        func between(_ row: Int) -> Double {
          let (one, other) = (numbers[row * columns + left], numbers[row * columns + right])
          return over == 0 ? one : one + (other - one) * over
        }
        let (above, below) = (between(upper), between(lower))
        return down == 0 ? above : above + (below - above) * down
      }
    }
  }
}
