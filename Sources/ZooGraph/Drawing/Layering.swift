/// The vertices of a graph in layers, dummies included, in an order from left to right.
struct Layering {
  /// The vertices of each layer from left to right. Boxes come first in the numbering, then dummies.
  private(set) var layers: [[Int]]
  private(set) var layerOf: [Int]
  /// For each edge the dummies that it passes, from top to bottom.
  private(set) var chains: [[Int]] = []
  /// For each vertex its neighbours in the layer above and in the one below.
  private(set) var above: [[Int]]
  private(set) var below: [[Int]]
  let boxCount: Int
  /// Whether a vertex lies on the less busy of two ways that fork: a shortcut around the trunk. Dummies always do.
  private(set) var isDetour: [Bool] = []

  var vertexCount: Int { layerOf.count }

  init(count: Int, edges: [(from: Int, to: Int)]) {
    boxCount = count
    layerOf = [Int](repeating: 0, count: count)
    for edge in edges.sorted(by: { $0.to < $1.to }) {
      layerOf[edge.to] = max(layerOf[edge.to], layerOf[edge.from] + 1)
    }
    layers = [[Int]](repeating: [], count: (layerOf.max() ?? -1) + 1)
    for box in 0..<count { layers[layerOf[box]].append(box) }
    above = [[Int]](repeating: [], count: count)
    below = above
    for edge in edges {
      var chain: [Int] = []
      var last = edge.from
      for layer in layerOf[edge.from] + 1..<max(layerOf[edge.to], layerOf[edge.from] + 1) {
        let dummy = layerOf.count
        layerOf.append(layer)
        layers[layer].append(dummy)
        above.append([])
        below.append([])
        connect(last, dummy)
        chain.append(dummy)
        last = dummy
      }
      connect(last, edge.to)
      chains.append(chain)
    }
    isDetour = detours(slacks: slacks(edges: edges))
  }

  /// For each box, how many layers further down it could be.
  private func slacks(edges: [(from: Int, to: Int)]) -> [Int] {
    var latest = [Int](repeating: .max, count: boxCount)
    var pending = edges.sorted { $0.from < $1.from }
    for box in (0..<boxCount).reversed() {
      while let edge = pending.last, edge.from == box {
        latest[box] = min(latest[box], latest[edge.to] - 1)
        pending.removeLast()
      }
      if latest[box] == .max { latest[box] = layerOf[box] }
    }
    return zip(latest, layerOf).map { $0 - $1 }
  }

  /// Of two ways from one box, the one whose boxes have more room is the detour, with all that follow it alone.
  private func detours(slacks: [Int]) -> [Bool] {
    var isDetour = (0..<vertexCount).map { $0 >= boxCount }
    for box in 0..<boxCount where above[box].count == 1 {
      let parent = above[box][0]
      let siblings = below[parent]
      let hasLessRoomyTwin = siblings.contains { $0 < boxCount && slacks[$0] < slacks[box] }
      isDetour[box] =
        siblings.count == 1 ? parent < boxCount && isDetour[parent] : siblings.count == 2 && hasLessRoomyTwin
    }
    return isDetour
  }

  private mutating func connect(_ upper: Int, _ lower: Int) {
    below[upper].append(lower)
    above[lower].append(upper)
  }

  /// Sorts each layer by the mean position of the neighbours in the layer before, downwards and upwards in turn, and
  /// keeps the order with the fewest crossings.
  mutating func reduceCrossings() {
    var best = layers
    var fewest = crossings()
    for sweep in 0..<16 where fewest > 0 {
      let downwards = sweep % 2 == 0
      for layer in downwards ? Array(layers.indices.dropFirst()) : layers.indices.dropLast().reversed() {
        let position = positions(in: downwards ? layer - 1 : layer + 1)
        let keys = layers[layer].enumerated().map { index, vertex in
          let neighbours = downwards ? above[vertex] : below[vertex]
          let sum = neighbours.reduce(0) { $0 + position[$1, default: 0] }
          return neighbours.isEmpty ? Double(index) : Double(sum) / Double(neighbours.count)
        }
        let order = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        layers[layer] = order.map { layers[layer][$0] }
      }
      let count = crossings()
      if count < fewest { (best, fewest) = (layers, count) }
    }
    layers = best
  }

  private func positions(in layer: Int) -> [Int: Int] {
    Dictionary(uniqueKeysWithValues: layers[layer].enumerated().map { ($1, $0) })
  }

  /// The number of pairs of segments that cross.
  func crossings() -> Int {
    layers.indices.dropLast().reduce(0) { total, layer in
      let lower = positions(in: layer + 1)
      let ends = layers[layer].flatMap { vertex in below[vertex].map { lower[$0, default: 0] }.sorted() }
      return total + inversions(ends, bound: layers[layer + 1].count)
    }
  }

  /// The number of pairs in descending order; the values are below `bound`. By a Fenwick tree of counts.
  private func inversions(_ values: [Int], bound: Int) -> Int {
    var tree = [Int](repeating: 0, count: bound + 1)
    var total = 0
    for (seen, value) in values.enumerated() {
      var notLarger = 0
      var index = value + 1
      while index > 0 {
        notLarger += tree[index]
        index -= index & -index
      }
      total += seen - notLarger
      index = value + 1
      while index <= bound {
        tree[index] += 1
        index += index & -index
      }
    }
    return total
  }
}
