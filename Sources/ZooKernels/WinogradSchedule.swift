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
    return Parts(images * grid.tiles, atMost: max(Self.groupTiles, Self.passBytes / tileBytes))
  }

  /// The groups of a pass.
  func groups(ofPass tiles: Int) -> Parts {
    // As many as keep all threads busy when there are few panels.
    let wanted = (2 * threads + panels - 1) / panels
    return Parts(tiles, atMost: max(1, min(Self.groupTiles, (tiles + wanted - 1) / wanted)))
  }

  /// Floats from a frequency to the next, in the transformed input of a pass: an odd number of lines, so that the
  /// frequencies of a tile do not fall into one set of the cache.
  func inputFrequency(ofPass tiles: Int) -> Int { (inputBlocks * tiles | 1) * BlockedLayout.lanes }

  /// The same in the products of a chunk.
  func outputFrequency(ofGroup tiles: Int) -> Int { (2 * tiles | 1) * BlockedLayout.lanes }

  /// The floats of the transformed input.
  func inputFloats(images: Int) -> Int {
    form.frequencies * inputFrequency(ofPass: passes(images: images).longest)
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
