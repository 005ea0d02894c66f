import Testing
import ZooImages

@Suite struct LabelPlacementTests {
  private typealias Rectangle = Canvas.Rectangle

  private func overlap(_ one: Canvas.Rectangle, _ other: Canvas.Rectangle) -> Bool {
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
  }

  @Test("labels neither cover each other nor leave the picture", arguments: 1...40)
  func property(seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    func random(_ range: ClosedRange<Int>) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return range.lowerBound + Int((state >> 33) % UInt64(range.count))
    }
    let (left, top) = (random(0...50), random(0...50))
    let area = Rectangle(left: left, top: top, right: left + random(40...500), bottom: top + random(20...400))
    var (boxes, sizes): ([Canvas.Rectangle], [(width: Int, height: Int)]) = ([], [])
    for _ in 0..<random(1...60) {
      let (x, y) = (random(area.left...area.right - 2), random(area.top...area.bottom - 2))
      boxes.append(
        Rectangle(left: x, top: y, right: random(x + 1...area.right), bottom: random(y + 1...area.bottom)))
      sizes.append((random(0...200), random(8...24)))
    }
    let labels = LabelPlacement(boxes: boxes, sizes: sizes, area: area).labels
    #expect(labels.count == boxes.count)
    let places = labels.compactMap { $0?.place }
    for (index, place) in places.enumerated() {
      #expect(
        place.left >= area.left && place.right <= area.right && place.top >= area.top && place.bottom <= area.bottom,
        "seed \(seed), label \(index)")
      for other in places[(index + 1)...] { #expect(!overlap(place, other), "seed \(seed), label \(index)") }
    }
    for (index, label) in labels.enumerated() {
      guard let label else { continue }
      #expect(
        label.place.right - label.place.left == sizes[index].width
          && label.place.bottom - label.place.top == sizes[index].height, "seed \(seed), label \(index)")
      // A label without a line touches its box.
      let box = boxes[index]
      let near = Rectangle(left: box.left - 1, top: box.top - 1, right: box.right + 1, bottom: box.bottom + 1)
      #expect(label.leader != nil || overlap(label.place, near), "seed \(seed), label \(index)")
    }
    #expect(labels == LabelPlacement(boxes: boxes, sizes: sizes, area: area).labels)
  }

  @Test func theFirstHasTheBestPlaceAndOthersGoAround() {
    let area = Rectangle(left: 0, top: 0, right: 300, bottom: 300)
    let box = Rectangle(left: 100, top: 100, right: 160, bottom: 160)
    let sizes = [(width: Int, height: Int)](repeating: (60, 20), count: 14)
    let labels = LabelPlacement(boxes: Array(repeating: box, count: 14), sizes: sizes, area: area).labels
    let tops = labels.prefix(5).map { $0?.place.top }
    #expect(tops == [80, 160, 100, 140, 100])
    #expect(labels[4]?.place.left == 160)
    // Eight touch it, some reach into it, and the others have a line.
    #expect(labels.allSatisfy { $0 != nil } && labels.last.map { $0?.leader != nil } == true)
  }

  @Test func whereThereIsNoRoomALabelIsLeftOut() {
    let area = Rectangle(left: 0, top: 0, right: 100, bottom: 40)
    let labels = LabelPlacement(
      boxes: Array(repeating: area, count: 4), sizes: [(100, 20), (100, 20), (100, 20), (101, 5)], area: area
    ).labels
    #expect(labels.map { $0 != nil } == [true, true, false, false])
    let image = PixelImage(width: 300, height: 260, layout: .grey, trusted: [UInt8](repeating: 9, count: 78000))
    let boxes = (0..<30).map { LabelledBox(x: 0, y: 0, width: 300, height: 260, label: "a long label, number \($0)") }
    let drawn = image.labelled(boxes)
    #expect(drawn.labelsLeftOut > 0 && drawn.labelsLeftOut < 30 && drawn.image == image.drawing(boxes))
  }

  /// Letters can be read on the plate of every colour that a box may have.
  @Test func platesContrastWithTheirLetters() {
    for red in stride(from: 0, through: 255, by: 15) {
      for green in stride(from: 0, through: 255, by: 15) {
        for blue in stride(from: 0, through: 255, by: 15) {
          let colour = Colour(red: UInt8(red), green: UInt8(green), blue: UInt8(blue))
          let contrast = colour.contrast(with: colour.contrasting)
          guard contrast < 4.5 else { continue }
          Issue.record("\(colour): \(contrast)")
          return
        }
      }
    }
  }
}
