import Testing
import ZooImages
import ZooInsight

/// Pictures of figures, pixel by pixel.
@Suite struct FigureImageTests {
  private let scale = ColourScale.signed(1, unit: "u")
  private let frame = Colour(0xCBD5E1)

  private func map(_ rows: Int, _ columns: Int, _ value: (Int) -> Float) -> GridMap {
    GridMap(rows: rows, columns: columns, values: (0..<rows * columns).map(value))
  }

  private func flat(_ width: Int, _ height: Int, _ grey: UInt8) -> PixelImage {
    PixelImage(width: width, height: height, layout: .grey, trusted: [UInt8](repeating: grey, count: width * height))
  }

  private func mixed(_ colour: Colour, _ grey: UInt8) -> Colour {
    colour.mapped { UInt8((Double(grey) + (Double($0) - Double(grey)) * 0.6).rounded()) }
  }

  /// Where the first of a colour is, row by row.
  private func place(of colour: Colour, in canvas: Canvas, from row: Int = 0) -> (column: Int, row: Int)? {
    for row in row..<canvas.height {
      if let column = (0..<canvas.width).first(where: { canvas[$0, row] == colour }) { return (column, row) }
    }
    return nil
  }

  /// LeNet's maps and a cam of 7×7 are squares of one size, each in one colour, at whole factors.
  @Test(arguments: [7, 8, 13, 28])
  func cellsAreSquares(side: Int) throws {
    let map = map(side, side) { Float($0 * 7919 % (side * side)) / Float(side * side) }
    let canvas = Canvas(try Figure(title: "", panels: [.init(caption: "", content: .map(map))], scale: scale).image())
    let corner = try #require(place(of: frame, in: canvas))
    // The frame takes the line of pixels around the map.
    let cell = 672 / side
    for row in 0..<side * cell {
      for column in 0..<side * cell where (row % cell) < 2 || (column % cell) < 2 {
        let value = Double(map.values[row / cell * side + column / cell])
        let found = canvas[corner.column + 1 + column, corner.row + 1 + row]
        guard found != scale.colour(of: value) else { continue }
        Issue.record("cell (\(row / cell), \(column / cell)) of \(side)×\(side) at pixel (\(row), \(column)): \(found)")
        return
      }
    }
    #expect(canvas[corner.column + 1 + side * cell, corner.row + 5] == frame)
  }

  @Test func cellsStandAtTheirPlacesOnThePicture() throws {
    // Patches of 20 pixels every 30, the first at the corner, on a picture of 100×100: each pixel becomes 6.
    let placement = GridMap.Placement(
      origin: HeatMap.Vector(x: 10, y: 10), step: HeatMap.Vector(x: 30, y: 30), cell: HeatMap.Vector(x: 20, y: 20))
    let cells = GridMap(rows: 2, columns: 3, values: [-1, -0.5, 0.25, 0.5, 0.75, 1], placement: placement)
    let panel = Figure.Panel(caption: "", content: .overlay(cells, on: flat(100, 100, 90)))
    let canvas = Canvas(try Figure(title: "", panels: [panel], scale: scale).image())
    let corner = try #require(place(of: mixed(scale.colour(of: -1), 90), in: canvas))
    for (row, column) in (0..<100).flatMap({ row in (0..<100).map { (row, $0) } }) {
      let (line, position) = (row / 30, column / 30)
      let covers = row % 30 < 20 && column % 30 < 20 && line < 2 && position < 3
      let expected = covers ? mixed(scale.colour(of: Double(cells.values[line * 3 + position])), 90) : Colour(0x5A5A5A)
      for offset in [0, 5] {
        let found = canvas[corner.column + column * 6 + offset, corner.row + row * 6 + offset]
        guard found != expected else { continue }
        Issue.record("pixel (\(row), \(column)): \(found), not \(expected)")
        return
      }
    }
  }

