import ZooImages
import ZooKit
import ZooTensor

extension RandomizationCheck.Result {
  /// The verdict with its numbers, in a sentence.
  public var summary: String {
    let half = halfway
    let upper =
      half.layers == layers
      ? layers == 1 ? "the only layer is random" : "all \(layers) layers are random"
      : "the upper \(half.layers) of \(layers) layers are random"
    guard let kept else {
      return
        "\(method.title): when \(upper), all values of a map are equal, and rank correlations are not defined; whether it depends on the weights cannot be said"
    }
    let others = "values \(Self.word(half.similarity.rank)), magnitudes \(Self.word(half.similarity.magnitudeRank))"
    let none = half.layers == layers ? "" : ", and \(Self.word(keptByNone)) when all are"
    let numbers =
      "\(Figure.short(kept)) is left when \(upper) (\(others), SSIM \(Figure.short(half.similarity.structure)))\(none)"
    let meaning =
      switch verdict {
      case .independent:
        "\(Self.kept) or more is much: most of what the map shows comes from the picture and the architecture, not from what was learnt"
      case .partly:
        "between \(Self.changed) and \(Self.kept) is some: part of what the map shows is there whatever was learnt"
      case .depends, .undefined:
        "below \(Self.changed) is little: the map depends on the weights, as an explanation must; that alone does not make it right"
      }
    return "\(method.title): a rank correlation of \(numbers); \(meaning)"
  }

  static func word(_ correlation: Double?) -> String { correlation.map { Figure.short($0) } ?? "undefined" }

  /// The similarity of the maps with the original one, against the number of random layers.
  public var chart: LineChart {
    func series(_ name: String, isDashed: Bool = false, _ value: (MapSimilarity) -> Double?) -> LineChart.Series {
      LineChart.Series(
        name,
        [LineChart.Point(0, 1)]
          + steps.map { LineChart.Point(Double($0.layers), value($0.similarity) ?? .nan) }, isDashed: isDashed)
    }
    return LineChart(
      title: "\(method.title): does the map depend on the weights?",
      xTitle: "layers with random weights, from the top, of \(layers)",
      yTitle: "similarity with the map of the trained model",
      series: [
        series("rank correlation of magnitudes", \.magnitudeRank), series("of values", \.rank),
        series("SSIM of magnitudes", isDashed: true, \.structure),
      ], limits: -1...1,
      notes: [summary + ".", "Of the weights: " + options.randomization.description + "."])
  }

  /// The steps of which the maps are shown: the first, the last, and up to two between them.
  private var shown: [Step] {
    let places = [0, (steps.count - 1) / 3, 2 * (steps.count - 1) / 3, steps.count - 1]
    return Set(places).sorted().map { steps[$0] }
  }

  /// The original map and those of some steps, each in parts of the 99th percentile of its magnitudes.
  ///
  /// - Parameters:
  ///   - picture: what the network saw
  ///   - notes: how it was made
  /// - Returns: A figure.
  public func figure(of picture: PixelImage?, notes: [String]) -> Figure {
    func content(_ map: GridMap) -> Figure.Content {
      let limit = map.values.map { abs(Double($0)) }.percentile99
      let parts = limit > 0 ? map.values.map { Float(Double($0) / limit) } : map.values
      // What is beyond the ends of the scale has their colours.
      return .map(GridMap(rows: map.rows, columns: map.columns, values: parts.map { min(max($0, -1), 1) }))
    }
    var panels: [Figure.Panel] = []
    if let picture { panels.append(Figure.Panel(caption: "what the network saw", content: .picture(picture))) }
    panels.append(Figure.Panel(caption: "as trained", content: content(original)))
    panels += shown.map { step in
      let word = step.layers == 1 ? "1 layer random" : "\(step.layers) layers random"
      let lowest = step.changed.last.map { ", down to \($0)" } ?? ""
      return Figure.Panel(
        caption: "\(word)\(lowest): \(Self.word(step.similarity.magnitudeRank))", content: content(step.map))
    }
    return Figure(
      title: "Maps as layers become random", panels: panels, columns: min(3, panels.count),
      scale: .signed(1, unit: "value, as part of the 99th percentile of its map's magnitudes"),
      notes: ["Below each map, the rank correlation of its magnitudes with those of the map as trained."] + notes)
  }

  /// Writes the chart above the maps, as PNG or SVG by the name's ending.
  ///
  /// - Throws: as `Figure.write(to:overwrite:)`.
  public func write(to path: String, picture: PixelImage?, notes: [String], overwrite: Bool) throws {
    try Drawing.stacked([chart.drawing(), figure(of: picture, notes: notes).drawing()], title: chart.title)
      .write(to: path, overwrite: overwrite)
  }
}
