import Testing
import ZooImages
import ZooInsight

/// Sizes of figures, and what their notes say.
@Suite struct FigureLayoutTests {
  private func maps(_ count: Int, side: Int) -> [Figure.Panel] {
    (0..<count).map { unit in
      let values = (0..<side * side).map { Float(($0 * 31 + unit) % 17) }
      return .init(caption: "unit \(unit)", content: .map(GridMap(rows: side, columns: side, values: values)))
    }
  }

  private func words(_ figure: Figure) throws -> String {
    let text = try figure.svg().split(separator: "\n").filter { $0.hasPrefix("<text") }
    return text.map { $0.split(separator: ">")[1].split(separator: "<")[0] }.joined(separator: " ")
  }

  @Test(arguments: [
    (1, 7), (6, 28), (20, 24), (64, 112), (12, 224), (512, 14), (512, 56), (2048, 7),
  ])
  func noSideIsTooLong(count: Int, side: Int) throws {
    let figure = Figure(title: "maps", panels: maps(count, side: side), notes: ["a note"])
    let image = try figure.image()
    #expect(image.width <= 4000 && image.height <= 4000, "\(count) of \(side)×\(side): \(image.width)×\(image.height)")
    #expect(image.width >= 720)
    let left = try words(figure).contains("left out")
    #expect(!left || count == 2048, "\(count) of \(side)×\(side)")
  }

  @Test func whatIsLeftOutAndWhatIsReducedIsSaid() throws {
    let many = try words(Figure(title: "", panels: maps(4000, side: 1)))
    let number = try #require(many.components(of: " of 4000 panels are left out; there is no room for more.").first)
    #expect(Int(number.split(separator: " ").last ?? "") ?? 0 > 500)
    let large = Figure(title: "", panels: maps(1, side: 4100))
    #expect(try words(large).contains("each square is the mean of a block of cells."))
    #expect(try !words(Figure(title: "", panels: maps(4, side: 300))).contains("mean of a block"))
  }

  @Test func columnsAreKept() throws {
    let panels = maps(6, side: 8)
    let widths = try [1, 2, 3, 6].map { try Figure(title: "", panels: panels, columns: $0).image().width }
    #expect(widths == [768, 768, 48 + 3 * 336 + 2 * 16, 48 + 6 * 336 + 5 * 16])
    let many = try Figure(title: "", panels: panels, columns: 100).image().width
    #expect(many == widths[3])
  }

  @Test func aConstantMapIsSaidToBeOne() throws {
    let flat = GridMap(rows: 3, columns: 3, values: [Float](repeating: 0.25, count: 9))
    let panels = [Figure.Panel(caption: "unit 3", content: .map(flat))] + maps(1, side: 3)
    #expect(
      try words(Figure(title: "", panels: panels, scale: .magnitude(0...20, unit: "")))
        .contains("The same number in every cell: unit 3 (0.250)."))
    let dead = (0..<9).map {
      Figure.Panel(
        caption: "unit \($0)", content: .map(GridMap(rows: 2, columns: 2, values: [0, 0, 0, 0])))
    }
    #expect(
      try words(Figure(title: "", panels: dead)).contains("unit 4 (0), unit 5 (0) and 3 more."))
  }

  @Test func whatLiesBeyondTheScaleIsCounted() throws {
    let map = GridMap(rows: 1, columns: 4, values: [-3, 0, 0.5, 1.5])
    let figure = Figure(title: "", panels: [.init(caption: "", content: .map(map))], scale: .signed(1, unit: "u"))
    let beyond = "2 of 4 cells lie beyond the ends of the scale and have their colours;"
    #expect(try words(figure).contains(beyond + " the numbers go from -3.00 to 1.50."))
    #expect(try !words(Figure(title: "", panels: figure.panels, scale: .signed(3, unit: "u"))).contains("beyond"))
  }

  @Test func withoutAScaleOneHoldsAllNumbers() {
    let map = GridMap(rows: 1, columns: 2, values: [-3, 1.5])
    let positive = GridMap(rows: 1, columns: 2, values: [2, 4])
    #expect(Figure(title: "", panels: [.init(caption: "", content: .map(map))]).scale == .signed(3, unit: ""))
    #expect(
      Figure(title: "", panels: [.init(caption: "", content: .map(positive))]).scale == .magnitude(0...4, unit: ""))
    #expect(Figure(title: "", panels: []).scale == nil)
  }

  @Test(arguments: [
    (0, "0"), (0.12345, "0.123"), (-0.012345, "-0.0123"), (1.0, "1.00"), (-12.34, "-12.3"), (1234.5, "1235"),
    (2.5e-5, "2.50e-5"), (-7.25e8, "-7.25e8"), (.infinity, "inf"),
  ])
  func numbersOfCaptionsAreShort(value: Double, text: String) {
    #expect(Figure.short(value) == text)
  }
}

extension String {
  /// What stands before each place where a text stands.
  fileprivate func components(of text: String) -> [Substring] {
    guard let range = firstRange(of: text) else { return [] }
    return [self[..<range.lowerBound]]
  }
}
