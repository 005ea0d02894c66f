import ZooImages
import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How the pictures of one batch are mixed, each with its partner: the first with the last, the second with the last but one.
public enum Mixture: Hashable, Sendable {
  /// Both pictures in shares (Zhang et al., 2017); `share` is that of the picture itself.
  case blended(share: Double)
  /// A rectangle of the picture comes from its partner (Yun et al., 2019).
  case pasted(rows: Range<Int>, columns: Range<Int>, share: Double)

  /// The picture's own share of its target; the rest is its partner's.
  public var share: Double {
    switch self {
    case .blended(let share), .pasted(_, _, let share): share
    }
  }
}

extension Mixing {
  /// What is drawn for a batch of pictures of this size; `nil` for nothing.
  ///
  /// The share of a pasted rectangle is that of what of it lies in the picture, around whose points it is centred evenly.
  public func draw(in picture: Extent, _ random: CounterRandom) -> Mixture? {
    let isPasted = mixup > 0 && cutmix > 0 ? random.uniform(0) < 0.5 : cutmix > 0
    guard mixup > 0 || cutmix > 0 else { return nil }
    guard isPasted else { return .blended(share: beta(mixup, random.with(1))) }
    let side = (1 - beta(cutmix, random.with(1))).squareRoot()
    func range(_ size: Int, _ centre: Int) -> Range<Int> {
      let length = Int(Double(size) * side)
      return max(centre - length / 2, 0)..<min(centre + length / 2, size)
    }
    let rows = range(picture.height, random.integer(1, below: picture.height))
    let columns = range(picture.width, random.integer(2, below: picture.width))
    return .pasted(
      rows: rows, columns: columns, share: 1 - Double(rows.count * columns.count) / Double(picture.area))
  }
}

/// A number of the distribution Beta(α, α): a part of the sum of two of the Gamma distribution.
///
/// The logarithms are divided, for with a small α both numbers may be too small to be told from 0.
package func beta(_ alpha: Double, _ random: CounterRandom) -> Double {
  1 / (1 + exp(logarithmOfGamma(alpha, random.with(2)) - logarithmOfGamma(alpha, random.with(1))))
}

/// The logarithm of a number of the distribution Gamma(α): that of one of Gamma(α + 1) by squeezed rejection (Marsaglia &
/// Tsang, 2000), and of a power that takes it back to α.
private func logarithmOfGamma(_ alpha: Double, _ random: CounterRandom) -> Double {
  let (normals, uniforms) = (random.with(1), random.with(2))
  let d = alpha + 1 - 1 / 3.0
  let c = 1 / (9 * d).squareRoot()
  let power = log(1 - random.uniform(0)) / alpha
  // More than one in twenty tries is never refused, so that a thousand in a row are not.
  for attempt in 0..<1000 {
    let x = normals.normal(attempt)
    let root = 1 + c * x
    guard root > 0 else { continue }
    let v = root * root * root
    if log(1 - uniforms.uniform(attempt)) < 0.5 * x * x + d - d * v + d * log(v) { return log(d * v) + power }
  }
  return log(d) + power
}

extension Mixture {
  /// Mixes inputs `[count, elementCount]` of so many channels, and their targets `[count, classes]`, in place. The middle
  /// one of an odd number is its own partner.
  func apply(
    to images: UnsafeMutableBufferPointer<Float>, channels: Int, extent: Extent,
    targets: UnsafeMutableBufferPointer<Float>, count: Int
  ) {
    guard count > 1 else { return }
    let (size, classes) = (images.count / count, targets.count / count)
    for index in 0..<count / 2 {
      let partner = count - 1 - index
      blend(targets, index * classes, partner * classes, classes)
      switch self {
      case .blended: blend(images, index * size, partner * size, size)
      case .pasted(let rows, let columns, _):
        for channel in 0..<channels {
          for row in rows {
            let start = channel * extent.area + row * extent.width
            for column in columns { images.swapAt(index * size + start + column, partner * size + start + column) }
          }
        }
      }
    }
  }

  private func blend(_ values: UnsafeMutableBufferPointer<Float>, _ first: Int, _ second: Int, _ count: Int) {
    let own = Float(share)
    let other = 1 - own
    for offset in 0..<count {
      let (a, b) = (values[first + offset], values[second + offset])
      values[first + offset] = own * a + other * b
      values[second + offset] = own * b + other * a
    }
  }
}
