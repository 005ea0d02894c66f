import ZooImages
import ZooKit
import ZooTensor

extension DeletionCurves.Result {
  /// The lowest and the highest area of the random orders.
  public var randomRange: ClosedRange<Double> {
    let areas = random.map(\.area)
    return (areas.min() ?? 0)...(areas.max() ?? 0)
  }

  /// What the areas say of the map, in a sentence for each of deletion and insertion.
  public var summary: [String] {
    let range = randomRange
    let orders = random.count == 1 ? "a random order" : "\(random.count) random orders"
    func words(_ name: String, _ area: Double, reverse: Double, isBetter: Bool, isWorse: Bool) -> String {
      let verdict =
        isBetter
        ? "better than all of them" : isWorse ? "worse than all of them" : "within their range"
      return
        "\(name): area \(Figure.short(area)); \(orders) \(Figure.short(randomArea)) (\(Figure.short(range.lowerBound)) to \(Figure.short(range.upperBound))), the reverse order \(Figure.short(reverse)); \(verdict)"
    }
    let (lost, gained) = (deletion.area, insertion.area)
    return [
      words(
        "deletion (small is good)", lost, reverse: reverse.area, isBetter: lost < range.lowerBound,
        isWorse: lost > range.upperBound),
      words(
        "insertion (large is good)", gained, reverse: reverseInsertion.area, isBetter: gained > range.upperBound,
        isWorse: gained < range.lowerBound),
    ]
  }

  /// The mean of the random orders at each share.
  private func mean(_ curves: [DeletionCurves.Curve]) -> [LineChart.Point] {
    (curves.first?.points.indices ?? 0..<0).map { index in
      LineChart.Point(
        curves[0].points[index].share,
        curves.reduce(0) { $0 + $1.points[index].probability } / Double(curves.count))
    }
  }

  /// The probability as cells are removed, and as they are put back.
  ///
  /// - Parameter title: of the method and the class
  /// - Returns: Two charts.
  public func charts(_ title: String) -> [LineChart] {
    func chart(
      _ what: String, _ share: String, _ first: DeletionCurves.Curve, _ last: DeletionCurves.Curve,
      _ random: [DeletionCurves.Curve], _ notes: [String]
    ) -> LineChart {
      func points(_ curve: DeletionCurves.Curve) -> [LineChart.Point] {
        curve.points.map { LineChart.Point($0.share, $0.probability) }
      }
      return LineChart(
        title: "\(what): \(title)", xTitle: share, yTitle: "probability",
        series: [
          LineChart.Series("most important first", points(first), showsArea: true),
          LineChart.Series("least important first", points(last)),
          LineChart.Series("random order, mean of \(random.count)", mean(random), isDashed: true),
        ], limits: 0...1, notes: notes)
    }
    let summary = summary
    return [
      chart("Deletion", "share of the picture removed", deletion, reverse, random, [summary[0] + "."]),
      chart(
        "Insertion", "share of the picture put back", insertion, reverseInsertion, random.map(\.mirrored),
        [summary[1] + "."]),
    ]
  }

  /// The map, and what is left of the input.
  ///
  /// - Parameters:
  ///   - unit: of the map's values
  ///   - notes: how it was made
  ///   - picture: of an input; `nil` where that cannot be
  /// - Returns: A figure.
  public func figure(unit: String, notes: [String], picture: (Tensor) -> PixelImage?) -> Figure {
    let largest = map.values.reduce(Float(0)) { max($0, abs($1)) }
    var panels = [Figure.Panel(caption: "map", content: .map(map))]
    for share in [0, 0.1, 0.25, 0.5] {
      guard let image = picture(input(withoutShare: share)) else { continue }
      let caption = share == 0 ? "what the network saw" : "without \(Figure.short(100 * share)) %"
      panels.append(Figure.Panel(caption: caption, content: .picture(image)))
    }
    let cell = options.cell == 1 ? "single pixels" : "cells of \(options.cell)×\(options.cell) pixels"
    let facts = [
      "Removed: \(cell), filled with \(options.fill.rawValue). Curves depend on the fill, and what is left is unlike any picture that the network learnt from."
    ]
    return Figure(
      title: "What is removed first", panels: panels, columns: min(3, panels.count),
      scale: .signed(Double(largest), unit: unit), notes: facts + notes)
  }

  /// Writes the charts above the figure, as PNG or SVG by the name's ending.
  ///
  /// - Throws: as `Figure.write(to:overwrite:)`.
  public func write(
    to path: String, title: String, unit: String, notes: [String], overwrite: Bool,
    picture: (Tensor) -> PixelImage?
  ) throws {
    let charts = try charts(title).map { $0.drawing() } + [figure(unit: unit, notes: notes, picture: picture).drawing()]
    try Drawing.stacked(charts, title: title).write(to: path, overwrite: overwrite)
  }
}
