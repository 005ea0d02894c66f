internal import CZooKernels
import ZooTensor

extension Machine {
  /// Zeroes elements at random and multiplies the others with `1 / (1 − probability)`. Its gradient is the same
  /// function of the result's gradient. Unused lanes become zeros. The output may be the input. The element `i` of an
  /// image in C, H, W order is kept where `TrainingPoint.dropout(key:image:).uniform(i)` is at least the probability.
  /// `isPerImage`: where `uniform(0)` is, for all elements of an image. `position`: read at the time. `probability`:
  /// from 0 to 1. `key`: tells layers apart. `isPerImage`: whether all elements of an image share one fate.
  public func dropout(
    _ position: TrainingPosition, probability: Double, key: UInt64, isPerImage: Bool = false, _ input: BlockedView,
    into output: BlockedView
  ) {
    precondition(input.hasShape(of: output), "the input is not of the output's shape")
    precondition(probability >= 0 && probability <= 1, "a probability of \(probability)")
    let extent = output.layout.extent
    // Numbers are whole multiples of 2⁻⁵³.
    let threshold = UInt64((probability * 0x1p53).rounded(.up))
    let factor = Float(1 / (1 - probability))
    forEachRow(clearing: output) { image, block, row in
      let (start, step) = position.point.dropout(key: key, image: image).generator
      let first = isPerImage ? 0 : (block * BlockedLayout.lanes * extent.height + row) * extent.width
      var dropout = zoo_dropout(
        counter: start &+ UInt64(first + 1) &* step, lane_step: isPerImage ? 0 : UInt64(extent.area) &* step,
        pixel_step: isPerImage ? 0 : step, threshold: threshold, factor: factor)
      kernels.pointee.dropout(
        &dropout, input.row(row, image: image, block: block), output.row(row, image: image, block: block), extent.width)
    }
  }
}
