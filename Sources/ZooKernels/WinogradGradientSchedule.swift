import ZooTensor

/// How the gradient of a convolution's weights is computed by Winograd's algorithm: for each frequency it is that of a
/// convolution of size 1, on maps of which each pixel is a tile, and cut as `FilterGradientSchedule` says.
///
/// Where the sums of all slices are small, one slice at a time is transformed; else all of them are, and a unit of work
/// walks them.
struct WinogradGradientSchedule: Sendable {
  let geometry: ConvolutionGeometry
  let form: WinogradForm
  let grid: WinogradGrid
  /// Of one frequency.
  let products: FilterGradientSchedule

  /// What the sums of all slices may take together, in floats.
  private static let mostSliceFloats = 8 << 20
  private static let mostSlices = 8

  init(_ geometry: ConvolutionGeometry, _ form: WinogradForm) {
    self.geometry = geometry
    self.form = form
    grid = WinogradGrid(geometry.output, form)
    let tiles = Extent(height: grid.rows, width: grid.columns)
    let pixelwise = try? ConvolutionGeometry(
      inputChannels: geometry.inputChannels, outputChannels: geometry.outputChannels, input: tiles, kernel: Extent(1))
    guard let pixelwise else { preconditionFailure("a convolution of size 1 on \(tiles)") }
    let panels = WeightPanels(pixelwise, isPlanar: false)
    products = FilterGradientSchedule(
      ofFrequency: panels,
      walksSlices: panels.floatCount * form.frequencies * Self.mostSlices > Self.mostSliceFloats)
  }

  /// The transformed maps, of each frequency.
  var inputLayout: BlockedLayout {
    BlockedLayout(channels: geometry.inputChannels, extent: products.panels.geometry.input)
  }

  var gradientLayout: BlockedLayout {
    BlockedLayout(channels: geometry.outputChannels, extent: products.panels.geometry.input)
  }

  /// How many images are transformed at a time.
  func transformedImages(of images: Int) -> Int {
    let slices = products.sliceCount(images: images)
    return products.walksSlices ? images : (images + slices - 1) / slices
  }

  /// Floats from a frequency of so many transformed images to the next: an odd number of lines, so that they do not share
  /// a set of the cache.
  func frequencyFloats(_ layout: BlockedLayout, images: Int) -> Int {
    (layout.floatsPerImage * images / BlockedLayout.lanes | 1) * BlockedLayout.lanes
  }

  // MARK: Memory

  /// Where the parts of the scratch memory begin, in floats.
  struct Memory {
    /// The transformed input.
    let input: Int
    /// The transformed gradient of the output.
    let gradient: Int
    /// The sums of each slice, or of all, `[frequency]` of them.
    let sums: Int
    /// What units need that walk slices, for each thread.
    let walks: Int
    let floats: Int
  }

  func memory(images: Int, threads: Int) -> Memory {
    let transformed = transformedImages(of: images)
    let gradient = form.frequencies * frequencyFloats(inputLayout, images: transformed)
    let sums = gradient + form.frequencies * frequencyFloats(gradientLayout, images: transformed)
    let slices = products.walksSlices ? 1 : products.sliceCount(images: images)
    let walks = sums + slices * sliceFloats
    let floats = products.walksSlices ? walks + threads * products.walkFloats(images: images) : walks
    return Memory(input: 0, gradient: gradient, sums: sums, walks: walks, floats: floats)
  }

  /// The sums of a slice.
  var sliceFloats: Int { form.frequencies * products.sliceFloats }
}

extension ConvolutionGeometry {
  /// The memory that `Machine.filterGradient` needs with Winograd's algorithm for the time that it runs, in floats.
  public func filterGradientScratchFloats(_ form: WinogradForm, images: Int, threads: Int) -> Int {
    // With fewer images, slices may be larger ones.
    (1...max(1, images)).reduce(0) {
      max($0, WinogradGradientSchedule(self, form).memory(images: $1, threads: threads).floats)
    }
  }
}

extension WinogradForm {
  /// The form that computes the gradient of a convolution's weights fastest; `nil` when the direct computation does.
  ///
  /// The one of a forward pass, where slices have so many tiles that adding slices takes less time than it saves: the same
  /// on every machine.
  public static func fastestFilterGradient(for geometry: ConvolutionGeometry, images: Int) -> WinogradForm? {
    guard let form = fastest(for: geometry) else { return nil }
    let schedule = WinogradGradientSchedule(geometry, form)
    let slices = schedule.products.sliceCount(images: images)
    return schedule.grid.tiles * images >= fewestTilesOfSlice * slices ? form : nil
  }

  private static let fewestTilesOfSlice = 16
}
