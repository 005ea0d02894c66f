import ZooTensor

/// Brings weights into the order of `WeightPanels`, all at once or part by part as they arrive.
public struct WeightPacker {
  let target: FloatBuffer
  private let panels: WeightPanels
  private let floatsPerCopy: Int
  private let copies: Int
  private let pool: ThreadPool
  private let panelsPerUnit: Int
  /// A part begins at a multiple of this many floats, and ends at one or at the end of the weights.
  public let unit: Int

  /// - Parameter copies: how many convolutions' weights lie one after the other.
  init(_ panels: WeightPanels, copies: Int, pool: ThreadPool) {
    let geometry = panels.geometry
    let rowLength = geometry.inputChannelsPerGroup * geometry.kernel.area
    self.panels = panels
    self.copies = copies
    self.pool = pool
    floatsPerCopy = geometry.outputChannels * rowLength
    // Panels of one group follow each other at regular distances; those of several, or of copies, start anew with each.
    if panels.groups == 1, copies == 1 {
      panelsPerUnit = 1
      unit = 2 * BlockedLayout.lanes * rowLength
    } else {
      panelsPerUnit = panels.panelsPerGroup
      unit = floatsPerCopy / panels.groups
    }
    target = FloatBuffer(count: copies * panels.floatCount)
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
      start % unit == 0 && (end % unit == 0 || end == copies * floatsPerCopy) && end <= copies * floatsPerCopy,
      "weights \(start)..<\(end) of \(copies * floatsPerCopy) in units of \(unit)")
    guard let base = floats.baseAddress else { return }
    nonisolated(unsafe) let source = base
    let (target, panels, floatsPerCopy) = (target.floats, panels, floatsPerCopy)
    nonisolated(unsafe) let packed = target
    let first = start / unit * panelsPerUnit
    let last = (end + unit - 1) / unit * panelsPerUnit
    pool.parallel(last - first) { index in
      let (copy, panel) = (first + index).quotientAndRemainder(dividingBy: panels.panelCount)
      panels.pack(
        panel: panel, from: source + (copy * floatsPerCopy - start), into: packed + copy * panels.floatCount)
    }
  }
}
