/// How a convolution is cut into chunks that threads take one by one.
///
/// A chunk is some output rows of an image for some panels of 32 channels. It is large enough to be worth a hand-over,
/// small enough to balance, and its weights stay in the second-level cache while its rows go by. An output is the same
/// whatever chunk it is in.
struct ConvolutionChunks: Sendable {
  let groups: Int
  let images: Int
  let rows: Int
  /// Rows that belong together: 2 where a tile covers two.
  let rowsPerUnit: Int
  /// The blocks of each group, cut.
  let panels: BlockParts
  let rowParts: Int

  /// What a chunk should cost, in floating-point operations.
  private static let work = 60_000...4_000_000
  /// How many pixels a chunk should have at least, for the time that its weights take to come from memory.
  private static let pixels = 49
  /// What the weights of a chunk may take of the second-level cache, in bytes.
  private static let cache = 384 << 10

  /// How long the products of a panel take, if an input is prepared in 1.
  private static let panelCost = 8

  /// `threads`: how many share the chunks. `mostRows`: how many rows of the input a chunk may prepare, but for one unit;
  /// `nil` where it prepares none.
  init(
    _ panels: WeightPanels, images: Int, rows: Int, columns: Int, rowsPerUnit: Int, threads: Int, mostRows: Int? = nil
  ) {
    groups = panels.groups
    self.images = images
    self.rows = rows
    self.rowsPerUnit = rowsPerUnit
    let units = (rows + rowsPerUnit - 1) / rowsPerUnit
    let panelCount = panels.panelsPerGroup
    let unitWork = max(1, 2 * columns * rowsPerUnit * 32 * panels.steps)
    let copies = panels.groups * images
    let totalWork = unitWork * units * panelCount * copies
    let target = min(max(totalWork / 64, Self.work.lowerBound), Self.work.upperBound)
    let panelBytes = panels.steps * 32 * MemoryLayout<Float>.size
    let fewest =
      copies * panelCount < 8 ? 1 : (Self.pixels + columns * rowsPerUnit - 1) / (columns * rowsPerUnit)
    let most = mostRows.map { max(1, $0 / rowsPerUnit) } ?? units
    func unitsPerChunk(_ panels: Int) -> Int { max(1, min(units, most, max(fewest, target / (unitWork * panels)))) }
    func parts(_ count: Int, of size: Int) -> Int { (count + size - 1) / size }
    func partsOfRows(_ panels: Int) -> Int {
      Parts(units, atMost: unitsPerChunk(panels), images: images, threads: threads).count
    }
    let panelsPerChunk: Int
    if mostRows != nil {
      // Chunks of few panels prepare the same input more often, those of many are too few to be shared out evenly.
      let mostPanels = units > 1 ? max(1, min(panelCount, Self.cache / panelBytes)) : panelCount
      func cost(_ panels: Int) -> Int {
        let (across, down) = (parts(panelCount, of: panels), partsOfRows(panels))
        let longest = parts(units, of: down) * (Self.panelCost * parts(panelCount, of: across) + 1)
        return parts(copies * across * down, of: threads) * longest
      }
      panelsPerChunk = (1...mostPanels).reversed().min { cost($0) < cost($1) } ?? 1
    } else {
      panelsPerChunk = max(1, min(panelCount, Self.cache / panelBytes, target / unitWork))
    }
    rowParts = partsOfRows(panelsPerChunk)
    self.panels = BlockParts(
      panels.blocksPerGroup, blocksPerUnit: 2, parts: parts(panelCount, of: panelsPerChunk),
      shares: copies * rowParts < threads ? threads : 1)
  }

  /// Parts of the output channels.
  var panelCount: Int { groups * panels.count }
  /// Parts of the images' rows.
  var rowCount: Int { images * rowParts }

  struct Chunk {
    let group: Int
    /// Blocks of output channels within the group.
    let blocks: Range<Int>
    let image: Int
    let rows: Range<Int>
  }

  subscript(panels: Int, rows: Int) -> Chunk {
    let rowPart = rows % rowParts
    let units = (self.rows + rowsPerUnit - 1) / rowsPerUnit
    let (firstUnit, endUnit) = (units * rowPart / rowParts, units * (rowPart + 1) / rowParts)
    return Chunk(
      group: panels / self.panels.count, blocks: self.panels[panels % self.panels.count], image: rows / rowParts,
      rows: rowsPerUnit * firstUnit..<min(self.rows, rowsPerUnit * endUnit))
  }
}

/// Blocks of channels, cut into shares of about as many, each of which is cut into parts of whole units, but for the last.
package struct BlockParts: Sendable {
  private let blocks: Int
  private let blocksPerUnit: Int
  private let shares: Int
  private let partsPerShare: Int

  /// `parts`: how many at least, if there are as many blocks.
  package init(_ blocks: Int, blocksPerUnit: Int, parts: Int, shares: Int) {
    self.blocks = blocks
    self.blocksPerUnit = blocksPerUnit
    self.shares = max(1, min(shares, blocks))
    let units = (blocks / self.shares + blocksPerUnit - 1) / blocksPerUnit
    partsPerShare = max(1, min(units, (parts + self.shares - 1) / self.shares))
  }

  package var count: Int { shares * partsPerShare }

  package subscript(part: Int) -> Range<Int> {
    let (share, index) = part.quotientAndRemainder(dividingBy: partsPerShare)
    let (start, end) = (blocks * share / shares, blocks * (share + 1) / shares)
    let units = (end - start + blocksPerUnit - 1) / blocksPerUnit
    func boundary(_ index: Int) -> Int { min(end, start + blocksPerUnit * (units * index / partsPerShare)) }
    return boundary(index)..<boundary(index + 1)
  }
}
