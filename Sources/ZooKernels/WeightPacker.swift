import ZooTensor

/// Brings a layer's weights into the order in which kernels read them, all at once or part by part as they arrive.
///
/// Several threads may pack different parts at a time.
public struct WeightPacker: Sendable {
  let target: FloatBuffer
  private(set) var bias: FloatBuffer
  /// The floats of the weights.
  public let weightCount: Int
  /// A part begins at a multiple of this many floats, and ends at one or at the end of the weights.
  public let unit: Int
  /// What is packed in one go: its number, the first of all weights, the memory for all of them. It touches only the
  /// weights that belong to it.
  typealias PackPanel =
    @Sendable (_ panel: Int, _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>) -> Void

  /// Puts the biases where the layer has them.
  typealias PackBias =
    @Sendable (_ biases: UnsafeBufferPointer<Float>, _ packed: UnsafeMutablePointer<Float>) -> Void

  private var biasCount: Int
  private let panelsPerUnit: Int
  private let packPanel: PackPanel
  private let packBias: PackBias

  /// `count`: the floats of the packed weights. `weightCount`: the floats of the weights. `unit`: the floats of the
  /// weights that belong to `panelsPerUnit` panels. `bias`: where the biases go: in their order, unless `packBias` says
  /// otherwise.
  init(
    count: Int, weightCount: Int, unit: Int, panelsPerUnit: Int = 1, bias: FloatBuffer, biasCount: Int,
    packBias: @escaping PackBias = Self.copy, packPanel: @escaping PackPanel
  ) {
    target = FloatBuffer(count: count)
    self.bias = bias
    self.weightCount = weightCount
    self.biasCount = biasCount
    self.unit = unit
    self.panelsPerUnit = panelsPerUnit
    self.packPanel = packPanel
    self.packBias = packBias
  }

  private static let copy: PackBias = { biases, packed in
    if let base = biases.baseAddress { packed.update(from: base, count: biases.count) }
  }

  /// For weights in `WeightPanels`. `copies`: how many convolutions' weights lie one after the other.
  init(
    _ panels: WeightPanels, copies: Int, bias: FloatBuffer, packBias: @escaping PackBias = Self.copy
  ) {
    let geometry = panels.geometry
    let rowLength = geometry.inputChannelsPerGroup * geometry.kernel.area
    let floatsPerCopy = geometry.outputChannels * rowLength
    // Blocks of one group follow each other at regular distances; those of several, or of copies, start anew with each.
    let isRegular = panels.groups == 1 && copies == 1
    self.init(
      count: copies * panels.floatCount, weightCount: copies * floatsPerCopy,
      unit: isRegular ? BlockedLayout.lanes * rowLength : floatsPerCopy / panels.groups,
      panelsPerUnit: isRegular ? 1 : panels.blocksPerGroup, bias: bias, biasCount: copies * geometry.outputChannels,
      packBias: packBias
    ) { index, weights, packed in
      let (copy, block) = index.quotientAndRemainder(dividingBy: panels.blockCount)
      panels.pack(block: block, from: weights + copy * floatsPerCopy, into: packed + copy * panels.floatCount)
    }
  }

  /// The same with biases elsewhere, of which there may be another number.
  func packing(bias: FloatBuffer, count: Int) -> WeightPacker {
    var result = self
    (result.bias, result.biasCount) = (bias, count)
    return result
  }

  /// For weights of narrow groups.
  init(_ order: NarrowGroups, bias: FloatBuffer) {
    let filterFloats = order.inputs * order.kernel.area
    self.init(
      count: order.floatCount, weightCount: order.outputChannels * filterFloats,
      unit: BlockedLayout.lanes * filterFloats, bias: bias, biasCount: order.outputChannels
    ) { block, weights, packed in
      order.pack(block: block, from: weights, into: packed)
    }
  }

  /// Packs all of the weights and the biases, if there are any. `weights`: float32, of as many elements as the layer
  /// has weights. `pool`: shares the work.
  func pack(_ weights: Tensor, bias: Tensor?, on pool: ThreadPool) {
    weights.withFloats { floats in
      precondition(floats.count == weightCount, "\(floats.count) weights for \(weightCount)")
      nonisolated(unsafe) let floats = floats
      pool.parallel((weightCount + unit - 1) / unit) { index in
        let part = index * unit..<min((index + 1) * unit, weightCount)
        pack(UnsafeBufferPointer(rebasing: floats[part]), from: part.lowerBound)
      }
    }
    if let bias { pack(bias: bias) }
  }

  /// Packs the biases, which are zero before.
  ///
  /// - Parameter bias: float32, of as many elements as the layer has biases
  public func pack(bias: Tensor) {
    precondition(bias.shape.elementCount == biasCount, "bias \(bias.shape) for \(biasCount) outputs")
    bias.withFloats { packBias($0, self.bias.floats) }
  }

  /// Packs a part of the weights. `start`: which of the weights, in row-major order, the first of `floats` is; a
  /// multiple of `unit`.
  public func pack(_ floats: UnsafeBufferPointer<Float>, from start: Int) {
    let end = start + floats.count
    precondition(
      start % unit == 0 && (end % unit == 0 || end == weightCount) && end <= weightCount,
      "weights \(start)..<\(end) of \(weightCount) in units of \(unit)")
    guard let base = floats.baseAddress else { return }
    for panel in start / unit * panelsPerUnit..<(end + unit - 1) / unit * panelsPerUnit {
      packPanel(panel, base - start, target.floats)
    }
  }
}
