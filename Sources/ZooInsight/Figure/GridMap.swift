import ZooImages

/// A grid of numbers: a channel of a layer, a map of contributions, what a patch changes at each of its places.
public struct GridMap: Hashable, Sendable {
  /// Where the cells are on a picture, in its pixels from the upper left corner, as `HeatMap` has it: the first pixel has
  /// its centre at (0.5, 0.5).
  public struct Placement: Hashable, Sendable {
    /// The centre of the first cell.
    public var origin: HeatMap.Vector
    /// The distance between the centres of neighbouring cells.
    public var step: HeatMap.Vector
    /// The width and height of what one number speaks of.
    public var cell: HeatMap.Vector

    /// - Parameters:
    ///   - origin: the centre of the first value, in pixels.
    ///   - step: the distance between neighbouring values, in pixels.
    ///   - cell: `step` when `nil`.
    public init(origin: HeatMap.Vector, step: HeatMap.Vector, cell: HeatMap.Vector? = nil) {
      self.origin = origin
      self.step = step
      self.cell = cell ?? step
    }
  }

  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// Row-major. A number that is not finite is drawn as none and counted.
  public let values: [Float]
  /// `nil`: over a picture, the cells share it evenly.
  public let placement: Placement?

  /// - Precondition: there is at least one cell, `values` has one number per cell, and a placement's places are finite, its
  ///   distances above zero.
  public init(rows: Int, columns: Int, values: [Float], placement: Placement? = nil) {
    precondition(
      rows > 0 && columns > 0 && values.count == rows * columns, "\(values.count) values for \(rows)×\(columns) cells")
    if let placement {
      let distances = [placement.step.x, placement.step.y, placement.cell.x, placement.cell.y]
      precondition(
        placement.origin.x.isFinite && placement.origin.y.isFinite && distances.allSatisfy { $0.isFinite && $0 > 0 },
        "cells at \(placement)")
    }
    self.rows = rows
    self.columns = columns
    self.values = values
    self.placement = placement
  }

  /// The values of a heat map, without its place on the picture.
  public init(_ map: HeatMap) {
    self.init(
      rows: map.rows, columns: map.columns, values: map.values,
      placement: Placement(origin: map.origin, step: map.step, cell: map.cell))
  }

  /// The lowest and the highest of the finite numbers; `nil` when there is none.
  public var range: ClosedRange<Float>? {
    var (low, high) = (Float.infinity, -Float.infinity)
    values.withUnsafeBufferPointer { values in
      for value in values where value.isFinite { (low, high) = (min(low, value), max(high, value)) }
    }
    return low <= high ? low...high : nil
  }

  /// How many numbers are not finite.
  var oddCount: Int { count { !$0.isFinite } }

  func count(where holds: (Float) -> Bool) -> Int {
    values.withUnsafeBufferPointer { values in
      var count = 0
      for value in values where holds(value) { count += 1 }
      return count
    }
  }

  /// The map on a picture of this size.
  func placed(width: Int, height: Int) -> HeatMap {
    let even = HeatMap.Vector(x: Double(width) / Double(columns), y: Double(height) / Double(rows))
    let place = placement ?? Placement(origin: HeatMap.Vector(x: even.x / 2, y: even.y / 2), step: even)
    return HeatMap(
      rows: rows, columns: columns, values: values, origin: place.origin, step: place.step, cell: place.cell)
  }

  /// The means of blocks of `factor` × `factor` cells; those at the lower and right edge may be smaller. A block in which a
  /// number is not finite has none.
  func reduced(by factor: Int) -> GridMap {
    guard factor > 1 else { return self }
    let (newRows, newColumns) = ((rows + factor - 1) / factor, (columns + factor - 1) / factor)
    var means: [Float] = []
    for row in 0..<newRows {
      for column in 0..<newColumns {
        let (lines, places) = (
          row * factor..<min(row * factor + factor, rows), column * factor..<min(column * factor + factor, columns)
        )
        var sum = 0.0
        for line in lines { for place in places { sum += Double(values[line * columns + place]) } }
        means.append(Float(sum / Double(lines.count * places.count)))
      }
    }
    return GridMap(rows: newRows, columns: newColumns, values: means)
  }
}
