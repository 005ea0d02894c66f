import Testing
import ZooInsight
import ZooTensor

@Suite("Points snapped to a grid") struct GridAssignmentTests {
  private func points(_ count: Int) -> (x: [Double], y: [Double]) {
    let random = CounterRandom(seed: UInt64(count), purpose: .sampling)
    return ((0..<count).map { random.normal($0) }, (0..<count).map { random.normal($0 + count) })
  }

  private func cost(_ grid: GridAssignment, _ x: [Double], _ y: [Double]) -> Double {
    func unit(_ values: [Double], _ value: Double) -> Double {
      let (low, high) = (values.min() ?? 0, values.max() ?? 0)
      return high > low ? (value - low) / (high - low) : 0.5
    }
    return x.indices.reduce(0) { sum, point in
      let (column, row) = (grid.cells[point] % grid.columns, grid.cells[point] / grid.columns)
      let dx = unit(x, x[point]) * Double(grid.columns) - Double(column) - 0.5
      let dy = (1 - unit(y, y[point])) * Double(grid.rows) - Double(row) - 0.5
      return sum + dx * dx + dy * dy
    }
  }

  @Test(
    "each point has a cell of its own", arguments: [1, 2, 3, 5, 16, 17, 100, 137],
    [GridAssignment.Method.exact, .halving])
  func distinct(_ count: Int, _ method: GridAssignment.Method) {
    let (x, y) = points(count)
    for (x, y) in [(x, y), (x, [Double](repeating: 1, count: count)), (y.map { _ in 0 }, y.map { _ in 0 })] {
      let grid = GridAssignment(x: x, y: y, method: method)
      #expect(Set(grid.cells).count == count, "\(count) points, \(method)")
      #expect(grid.cells.allSatisfy { (0..<grid.rows * grid.columns).contains($0) })
      #expect(grid.rows * grid.columns - count < grid.columns && grid.rows <= grid.columns)
    }
  }

  @Test("the exact assignment is the best of all")
  func exact() {
    for count in [4, 6, 7] {
      let (x, y) = points(count)
      let found = GridAssignment(x: x, y: y, method: .exact)
      let places = found.rows * found.columns
      var best = Double.infinity
      func search(_ cells: [Int]) {
        if cells.count == count {
          best = min(best, cost(GridAssignment(rows: found.rows, columns: found.columns, cells: cells), x, y))
          return
        }
        for cell in 0..<places where !cells.contains(cell) { search(cells + [cell]) }
      }
      search([])
      #expect((cost(found, x, y) - best).magnitude < 1e-9, "\(count) points")
    }
  }

  @Test("halving costs little more, and leaves a grid as it is")
  func halving() {
    let (x, y) = points(150)
    let exact = cost(GridAssignment(x: x, y: y, method: .exact), x, y)
    let halved = cost(GridAssignment(x: x, y: y, method: .halving), x, y)
    #expect(exact <= halved && halved < 3 * exact, "\(halved), at best \(exact)")
    let cells = (0..<64).map { ($0 * 37) % 64 }
    for method in [GridAssignment.Method.exact, .halving] {
      let grid = GridAssignment(x: cells.map { Double($0 % 8) }, y: cells.map { -Double($0 / 8) }, method: method)
      #expect(grid.cells == cells, "\(method)")
    }
    #expect(GridAssignment(x: points(1501).x, y: points(1501).y).method == .halving)
  }
}
