import ZooImages
import ZooTensor

extension FilterBank {
  /// What a weight's colour is measured by.
  public enum Scale: Hashable, Sendable {
    /// The largest magnitude of the filter's own weights: every pattern is seen, and strengths cannot be compared.
    case perFilter
    /// The largest magnitude of all of the layer's weights.
    case common
  }

  /// A filter over the network's input as the colours that it prefers: zero is mid-grey, the largest weight 255, its negative
  /// 1. Red, green and blue in that order, whatever the order of the network's input.
  ///
  /// - Precondition: `reads` is a colour.
  public func picture(of filter: Int, scale: Scale = .perFilter) -> PixelImage {
    guard case .colour(let colours) = reads else { preconditionFailure("filters of '\(layer)' read no colours") }
    let limit = limit(of: scale == .perFilter ? filter : nil)
    let planes = (0..<channels).map { slice(filter, channel: colours == .bgr ? channels - 1 - $0 : $0) }
    let pixels = (0..<kernel.area).flatMap { position in
      planes.map { plane -> UInt8 in
        let fraction = limit > 0 && plane[position].isFinite ? plane[position] / limit : 0
        return UInt8((128 + 127 * min(max(fraction, -1), 1)).rounded())
      }
    }
    return PixelImage(
      width: kernel.width, height: kernel.height, layout: colours == .grey ? .grey : .rgb, trusted: pixels)
  }
}
