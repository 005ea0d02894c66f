import Testing
import ZooImages
import ZooTensor

@Suite struct HeatMapTests {
  private func grey(_ width: Int, _ height: Int, _ value: UInt8 = 100) -> PixelImage {
    PixelImage(
      width: width, height: height, layout: .grey, trusted: [UInt8](repeating: value, count: width * height))
  }

  private func map(
    _ rows: Int, _ columns: Int, _ values: [Float], origin: Double = 50, step: Double = 100, cell: Double? = nil
  ) -> HeatMap {
    HeatMap(
      rows: rows, columns: columns, values: values, origin: HeatMap.Vector(x: origin, y: origin),
      step: HeatMap.Vector(x: step, y: step), cell: cell.map { HeatMap.Vector(x: $0, y: $0) })
  }

  /// A colour over grey 100.
  private func over(_ colour: Colour, grey: Int = 100) -> Colour {
    func mixed(_ channel: UInt8) -> UInt8 { UInt8((3 * Int(channel) + 2 * grey + 2) / 5) }
    return Colour(red: mixed(colour.red), green: mixed(colour.green), blue: mixed(colour.blue))
  }

  private let dark = Colour(red: 40, green: 40, blue: 40)

  @Test func coloursAtTheCentresAndBetween() {
    // Pixel 50 lies half a pixel beyond the centre at 50.0, so that the centres here are at 50.5.
    let result = grey(300, 300).overlaid(with: map(2, 2, [0, 1, 2, 4], origin: 50.5), title: "")
    #expect(result.height == 300 && result.layout == .rgb)
    for (x, y, fraction) in [(50, 50, 0), (150, 50, 0.25), (50, 150, 0.5), (150, 150, 1), (100, 50, 0.125)] {
      #expect(result[x, y] == over(ColourMap.colour(at: fraction)), "(\(x), \(y))")
    }
    #expect(result[100, 100] == over(ColourMap.colour(at: (0 + 1 + 2 + 4) / 16.0)))
    // Held beyond the outermost centres for half a cell.
    #expect(result[1, 1] == over(ColourMap.colour(at: 0)))
    #expect(result[199, 199] == over(ColourMap.colour(at: 1)))
    #expect(result[201, 100] == dark)
    #expect(result[100, 250] == dark)
  }

  @Test func aCellLargerThanTheStepReachesFarther() {
    let result = grey(300, 300).overlaid(with: map(1, 1, [7], origin: 150, step: 10, cell: 200), title: "")
    let middle = over(ColourMap.colour(at: 0.5))
    #expect(result[50, 50] == middle && result[249, 249] == middle)
    #expect(result[49, 150] == dark && result[150, 250] == dark)
  }

  @Test func aGivenRangeSaturates() {
    let image = grey(300, 300)
    let result = image.overlaid(with: map(1, 3, [-5, 1, 9], origin: 50.5, step: 100), title: "", range: 0...2)
    #expect(result[50, 50] == over(ColourMap.colour(at: 0)))
    #expect(result[150, 50] == over(ColourMap.colour(at: 0.5)))
    #expect(result[250, 50] == over(ColourMap.colour(at: 1)))
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func valuesThatAreNotFiniteHaveNoColour(_ odd: Float) {
    let image = grey(300, 300)
    let result = image.overlaid(with: map(2, 2, [0, odd, 2, 4], origin: 50.5), title: "")
    #expect(result[150, 50] == dark && result[199, 1] == dark && result[140, 60] == dark)
    #expect(result[50, 50] == over(ColourMap.colour(at: 0)))
    #expect(result[150, 150] == over(ColourMap.colour(at: 1)))
    // The nearest cell, 0, is there; the others keep their weights: (0·9 + 2·1) / 10 of 0 to 4, at a tenth of the way.
    #expect(result[60, 60] == over(ColourMap.colour(at: (2 * 0.09 + 4 * 0.01) / 0.91 / 4)))
    let none = image.overlaid(with: map(1, 2, [odd, odd]), title: "none")
    #expect(none[1, none.height - 1] == dark)
    #expect(
      HeatMap(rows: 1, columns: 1, values: [odd], origin: HeatMap.Vector(x: 0, y: 0), step: HeatMap.Vector(x: 1, y: 1))
        .range == nil)
  }

  @Test func theLargestNumbersDoNotOverflow() {
    let greatest = Float.greatestFiniteMagnitude
    let result = grey(300, 300).overlaid(with: map(1, 2, [-greatest, greatest], origin: 50.5), title: "")
    #expect(result[50, 50] == over(ColourMap.colour(at: 0)))
    #expect(result[100, 50] == over(ColourMap.colour(at: 0.5)))
    #expect(result[150, 50] == over(ColourMap.colour(at: 1)))
  }

  @Test func theColourBarStandsAtTheRightEdgeWithTheHighestValueAbove() throws {
    let result = grey(300, 300).overlaid(with: map(1, 2, [0, 1]), title: "")
    #expect(result.width > 300)
    let bar = 300 + 4 * 2 + 2
    let rows = (0..<300).filter { result[bar, $0] != Colour(red: 255, green: 255, blue: 255) }
    let (top, bottom) = (try #require(rows.first), try #require(rows.last))
    #expect(rows.count == bottom - top + 1 && top < 20 && bottom > 280)
    #expect(result[bar, top] == ColourMap.colour(at: 1))
    #expect(result[bar, bottom] == ColourMap.colour(at: 0))
    #expect(
      result[bar, (top + bottom) / 2]
        == ColourMap.colour(at: 1 - Double((top + bottom) / 2 - top) / Double(bottom - top)))
    // Numbers are written to the right of it, five of them.
    let ink = (0..<300).map { row in
      (bar + 24..<result.width).contains { result[$0, row].red < 160 }
    }
    #expect(zip([false] + ink, ink).count { !$0 && $1 } == 5)
  }

