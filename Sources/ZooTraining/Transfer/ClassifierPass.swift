/// One walk over codes: the scores of all classes for each row.
///
/// Parameters are a matrix with a line of weights for each class; after the weights stands the bias, because each code is
/// followed by a 1. Lines are padded with zeros to `stride` numbers, and there are lines of zeros up to `paddedClasses`.
///
/// Up to a few hundred rows are taken at a time: they are standardised and multiplied in blocks of rows, then their part of the
/// gradient is added in tiles of columns. Both cuts depend on the shape alone, and each sum runs over the rows in their order.
package final class ClassifierPass: Sendable {
  let codes: any CodeRows
  let selection: RowSelection
  let standardisation: Standardisation
  let classes: Int
  let paddedClasses: Int
  package let stride: Int
  private let parallel: LinearClassifier.Parallel
  private let chunk: Int
  /// The rows of a chunk, standardised: `chunk × stride`.
  private let panel: DoubleBuffer
  /// The scores of a chunk, then the loss's derivatives: four classes of all rows, then the next four.
  private let scores: DoubleBuffer
  private let scratch: DoubleBuffer

  private static let largestChunk = 512
  /// The most numbers of a chunk, 32 MiB, unless a single block has more.
  private static let panelCount = 1 << 22
  private static let block = 32
  private static let columns = 64

  package init(
    codes: any CodeRows, selection: RowSelection, standardisation: Standardisation, classes: Int,
    parallel: @escaping LinearClassifier.Parallel
  ) {
    self.codes = codes
    self.selection = selection
    self.standardisation = standardisation
    self.classes = classes
    self.parallel = parallel
    paddedClasses = (classes + 3) / 4 * 4
    stride = Self.stride(width: codes.width)
    let blocks = min(
      (selection.count + Self.block - 1) / Self.block, Self.largestChunk / Self.block,
      max(1, Self.panelCount / (Self.block * stride)))
    chunk = blocks * Self.block
    panel = DoubleBuffer(count: chunk * stride)
    scores = DoubleBuffer(count: chunk * paddedClasses)
    scratch = DoubleBuffer(count: chunk / Self.block * paddedClasses)
  }

  /// A code, a 1 and zeros up to whole cache lines; not a multiple of 64 lines, whose rows would share places in the caches.
  package static func stride(width: Int) -> Int {
    let lines = (width + 1 + 7) / 8
    return (lines % 8 == 0 ? lines + 1 : lines) * 8
  }

  /// `parameters`: `paddedClasses × stride`. `visit`: reads the scores of the row at a position of the selection, and
  /// may write the loss's derivatives there; called on several threads, once for each row. `gradient`: where the sums
  /// of derivative × code are added, of the same layout as the parameters; `nil` if not wanted. `afterChunk`: the
  /// positions that were visited.
  func run(
    _ parameters: DoubleBuffer, gradient: DoubleBuffer? = nil,
    visit: @Sendable (_ position: Int, _ scores: UnsafeMutableBufferPointer<Double>) -> Void,
    afterChunk: (Range<Int>) throws -> Void = { _ in }
  ) throws {
    var start = 0
    while start < selection.count {
      let positions = start..<min(selection.count, start + chunk)
      let failure = FirstFailure()
      parallel((positions.count + Self.block - 1) / Self.block) { block in
        failure.catching(block) {
          let first = positions.lowerBound + block * Self.block
          let own = first..<min(positions.upperBound, first + Self.block)
          try self.fill(own, chunkStart: positions.lowerBound)
          self.score(own, chunkStart: positions.lowerBound, parameters)
          self.visitRows(own, chunkStart: positions.lowerBound, block: block, visit)
        }
      }
      try failure.rethrow()
      if let gradient {
        let tiles = (stride + Self.columns - 1) / Self.columns
        parallel(tiles) { tile in self.accumulate(gradient, tile: tile, rows: positions.count) }
      }
      try afterChunk(positions)
      start = positions.upperBound
    }
  }

  private func fill(_ positions: Range<Int>, chunkStart: Int) throws {
    let width = codes.width
    try standardisation.means.withUnsafeBufferPointer { means in
      try standardisation.scales.withUnsafeBufferPointer { scales in
        try selection.withEach(positions, of: codes) { position, code in
          let row = panel.base + (position - chunkStart) * stride
          for feature in 0..<width { row[feature] = (Double(code[feature]) - means[feature]) * scales[feature] }
          row[width] = 1
        }
      }
    }
  }

  /// The products of rows and lines of parameters, two by four at a time.
  private func score(_ positions: Range<Int>, chunkStart: Int, _ parameters: DoubleBuffer) {
    let pairs = stride / 2
    let rows = positions.lowerBound - chunkStart..<positions.upperBound - chunkStart
    for tile in 0..<paddedClasses / 4 {
      let weights = UnsafeRawPointer(parameters.base + tile * 4 * stride).assumingMemoryBound(to: SIMD2<Double>.self)
      for row in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: 2) {
        let x = UnsafeRawPointer(panel.base + row * stride).assumingMemoryBound(to: SIMD2<Double>.self)
        var (a0, a1, a2, a3) = (SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero)
        var (b0, b1, b2, b3) = (a0, a1, a2, a3)
        for index in 0..<pairs {
          let (x0, x1) = (x[index], x[pairs + index])
          let (w0, w1) = (weights[index], weights[pairs + index])
          let (w2, w3) = (weights[2 * pairs + index], weights[3 * pairs + index])
          a0 += x0 * w0
          a1 += x0 * w1
          a2 += x0 * w2
          a3 += x0 * w3
          b0 += x1 * w0
          b1 += x1 * w1
          b2 += x1 * w2
          b3 += x1 * w3
        }
        let target = scores.base + (tile * chunk + row) * 4
        for (index, sums) in [a0, a1, a2, a3, b0, b1, b2, b3].enumerated() { target[index] = sums[0] + sums[1] }
      }
    }
  }

  private func visitRows(
    _ positions: Range<Int>, chunkStart: Int, block: Int,
    _ visit: @Sendable (Int, UnsafeMutableBufferPointer<Double>) -> Void
  ) {
    let own = scratch.base + block * paddedClasses
    for position in positions {
      let row = scores.base + (position - chunkStart) * 4
      for index in 0..<classes { own[index] = row[index / 4 * chunk * 4 + index % 4] }
      visit(position, UnsafeMutableBufferPointer(start: own, count: classes))
      for index in 0..<classes { row[index / 4 * chunk * 4 + index % 4] = own[index] }
    }
  }

  /// Adds derivative × code for some columns, four classes by four columns at a time.
  private func accumulate(_ gradient: DoubleBuffer, tile: Int, rows: Int) {
    let pairs = stride / 2
    let columns = tile * Self.columns..<min(stride, (tile + 1) * Self.columns)
    for classTile in 0..<paddedClasses / 4 {
      let derivatives = scores.base + classTile * chunk * 4
      for column in Swift.stride(from: columns.lowerBound, to: columns.upperBound, by: 4) {
        let target = UnsafeMutableRawPointer(gradient.base + classTile * 4 * stride + column)
          .assumingMemoryBound(to: SIMD2<Double>.self)
        var x = UnsafeRawPointer(panel.base + column).assumingMemoryBound(to: SIMD2<Double>.self)
        var r = derivatives
        var (a0, a1, b0, b1) = (target[0], target[1], target[pairs], target[pairs + 1])
        var (c0, c1, d0, d1) = (
          target[2 * pairs], target[2 * pairs + 1], target[3 * pairs], target[3 * pairs + 1]
        )
        for _ in 0..<rows {
          let (x0, x1) = (x[0], x[1])
          a0 += x0 * r[0]
          a1 += x1 * r[0]
          b0 += x0 * r[1]
          b1 += x1 * r[1]
          c0 += x0 * r[2]
          c1 += x1 * r[2]
          d0 += x0 * r[3]
          d1 += x1 * r[3]
          x += pairs
          r += 4
        }
        (target[0], target[1], target[pairs], target[pairs + 1]) = (a0, a1, b0, b1)
        (target[2 * pairs], target[2 * pairs + 1]) = (c0, c1)
        (target[3 * pairs], target[3 * pairs + 1]) = (d0, d1)
      }
    }
  }
}
