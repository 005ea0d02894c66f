import ZooImages

extension Drawing {
  /// Drawings below each other, in one.
  static func stacked(_ drawings: [Drawing], title: String) -> Drawing {
    var stack = Drawing(
      title: title, width: drawings.map(\.width).max() ?? 0, height: drawings.reduce(0) { $0 + $1.height })
    var top = 0.0
    for drawing in drawings {
      stack.shapes += drawing.shapes.map { $0.moved(down: top) }
      top += Double(drawing.height)
    }
    return stack
  }
}

extension Drawing.Shape {
  fileprivate func moved(down: Double) -> Drawing.Shape {
    func moved(_ point: Drawing.Point) -> Drawing.Point { (x: point.x, y: point.y + down) }
    switch self {
    case .text(let text, let x, let y, let style, let anchor):
      return .text(text, x: x, y: y + down, style, anchor)
    case .path(let points, let ink, let width, let isDashed):
      return .path(points.map(moved), ink, width: width, isDashed: isDashed)
    case .area(let points, let base, let ink):
      return .area(points.map(moved), base: base + down, ink)
    case .rectangle(let x, let y, let width, let height, let ink, let tip):
      return .rectangle(x: x, y: y + down, width: width, height: height, ink, tip: tip)
    case .disc(let centre, let radius, let ink, let tip):
      return .disc(moved(centre), radius: radius, ink, tip: tip)
    case .picture(let image, let x, let y, let width, let height, let tip):
      return .picture(image, x: x, y: y + down, width: width, height: height, tip: tip)
    }
  }
}
