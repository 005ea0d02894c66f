import ZooGraph
import ZooTensor

/// Which changed images are computed together: such as have windows of one size, as far as possible.
///
/// Where there are enough images, each thread computes batches of its own: threads that share the loops over the small
/// windows of one batch wait for each other at the end of every loop.
struct WindowSchedule {
  let network: WindowedNetwork
  /// The images' indices; those with most to compute come first, so that threads end together.
  private(set) var batches: [[Int]] = []
  /// How many batches are computed at the same time, each by one thread; where it is 1, threads share its loops.
  private(set) var lanes = 1
  /// The windows of each image, by the nodes' indices.
  private let windows: [[MapRegion]]
  /// What the values of a batch take.
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
    let threads = network.machine.pool.threadCount
    var size = batch ?? usualBatch
    lanes = threads
    while true {
      batches = Self.batches(of: order, size, evenlyFor: batch == nil ? lanes : 1)
      // So few batches would not keep all threads busy, batches of so few images not the caches.
      let isWorthwhile =
        batch == nil ? order.count >= lanes * Self.fewestPerLane : batches.count >= 2 * lanes
      if lanes > 1 && !isWorthwhile {
        lanes = 1
        continue
      }
      var largest = 0
      for batch in batches {
        largest = max(largest, WindowPlan(network, windows: batch.map { windows[$0] }).byteCount)
      }
      arenaByteCount = largest
      // As a product it might overflow.
      if cleanByteCount <= limit, arenaByteCount <= (limit - cleanByteCount) / lanes { break }
      if batch == nil && size > 1 {
        size /= 2
      } else if lanes > 1 {
        (lanes, size) = (1, batch ?? usualBatch)
      } else {
        throw .memory(byteCount: cleanByteCount + arenaByteCount, limit: limit)
      }
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
      multiplyAccumulates: changed, wholeMultiplyAccumulates: whole,
      byteCount: cleanByteCount + lanes * arenaByteCount, batch: lanes * (batches.map(\.count).max() ?? 0))
  }

  private static let fewestPerLane = 4

  /// `lanes`: as many batches are equally large at a time.
  private static func batches(of order: [Int], _ size: Int, evenlyFor lanes: Int) -> [[Int]] {
    guard lanes > 1 else {
      return stride(from: 0, to: order.count, by: size).map { Array(order[$0..<min($0 + size, order.count)]) }
    }
    let count = (order.count + lanes * size - 1) / (lanes * size) * lanes
    return (0..<count).map { Array(order[$0 * order.count / count..<($0 + 1) * order.count / count]) }
      .filter { !$0.isEmpty }
  }

  func plan(_ batch: [Int]) -> WindowPlan { WindowPlan(network, windows: batch.map { windows[$0] }) }

  /// By the heights of all windows, those of the last nodes first, then by their widths, the largest first: so that neighbours have windows of one size
  /// where there is most to compute.
  private static func order(_ windows: [[MapRegion]], _ network: WindowedNetwork) -> [Int] {
    let nodes = network.flow.computed.reversed()
    let keys = windows.map { window in
      nodes.map { window[$0.index].rows.count } + nodes.map { window[$0.index].columns.count }
    }
    return windows.indices.sorted { left, right in
      if keys[left] == keys[right] { return left < right }
      return keys[right].lexicographicallyPrecedes(keys[left])
    }
  }
}
