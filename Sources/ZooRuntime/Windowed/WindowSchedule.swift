import ZooGraph
import ZooTensor

/// Which changed images are computed together: such as have windows of one size, as far as possible.
struct WindowSchedule {
  let network: WindowedNetwork
  /// The images' indices.
  private(set) var batches: [[Int]] = []
  /// The windows of each image, by the nodes' indices.
  private let windows: [[MapRegion]]
  private(set) var arenaByteCount = 0
  let cost: WindowedRunner.Cost

  /// - Throws: `WindowedError.memory`
  init(
    _ network: WindowedNetwork, _ regions: [MapRegion], batch: Int?, usualBatch: Int, cleanByteCount: Int, limit: Int
  ) throws(WindowedError) {
    self.network = network
    let windows = regions.map { network.windows(of: $0) }
    self.windows = windows
    let order = Self.order(windows, network)
    var size = batch ?? usualBatch
    while true {
      batches = stride(from: 0, to: order.count, by: size).map { Array(order[$0..<min($0 + size, order.count)]) }
      var largest = 0
      for batch in batches {
        largest = max(largest, WindowPlan(network, windows: batch.map { windows[$0] }).byteCount)
      }
      arenaByteCount = largest
      if cleanByteCount + arenaByteCount <= limit { break }
      guard batch == nil, size > 1 else {
        throw .memory(byteCount: cleanByteCount + arenaByteCount, limit: limit)
      }
      size /= 2
    }
    let pixels = network.flow.computed.filter { $0 != network.inputID }.map { id in
      (id: id, operations: network.multiplyAccumulatesPerPixel(of: id))
    }
    var (changed, whole) = (0, 0)
    for node in pixels where node.operations > 0 {
      whole += node.operations * network.extent(node.id).area * regions.count
      for window in windows { changed += node.operations * window[node.id.index].extent.area }
    }
    cost = WindowedRunner.Cost(
      multiplyAccumulates: changed, wholeMultiplyAccumulates: whole, byteCount: cleanByteCount + arenaByteCount,
      batch: size)
  }

  func plan(_ batch: [Int]) -> WindowPlan { WindowPlan(network, windows: batch.map { windows[$0] }) }

  /// By the heights of all windows, the last ones first, then by their widths: so that neighbours have windows of one size
  /// where there is most to compute.
  private static func order(_ windows: [[MapRegion]], _ network: WindowedNetwork) -> [Int] {
    let nodes = network.flow.computed.reversed()
    let keys = windows.map { window in
      nodes.map { window[$0.index].rows.count } + nodes.map { window[$0.index].columns.count }
    }
    return windows.indices.sorted { left, right in
      if keys[left] == keys[right] { return left < right }
      return keys[left].lexicographicallyPrecedes(keys[right])
    }
  }
}
