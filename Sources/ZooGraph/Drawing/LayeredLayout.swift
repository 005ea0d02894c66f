/// Positions for the boxes of a directed graph, in layers from top to bottom, and paths for its edges.
///
/// The method of Sugiyama, Tagawa & Toda (1981): layers by longest path, edges over several layers cut into segments
/// by dummies, crossings reduced by barycentres, then coordinates.
package struct LayeredLayout {
  package struct Point: Hashable {
    package var x: Double
    package var y: Double
  }

  /// The centre of each box.
  package private(set) var centers: [Point] = []
  /// For each edge, the vertical pieces that it consists of, from the box above to the box below; curves join them.
  package private(set) var paths: [[(x: Double, top: Double, bottom: Double)]] = []
  package private(set) var width = 0.0
  package private(set) var height = 0.0

  /// The distance between the boxes of neighbouring layers.
  package static let layerGap = 42.0
  /// How far edges leave a box straight down, which makes room for a label.
  static let stub = 16.0
  /// The distance between neighbours in a layer.
  package static let columnGap = 26.0

  /// - Precondition: each edge leads to a box with a larger index.
  package init(sizes: [(width: Double, height: Double)], edges: [(from: Int, to: Int)]) {
    guard !sizes.isEmpty else { return }
    var layering = Layering(count: sizes.count, edges: edges)
    layering.reduceCrossings()
    let widths = (0..<layering.vertexCount).map { $0 < sizes.count ? sizes[$0].width : 4 }
    let columns = ColumnAssignment(layering: layering, widths: widths).columns

    var tops: [Double] = []
    var bottoms: [Double] = []
    for layer in layering.layers {
      let tallest = layer.reduce(0.0) { $1 < sizes.count ? max($0, sizes[$1].height) : $0 }
      tops.append(bottoms.last.map { $0 + Self.layerGap } ?? 0)
      bottoms.append(tops[tops.count - 1] + tallest)
    }
    height = bottoms.last ?? 0
    for vertex in 0..<layering.vertexCount {
      width = max(width, columns[vertex] + widths[vertex] / 2)
    }
    centers = sizes.indices.map { box in
      let layer = layering.layerOf[box]
      return Point(x: columns[box], y: (tops[layer] + bottoms[layer]) / 2)
    }
    let above = edges.indices.map { columns[layering.chains[$0].last ?? edges[$0].from] }
    let ports = Self.ports(edges: edges, from: above, columns: columns, widths: widths)
    paths = edges.indices.map { edge in
      let (from, to) = edges[edge]
      let start = (
        x: columns[from], top: centers[from].y + sizes[from].height / 2,
        bottom: bottoms[layering.layerOf[from]] + Self.stub
      )
      let between = layering.chains[edge].map { dummy in
        (x: columns[dummy], top: tops[layering.layerOf[dummy]], bottom: bottoms[layering.layerOf[dummy]])
      }
      let end = (x: ports[edge], top: tops[layering.layerOf[to]], bottom: centers[to].y - sizes[to].height / 2)
      return [start] + between + [end]
    }
  }

  /// Where each edge enters its box: as straight below where it comes from as the box and its other edges allow.
  static func ports(
    edges: [(from: Int, to: Int)], from: [Double], columns: [Double], widths: [Double]
  ) -> [Double] {
    var ports = [Double](repeating: 0, count: edges.count)
    var incoming: [Int: [Int]] = [:]
    for (index, edge) in edges.enumerated() { incoming[edge.to, default: []].append(index) }
    for (box, entering) in incoming {
      let half = max(0, widths[box] / 2 - 12)
      let sorted = entering.sorted { (from[$0], $0) < (from[$1], $1) }
      let distance = entering.count > 1 ? min(14, 2 * half / Double(entering.count - 1)) : 0
      let wanted = sorted.map { min(max(from[$0], columns[box] - half), columns[box] + half) }
      let placed = separated(
        wanted, weights: wanted.map { _ in 1 },
        distances: [Double](repeating: distance, count: max(0, sorted.count - 1)))
      // Keeping the distance may have pushed some beyond the box.
      for (index, (edge, port)) in zip(sorted, placed).enumerated() {
        let least = columns[box] - half + distance * Double(index)
        let most = columns[box] + half - distance * Double(sorted.count - 1 - index)
        ports[edge] = min(max(port, least), most)
      }
    }
    return ports
  }
}

/// The positions in ascending order, at least `distances` apart, that lie closest to the wanted ones in the sense of
/// weighted least squares: isotonic regression by pooling adjacent violators.
package func separated(_ wanted: [Double], weights: [Double], distances: [Double]) -> [Double] {
  var offsets = [0.0]
  for distance in distances { offsets.append(offsets[offsets.count - 1] + distance) }
  var blocks: [(sum: Double, weight: Double, count: Int)] = []
  for index in wanted.indices {
    blocks.append(((wanted[index] - offsets[index]) * weights[index], weights[index], 1))
    while blocks.count > 1 {
      let last = blocks[blocks.count - 1]
      let before = blocks[blocks.count - 2]
      guard before.sum / before.weight > last.sum / last.weight else { break }
      blocks.removeLast()
      blocks[blocks.count - 1] = (
        before.sum + last.sum, before.weight + last.weight, before.count + last.count
      )
    }
  }
  let values = blocks.flatMap { [Double](repeating: $0.sum / $0.weight, count: $0.count) }
  return zip(values, offsets).map { $0 + $1 }
}
