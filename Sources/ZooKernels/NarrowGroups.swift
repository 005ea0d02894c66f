import ZooTensor

/// How the weights of a convolution lie whose groups are not made of whole blocks of 16 channels: in the order in which
/// kernels read them, without zeros for what lies between groups.
///
/// `[block of 16 outputs][part][row][input][column][16]`: each lane of a line is the weight of its own output for an input
/// of its own group. Parts of the inputs are as many as have weights that stay in a first-level cache. The same for every
/// instruction set.
struct NarrowGroups: Hashable, Sendable {
  let groups: Int
  /// Channels of a group.
  let inputs: Int
  let outputs: Int
  /// Taps.
  let kernel: Extent
  /// The inputs of every part but the last.
  let inputsPerPart: Int

  /// The steps of the reduction of which the weights of 16 outputs take half of a first-level cache.
  private static let cachedSteps = 256

  /// `nil` for groups that are computed as matrices of whole blocks, and for channels with filters of their own.
  init?(_ geometry: ConvolutionGeometry) {
    let (inputs, outputs) = (geometry.inputChannelsPerGroup, geometry.outputChannelsPerGroup)
    let areBlocks = inputs % BlockedLayout.lanes == 0 && outputs % BlockedLayout.lanes == 0
    guard geometry.groups > 1, !areBlocks, !geometry.isDepthwise else { return nil }
    self.init(groups: geometry.groups, inputs: inputs, outputs: outputs, kernel: geometry.kernel)
  }

  private init(groups: Int, inputs: Int, outputs: Int, kernel: Extent) {
    self.groups = groups
    self.inputs = inputs
    self.outputs = outputs
    self.kernel = kernel
    let most = max(1, Self.cachedSteps / max(1, kernel.area))
    let parts = (inputs + most - 1) / most
    inputsPerPart = (inputs + parts - 1) / parts
  }

  /// Some of the taps, with inputs and outputs exchanged.
  func transposed(kernel: Extent) -> NarrowGroups {
    NarrowGroups(groups: groups, inputs: outputs, outputs: inputs, kernel: kernel)
  }

  var outputChannels: Int { groups * outputs }
  var blockCount: Int { (outputChannels + BlockedLayout.lanes - 1) / BlockedLayout.lanes }
  var partCount: Int { (inputs + inputsPerPart - 1) / inputsPerPart }
  /// Steps of the reduction.
  var steps: Int { inputs * kernel.area }
  var blockFloats: Int { steps * BlockedLayout.lanes }
  var floatCount: Int { blockCount * blockFloats }

  /// The outputs of a block.
  func outputs(ofBlock block: Int) -> Range<Int> {
    block * BlockedLayout.lanes..<min(outputChannels, (block + 1) * BlockedLayout.lanes)
  }

  /// The inputs of a part, within each group.
  func inputs(ofPart part: Int) -> Range<Int> {
    part * inputsPerPart..<min(inputs, (part + 1) * inputsPerPart)
  }

  /// Where the weights of a block and a part start.
  func offset(block: Int, part: Int) -> Int {
    block * blockFloats + part * inputsPerPart * kernel.area * BlockedLayout.lanes
  }

  /// Where the weight of an input of a group lies for the first tap of a row, within its block.
  func line(input: Int, row: Int) -> Int {
    let part = inputs(ofPart: input / inputsPerPart)
    let lines =
      part.lowerBound * kernel.area + (row * part.count + input - part.lowerBound) * kernel.width
    return lines * BlockedLayout.lanes
  }

  /// The first of the channels that a lane of a block reads; lanes beyond the last output read what that one does.
  func firstInput(block: Int, lane: Int) -> Int {
    min(block * BlockedLayout.lanes + lane, outputChannels - 1) / outputs * inputs
  }

  /// Writes one block's weights from `[outputs, inputs / groups, rows, columns]` into zeroed memory.
  func pack(block: Int, from source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
    forEachRow(ofBlock: block) { weight, line in
      for column in 0..<kernel.width { target[line + column * BlockedLayout.lanes] = source[weight + column] }
    }
  }

  /// Writes all weights, or what has one number for each, as `[outputs, inputs / groups, rows, columns]`.
  func unpack(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
    for block in 0..<blockCount {
      forEachRow(ofBlock: block) { weight, line in
        for column in 0..<kernel.width { target[weight + column] = source[line + column * BlockedLayout.lanes] }
      }
    }
  }

  /// Calls `body` with the places of the first weight of each row of a block's filters: in the order of the layer and in
  /// that of kernels, where a row's are 16 floats apart.
  private func forEachRow(ofBlock block: Int, _ body: (_ weight: Int, _ line: Int) -> Void) {
    for (lane, output) in outputs(ofBlock: block).enumerated() {
      for input in 0..<inputs {
        for row in 0..<kernel.height {
          body(
            ((output * inputs + input) * kernel.height + row) * kernel.width,
            block * blockFloats + line(input: input, row: row) + lane)
        }
      }
    }
  }
}