  @Test func aConstantMapHasTheMiddleColourAndOneNumber() {
    let result = grey(300, 300).overlaid(with: map(2, 1, [3, 3]), title: "")
    #expect(result[50, 50] == over(ColourMap.colour(at: 0.5)))
    #expect(result[310, 150] == ColourMap.colour(at: 0.5) && result[310, 30] == ColourMap.colour(at: 0.5))
  }

  @Test func aTitleStandsAboveAndIsBroken() {
    let image = grey(300, 300)
    let map = map(1, 1, [1])
    let plain = image.overlaid(with: map, title: "")
    let short = image.overlaid(with: map, title: "cat")
    let long = image.overlaid(with: map, title: "a title that does not fit into one line of this picture")
    let word = image.overlaid(with: map, title: String(repeating: "m", count: 200))
    #expect(plain.height < short.height && short.height < long.height && long.height < word.height)
    #expect(Set([plain, short, long, word].map(\.width)).count == 1)
    for titled in [short, long, word] {
      let header = titled.height - plain.height
      #expect(Array(titled.pixels[(header * titled.width * 3)...]) == plain.pixels)
      // Nothing is written on the edges.
      let black = Colour(red: 0, green: 0, blue: 0)
      #expect(!(0..<header).contains { titled[0, $0] == black || titled[titled.width - 1, $0] == black })
      #expect((0..<header).contains { row in (0..<titled.width).contains { titled[$0, row] == black } })
    }
    #expect(
      image.overlaid(with: map, title: "caf\u{732B}").pixels == image.overlaid(with: map, title: "caf\u{1F41F}").pixels)
    #expect(image.overlaid(with: map, title: "café").pixels != image.overlaid(with: map, title: "cafe").pixels)
  }

  @Test func boxesAreDrawnOverTheColoursAndNowhereElse() {
    let boxes = [
      LabelledBox(x: 20, y: 30, width: 100, height: 60, label: ""),
      LabelledBox(x: 250, y: -10, width: 100, height: 100, label: "far"),
    ]
    let plain = grey(300, 300).overlaid(with: map(2, 2, [0, 1, 2, 4]), title: "cat")
    let result = grey(300, 300).overlaid(with: map(2, 2, [0, 1, 2, 4]), title: "cat", boxes: boxes)
    #expect(result.width == plain.width && result.height == plain.height)
    let header = result.height - 300
    let framed = grey(300, 300).drawing(boxes)
    for y in 0..<result.height {
      for x in 0..<result.width where x >= 300 || y < header {
        #expect(result[x, y] == plain[x, y], "(\(x), \(y))")
      }
    }
    let background = Colour(red: 100, green: 100, blue: 100)
    for (x, y) in [(20, 30), (119, 89), (60, 31), (250, 50), (299, 20), (60, 60)] {
      let expected = framed[x, y] == background ? plain[x, header + y] : framed[x, y]
      #expect(result[x, header + y] == expected, "(\(x), \(y))")
    }
    #expect(framed[20, 30] != background && framed[60, 60] == background)
  }

  @Test func smallPicturesAreEnlargedFirst() {
    var pixels = [UInt8](repeating: 0, count: 28 * 28)
    pixels[3 * 28 + 5] = 250
    let digit = PixelImage(width: 28, height: 28, layout: .grey, trusted: pixels)
    #expect(digit.legibleScale == 10)
    let result = digit.overlaid(with: map(1, 1, [1], origin: 14, step: 28), title: "")
    #expect(result.height == 280 && result.width > 280)
    let middle = ColourMap.colour(at: 0.5)
    #expect(result[50, 30] == over(middle, grey: 250) && result[59, 39] == over(middle, grey: 250))
    #expect(result[49, 30] == over(middle, grey: 0) && result[60, 30] == over(middle, grey: 0))
  }

  @Test(arguments: [(1, 1), (1, 3000), (3000, 1), (2, 700), (255, 256)])
  func sizesOfAllKinds(width: Int, height: Int) {
    let image = grey(width, height)
    let scale = image.legibleScale
    let result = image.overlaid(with: map(1, 1, [1], origin: 0, step: 1e6), title: "t")
    #expect(result.width > width * scale && result.height >= height * scale)
    // The picture is in the lower left corner.
    #expect(result[0, result.height - 1] == over(ColourMap.colour(at: 0.5)))
    #expect(result[width * scale - 1, result.height - height * scale] == over(ColourMap.colour(at: 0.5)))
    #expect(max(width, height) * scale <= max(2048, max(width, height)))
  }
}

extension PixelImage {
  /// The colour of one pixel of an RGB picture.
  subscript(_ column: Int, _ row: Int) -> Colour {
    let index = 3 * (row * width + column)
    return Colour(red: pixels[index], green: pixels[index + 1], blue: pixels[index + 2])
  }
}
