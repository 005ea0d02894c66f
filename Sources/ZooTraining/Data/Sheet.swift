import ZooImages
import ZooTensor

/// Pictures side by side in one, row by row, for a person to look at.
public enum Sheet {
  /// The width in pixels of the white lines between pictures.
  public static let gap = 2

  /// All pictures in cells of one size, those of another size in the middle of theirs. `columns`: how many in a row;
  /// `nil` for about as many as rows. `cell`: the size of a cell; larger pictures are cut. Returns `nil` without
  /// pictures.
  static func tiled(_ pictures: [PixelImage], columns: Int?, cell: Extent) -> PixelImage? {
    guard !pictures.isEmpty else { return nil }
    let columns = min(max(1, columns ?? Int(Double(pictures.count).squareRoot().rounded(.up))), pictures.count)
    let rows = (pictures.count + columns - 1) / columns
    let width = columns * (cell.width + gap) - gap
    let height = rows * (cell.height + gap) - gap
    var pixels = [UInt8](repeating: 255, count: 3 * width * height)
    for (index, picture) in pictures.enumerated() {
      let picture = picture.convertedToRGB()
      let part = picture.croppedToCentre(
        Extent(height: min(picture.height, cell.height), width: min(picture.width, cell.width)))
      let top = index / columns * (cell.height + gap) + (cell.height - part.height) / 2
      let left = index % columns * (cell.width + gap) + (cell.width - part.width) / 2
      for row in 0..<part.height {
        let to = 3 * ((top + row) * width + left)
        let from = 3 * row * part.width
        pixels.replaceSubrange(to..<to + 3 * part.width, with: part.pixels[from..<from + 3 * part.width])
      }
    }
    return PixelImage(width: width, height: height, trusted: pixels)
  }

  /// The inputs of a network as pictures: the normalisation is undone, and what is beyond black or white is cut off.
  ///
  /// - Precondition: the preprocessing has no `problems`, and the images have its channels.
  /// - Parameters:
  ///   - images: `[N, C, H, W]`, float32, as the preprocessing makes them.
  ///   - preprocessing: of the inputs.
  ///   - columns: how many in a row; `nil` for about as many as rows.
  ///   - limit: how many of the images at most.
  /// - Returns: `nil` without images.
  public static func picture(
    ofInputs images: Tensor, preprocessing: Preprocessing, columns: Int? = nil, limit: Int = 64
  ) -> PixelImage? {
    precondition(images.shape.rank == 4, "a sheet of \(images.shape)")
    let shape = Shape(Array(images.shape.dimensions.dropFirst()))
    let size = shape.elementCount
    let pictures = images.withFloats { floats in
      (0..<min(images.shape[0], limit)).map { index in
        preprocessing.picture(from: Tensor(shape: shape, floats: Array(floats[index * size..<(index + 1) * size])))
      }
    }
    return tiled(pictures, columns: columns, cell: shape.extent)
  }

  /// Pictures of any size, each scaled so that it just fits its cell.
  ///
  /// - Throws: `ImageError` with `.resizeTooLarge`.
  /// - Returns: `nil` without pictures.
  /// - Precondition: both sides of `cell` are positive.
  public static func picture(
    of pictures: [PixelImage], cell: Extent, columns: Int? = nil
  ) throws(ImageError) -> PixelImage? {
    precondition(cell.height > 0 && cell.width > 0, "cells of \(cell)")
    var scaled: [PixelImage] = []
    for picture in pictures {
      scaled.append(try picture.resized(to: fitted(picture.extent, in: cell), filter: .bilinear))
    }
    return tiled(scaled, columns: columns, cell: cell)
  }

  /// The largest size with the ratio of a picture that a cell has room for.
  private static func fitted(_ picture: Extent, in cell: Extent) -> Extent {
    if picture.width * cell.height >= picture.height * cell.width {
      let height = Double(picture.height * cell.width) / Double(picture.width)
      return Extent(height: max(1, Int(height.rounded())), width: cell.width)
    }
    let width = Double(picture.width * cell.height) / Double(picture.height)
    return Extent(height: cell.height, width: max(1, Int(width.rounded())))
  }
}
