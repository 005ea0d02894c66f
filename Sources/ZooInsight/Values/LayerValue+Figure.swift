import ZooImages

extension LayerValue {
  /// The maps of units side by side, or the numbers of a vector as cells, all in one scale: from zero up, or around
  /// zero where the layer has negative values.
  ///
  /// - Parameters:
  ///   - title: above the figure.
  ///   - units: those to draw; of a vector all are drawn.
  ///   - notes: below the figure, one a line.
  /// - Returns: A figure.
  public func figure(title: String, units: [Int], notes: [String]) -> Figure {
    let range = range ?? 0...0
    let scale: ColourScale =
      range.lowerBound < 0
      ? .signed(Double(max(-range.lowerBound, range.upperBound)), unit: "activation")
      : .magnitude(0...Double(range.upperBound), unit: "activation")
    guard extent.area > 1 else {
      let map = GridMap(cells: value.floats)
      let caption = "units 0 to \(self.units - 1), row by row"
      return Figure(title: title, panels: [.init(caption: caption, content: .map(map))], scale: scale, notes: notes)
    }
    let panels = units.map { unit in
      let numbers = map(of: unit)
      let peak = numbers.lazy.filter(\.isFinite).max { $0.magnitude < $1.magnitude } ?? 0
      return Figure.Panel(
        caption: "\(unit): \(Figure.short(Double(peak)))",
        content: .map(GridMap(rows: extent.height, columns: extent.width, values: numbers)))
    }
    return Figure(
      title: title, panels: panels, scale: scale,
      notes: ["Below each map: the number of the unit, and its value of the largest magnitude."] + notes)
  }
}

extension GridMap {
  /// Numbers row by row in a grid that is about square; cells that are left over have none.
  init(cells: [Float]) {
    let count = cells.count
    var rows = max(1, Int(Double(count).squareRoot()))
    if count > 10 {
      // A grid without cells left over, if there is one that is not too wide.
      let whole = stride(from: rows, to: rows / 2, by: -1).first { count % $0 == 0 }
      rows = whole ?? rows
    } else {
      rows = 1
    }
    let columns = (count + rows - 1) / rows
    rows = (count + columns - 1) / columns
    self.init(
      rows: rows, columns: columns, values: cells + [Float](repeating: .nan, count: rows * columns - count))
  }
}
