import ZooGraph
import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A rectangle of a picture in pixels: `left` and `top` are where it begins, `right` and `bottom` where it ends.
public struct PictureBox: Hashable, Sendable {
  /// In pixels, from the picture's left side; may lie outside of it.
  public var left: Double
  /// In pixels, from the picture's upper side; may lie outside of it.
  public var top: Double
  /// In pixels, from the picture's left side.
  public var right: Double
  /// In pixels, from the picture's upper side.
  public var bottom: Double

  /// Four sides in pixels; nothing is checked.
  public init(left: Double, top: Double, right: Double, bottom: Double) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  /// In square pixels; 0 where a side is not after its opposite.
  public var area: Double { max(0, right - left) * max(0, bottom - top) }

  /// The area of what both cover, as a part of what either covers; 0 for empty boxes.
  public func intersectionOverUnion(_ other: PictureBox) -> Double {
    let common = PictureBox(
      left: max(left, other.left), top: max(top, other.top), right: min(right, other.right),
      bottom: min(bottom, other.bottom)
    ).area
    let union = area + other.area - common
    return union > 0 ? common / union : 0
  }
}

/// The scores of a classifier that slid over an image.
///
/// The cell in row `r` and column `c` is about the window whose upper left pixel is `(r · step.height, c · step.width)` of
/// the network's input. Boxes and centres are in pixels of the picture that became that input.
public struct ScoreMap: Sendable {
  /// `[classes, rows, columns]`
  public let logits: Tensor
  /// What makes probabilities of the scores of a cell.
  public let function: Answer.Function
  /// From a window to the next, in pixels of the input.
  public let step: Extent
  /// The height and width of a window, in pixels of the input: those of the images that the network was made for.
  public let window: Extent
  /// The height and width of the network's input.
  public let input: Extent
  /// The height and width of the picture that was resized to the input.
  public let picture: Extent
  /// Whether the input was the picture's mirror image.
  public let isMirrored: Bool
  /// The likeliest class of each cell, row by row; the first of several.
  public let bestClasses: [Int]
  /// `log Σ exp` over the classes of each cell: a logit less this is the logarithm of a probability.
  private let normalizers: [Double]

  /// - Throws: `ZooError.scoresNotFinite`.
  init(
    logits: Tensor, function: Answer.Function, step: Extent, window: Extent, input: Extent, picture: Extent,
    isMirrored: Bool
  ) throws(ZooError) {
    self.logits = logits
    self.function = function
    self.step = step
    self.window = window
    self.input = input
    self.picture = picture
    self.isMirrored = isMirrored
    let (classes, cells) = (logits.shape.channels, logits.shape.extent.area)
    var best = [Int](repeating: 0, count: cells)
    var sums = [Double](repeating: 0, count: cells)
    let maxima = try logits.withFloats { floats throws(ZooError) in
      guard floats.allSatisfy(\.isFinite) else { throw .scoresNotFinite }
      var maxima = Array(floats.prefix(cells))
      for index in 1..<max(classes, 1) {
        for cell in 0..<cells where floats[index * cells + cell] > maxima[cell] {
          maxima[cell] = floats[index * cells + cell]
          best[cell] = index
        }
      }
      for index in 0..<classes {
        for cell in 0..<cells { sums[cell] += exp(Double(floats[index * cells + cell]) - Double(maxima[cell])) }
      }
      return maxima
    }
    bestClasses = best
    normalizers = zip(maxima, sums).map { Double($0) + log($1) }
  }

  /// The number of classes.
  public var classes: Int { logits.shape.channels }
  /// The number of rows of windows.
  public var rows: Int { logits.shape.extent.height }
  /// The number of columns of windows.
  public var columns: Int { logits.shape.extent.width }

  /// The scores of one class, row by row.
  ///
  /// - Precondition: `index` is one of the classes.
  public func logits(ofClass index: Int) -> [Float] {
    let cells = rows * columns
    return logits.withFloats { Array($0[index * cells..<(index + 1) * cells]) }
  }

  /// The probabilities of one class, row by row: softmax over the classes at each cell, or the sigmoid of each score.
  ///
  /// - Precondition: `index` is one of the classes.
  public func probabilities(ofClass index: Int) -> [Double] {
    switch function {
    case .softmax: zip(logits(ofClass: index), normalizers).map { exp(Double($0) - $1) }
    case .sigmoid: function.probabilities(logits(ofClass: index).map(Double.init))
    }
  }

  /// The mean score of each class over the cells.
  public var means: [Double] {
    (0..<classes).map { logits(ofClass: $0).reduce(0.0) { $0 + Double($1) } / Double(rows * columns) }
  }

  /// The highest score of each class.
  public var maxima: [Float] {
    (0..<classes).map { logits(ofClass: $0).max() ?? 0 }
  }

  /// The window of a cell, clipped to the picture.
  public func box(row: Int, column: Int) -> PictureBox {
    let (top, left) = (row * step.height, column * step.width)
    let box = PictureBox(
      left: horizontal(left), top: vertical(top), right: horizontal(min(left + window.width, input.width)),
      bottom: vertical(min(top + window.height, input.height)))
    guard isMirrored else { return box }
    let width = Double(picture.width)
    return PictureBox(left: width - box.right, top: box.top, right: width - box.left, bottom: box.bottom)
  }

  /// The middle of a cell's window, not clipped.
  public func centre(row: Int, column: Int) -> (x: Double, y: Double) {
    let x = (Double(column * step.width) + Double(window.width) / 2) * pixelsPerInputPixel.x
    let y = (Double(row * step.height) + Double(window.height) / 2) * pixelsPerInputPixel.y
    return (isMirrored ? Double(picture.width) - x : x, y)
  }

  /// From the centre of a cell to that of the next column and of the next row; to the left if the input was mirrored.
  public var pictureStep: (x: Double, y: Double) {
    let x = Double(step.width) * pixelsPerInputPixel.x
    return (isMirrored ? -x : x, Double(step.height) * pixelsPerInputPixel.y)
  }

  /// The height and width of a window, in pixels of the picture.
  var pictureWindow: (x: Double, y: Double) {
    (Double(window.width) * pixelsPerInputPixel.x, Double(window.height) * pixelsPerInputPixel.y)
  }

  private var pixelsPerInputPixel: (x: Double, y: Double) {
    (Double(picture.width) / Double(input.width), Double(picture.height) / Double(input.height))
  }

  private func horizontal(_ column: Int) -> Double { Double(column) * pixelsPerInputPixel.x }
  private func vertical(_ row: Int) -> Double { Double(row) * pixelsPerInputPixel.y }
}
