import Testing
import ZooImages

@Suite struct LabelledBoxTests {
  private let background = Colour(red: 10, green: 20, blue: 30)

  private func picture(_ width: Int, _ height: Int) -> PixelImage {
    PixelImage(
      width: width, height: height,
      trusted: (0..<width * height).flatMap { _ in [background.red, background.green, background.blue] })
  }

  private func changed(_ image: PixelImage) -> [(column: Int, row: Int)] {
    (0..<image.height).flatMap { row in (0..<image.width).map { ($0, row) } }.filter { image[$0, $1] != background }
  }

  @Test func aFrameLiesInsideItsBoxAndLeavesTheMiddle() {
    let result = picture(300, 400).drawing([LabelledBox(x: 20, y: 30, width: 100, height: 60, label: "")])
    #expect(result.width == 300 && result.height == 400)
    let colour = result[20, 30]
    #expect(colour != background)
    for (x, y) in [(21, 31), (119, 30), (119, 89), (20, 89), (60, 30), (60, 31), (60, 88), (118, 60)] {
      #expect(result[x, y] == colour, "(\(x), \(y))")
    }
    for (x, y) in [(19, 30), (20, 29), (120, 60), (60, 90), (22, 32), (60, 60), (117, 87)] {
      #expect(result[x, y] == background, "(\(x), \(y))")
    }
  }

  @Test func linesGrowWithThePicture() {
    let result = picture(1200, 1200).drawing([LabelledBox(x: 100, y: 100, width: 900, height: 900, label: "")])
    #expect(result[104, 500] == result[100, 100])
    #expect(result[105, 500] == background)
  }

  @Test func boxesOfOneLabelShareAColour() {
    let labels = (0..<24).map { "class \($0)" }
    // Far enough from each other that no label covers another box.
    func place(_ index: Int) -> (x: Int, y: Int) { (120 * (index % 24), index < 24 ? 50 : 250) }
    let boxes = (labels + labels).enumerated().map { index, label in
      LabelledBox(
        x: Double(place(index).x), y: Double(place(index).y), width: 8, height: 100, label: label, detail: "\(index)")
    }
    let result = picture(3000, 400).drawing(boxes)
    let colours = (0..<48).map { result[place($0).x, place($0).y + 60] }
    #expect(Set(colours.prefix(24)).count == 24)
    #expect(colours.prefix(24) == colours.suffix(24))
  }

  @Test func theLabelStandsAboveOnTheColourOfTheBox() {
    let result = picture(300, 300).drawing([LabelledBox(x: 50, y: 100, width: 90, height: 90, label: "I", detail: "1")])
    let colour = result[50, 100]
    // The height of the font, whose capitals are 14 pixels high, and as much as a line is wide.
    #expect(result[50, 99] == colour && result[50, 75] == colour)
    #expect(result[50, 74] == background)
    // The stem of the I, and the margin before it.
    let black = Colour(red: 0, green: 0, blue: 0)
    #expect((54..<60).contains { result[$0, 86] == black } && result[52, 86] == colour)
  }

  @Test(arguments: [(-50.0, -50.0), (250, 250), (-50, 270), (280, -10), (0, 0)])
  func labelsStayInside(x: Double, y: Double) {
    let plain = picture(300, 300).drawing([LabelledBox(x: x, y: y, width: 80, height: 80, label: "")])
    let result = picture(300, 300).drawing([LabelledBox(x: x, y: y, width: 80, height: 80, label: "label")])
    let written = changed(result).filter { plain[$0.column, $0.row] != result[$0.column, $0.row] }
    // All of the 5 letters are there, whatever the box covers.
    let dark = changed(result).filter { result[$0.column, $0.row] == Colour(red: 0, green: 0, blue: 0) }
    #expect(!written.isEmpty)
    let columns = dark.map(\.column)
    #expect((columns.max() ?? 0) - (columns.min() ?? 0) > 35)
    #expect(dark.count == ink(of: "label"))
  }

  /// How many pixels the letters of a label have, far from any edge.
  private func ink(of label: String) -> Int {
    let result = picture(400, 400).drawing([LabelledBox(x: 100, y: 200, width: 80, height: 80, label: label)])
    return changed(result).count { result[$0.column, $0.row] == Colour(red: 0, green: 0, blue: 0) }
  }

  @Test func labelsOfBoxesAtOnePlaceDoNotCoverEachOther() {
    let boxes = ["one", "two"].map { LabelledBox(x: 50, y: 100, width: 90, height: 90, label: $0) }
    let result = picture(300, 300).drawing(boxes)
    #expect(
      changed(result).count { result[$0.column, $0.row] == Colour(red: 0, green: 0, blue: 0) } == ink(of: "one")
        + ink(of: "two"))
  }

  @Test func aLabelTooLongForThePictureIsCut() {
    let label = String(repeating: "W", count: 100)
    let result = picture(300, 300).drawing([LabelledBox(x: 200, y: 200, width: 50, height: 50, label: label)])
    // As many letters as there is room for, and an ellipsis.
    let columns = (0..<300).filter { result[$0, 184] != background }
    #expect(columns.first ?? 99 < 20 && columns.last == 299)
  }

  @Test(arguments: [
    LabelledBox(x: 300, y: 0, width: 9, height: 9, label: "a"),
    LabelledBox(x: 0, y: 300, width: 9, height: 9, label: "a"),
    LabelledBox(x: -20, y: 0, width: 20, height: 9, label: "a"),
    LabelledBox(x: .nan, y: 0, width: 20, height: 9, label: "a"),
    LabelledBox(x: 0, y: 0, width: .infinity, height: 9, label: "a"),
    LabelledBox(x: 0, y: 0, width: 9, height: -1, label: "a"),
  ])
  func whatHasNoPartInsideIsNotDrawn(_ box: LabelledBox) {
    #expect(picture(300, 300).drawing([box]) == picture(300, 300))
  }

  @Test func hugeAndFlatBoxes() {
    let huge = picture(300, 300).drawing([LabelledBox(x: -1e300, y: -1e30, width: 2e300, height: 2e30, label: "")])
    #expect(huge[0, 0] != background && huge[299, 299] != background && huge[150, 150] == background)
    let flat = picture(300, 300).drawing([LabelledBox(x: 10, y: 10, width: 0, height: 20, label: "")])
    #expect(changed(flat).count == 20)
  }

  @Test func smallAndGreyPicturesBecomeLargeAndRGB() {
    let digit = PixelImage(width: 28, height: 28, layout: .grey, trusted: [UInt8](repeating: 9, count: 784))
    let result = digit.drawing([LabelledBox(x: 4, y: 8, width: 14, height: 14, label: "7")])
    #expect(result.layout == .rgb && result.width == 280 && result.height == 280)
    #expect(result[40, 80] == result[179, 219])
    #expect(result[180, 100] == Colour(red: 9, green: 9, blue: 9))
    for (width, height) in [(1, 1), (1, 3000), (3000, 1)] {
      let tiny = picture(width, height)
      let drawn = tiny.drawing([LabelledBox(x: 0, y: 0, width: 1, height: 1, label: "label")])
      #expect(drawn.width == width * tiny.legibleScale && drawn[0, 0] != background)
    }
    #expect(digit.drawing([]).pixels == [UInt8](repeating: 9, count: 280 * 280 * 3))
  }
}
