import ZooGraph
import ZooImages
import ZooTensor

/// A rectangle of pixels.
public struct PixelBox: Hashable, Sendable {
  /// The first row, from 0; negative above the picture.
  public var row: Int
  /// The first column, from 0; negative left of the picture.
  public var column: Int
  /// How many rows and columns.
  public var extent: Extent

  /// `nil` when there is no pixel between the edges.
  package init?(rows: Range<Int>, columns: Range<Int>) {
    guard !rows.isEmpty, !columns.isEmpty else { return nil }
    (row, column) = (rows.lowerBound, columns.lowerBound)
    extent = Extent(height: rows.count, width: columns.count)
  }
}

extension ReceptiveField {
  /// The pixels of an input that the element in a row and a column sees; `nil` when all of them lie in the padding.
  func box(row: Int, column: Int, in input: Extent) -> PixelBox? {
    func span(_ start: Int, _ stride: Int, _ index: Int, _ size: Int, _ limit: Int) -> Range<Int> {
      let first = Self.saturated(start, stride, index)
      let end = first.addingReportingOverflow(size)
      let last = min(end.overflow ? limit : end.partialValue, limit)
      return min(max(first, 0), max(last, 0))..<max(last, 0)
    }
    return PixelBox(
      rows: span(start.row, stride.height, row, size.height, input.height),
      columns: span(start.column, stride.width, column, size.width, input.width))
  }

  private static func saturated(_ start: Int, _ stride: Int, _ index: Int) -> Int {
    let (jump, overflow) = stride.multipliedReportingOverflow(by: index)
    if overflow { return .max }
    let (sum, overflows) = start.addingReportingOverflow(jump)
    return overflows ? .max : sum
  }
}

/// Where the pixels of a network's input come from in the picture that it was made of.
package struct InputPlacement {
  private let picture: Extent
  private let resized: Extent
  private let origin: (row: Int, column: Int)

  package init(_ preprocessing: Preprocessing, of picture: Extent) {
    self.picture = picture
    let resized = preprocessing.resizedExtent(for: picture)
    self.resized = resized
    let target = preprocessing.outputExtent(for: picture)
    let canvas = PixelImage(
      width: resized.width, height: resized.height, layout: .grey, trusted: [UInt8](repeating: 0, count: resized.area))
    origin = canvas.origin(ofCentre: target)
  }

  /// The pixels of the picture that a rectangle of the input shows, each that has a part in it; `nil` where the input shows
  /// none, as the black around a picture that is smaller than the crop.
  package func box(of input: PixelBox) -> PixelBox? {
    func span(_ start: Int, _ count: Int, _ offset: Int, _ resized: Int, _ picture: Int) -> Range<Int> {
      let (first, last) = (max(start + offset, 0), min(start + offset + count, resized))
      guard first < last else { return 0..<0 }
      return first * picture / resized..<(last * picture + resized - 1) / resized
    }
    return PixelBox(
      rows: span(input.row, input.extent.height, origin.row, resized.height, picture.height),
      columns: span(input.column, input.extent.width, origin.column, resized.width, picture.width))
  }
}
