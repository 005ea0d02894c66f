/// Where labels of boxes stand on a picture, so that none covers another or leaves the picture.
///
/// A pure function of the boxes and the sizes of their labels. Labels are placed one after the other, so that the first ones, which
/// should be those of the highest scores, have the best places: above their box, below it, in it at its upper edge or at its
/// lower one, at its right, at its left. Where all of these are taken or outside, a label stands as near as there is room on a grid, and a
/// line leads to its box; where there is no room at all it is left out.
package struct LabelPlacement {
  package struct Label: Hashable {
    /// What the label covers.
    package var place: Canvas.Rectangle
    /// The ends of a line from the label to its box, where they do not touch.
    package var leader: Leader?
  }

  package struct Leader: Hashable {
    package var from: Point
    package var to: Point
  }

  package struct Point: Hashable {
    package var x: Int
    package var y: Int
  }

  /// One for each box; `nil` for a label that was left out, or is empty.
  package private(set) var labels: [Label?] = []

  /// - Parameters:
  ///   - boxes: within the area.
  ///   - sizes: of the boxes' labels; one without width or height has no label.
  ///   - area: the part of a picture that labels may cover.
  package init(boxes: [Canvas.Rectangle], sizes: [(width: Int, height: Int)], area: Canvas.Rectangle) {
    var taken: [Canvas.Rectangle] = []
    // Searches of the grid cost the most; a picture full of labels needs no more of them.
    var searches = 64
    for (box, size) in zip(boxes, sizes) {
      guard size.width > 0, size.height > 0, size.width <= area.width, size.height <= area.height else {
        labels.append(nil)
        continue
      }
      func isFree(_ place: Canvas.Rectangle) -> Bool { !taken.contains { $0.overlaps(place) } }
      var label = Self.places(of: size, near: box, in: area).first(where: isFree).map { Label(place: $0) }
      if label == nil, searches > 0 {
        searches -= 1
        label = Self.nearest(size, to: box, in: area, where: isFree).map { place in
          Label(place: place, leader: Self.leader(from: place, to: box))
        }
      }
      if let label { taken.append(label.place) }
      labels.append(label)
    }
  }

  /// Places at a box, the best first, each inside the area.
  private static func places(
    of size: (width: Int, height: Int), near box: Canvas.Rectangle, in area: Canvas.Rectangle
  ) -> [Canvas.Rectangle] {
    let lefts = [box.left, box.right - size.width].map { max(area.left, min($0, area.right - size.width)) }
    let tops = [box.top, box.bottom - size.height].map { max(area.top, min($0, area.bottom - size.height)) }
    let above = lefts.map { ($0, box.top - size.height) }
    let inside = lefts.map { ($0, tops[0]) }
    let below = lefts.map { ($0, box.bottom) }
    let inLower = lefts.map { ($0, tops[1]) }
    let beside = [box.right, box.left - size.width].flatMap { left in tops.map { (left, $0) } }
    return (above + below + inside + inLower + beside).map { left, top in
      Canvas.Rectangle(left: left, top: top, right: left + size.width, bottom: top + size.height)
    }.filter { place in
      place.left >= area.left && place.top >= area.top && place.right <= area.right && place.bottom <= area.bottom
    }
  }

  /// The free place on a grid of at most 24 × 48 whose middle is nearest to the box's.
  private static func nearest(
    _ size: (width: Int, height: Int), to box: Canvas.Rectangle, in area: Canvas.Rectangle,
    where isFree: (Canvas.Rectangle) -> Bool
  ) -> Canvas.Rectangle? {
    let (across, down) = (area.width - size.width, area.height - size.height)
    let step = (x: max(1, size.width / 4, across / 24), y: max(1, size.height / 2, down / 48))
    var best: (distance: Int, place: Canvas.Rectangle)?
    for y in stride(from: 0, through: down, by: step.y) {
      for x in stride(from: 0, through: across, by: step.x) {
        let (left, top) = (area.left + x, area.top + y)
        let dx = left + size.width / 2 - (box.left + box.width / 2)
        let dy = top + size.height / 2 - (box.top + box.height / 2)
        let distance = dx * dx + dy * dy
        guard distance < best?.distance ?? .max else { continue }
        let place = Canvas.Rectangle(left: left, top: top, right: left + size.width, bottom: top + size.height)
        if isFree(place) { best = (distance, place) }
      }
    }
    return best?.place
  }

  /// From the middle of the label's side that faces the box to the nearest point of the box.
  private static func leader(from place: Canvas.Rectangle, to box: Canvas.Rectangle) -> Leader? {
    guard !place.overlaps(box) else { return nil }
    let middle = Point(x: place.left + place.width / 2, y: place.top + place.height / 2)
    let end = Point(x: min(max(middle.x, box.left), box.right - 1), y: min(max(middle.y, box.top), box.bottom - 1))
    return Leader(
      from: Point(
        x: min(max(end.x, place.left), place.right - 1), y: min(max(end.y, place.top), place.bottom - 1)), to: end)
  }
}
