import ZooTensor

/// How the weights of one convolution are ordered in memory: in the order in which micro-kernels read them.
///
/// `[group][panel][plane][row][column][lane][32]`: a panel is 32 output channels, the last of a group 16 if no more are
/// left; a plane is a block of 16 input channels (then there are 16 lanes), or a single one of a planar input (then
/// there is one). The same for every instruction set.
///
/// Groups whose channels are multiples of 16 on both sides are computed one by one; others (depthwise too) are merged,
/// as few as it takes, into dense ones with zeros off the diagonal.
struct WeightPanels: Sendable {
  let geometry: ConvolutionGeometry
  /// Input channels per plane: 16 or 1.
  let depth: Int
  /// Groups after merging.
  let groups: Int
  let planesPerGroup: Int
  /// Blocks of output channels.
  let blocksPerGroup: Int
  /// Steps of the reduction in one plane.
  let stepsPerPlane: Int

  init(_ geometry: ConvolutionGeometry, isPlanar: Bool) {
    let lanes = BlockedLayout.lanes
    self.geometry = geometry
    depth = isPlanar ? 1 : lanes
    let mergers = (1...geometry.groups).lazy.filter { count in
      geometry.groups % count == 0 && count * geometry.inputChannelsPerGroup % lanes == 0
        && count * geometry.outputChannelsPerGroup % lanes == 0
    }
    groups = isPlanar ? 1 : geometry.groups / (mergers.first ?? geometry.groups)
    planesPerGroup = (geometry.inputChannels / groups + depth - 1) / depth
    blocksPerGroup = (geometry.outputChannels / groups + lanes - 1) / lanes
    stepsPerPlane = geometry.kernel.area * depth
  }

  /// Steps of the reduction.
  var steps: Int { planesPerGroup * stepsPerPlane }
  var panelsPerGroup: Int { (blocksPerGroup + 1) / 2 }
  var panelCount: Int { groups * panelsPerGroup }
  var floatCount: Int { groups * blocksPerGroup * steps * BlockedLayout.lanes }

  /// Floats from a step to the next, in the panel of a block.
  func stride(block: Int) -> Int {
    min(2, blocksPerGroup - block / 2 * 2) * BlockedLayout.lanes
  }

  /// Where the weights of a block and a plane start.
  func offset(group: Int, block: Int, plane: Int) -> Int {
    let lanes = BlockedLayout.lanes
    let panelStart = (group * blocksPerGroup + block / 2 * 2) * steps * lanes
    return panelStart + plane * stepsPerPlane * stride(block: block) + block % 2 * lanes
  }

  /// Writes one panel's weights from `[outputs, inputs / groups, rows, columns]` into zeroed memory.
  func pack(
    panel index: Int, from source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    let lanes = BlockedLayout.lanes
    let (group, panel) = (index / panelsPerGroup, index % panelsPerGroup)
    let stride = stride(block: 2 * panel)
    let area = geometry.kernel.area
    let inputsPerGroup = geometry.inputChannelsPerGroup
    let outputs = geometry.outputChannels / groups
    let inputs = geometry.inputChannels / groups
    let firstOutput = group * outputs + panel * 2 * lanes
    let outputsHere = min(stride, outputs - panel * 2 * lanes)
    for plane in 0..<planesPerGroup {
      let planeTarget = target + offset(group: group, block: 2 * panel, plane: plane)
      for lane in 0..<outputsHere {
        let output = firstOutput + lane
        // Of the merged group's inputs, those of this output's own group.
        let ownFirst = output / geometry.outputChannelsPerGroup * inputsPerGroup - group * inputs
        let first = max(ownFirst, plane * depth)
        let end = min(ownFirst + inputsPerGroup, (plane + 1) * depth)
        if first >= end { continue }
        var from = source + (output * inputsPerGroup + first - ownFirst) * area
        for input in first..<end {
          var to = planeTarget + (input - plane * depth) * stride + lane
          for _ in 0..<area {
            to.pointee = from.pointee
            from += 1
            to += depth * stride
          }
        }
      }
    }
  }
}