  @Test func withoutPlacesTheCellsShareThePicture() throws {
    let cells = map(1, 2) { [-1, 1][$0] }
    let figure = { (smooth: Bool) in
      Figure(
        title: "", panels: [.init(caption: "", content: .overlay(cells, on: flat(112, 112, 50), smooth: smooth))],
        scale: scale)
    }
    let hard = Canvas(try figure(false).image())
    let (low, high) = (mixed(scale.colour(of: -1), 50), mixed(scale.colour(of: 1), 50))
    let corner = try #require(place(of: low, in: hard))
    let row = corner.row + 100
    #expect((0..<336).allSatisfy { hard[corner.column + $0, row] == low })
    #expect((336..<672).allSatisfy { hard[corner.column + $0, row] == high })
    // Smooth: the colours of the cells as far as their centres, between them every number once, in order.
    let soft = Canvas(try figure(true).image())
    #expect((0..<165).allSatisfy { soft[corner.column + $0, row] == low })
    #expect((507..<672).allSatisfy { soft[corner.column + $0, row] == high })
    let middle = soft[corner.column + 336, row]
    let white = mixed(scale.colour(of: 0), 50)
    #expect(abs(Int(middle.red) - Int(white.red)) < 6 && abs(Int(middle.blue) - Int(white.blue)) < 6)
    #expect((165..<336).allSatisfy { soft[corner.column + $0, row].blue >= soft[corner.column + $0, row].red })
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func cellsWithoutANumberAreHatchedAndCounted(odd: Float) throws {
    let map = map(4, 4) { $0 == 5 ? odd : 1 }
    for content in [Figure.Content.map(map), .overlay(map, on: flat(56, 56, 90))] {
      let figure = Figure(title: "", panels: [.init(caption: "a", content: content)], scale: scale)
      let canvas = Canvas(try figure.image())
      let one = if case .map = content { scale.colour(of: 1) } else { mixed(scale.colour(of: 1), 90) }
      // The fifth of 4×4 squares of 168 pixels, whose corner is below the legend.
      for (row, column) in (0..<672).flatMap({ row in (0..<672).map { (row, $0) } }) {
        let colour = canvas[24 + column, 118 + row]
        let isOdd = row / 168 == 1 && column / 168 == 1
        guard isOdd ? colour.red == colour.green && colour.green == colour.blue : colour == one else {
          Issue.record("pixel (\(row), \(column)): \(colour)")
          return
        }
      }
      let stripes = (0..<168).map { canvas[24 + 168 + $0, 118 + 200] }
      #expect(Set(stripes).count == 2 && zip(stripes, stripes.dropFirst()).count { $0 != $1 } >= 55)
      #expect(try figure.svg().contains("Hatched cells hold no finite number: a (1 of 16)."))
    }
  }

  @Test func aPhotographIsReducedAndASmallPictureEnlarged() throws {
    let photograph = flat(3000, 1500, 77)
    let canvas = Canvas(try Figure(title: "", panels: [.init(caption: "", content: .picture(photograph))]).image())
    #expect((canvas.width, canvas.height) == (768, 24 + 336 + 24))
    let filter = PixelImage(width: 5, height: 5, trusted: (0..<75).map { UInt8($0 * 3) })
    let small = Canvas(try Figure(title: "", panels: [.init(caption: "", content: .picture(filter))]).image())
    for (row, column) in [(0, 0), (2, 3), (4, 4)] {
      let index = 3 * (row * 5 + column)
      let expected = Colour(
        red: filter.pixels[index], green: filter.pixels[index + 1], blue: filter.pixels[index + 2])
      #expect(small[24 + column * 134 + 1, 24 + row * 134 + 132] == expected)
    }
  }

  @Test func nothingAtAllIsAPictureToo() throws {
    let empty = try Figure(title: "nothing", panels: [], notes: ["no unit fires"]).image()
    #expect(empty.width == 768 && empty.height < 200)
    let odd = try Figure(
      title: "", panels: [.init(caption: "", content: .map(map(3, 3) { _ in .nan }))]
    ).image()
    #expect(odd.width > 0)
  }
}
