import ZooImages

/// A picture as a list of shapes, which a canvas or an SVG renderer paints in this order. Lengths are pixels of the canvas;
/// an SVG is shown at half of them, so that its letters have their usual size.
package struct Drawing: Sendable {
  package typealias Point = (x: Double, y: Double)

  /// What a shape is there for; both renderers have a colour for each, the SVG one for light and one for dark.
  package enum Ink: Hashable, Sendable {
    case text, grid, axis
    /// The edge of a map, whose colours may be those of the page.
    case frame
    /// The colour of the series of that number; they repeat after eight.
    case series(Int)
    /// A colour of its own, the same in light and dark.
    case colour(Colour)
  }

  package enum TextStyle: Hashable, Sendable {
    case title, name, plain, note
  }

  package enum Anchor: Hashable, Sendable {
    case start, middle, end
  }

  enum Shape: Sendable {
    /// `y` is the baseline.
    case text(String, x: Double, y: Double, TextStyle, Anchor)
    case path([Point], Ink, width: Double, isDashed: Bool)
    /// Between a line and a horizontal one, tinted.
    case area([Point], base: Double, Ink)
    case rectangle(x: Double, y: Double, width: Double, height: Double, Ink, tip: String)
    case disc(Point, radius: Double, Ink, tip: String)
    /// Each pixel a rectangle of its own where the place is larger than the picture.
    case picture(PixelImage, x: Double, y: Double, width: Double, height: Double, tip: String)
  }

  package let title: String
  package let width: Int
  package let height: Int
  var shapes: [Shape] = []

  package init(title: String, width: Int, height: Int) {
    self.title = title
    self.width = width
    self.height = height
  }
}

extension Drawing {
  package mutating func write(
    _ text: String, x: Double, baseline: Double, _ style: TextStyle = .plain, _ anchor: Anchor = .start
  ) {
    shapes.append(.text(text, x: x, y: baseline, style, anchor))
  }

  package mutating func stroke(_ points: [Point], _ ink: Ink, width: Double = 2, isDashed: Bool = false) {
    shapes.append(.path(points, ink, width: width, isDashed: isDashed))
  }

  /// Tints what is between a line that goes to the right and the horizontal at `base`.
  package mutating func tint(_ points: [Point], base: Double, _ ink: Ink) {
    shapes.append(.area(points, base: base, ink))
  }

  package mutating func fill(x: Double, y: Double, width: Double, height: Double, _ ink: Ink, tip: String = "") {
    shapes.append(.rectangle(x: x, y: y, width: width, height: height, ink, tip: tip))
  }

  /// `tip`: what an SVG shows when a pointer rests on the dot.
  package mutating func dot(_ centre: Point, radius: Double, _ ink: Ink, tip: String = "") {
    shapes.append(.disc(centre, radius: radius, ink, tip: tip))
  }

  /// Shows a picture whose pixels are squares. Both sides should be multiples of the picture's.
  package mutating func show(
    _ image: PixelImage, x: Double, y: Double, width: Double, height: Double, tip: String = ""
  ) {
    shapes.append(.picture(image, x: x, y: y, width: width, height: height, tip: tip))
  }
}

extension Drawing.TextStyle {
  /// That of pictures; an SVG has the reader's own, which is hardly ever wider.
  var font: Font {
    switch self {
    case .title: Font(size: 28, weight: .bold)
    case .name: Font(size: 20, weight: .bold)
    case .plain, .note: Font(size: 20)
    }
  }
  /// From one line to the next.
  var line: Int { self == .title ? 36 : 26 }
  /// From the upper edge of a capital to the baseline.
  var rise: Int { self == .title ? 21 : 15 }
  /// The width of one line, in whole pixels.
  func width(of text: some StringProtocol) -> Int { Int(font.width(of: text).rounded(.up)) }
  /// A text in lines that are at most so wide.
  func lines(of text: String, width: Int) -> [String] { font.lines(of: text, width: Double(width)).map(String.init) }
}
