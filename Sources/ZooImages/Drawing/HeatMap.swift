/// Values over a grid laid on a picture: what a classifier that slides says at each place.
///
/// Coordinates are in the picture's pixels from its upper left corner, x to the right and y downwards, so that the first
/// pixel has its centre at (0.5, 0.5) and a window of 28 pixels at the corner has its centre at (14, 14).
public struct HeatMap: Hashable, Sendable {
  /// A place on the picture, or a distance between two.
  public struct Vector: Hashable, Sendable {
    /// In pixels, to the right.
    public var x: Double
    /// In pixels, downwards.
    public var y: Double

    /// Pixels to the right, and downwards.
    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// The number of rows of the grid.
  public let rows: Int
  /// The number of columns of the grid.
  public let columns: Int
  /// Row-major. A value that is not finite stands for none.
  public let values: [Float]
  /// The centre of the first cell.
  public let origin: Vector
  /// The distance between the centres of neighbouring cells.
  public let step: Vector
  /// The width and height of what one value speaks of.
  public let cell: Vector

  /// - Precondition: there is at least one cell, `values` has one number per cell, distances are finite and above zero.
  /// - Parameters:
  ///   - rows: the number of rows of cells.
  ///   - columns: the number of columns of cells.
  ///   - values: row by row, one per cell.
  ///   - origin: the centre of the first cell, in pixels.
  ///   - step: the distance between neighbouring cells, in pixels.
  ///   - cell: the width and height of what one value speaks of; `step` when `nil`. Around the outermost centres the
  ///     map reaches half of it.
  public init(rows: Int, columns: Int, values: [Float], origin: Vector, step: Vector, cell: Vector? = nil) {
    precondition(
      rows > 0 && columns > 0 && values.count == rows * columns, "\(values.count) values for \(rows)×\(columns) cells")
    let cell = cell ?? step
    precondition(origin.x.isFinite && origin.y.isFinite, "a map at \(origin)")
    precondition(
      [step.x, step.y, cell.x, cell.y].allSatisfy { $0.isFinite && $0 > 0 }, "cells of \(cell), \(step) apart")
    self.rows = rows
    self.columns = columns
    self.values = values
    self.origin = origin
    self.step = step
    self.cell = cell
  }

  /// The lowest and the highest of the finite values; `nil` when there is none.
  public var range: ClosedRange<Float>? {
    let finite = values.lazy.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return nil }
    return low...high
  }

  /// The value at a place: between the centres of the four nearest cells, bilinear; beyond the outermost centres, what it
  /// is there. A cell without a value leaves the others their weights; `nil` where the nearest has none.
  public func value(at place: Vector) -> Float? {
    let row = Axis.Place((place.y - origin.y) / step.y, count: rows)
    let column = Axis.Place((place.x - origin.x) / step.x, count: columns)
    return value(row: row, column: column).map { Float($0) }
  }
}

extension HeatMap {
  /// Where the pixels of one dimension lie between the centres of cells.
  struct Axis {
    /// The cells around a pixel and the weight of the second.
    struct Place {
      var first: Int
      var second: Int
      var weight: Double

      /// `position`: in cells from the centre of the first.
      init(_ position: Double, count: Int) {
        let index = min(max(position, 0), Double(count - 1))
        first = Int(index)
        second = min(first + 1, count - 1)
        weight = index - Double(first)
      }
    }

    /// One per pixel; `nil` outside the map.
    let places: [Place?]

    /// `scale`: how many pixels each pixel of the picture has become.
    init(pixels: Int, scale: Int, count: Int, origin: Double, step: Double, cell: Double) {
      let last = Double(count - 1)
      places = (0..<pixels).map { pixel in
        let position = (Double(pixel) + 0.5) / Double(scale) - origin
        guard position >= -cell / 2, position < last * step + cell / 2 else { return nil }
        return Place(position / step, count: count)
      }
    }
  }

  /// Between the centres of four cells, bilinear. A cell without a value leaves the others their weights; `nil` where the
  /// nearest has none.
  func value(row: Axis.Place, column: Axis.Place) -> Double? {
    let (top, bottom) = (row.first * columns, row.second * columns)
    let (topLeft, topRight) = (Double(values[top + column.first]), Double(values[top + column.second]))
    let (bottomLeft, bottomRight) = (Double(values[bottom + column.first]), Double(values[bottom + column.second]))
    let (x, y) = (column.weight, row.weight)
    let above = topLeft * (1 - x) + topRight * x
    let below = bottomLeft * (1 - x) + bottomRight * x
    let value = above * (1 - y) + below * y
    if value.isFinite { return value }
    let nearest = x < 0.5 ? (y < 0.5 ? topLeft : bottomLeft) : (y < 0.5 ? topRight : bottomRight)
    guard nearest.isFinite else { return nil }
    var (sum, weights) = (0.0, 0.0)
    for (corner, weight) in [
      (topLeft, (1 - x) * (1 - y)), (topRight, x * (1 - y)), (bottomLeft, (1 - x) * y), (bottomRight, x * y),
    ] where corner.isFinite {
      sum += corner * weight
      weights += weight
    }
    return sum / weights
  }
}
