import ZooImages

extension ScoreMap {
  /// The probability of one class at the centre of each window, for drawing on the picture.
  ///
  /// - Precondition: `index` is one of the classes.
  public func heatMap(ofClass index: Int) -> HeatMap {
    var values = probabilities(ofClass: index).map { Float($0) }
    if isMirrored {
      for row in 0..<rows { values[row * columns..<(row + 1) * columns].reverse() }
    }
    let first = centre(row: 0, column: isMirrored ? columns - 1 : 0)
    return HeatMap(
      rows: rows, columns: columns, values: values, origin: HeatMap.Vector(x: first.x, y: first.y),
      step: HeatMap.Vector(x: abs(pictureStep.x), y: pictureStep.y),
      cell: HeatMap.Vector(x: pictureWindow.x, y: pictureWindow.y))
  }
}

extension SlidingResult {
  /// The probability of one class over the picture: of several runs the mean, at the windows of the one that has them
  /// closest together.
  ///
  ///     let map = result.heatMap(ofClass: 281)
  ///     try picture.overlaid(with: map, title: "tabby").writePNG(to: "tabby.png")
  ///
  /// - Precondition: `index` is one of the classes.
  public func heatMap(ofClass index: Int) -> HeatMap {
    let maps = runs.map { $0.map.heatMap(ofClass: index) }
    let finest = maps.min { $0.step.x * $0.step.y < $1.step.x * $1.step.y } ?? maps[0]
    let values = (0..<finest.rows * finest.columns).map { cell in
      let place = HeatMap.Vector(
        x: finest.origin.x + Double(cell % finest.columns) * finest.step.x,
        y: finest.origin.y + Double(cell / finest.columns) * finest.step.y)
      return maps.reduce(0) { $0 + ($1.value(at: place) ?? 0) } / Float(maps.count)
    }
    return HeatMap(
      rows: finest.rows, columns: finest.columns, values: values, origin: finest.origin, step: finest.step,
      cell: finest.cell)
  }
}

extension Detection {
  /// The window with the class's name and its probability, to be drawn on the picture.
  public var labelledBox: LabelledBox {
    let percent = Int((100 * classification.probability).rounded())
    return LabelledBox(
      x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top, label: classification.label,
      detail: "\(percent)%")
  }
}
