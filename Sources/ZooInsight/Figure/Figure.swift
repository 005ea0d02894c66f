import ZooImages

/// What a method of looking into a network shows: panels in a grid, with captions, the scale of their colours, and notes that
/// say how it was made.
///
///     let figure = Figure(
///       title: "cam of tabby", panels: [.init(caption: "tabby", content: .overlay(map, on: picture))],
///       scale: .signed(2.5, unit: "contribution to the logit"), notes: ["resnet18, layer4.1.relu_2"])
///     try figure.write(to: "cam.png", overwrite: false)
public struct Figure: Hashable, Sendable {
  /// What a panel shows.
  public enum Content: Hashable, Sendable {
    /// As it is; small ones are enlarged, each pixel a square.
    case picture(PixelImage)
    /// Each number a square in the colour that the figure's scale gives it.
    case map(GridMap)
    /// The picture in grey, and over it the cells in their colours, at their places; what has no cell has no colour.
    /// Between the centres of cells colours change at once, or, when `smooth`, evenly.
    case overlay(GridMap, on: PixelImage, smooth: Bool = false)

    /// The numbers that are shown in the figure's scale.
    var map: GridMap? {
      switch self {
      case .picture: nil
      case .map(let map), .overlay(let map, on: _, smooth: _): map
      }
    }
  }

  /// One of the grid.
  public struct Panel: Hashable, Sendable {
    /// Stands below.
    public var caption: String
    /// What is drawn.
    public var content: Content

    /// What is drawn, with words below it.
    public init(caption: String, content: Content) {
      self.caption = caption
      self.content = content
    }
  }

  /// Above the panels.
  public var title: String
  /// From left to right, then downwards.
  public var panels: [Panel]
  /// How many panels stand side by side; chosen by their number and sizes when `nil`.
  public var columns: Int?
  /// The colours of all numbers; `nil` where there are none, else one that holds them all.
  public var scale: ColourScale?
  /// Below the panels, one a line.
  public var notes: [String]

  /// - Precondition: `columns` is above zero.
  /// - Parameters:
  ///   - title: above the panels.
  ///   - panels: from left to right, then downwards.
  ///   - columns: how many stand side by side; `nil` for about as many as there are rows.
  ///   - scale: what all maps share; `nil`: no map, or a scale without a unit that holds all of their numbers.
  ///   - notes: below the panels, one a line.
  public init(
    title: String, panels: [Panel], columns: Int? = nil, scale: ColourScale? = nil, notes: [String] = []
  ) {
    precondition(columns.map { $0 > 0 } ?? true, "\(columns ?? 0) columns")
    self.title = title
    self.panels = panels
    self.columns = columns
    let maps = panels.compactMap(\.content.map)
    self.scale = scale ?? (maps.isEmpty ? nil : .covering(maps.map(\.values), unit: ""))
    self.notes = notes
  }
}
