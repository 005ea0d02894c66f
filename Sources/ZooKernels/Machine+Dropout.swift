import ZooTensor

extension Machine {
  /// Zeroes elements at random and divides the others by `1 − probability`: which, `TrainingPoint.dropout` says. The gradient
  /// is the same operation. Unused lanes become zeros; the output may be the input.
  ///
  /// - Parameter key: tells layers apart
  public func dropout(
    _ position: TrainingPosition, probability: Double, key: UInt64, _ input: BlockedView, into output: BlockedView
  ) {
    precondition(input.hasShape(of: output), "dropout into another shape")
    let layout = output.layout
    let (lanes, width, area) = (BlockedLayout.lanes, layout.extent.width, layout.extent.area)
    let factor = Float(1 / (1 - probability))
    forEachRow(images: output.images, blocks: layout.blocks, rows: layout.extent.height, rowFloats: 8 * width * lanes) {
      image, block, row in
      let random = position.point.dropout(key: key, image: image)
      let (source, target) = (
        input.row(row, image: image, block: block), output.row(row, image: image, block: block)
      )
      for column in 0..<width {
        for lane in 0..<lanes {
          let channel = block * lanes + lane
          let index = channel * area + row * width + column
          let isKept = channel < layout.channels && random.uniform(index) >= probability
          target[column * lanes + lane] = isKept ? source[column * lanes + lane] * factor : 0
        }
      }
    }
  }
}
