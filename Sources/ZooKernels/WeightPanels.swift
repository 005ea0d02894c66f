internal import CZooKernels
import ZooTensor

/// How the weights of one convolution are ordered in memory: in the order in which micro-kernels read them.
///
/// `[group][block of 16 outputs][plane][row][column][lane][16]`: a plane is a block of 16 input channels (then there are
/// 16 lanes), or a single one of a planar input (then there is one). The same for every instruction set.
///
/// Groups are computed one by one; those whose channels are no multiples of 16 are in `NarrowGroups` instead. Where each
/// channel has a filter of its own there is one group, whose blocks have one plane, of the one input that a lane reads:
/// `[block of 16 channels][row][column][16]`.
struct WeightPanels: Sendable {
  let geometry: ConvolutionGeometry
  /// Whether each channel has a filter of its own.
  let isDepthwise: Bool
  /// Input channels per plane: 16 or 1.
  let depth: Int
  /// One where each channel has a filter of its own.
  let groups: Int
  let planesPerGroup: Int
  /// Blocks of output channels.
  let blocksPerGroup: Int
  /// Steps of the reduction in one plane.
  let stepsPerPlane: Int
  /// The input channels of the last plane of a group.
  let lanesOfLastPlane: Int

  init(_ geometry: ConvolutionGeometry, isPlanar: Bool) {
    let lanes = BlockedLayout.lanes
    self.geometry = geometry
    isDepthwise = !isPlanar && geometry.isDepthwise
    depth = isPlanar || isDepthwise ? 1 : lanes
    groups = isDepthwise ? 1 : geometry.groups
    planesPerGroup = isDepthwise ? 1 : (geometry.inputChannels / groups + depth - 1) / depth
    blocksPerGroup = (geometry.outputChannels / groups + lanes - 1) / lanes
    stepsPerPlane = geometry.kernel.area * depth
    lanesOfLastPlane = isDepthwise ? 1 : geometry.inputChannels / groups - (planesPerGroup - 1) * depth
  }

  private init(transposing panels: WeightPanels, taps: Int) {
    let lanes = BlockedLayout.lanes
    geometry = panels.geometry
    isDepthwise = panels.isDepthwise
    depth = isDepthwise ? 1 : lanes
    groups = panels.groups
    planesPerGroup = isDepthwise ? 1 : panels.blocksPerGroup
    blocksPerGroup = (geometry.inputChannels / groups + lanes - 1) / lanes
    stepsPerPlane = taps * depth
    lanesOfLastPlane = isDepthwise ? 1 : geometry.outputChannels / groups - (planesPerGroup - 1) * lanes
  }

  /// As many taps with inputs and outputs exchanged: planes are blocks of outputs, and blocks those of inputs.
  func transposed(taps: Int) -> WeightPanels { WeightPanels(transposing: self, taps: taps) }

  /// Steps of the reduction.
  var steps: Int { planesPerGroup * stepsPerPlane }
  /// Panels of 32 outputs, in which the work is cut.
  var panelsPerGroup: Int { (blocksPerGroup + 1) / 2 }
  var blockCount: Int { groups * blocksPerGroup }
  var floatCount: Int { blockCount * blockFloats }
  /// Floats from a block of outputs to the next.
  var blockFloats: Int { steps * BlockedLayout.lanes }

  /// Where the weights of a block and a plane start.
  func offset(group: Int, block: Int, plane: Int) -> Int {
    (group * blocksPerGroup + block) * blockFloats + plane * stepsPerPlane * BlockedLayout.lanes
  }

  /// The outputs of a block of any group.
  func outputs(ofBlock block: Int) -> Int {
    min(BlockedLayout.lanes, geometry.outputChannels / groups - block * BlockedLayout.lanes)
  }

  /// The lanes of a block of outputs that read one of the group's inputs; none where there is no such input. Where each lane
  /// reads an input of its own, that is input 0.
  func lanes(ofInput input: Int, block: Int) -> Range<Int> {
    if isDepthwise { return 0..<outputs(ofBlock: block) }
    return 0..<(input < geometry.inputChannelsPerGroup ? outputs(ofBlock: block) : 0)
  }

  /// Whether all outputs that a block has room for read all inputs that a plane has room for.
  func isDense(block: Int, plane: Int) -> Bool {
    if isDepthwise { return outputs(ofBlock: block) == BlockedLayout.lanes }
    return outputs(ofBlock: block) == BlockedLayout.lanes && (plane + 1) * depth <= geometry.inputChannelsPerGroup
  }

  /// Writes all weights, or what has one number for each, as `[outputs, inputs / groups, rows, columns]`.
  func unpack(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
    let lanes = BlockedLayout.lanes
    let inputs = geometry.inputChannelsPerGroup
    var to = target
    for output in 0..<geometry.outputChannels {
      let (group, outputInGroup) = output.quotientAndRemainder(dividingBy: geometry.outputChannels / groups)
      let (block, lane) = outputInGroup.quotientAndRemainder(dividingBy: lanes)
      for input in 0..<inputs {
        var from = source + offset(group: group, block: block, plane: input / depth) + input % depth * lanes + lane
        for _ in 0..<geometry.kernel.area {
          to.pointee = from.pointee
          from += depth * lanes
          to += 1
        }
      }
    }
  }

  /// Writes one block's weights from `[outputs, inputs / groups, rows, columns]` into zeroed memory.
  func pack(
    block index: Int, from source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    let lanes = BlockedLayout.lanes
    let (group, block) = (index / blocksPerGroup, index % blocksPerGroup)
    let area = geometry.kernel.area
    let outputs = geometry.outputChannels / groups
    let inputs = geometry.inputChannels / groups
    let firstOutput = group * outputs + block * lanes
    let outputsHere = min(lanes, outputs - block * lanes)
    if isDepthwise {
      return zoo_interleave(
        source + firstOutput * area, area, outputsHere, target + offset(group: group, block: block, plane: 0), area)
    }
    interleave(
      source + firstOutput * inputs * area, outputs: outputsHere,
      into: target + offset(group: group, block: block, plane: 0))
  }

  /// Writes one block whose outputs all read the same inputs.
  private func interleave(
    _ source: UnsafePointer<Float>, outputs: Int, into target: UnsafeMutablePointer<Float>
  ) {
    let lanes = BlockedLayout.lanes
    let area = geometry.kernel.area
    let inputs = geometry.inputChannels / groups
    // In the source the taps of one input lie side by side, in the target the inputs of one tap.
    let isSameOrder = area == 1 || depth == 1
    withUnsafeTemporaryAllocation(of: Float.self, capacity: isSameOrder ? 1 : stepsPerPlane * lanes) { lines in
      guard let lines = lines.baseAddress else { return }
      for plane in 0..<planesPerGroup {
        let inputsHere = min(depth, inputs - plane * depth)
        let planeTarget = target + plane * stepsPerPlane * lanes
        zoo_interleave(
          source + plane * depth * area, inputs * area, outputs, isSameOrder ? planeTarget : lines, inputsHere * area)
        if isSameOrder { continue }
        for input in 0..<inputsHere {
          for tap in 0..<area {
            (planeTarget + (tap * depth + input) * lanes).update(
              from: lines + (input * area + tap) * lanes, count: lanes)
          }
        }
      }
    }
  }
}
