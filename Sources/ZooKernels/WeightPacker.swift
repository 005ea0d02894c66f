import ZooTensor

/// Brings weights into the order in which kernels read them, all at once or part by part as they arrive.
public struct WeightPacker {
  let target: FloatBuffer
  /// A part begins at a multiple of this many floats, and ends at one or at the end of the weights.
  public let unit: Int
  /// What is packed in one go: its number, the first of all weights, the memory for all of them. It touches only the
  /// weights that belong to it.
  typealias PackPanel =
    @Sendable (_ panel: Int, _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>) -> Void

  private let weightCount: Int
  private let panelsPerUnit: Int
  private let packPanel: PackPanel
  private let pool: ThreadPool

  /// - Parameters:
  ///   - count: the floats of the packed weights
  ///   - weightCount: the floats of the weights
  ///   - unit: the floats of the weights that belong to `panelsPerUnit` panels
  init(
    count: Int, weightCount: Int, unit: Int, panelsPerUnit: Int = 1, pool: ThreadPool, packPanel: @escaping PackPanel
  ) {
    target = FloatBuffer(count: count)
    self.weightCount = weightCount
    self.unit = unit
    self.panelsPerUnit = panelsPerUnit
    self.packPanel = packPanel
    self.pool = pool
  }

  /// For weights in `WeightPanels`.
  ///
  /// - Parameter copies: how many convolutions' weights lie one after the other.
  init(_ panels: WeightPanels, copies: Int, pool: ThreadPool) {
    let geometry = panels.geometry
    let rowLength = geometry.inputChannelsPerGroup * geometry.kernel.area
    let floatsPerCopy = geometry.outputChannels * rowLength
    // Blocks of one group follow each other at regular distances; those of several, or of copies, start anew with each.
    let isRegular = panels.groups == 1 && copies == 1
    self.init(
      count: copies * panels.floatCount, weightCount: copies * floatsPerCopy,
      unit: isRegular ? BlockedLayout.lanes * rowLength : floatsPerCopy / panels.groups,
      panelsPerUnit: isRegular ? 1 : panels.blocksPerGroup, pool: pool
    ) { index, weights, packed in
      let (copy, block) = index.quotientAndRemainder(dividingBy: panels.blockCount)
      panels.pack(block: block, from: weights + copy * floatsPerCopy, into: packed + copy * panels.floatCount)
    }
  }

  /// Packs all of the weights.
  ///
  /// - Parameter weights: float32, of as many elements as the layer has weights
  public func pack(_ weights: Tensor) {
    weights.withFloats { pack($0, from: 0) }
  }

  /// Packs a part of the weights.
  ///
  /// - Parameter start: which of the weights, in row-major order, the first of `floats` is; a multiple of `unit`.
  public func pack(_ floats: UnsafeBufferPointer<Float>, from start: Int) {
    let end = start + floats.count
    precondition(
      start % unit == 0 && (end % unit == 0 || end == weightCount) && end <= weightCount,
      "weights \(start)..<\(end) of \(weightCount) in units of \(unit)")
    guard let base = floats.baseAddress else { return }
    nonisolated(unsafe) let weights = base - start
    nonisolated(unsafe) let packed = target.floats
    let first = start / unit * panelsPerUnit
    let last = (end + unit - 1) / unit * panelsPerUnit
    pool.parallel(last - first) { [packPanel] index in packPanel(first + index, weights, packed) }
  }
}
