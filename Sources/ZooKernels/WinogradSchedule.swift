import ZooTensor

/// How a Winograd convolution is cut into passes and chunks.
///
/// The tiles of all images are numbered in one sequence. A pass transforms some of them into frequencies, by chunks of a
/// channel block and a group of tiles; then it multiplies and transforms back, by chunks of 32 outputs and a group of
/// tiles. The frequencies of a pass stay in the last-level cache, what a chunk multiplies in the second level.
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

  public init(_ geometry: ConvolutionGeometry, _ form: WinogradForm, threads: Int) {
    let lanes = BlockedLayout.lanes
    self.form = form
    grid = WinogradGrid(geometry.output, form)
    inputBlocks = (geometry.inputChannels + lanes - 1) / lanes
    outputBlocks = (geometry.outputChannels + lanes - 1) / lanes
    self.threads = threads
  }

  /// Panels of 32 outputs.
  var panels: Int { (outputBlocks + 1) / 2 }

  /// The passes, as ranges of tiles of about the same length.
  func passes(images: Int) -> Parts {
    let tileBytes = form.frequencies * inputBlocks * BlockedLayout.lanes * MemoryLayout<Float>.size
    let tiles = images * grid.tiles
    return Parts(tiles, atMost: max(Self.groupTiles, isFused ? tiles : Self.passBytes / tileBytes))
  }

  /// Whether a chunk is all there is to do for a group of tiles: where the weights stay in the second-level cache.
  var isFused: Bool { form.frequencies * inputBlocks * outputBlocks <= 36 * 8 * 4 }

  /// The groups of a pass.
  func groups(ofPass tiles: Int) -> Parts {
    if isFused {
      let limit = max(24, 7168 / (form.frequencies * inputBlocks))
      let count = max((tiles + limit - 1) / limit, min(2 * threads, tiles / 24), min(threads, tiles))
      return Parts(tiles, atMost: (tiles + count - 1) / count)
    }
    // As many as keep all threads busy when there are few panels.
    let wanted = (2 * threads + panels - 1) / panels
    return Parts(tiles, atMost: max(1, min(Self.groupTiles, (tiles + wanted - 1) / wanted)))
  }

  /// Where a group's transformed input lies, in floats.
  struct InputLayout {
    /// From a frequency of a tile to the next: an odd number of lines, so that they do not fall into one set of the cache.
    let frequency: Int
    /// From a block of channels to the next.
    let block: Int
    let floats: Int
  }

  /// What is multiplied at once lies together where that is little; where it is much, what is transformed at once.
  func inputLayout(ofGroup tiles: Int) -> InputLayout {
    let lanes = BlockedLayout.lanes
    if tiles < 24 {
      let frequency = (inputBlocks * tiles | 1) * lanes
      return InputLayout(frequency: frequency, block: tiles * lanes, floats: form.frequencies * frequency)
    }
    let frequency = (tiles | 1) * lanes
    return InputLayout(
      frequency: frequency, block: form.frequencies * frequency, floats: inputBlocks * form.frequencies * frequency)
  }

  /// Floats from a frequency to the next in the products of a chunk.
  func outputFrequency(ofGroup tiles: Int) -> Int { (2 * tiles | 1) * BlockedLayout.lanes }

  /// The floats of the transformed input.
  func inputFloats(images: Int) -> Int {
    let groups = groups(ofPass: passes(images: images).longest)
    return (isFused ? threads : groups.count) * inputLayout(ofGroup: groups.longest).floats
  }

  /// The floats of a thread's products.
  func outputFloats(images: Int) -> Int {
    form.frequencies * outputFrequency(ofGroup: groups(ofPass: passes(images: images).longest).longest)
  }

  /// The memory that a convolution of so many images needs for the time that it runs, in floats.
  public func scratchFloats(images: Int) -> Int {
    inputFloats(images: images) + threads * outputFloats(images: images)
  }
}

/// A range cut into as few parts of about the same length as a limit allows.
struct Parts: Sendable {
  let total: Int
  let count: Int

  init(_ total: Int, atMost limit: Int) {
    self.total = total
    count = max(1, (total + limit - 1) / limit)
  }

  var longest: Int { (total + count - 1) / count }

  subscript(index: Int) -> Range<Int> {
    total * index / count..<total * (index + 1) / count
  }
}
