internal import CZooKernels
import ZooTensor

/// A convolution in narrow groups: forward, or one phase of the gradient of its input.
struct NarrowConvolution: @unchecked Sendable {
  let kernels: UnsafePointer<zoo_kernels>
  let order: NarrowGroups
  let weights: UnsafePointer<Float>
  /// Those of each block; `nil` for zeros.
  let bias: UnsafePointer<Float>?
  /// A line.
  let zeros: UnsafePointer<Float>
  let activation: Activation?
  /// Where the taps are, and the pixels; of the output's rows all.
  let shape: zoo_grouped
  let images: Int
  /// The reduction is cut into chains of this many parts.
  let partsPerChain: Int
  /// Whether the output may hold sums before all of them are complete.
  let isSplit: Bool
  private let rowParts: Parts
  private let blockParts: Parts

  /// The first pixels of a block, and from an image to the next.
  typealias Place = @Sendable (_ image: Int, _ block: Int) -> UnsafeMutablePointer<Float>
  /// Of the first block.
  let input: @Sendable (_ image: Int) -> UnsafePointer<Float>
  let addend: Place?
  let output: Place

  /// What a chunk should cost, in floating-point operations.
  private static let work = 60_000...4_000_000

  init(
    kernels: UnsafePointer<zoo_kernels>, order: NarrowGroups, weights: UnsafePointer<Float>,
    bias: UnsafePointer<Float>?, zeros: UnsafePointer<Float>, activation: Activation?, shape: zoo_grouped, images: Int,
    threads: Int, partsPerChain: Int, isInPlace: Bool,
    input: @escaping @Sendable (_ image: Int) -> UnsafePointer<Float>,
    addend: Place?, output: @escaping Place
  ) {
    self.kernels = kernels
    self.order = order
    self.weights = weights
    self.bias = bias
    self.zeros = zeros
    self.activation = activation
    self.images = images
    self.partsPerChain = partsPerChain
    isSplit = order.partCount <= partsPerChain && !isInPlace
    self.input = input
    self.addend = addend
    self.output = output
    var shape = shape
    shape.inputs_per_part = order.inputsPerPart
    self.shape = shape
    let rowWork = max(1, 2 * shape.columns * BlockedLayout.lanes * order.steps)
    let blockWork = rowWork * shape.rows
    let target = min(max(blockWork * order.blockCount * images / 64, Self.work.lowerBound), Self.work.upperBound)
    rowParts = Parts(shape.rows, atMost: max(1, target / rowWork), images: images, threads: threads)
    blockParts = Parts(order.blockCount, atMost: max(1, target / max(1, blockWork)))
  }

  /// Parts of the output channels.
  var panelCount: Int { blockParts.count }
  /// Parts of the images' rows.
  var rowCount: Int { images * rowParts.count }

  var chunkCount: Int { panelCount * rowCount }

  func compute(chunk index: Int) { compute(panel: index / rowCount, rows: index % rowCount) }

  func compute(panel: Int, rows: Int) {
    let (image, part) = rows.quotientAndRemainder(dividingBy: rowParts.count)
    for block in blockParts[panel] { compute(block: block, image: image, rows: rowParts[part]) }
  }

  private func compute(block: Int, image: Int, rows: Range<Int>) {
    var shape = shape
    shape.rows = rows.count
    let source = input(image) + rows.lowerBound * shape.input_row
    let target = output(image, block) + rows.lowerBound * shape.output_row
    let added = addend.map { UnsafePointer($0(image, block) + rows.lowerBound * shape.addend_row) }
    let addendStrides = (shape.addend_row, shape.addend_pixel)
    let partsPerPass = isSplit ? 1 : partsPerChain
    // Where there are no taps, one pass fills the output.
    let parts = order.kernel.area == 0 ? 1 : order.partCount
    for part in stride(from: 0, to: parts, by: partsPerPass) {
      let isLast = part + partsPerPass >= parts
      let isLaterChain = !isSplit && part > 0
      let first = part * order.inputsPerPart
      shape.inputs = isLast ? order.inputs - first : partsPerPass * order.inputsPerPart
      withUnsafeMutableBytes(of: &shape.sources) { bytes in
        let sources = bytes.bindMemory(to: Int32.self)
        for lane in 0..<BlockedLayout.lanes {
          sources[lane] = Int32(order.firstInput(block: block, lane: lane) + first)
        }
      }
      shape.continues = isSplit && part > 0
      shape.activation = (isLast && activation.isFused ? activation : nil).kernel
      (shape.addend_row, shape.addend_pixel) = isLaterChain ? (shape.output_row, shape.output_pixel) : addendStrides
      kernels.pointee.grouped(
        &shape, source, weights + order.offset(block: block, part: part),
        (isLaterChain ? nil : bias.map { $0 + block * BlockedLayout.lanes }) ?? zeros,
        isLaterChain ? UnsafePointer(target) : isSplit && !isLast ? nil : added, target)
    }
    if activation.isFused { return }
    let isRow = shape.output_pixel == BlockedLayout.lanes
    for row in 0..<rows.count {
      for column in 0..<(isRow ? 1 : shape.columns) {
        let line = target + row * shape.output_row + column * shape.output_pixel
        kernels.pointee.activate(activation.kernel, line, line, isRow ? shape.columns : 1)
      }
    }
  }
}

extension Machine {
  /// `output = f(bias + weights ∗ input + addend)` for groups that are not made of whole blocks.
  ///
  /// - Precondition: what `convolve` demands.
  func convolve(
    _ convolution: PackedConvolution, _ order: NarrowGroups, _ input: ConvolutionInput, adding addend: BlockedView?,
    into output: BlockedView
  ) {
    let geometry = convolution.geometry
    // Where maps are single pixels, a row is made of several images.
    let isBatch = geometry.output.area == 1
    var shape = zoo_grouped()
    shape.plane_stride = input.planeStride
    shape.kernel_rows = geometry.kernel.height
    shape.kernel_row = geometry.dilation.height * input.rowStride
    shape.kernel_columns = geometry.kernel.width
    shape.kernel_column = geometry.dilation.width * input.pixelStride
    shape.rows = geometry.output.height
    shape.columns = isBatch ? input.images : geometry.output.width
    shape.input_row = geometry.stride.height * input.rowStride
    shape.input_pixel = isBatch ? input.imageStride : geometry.stride.width * input.pixelStride
    let (to, added) = (output.strides(isBatch: isBatch), addend?.strides(isBatch: isBatch))
    (shape.output_row, shape.output_pixel) = (to.row, to.column)
    (shape.addend_row, shape.addend_pixel) = (added?.row ?? 0, added?.column ?? 0)
    func first(of view: BlockedView) -> NarrowConvolution.Place { { view.interior(image: $0, block: $1) } }
    let work = NarrowConvolution(
      kernels: kernels, order: order, weights: UnsafePointer(convolution.weights.floats),
      bias: UnsafePointer(convolution.bias.floats),
      zeros: UnsafePointer(convolution.bias.floats + convolution.bias.count - 2 * BlockedLayout.lanes),
      activation: convolution.activation, shape: shape, images: isBatch ? 1 : input.images,
      threads: pool.threadCount, partsPerChain: convolution.planesPerChain, isInPlace: addend?.base == output.base,
      input: { input.corner + $0 * input.imageStride },
      addend: addend.map(first), output: first(of: output))
    parallel(rows: work.panelCount, columns: work.rowCount) { panel, rows, _ in work.compute(panel: panel, rows: rows) }
  }
}
