import ZooTensor

/// How a Winograd convolution is cut into passes and chunks.
///
/// The tiles of all images are numbered in one sequence, and cut into passes, and those into groups. A pass transforms its
/// tiles into frequencies, by chunks of a channel block and a group; then it multiplies and transforms back, by chunks of
/// as many outputs as a convolution tile has, 16 or 32, and a group. The frequencies of a pass stay in the last-level
/// cache, what a chunk multiplies in the second level. Where all weights do too, a chunk is all there is to do for a
/// group, and there is one pass.
public struct WinogradSchedule: Hashable, Sendable {
  let form: WinogradForm
  let grid: WinogradGrid
  let inputBlocks: Int
  let outputBlocks: Int
  let threads: Int

  /// What the frequencies of a pass may take, in bytes.
  private static let passBytes = 8 << 20
  /// The most tiles of a group.
  private static let groupTiles = 96
  /// What the transformed weights may take for a group to be one chunk, in bytes, and a group's frequencies then: both
  /// together fit into a second-level cache of 2 MiB.
  private static let fusedWeightBytes = 1152 << 10
  private static let fusedBytes = 448 << 10
  /// Groups are not made shorter than this for there to be more of them; those that are have another layout.
  private static let fewTiles = 24

  /// The same for the same shape, form and number of threads; the bits of the answer depend on none of the cuts.
  public init(_ geometry: ConvolutionGeometry, _ form: WinogradForm, threads: Int) {
    let lanes = BlockedLayout.lanes
    self.form = form
    grid = WinogradGrid(geometry.output, form)
    inputBlocks = (geometry.inputChannels + lanes - 1) / lanes
    outputBlocks = (geometry.outputChannels + lanes - 1) / lanes
    self.threads = threads
  }

  /// Panels of 32 outputs, of the widest tile.
  var panels: Int { (outputBlocks + 1) / 2 }

  /// The frequencies of a tile, in bytes.
  private var tileBytes: Int {
    form.frequencies * inputBlocks * BlockedLayout.lanes * MemoryLayout<Float>.size
  }

  /// Whether a chunk is all there is to do for a group of tiles.
  var isFused: Bool { tileBytes * outputBlocks * BlockedLayout.lanes <= Self.fusedWeightBytes }

  private var mostTilesOfPass: Int { isFused ? .max : max(Self.groupTiles, Self.passBytes / tileBytes) }
  private var mostTilesOfGroup: Int { isFused ? max(Self.fewTiles, Self.fusedBytes / tileBytes) : Self.groupTiles }

  /// The passes, as ranges of tiles of about the same length.
  func passes(images: Int) -> Parts {
    let tiles = images * grid.tiles
    return Parts(tiles, atMost: min(mostTilesOfPass, max(tiles, 1)))
  }

  /// As many groups keep all threads busy, and leave to each what it computed in the step before.
  private func wantedGroups(ofPass tiles: Int) -> Int {
    if isFused { return max(min(2 * threads, tiles / Self.fewTiles), threads) }
    return max((2 * threads + panels - 1) / panels, tiles >= threads * Self.fewTiles ? threads : 1)
  }

  private func groupCount(ofPass tiles: Int) -> Int {
    let count = max((tiles + mostTilesOfGroup - 1) / mostTilesOfGroup, wantedGroups(ofPass: tiles))
    return max(1, min(tiles, count < threads ? count : Parts.even(count, of: tiles, threads: threads)))
  }

  /// The groups of a pass.
  func groups(ofPass tiles: Int) -> Parts { Parts(tiles, count: groupCount(ofPass: tiles)) }

  /// Where a group's transformed input lies, in floats.
  struct InputLayout {
    /// From a frequency of a tile to the next: an odd number of lines, so that they do not share a set of the cache.
    let frequency: Int
    /// From a block of channels to the next.
    let block: Int
    let floats: Int
  }

  /// Whether all blocks of a frequency lie together, as few tiles do.
  func liesByFrequency(group tiles: Int) -> Bool { tiles < Self.fewTiles }

  /// `[frequency][block][tile][16]` for few tiles, so that what is multiplied lies together, else
  /// `[block][frequency][tile][16]`, so that what is transformed does.
  func inputLayout(ofGroup tiles: Int) -> InputLayout {
    let lanes = BlockedLayout.lanes
    if liesByFrequency(group: tiles) {
      let frequency = (inputBlocks * tiles | 1) * lanes
      return InputLayout(frequency: frequency, block: tiles * lanes, floats: form.frequencies * frequency)
    }
    let frequency = (tiles | 1) * lanes
    return InputLayout(
      frequency: frequency, block: form.frequencies * frequency, floats: inputBlocks * form.frequencies * frequency)
  }

  /// Floats from a frequency to the next in the products of a chunk.
  func outputFrequency(ofGroup tiles: Int) -> Int { (2 * tiles | 1) * BlockedLayout.lanes }

  // Fewer tiles may be cut into more or longer groups than more tiles are. What follows are bounds that grow with the
  // images, so that memory for a batch is enough for a smaller one.

  /// The floats of the transformed input.
  func inputFloats(images: Int) -> Int {
    let tiles = min(mostTilesOfPass, images * grid.tiles)
    let most = min(mostTilesOfGroup, tiles)
    if isFused { return threads * inputLayout(ofGroup: most).floats }
    // One tile more for each group makes its frequencies odd numbers of lines, another for that all are as the longest.
    return tileBytes / MemoryLayout<Float>.size * (tiles + 2 * groupCount(ofPass: tiles))
  }

  /// The floats of a thread's products.
  func outputFloats(images: Int) -> Int {
    form.frequencies * outputFrequency(ofGroup: min(mostTilesOfGroup, images * grid.tiles))
  }

  /// The memory that a convolution of so many images needs for the time that it runs, in floats.
  public func scratchFloats(images: Int) -> Int {
    inputFloats(images: images) + threads * outputFloats(images: images)
  }
}
