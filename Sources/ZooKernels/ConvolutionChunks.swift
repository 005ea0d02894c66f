/// How a convolution is cut into chunks that threads take one by one.
///
/// A chunk is some output rows of an image for some panels of 32 channels. It is large enough to be worth a hand-over,
/// small enough to balance, and its weights stay in the second-level cache while its rows go by. It depends on the
/// shape and the tile only, never on the number of threads.
struct ConvolutionChunks: Sendable {
  let groups: Int
  let blocks: Int
  let images: Int
  let rows: Int
  /// Rows that belong together: 2 where a tile covers two.
  let rowsPerUnit: Int
  let panelParts: Int
  let rowParts: Int

  /// What a chunk should cost, in floating-point operations.
  private static let work = 60_000...4_000_000
  /// How many pixels a chunk should have at least, for the time that its weights take to come from memory.
  private static let pixels = 49
  /// What the weights of a chunk may take of the second-level cache, in bytes.
  private static let cache = 384 << 10

  /// How many panels at least should share what a chunk prepares of its input, if there are as many.
  private static let sharingPanels = 4

  /// `mostRows`: how many rows of the input a chunk may prepare, but for one unit; `nil` where it prepares none.
  init(_ panels: WeightPanels, images: Int, rows: Int, columns: Int, rowsPerUnit: Int, mostRows: Int? = nil) {
    groups = panels.groups
    blocks = panels.blocksPerGroup
    self.images = images
    self.rows = rows
    self.rowsPerUnit = rowsPerUnit
    let units = (rows + rowsPerUnit - 1) / rowsPerUnit
    let panelCount = panels.panelsPerGroup
    let unitWork = max(1, 2 * columns * rowsPerUnit * 32 * panels.steps)
    let totalWork = unitWork * units * panelCount * groups * images
    let target = min(max(totalWork / 64, Self.work.lowerBound), Self.work.upperBound)
    let panelBytes = panels.steps * 32 * MemoryLayout<Float>.size
    let affordable = max(target / unitWork, mostRows == nil ? 1 : Self.sharingPanels)
    let panelsPerChunk = max(1, min(panelCount, Self.cache / panelBytes, affordable))
    let fewest =
      groups * panelCount * images < 8 ? 1 : (Self.pixels + columns * rowsPerUnit - 1) / (columns * rowsPerUnit)
    let most = mostRows.map { max(1, $0 / rowsPerUnit) } ?? units
    let unitsPerChunk = max(1, min(units, most, max(fewest, target / (unitWork * panelsPerChunk))))
    panelParts = (panelCount + panelsPerChunk - 1) / panelsPerChunk
    rowParts = (units + unitsPerChunk - 1) / unitsPerChunk
  }

  /// Parts of the output channels.
  var panelCount: Int { groups * panelParts }
  /// Parts of the images' rows.
  var rowCount: Int { images * rowParts }

  struct Chunk {
    let group: Int
    /// Blocks of output channels within the group; whole panels.
    let blocks: Range<Int>
    let image: Int
    let rows: Range<Int>
  }

  subscript(panels: Int, rows: Int) -> Chunk {
    let (rowPart, panelPart) = (rows % rowParts, panels % panelParts)
    let panelCount = (blocks + 1) / 2
    let units = (self.rows + rowsPerUnit - 1) / rowsPerUnit
    let (firstUnit, endUnit) = (units * rowPart / rowParts, units * (rowPart + 1) / rowParts)
    return Chunk(
      group: panels / panelParts,
      blocks: 2 * (panelCount * panelPart / panelParts)..<min(blocks, 2 * (panelCount * (panelPart + 1) / panelParts)),
      image: rows / rowParts,
      rows: rowsPerUnit * firstUnit..<min(self.rows, rowsPerUnit * endUnit))
  }
}
