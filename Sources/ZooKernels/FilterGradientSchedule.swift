import ZooTensor

/// How the gradient of a convolution's weights is cut: by the shape and the number of images, never by the number of
/// threads.
///
/// The batch is cut into slices, a power of two of them. A slice goes by in chunks of output pixels that the first-level
/// cache holds; each chunk's share of an element is one chain of fused multiply-adds from zero, and those are added up in
/// order. Slices are added in a binary tree. An element's bits depend on nothing else; the tiles of elements, which units
/// of work compute, are for speed only.
struct FilterGradientSchedule: Sendable {
  let panels: WeightPanels
  let output: Extent
  /// The blocks of outputs and the planes of a tile.
  let tileBlocks: Int
  let tilePlanes: Int
  /// Whether a unit of work is a tile over all slices, rather than over one of them.
  let walksSlices: Bool

  /// More slices keep more threads busy, and take more memory.
  private static let mostSlices = 8
  /// A chunk of this many pixels takes half of a first-level cache, in lines of the input and of the gradient.
  private static let chunkPixels = 128
  /// What the gradients of all slices may take together, in floats.
  private static let mostSliceFloats = 2 << 20
  /// What a tile may take in floats: the second-level cache holds one for each level of the tree. Where slices are short,
  /// as those of frequencies are, the first-level cache has to.
  private static let mostTileFloats = 16 << 10
  private static let mostFrequencyTileFloats = 2 << 10

  init(_ panels: WeightPanels) {
    let walksSlices = panels.floatCount * Self.mostSlices > Self.mostSliceFloats
    self.init(panels, output: panels.geometry.output, walksSlices: walksSlices, fewestTiles: walksSlices ? 32 : 4)
  }

  /// For the weights of one output pixel, of many.
  init(ofPixel panels: WeightPanels) {
    self.init(panels, output: Extent(1), walksSlices: true, fewestTiles: 1)
  }

  /// For the weights of one frequency, of many. `walksSlices`: whether a unit of work is a tile over all slices, rather
  /// than over one of them.
  init(ofFrequency panels: WeightPanels, walksSlices: Bool) {
    self.init(
      panels, output: panels.geometry.output, walksSlices: walksSlices, fewestTiles: 1,
      mostTileFloats: walksSlices ? Self.mostFrequencyTileFloats : Self.mostTileFloats)
  }

  /// `fewestTiles`: how many to cut the elements into at least, if there are as many.
  private init(
    _ panels: WeightPanels, output: Extent, walksSlices: Bool, fewestTiles: Int,
    mostTileFloats: Int = Self.mostTileFloats
  ) {
    self.panels = panels
    self.output = output
    self.walksSlices = walksSlices
    let isPlanar = panels.depth == 1
    var blocks = min(2, panels.blocksPerGroup)
    var planes = isPlanar ? panels.planesPerGroup : 1
    while true {
      // Square tiles read least.
      let (wider, deeper) = (min(2 * blocks, panels.blocksPerGroup), min(2 * planes, panels.planesPerGroup))
      let next = wider > blocks && (blocks <= planes || deeper == planes) ? (wider, planes) : (blocks, deeper)
      let tiles =
        panels.groups * ((panels.blocksPerGroup + next.0 - 1) / next.0)
        * ((panels.planesPerGroup + next.1 - 1) / next.1)
      let floats = next.0 * next.1 * panels.stepsPerPlane * BlockedLayout.lanes
      if next == (blocks, planes) || tiles < fewestTiles || floats > mostTileFloats { break }
      (blocks, planes) = next
    }
    tileBlocks = blocks
    tilePlanes = planes
  }

  // MARK: Images

  /// A power of two.
  func sliceCount(images: Int) -> Int {
    var count = 1
    while count < Self.mostSlices && 2 * count <= images { count *= 2 }
    return count
  }

  func slice(_ index: Int, of count: Int, images: Int) -> Range<Int> {
    images * index / count..<images * (index + 1) / count
  }

  /// Some rows of an image, or all of several.
  struct Chunk {
    let images: Range<Int>
    let rows: Range<Int>
  }

  /// Calls `body` with the chunks of a slice, in order.
  func forEachChunk(of slice: Range<Int>, _ body: (Chunk) -> Void) {
    let imagesPerChunk = max(1, Self.chunkPixels / output.area)
    let rows = Parts(output.height, atMost: max(1, Self.chunkPixels / output.width))
    for image in stride(from: slice.lowerBound, to: slice.upperBound, by: imagesPerChunk) {
      let images = image..<min(image + imagesPerChunk, slice.upperBound)
      if imagesPerChunk > 1 {
        body(Chunk(images: images, rows: 0..<output.height))
        continue
      }
      for part in 0..<rows.count { body(Chunk(images: images, rows: rows[part])) }
    }
  }

  // MARK: Elements

  /// A unit of elements.
  struct Tile {
    let group: Int
    /// Of outputs, within the group.
    let blocks: Range<Int>
    let planes: Range<Int>
  }

  private var blockParts: Parts { Parts(panels.blocksPerGroup, atMost: tileBlocks) }
  private var planeParts: Parts { Parts(panels.planesPerGroup, atMost: tilePlanes) }

  var tileCount: Int { panels.groups * blockParts.count * planeParts.count }

  func tile(_ index: Int) -> Tile {
    let (rest, plane) = index.quotientAndRemainder(dividingBy: planeParts.count)
    let (group, block) = rest.quotientAndRemainder(dividingBy: blockParts.count)
    return Tile(group: group, blocks: blockParts[block], planes: planeParts[plane])
  }

  // MARK: Memory

  private var planeFloats: Int { panels.stepsPerPlane * BlockedLayout.lanes }

  /// The sums of a tile, then those of its biases.
  var tileFloats: Int { tileBlocks * (tilePlanes * planeFloats + BlockedLayout.lanes) }

  /// The sums of all tiles, then those of all biases.
  var sliceFloats: Int { panels.floatCount + panels.blockCount * BlockedLayout.lanes }

  /// What a unit needs that walks all slices: sums for each level of the tree, and for one slice more.
  func walkFloats(images: Int) -> Int { (sliceCount(images: images).trailingZeroBitCount + 1) * tileFloats }

  func scratchFloats(images: Int, threads: Int) -> Int {
    walksSlices ? threads * walkFloats(images: images) : sliceCount(images: images) * sliceFloats
  }
}

extension ConvolutionGeometry {
  /// The memory that `Machine.filterGradient` needs for the time that it runs, in floats; for fewer images it is no more.
  public func filterGradientScratchFloats(
    inputForm: PackedConvolution.InputForm = .blocked, images: Int, threads: Int
  ) -> Int {
    let schedule = FilterGradientSchedule(WeightPanels(self, isPlanar: inputForm == .planar))
    if let order = NarrowGroups(self) {
      return NarrowFilterGradient(order, schedule).scratchFloats(images: images, threads: threads)
    }
    return schedule.scratchFloats(images: images, threads: threads)
  }
}
