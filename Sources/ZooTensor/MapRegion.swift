/// Some rows and columns of a feature map. Where it says so, it may reach beyond the map, into its padding.
public struct MapRegion: Hashable, Sendable {
  /// From 0; negative ones lie in the padding above.
  public var rows: Range<Int>
  /// From 0; negative ones lie in the padding on the left.
  public var columns: Range<Int>

  /// Takes the rows and columns as they are.
  public init(rows: Range<Int>, columns: Range<Int>) {
    self.rows = rows
    self.columns = columns
  }

  /// All of a map.
  public init(_ extent: Extent) {
    self.init(rows: 0..<extent.height, columns: 0..<extent.width)
  }

  /// No row and no column.
  public static let empty = MapRegion(rows: 0..<0, columns: 0..<0)

  /// Whether it has no pixel.
  public var isEmpty: Bool { rows.isEmpty || columns.isEmpty }
  /// How many rows and columns it has.
  public var extent: Extent { Extent(height: rows.count, width: columns.count) }

  /// The smallest rectangle that holds both.
  public func union(_ other: MapRegion) -> MapRegion {
    if isEmpty { return other }
    if other.isEmpty { return self }
    func hull(_ a: Range<Int>, _ b: Range<Int>) -> Range<Int> {
      min(a.lowerBound, b.lowerBound)..<max(a.upperBound, b.upperBound)
    }
    return MapRegion(rows: hull(rows, other.rows), columns: hull(columns, other.columns))
  }

  /// What both have in common.
  public func intersection(_ other: MapRegion) -> MapRegion {
    let both = MapRegion(rows: rows.clamped(to: other.rows), columns: columns.clamped(to: other.columns))
    return both.isEmpty ? .empty : both
  }

  /// Whether each pixel of `other` is in it; an empty region is in every other.
  public func contains(_ other: MapRegion) -> Bool { other.isEmpty || intersection(other) == other }
}

extension MapRegion: CustomStringConvertible {
  /// `rows 3 to 5, columns 0 to 9`
  public var description: String {
    isEmpty ? "nothing" : "rows \(words(rows)), columns \(words(columns))"
  }

  private func words(_ range: Range<Int>) -> String { "\(range.lowerBound) to \(range.upperBound - 1)" }
}
