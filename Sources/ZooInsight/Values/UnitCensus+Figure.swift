import ZooImages

extension UnitCensus {
  /// For each layer its units as cells, row by row: how often each was above zero.
  public func figure(title: String, notes: [String]) -> Figure {
    let panels = layers.map { layer in
      Figure.Panel(
        caption: "\(layer.counted): \(layer.neverPositive.count) of \(layer.units.count) never above 0",
        content: .map(GridMap(cells: layer.units.map { Float($0.fractionPositive) })))
    }
    return Figure(
      title: title, panels: panels, scale: .magnitude(0...1, unit: "fraction of values above 0"),
      notes: ["A cell is a unit, in the order of their numbers, row by row."] + notes)
  }
}
