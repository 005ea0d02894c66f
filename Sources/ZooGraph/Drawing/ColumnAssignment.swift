/// Horizontal positions for the vertices of a layering: boxes below what they read, long edges straight.
struct ColumnAssignment {
  /// The centre of each vertex; the leftmost edge of all is at 0.
  private(set) var columns: [Double]
  private let layering: Layering
  private let widths: [Double]
  /// For each layer, the least distances between the centres of neighbours.
  private let distances: [[Double]]

  init(layering: Layering, widths: [Double]) {
    self.layering = layering
    self.widths = widths
    columns = [Double](repeating: 0, count: layering.vertexCount)
    distances = layering.layers.map { layer in
      zip(layer, layer.dropFirst()).map { left, right in
        let dummies = (left < layering.boxCount ? 0 : 1) + (right < layering.boxCount ? 0 : 1)
        let gap = LayeredLayout.columnGap / Double(1 << dummies)
        return (widths[left] + widths[right]) / 2 + gap
      }
    }
    for (layer, vertices) in layering.layers.enumerated() {
      let zeros = [Double](repeating: 0, count: vertices.count)
      place(layer, at: zeros, weights: zeros.map { _ in 1 })
    }
    for _ in 0..<12 {
      for layer in layering.layers.indices { align(layer, with: layering.above) }
      for layer in layering.layers.indices.reversed() { align(layer, with: layering.below) }
      straightenChains()
    }
    for layer in layering.layers.indices { align(layer, with: layering.above) }
    straightenChains()
    let left = columns.indices.map { columns[$0] - widths[$0] / 2 }.min() ?? 0
    for vertex in columns.indices { columns[vertex] -= left }
  }

  /// Moves the vertices of a layer towards the mean of their neighbours. Of two, a box looks at the one that is no detour, so
  /// that the trunk stays straight and shortcuts make way; dummies look at the next dummy of their edge.
  private mutating func align(_ layer: Int, with neighbours: [[Int]]) {
    let vertices = layering.layers[layer]
    var wanted: [Double] = []
    var weights: [Double] = []
    for vertex in vertices {
      let isBox = vertex < layering.boxCount
      var chosen = neighbours[vertex]
      if !isBox {
        chosen.removeAll { $0 < layering.boxCount }
      } else if chosen.count == 2, chosen.contains(where: { !layering.isDetour[$0] }) {
        chosen.removeAll { layering.isDetour[$0] }
      }
      wanted.append(
        chosen.isEmpty ? columns[vertex] : chosen.reduce(0) { $0 + columns[$1] } / Double(chosen.count))
      weights.append(isBox && !layering.isDetour[vertex] ? 1 : 0.02)
    }
    place(layer, at: wanted, weights: weights)
  }

  private mutating func place(_ layer: Int, at wanted: [Double], weights: [Double]) {
    let placed = separated(wanted, weights: weights, distances: distances[layer])
    for (vertex, column) in zip(layering.layers[layer], placed) { columns[vertex] = column }
  }

  /// Makes each edge over several layers one vertical line, as near to its ends as its neighbours allow.
  private mutating func straightenChains() {
    var positions = [Int](repeating: 0, count: layering.vertexCount)
    for vertices in layering.layers {
      for (index, vertex) in vertices.enumerated() { positions[vertex] = index }
    }
    for chain in layering.chains {
      guard let first = chain.first, let last = chain.last else { continue }
      var range = (low: -Double.infinity, high: Double.infinity)
      for dummy in chain {
        let layer = layering.layerOf[dummy]
        let vertices = layering.layers[layer]
        let index = positions[dummy]
        if index > 0 { range.low = max(range.low, columns[vertices[index - 1]] + distances[layer][index - 1]) }
        if index + 1 < vertices.count {
          range.high = min(range.high, columns[vertices[index + 1]] - distances[layer][index])
        }
      }
      guard range.low <= range.high else { continue }
      let ends = layering.above[first] + layering.below[last]
      let wanted = ends.reduce(0) { $0 + columns[$1] } / Double(max(1, ends.count))
      let column = min(max(wanted, range.low), range.high)
      for dummy in chain { columns[dummy] = column }
    }
  }
}
