internal import CZooKernels
import ZooTensor

/// Where the gradient goes.
struct FilterGradientTarget: @unchecked Sendable {
  let kernels: UnsafePointer<zoo_kernels>
  let panels: WeightPanels
  let weights: UnsafeMutablePointer<Float>
  let bias: UnsafeMutablePointer<Float>?
  let accumulates: Bool
  /// Whether two lines of zeros follow the biases.
  var endsWithZeros = true

  /// Writes a tile's weights and, with its first planes, biases.
  func write(_ tile: FilterGradientSchedule.Tile, from memory: FilterGradientMemory) {
    for block in tile.blocks {
      for plane in tile.planes {
        writeWeights(
          memory.weights(tile, block: block, plane: plane), group: tile.group, block: block, plane: plane)
      }
      if tile.planes.lowerBound == 0 { writeBias(memory.bias(tile, block: block), group: tile.group, block: block) }
    }
  }

  /// Writes the biases of a block, if there are any, and with the last one what follows.
  func writeBias(_ sums: UnsafePointer<Float>, group: Int, block: Int) {
    guard let bias else { return }
    let lanes = BlockedLayout.lanes
    let index = group * panels.blocksPerGroup + block
    write(sums, lanes: 0..<panels.outputs(ofBlock: block), into: bias + index * lanes)
    if endsWithZeros && index + 1 == panels.blockCount {
      (bias + (index + 1) * lanes).update(repeating: 0, count: 2 * lanes)
    }
  }

  /// Writes the weights of a block and a plane.
  func writeWeights(_ sums: UnsafePointer<Float>, group: Int, block: Int, plane: Int) {
    let target = weights + panels.offset(group: group, block: block, plane: plane)
    let lanes = BlockedLayout.lanes
    let count = panels.stepsPerPlane
    if panels.isDense(block: block, plane: plane) {
      if accumulates {
        kernels.pointee.add(Activation?.none.kernel, target, sums, target, count)
      } else {
        target.update(from: sums, count: count * lanes)
      }
      return
    }
    for lane in 0..<panels.depth {
      let used = panels.lanes(ofInput: plane * panels.depth + lane, block: block)
      for line in stride(from: lane * lanes, to: count * lanes, by: panels.depth * lanes) {
        write(sums + line, lanes: used, into: target + line)
      }
    }
  }

  /// Writes some lanes of a line, and zeros in the others.
  private func write(_ sums: UnsafePointer<Float>, lanes: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    for lane in 0..<BlockedLayout.lanes {
      target[lane] = lanes.contains(lane) ? (accumulates ? target[lane] + sums[lane] : sums[lane]) : 0
    }
  }
}
