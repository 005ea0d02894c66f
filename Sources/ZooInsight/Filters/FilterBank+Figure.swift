import ZooImages
import ZooTensor

extension FilterBank {
  /// The largest side of a matrix of single weights that is drawn.
  public static let maximumMatrixSide = 512

  /// Filters over colours as small pictures; others as a grid, a row for each filter and a column for each channel that
  /// it reads, in one signed scale; single weights as the cells of one matrix.
  ///
  /// - Parameters:
  ///   - title: above the figure.
  ///   - filters: which to draw.
  ///   - channels: which to draw of the channels that they read; colours are always all drawn.
  ///   - scale: of filters over colours.
  ///   - notes: below the figure, one a line.
  /// - Returns: A figure.
  public func figure(title: String, filters: [Int], channels: [Int], scale: Scale, notes: [String]) -> Figure {
    if case .colour = reads {
      let panels = filters.map { filter in
        Figure.Panel(
          caption: scale == .perFilter ? "\(filter): ±\(Figure.short(Double(limit(of: filter))))" : "\(filter)",
          content: .picture(picture(of: filter, scale: scale)))
      }
      let words =
        scale == .perFilter
        ? "Mid-grey is zero; black and white are minus and plus the number below each filter, its largest weight."
        : "Mid-grey is zero; black and white are ±\(Figure.short(Double(limit()))), the layer's largest weight."
      return Figure(title: title, panels: panels, notes: [words] + notes)
    }
    let signed = ColourScale.signed(Double(limit()), unit: "weight")
    if kernel.area == 1 {
      let values = filters.flatMap { filter in channels.map { slice(filter, channel: $0)[0] } }
      let map = GridMap(rows: filters.count, columns: channels.count, values: values)
      return Figure(
        title: title, panels: [.init(caption: "rows: filters, columns: channels", content: .map(map))], scale: signed,
        notes: notes)
    }
    let panels = filters.flatMap { filter in
      channels.map { channel in
        Figure.Panel(
          caption: "\(filter)←\(channel)",
          content: .map(GridMap(rows: kernel.height, columns: kernel.width, values: slice(filter, channel: channel))))
      }
    }
    return Figure(
      title: title, panels: panels, columns: channels.count, scale: signed,
      notes: ["A row is a filter, a column a channel that it reads."] + notes)
  }
}
