import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A part of a picture, in pixels.
package struct PixelRegion: Hashable, Sendable {
  package var row: Int
  package var column: Int
  package var extent: Extent

  package init(row: Int, column: Int, extent: Extent) {
    self.row = row
    self.column = column
    self.extent = extent
  }
}

extension Augmentation {
  /// What of an augmentation the numbers are for: those of one have nothing to do with those of another, so that to switch
  /// one on changes no other.
  enum Stream: UInt64 {
    case crop = 1
    case flip, shift, color, erase
  }

  /// Whether this picture is mirrored.
  package func drawFlip(_ random: CounterRandom) -> Bool {
    flip > 0 && random.with(Stream.flip.rawValue).uniform(0) < flip
  }

  /// From how many rows further down and columns further to the right each pixel comes: −`shift` to `shift`.
  package func drawShift(_ random: CounterRandom) -> (rows: Int, columns: Int) {
    guard shift > 0 else { return (0, 0) }
    let random = random.with(Stream.shift.rawValue)
    return (
      random.integer(0, below: 2 * shift + 1) - shift, random.integer(1, below: 2 * shift + 1) - shift
    )
  }

  /// The rectangle that is erased, if any: of 2 to 33 % of the area, 0.3 to 3.3 times as high as wide, somewhere within
  /// the picture; ten tries, as torchvision's `RandomErasing` has them.
  package func drawErasure(in picture: Extent, _ random: CounterRandom) -> PixelRegion? {
    let random = random.with(Stream.erase.rawValue)
    guard erase > 0, random.uniform(0) < erase else { return nil }
    for attempt in 0..<10 {
      let first = 1 + 4 * attempt
      let area = Double(picture.area) * between(0.02...0.33, random.uniform(first))
      let aspect = exp(between(log(0.3)...log(3.3), random.uniform(first + 1)))
      let height = Int((area * aspect).squareRoot().rounded(.toNearestOrEven))
      let width = Int((area / aspect).squareRoot().rounded(.toNearestOrEven))
      guard height > 0, width > 0, height < picture.height, width < picture.width else { continue }
      return PixelRegion(
        row: random.integer(first + 2, below: picture.height - height + 1),
        column: random.integer(first + 3, below: picture.width - width + 1),
        extent: Extent(height: height, width: width))
    }
    return nil
  }
}

extension Augmentation.Crop {
  /// A part of the picture: ten tries at a share of the area and a ratio whose logarithm is evenly distributed, else the
  /// largest part in the middle with an allowed ratio, as torchvision's `RandomResizedCrop` has it.
  package func draw(in picture: Extent, _ random: CounterRandom) -> PixelRegion {
    let random = random.with(Augmentation.Stream.crop.rawValue)
    let (height, width) = (Double(picture.height), Double(picture.width))
    for attempt in 0..<10 {
      let first = 4 * attempt
      let area = height * width * between(scale, random.uniform(first))
      let aspect = exp(between(log(ratio.lowerBound)...log(ratio.upperBound), random.uniform(first + 1)))
      let partWidth = (area * aspect).squareRoot().rounded(.toNearestOrEven)
      let partHeight = (area / aspect).squareRoot().rounded(.toNearestOrEven)
      guard partWidth >= 1, partHeight >= 1, partWidth <= width, partHeight <= height else { continue }
      let extent = Extent(height: Int(partHeight), width: Int(partWidth))
      return PixelRegion(
        row: random.integer(first + 2, below: picture.height - extent.height + 1),
        column: random.integer(first + 3, below: picture.width - extent.width + 1), extent: extent)
    }
    var extent = picture
    if width / height < ratio.lowerBound {
      extent.height = min(max(1, Int((width / ratio.lowerBound).rounded(.toNearestOrEven))), picture.height)
    } else if width / height > ratio.upperBound {
      extent.width = min(max(1, Int((height * ratio.upperBound).rounded(.toNearestOrEven))), picture.width)
    }
    return PixelRegion(
      row: (picture.height - extent.height) / 2, column: (picture.width - extent.width) / 2, extent: extent)
  }
}

/// A number of a range for one from 0 to 1.
private func between(_ range: ClosedRange<Double>, _ share: Double) -> Double {
  range.lowerBound + (range.upperBound - range.lowerBound) * share
}
