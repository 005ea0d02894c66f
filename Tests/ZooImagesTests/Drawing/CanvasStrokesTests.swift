import Testing
import ZooImages

@Suite struct CanvasStrokesTests {
  private func ink(_ canvas: Canvas) -> Double {
    (0..<canvas.height).reduce(0) { sum, row in
      (0..<canvas.width).reduce(sum) { $0 + 1 - Double(canvas[$1, row].red) / 255 }
    }
  }

  /// A line covers its length times its thickness and a circle at its ends, whatever its direction.
  @Test(arguments: [(40.0, 0.0), (0, 40), (30, 30), (-24, 32), (5, -39), (0, 0)])
  func aLineCoversItsArea(dx: Double, dy: Double) {
    var canvas = Canvas(width: 120, height: 120, filledWith: .white)
    canvas.stroke(from: (60, 60), to: (60 + dx, 60 + dy), thickness: 6, with: .black)
    let area = (dx * dx + dy * dy).squareRoot() * 6 + 9 * Double.pi
    #expect(abs(ink(canvas) - area) < 0.03 * area + 2, "\(ink(canvas)) of \(area)")
  }

  @Test func whatLiesOutsideIsCutOff() {
    var canvas = Canvas(width: 20, height: 10, filledWith: .white)
    canvas.stroke(from: (-1e9, 5), to: (1e9, 5), thickness: 2, with: .black)
    #expect((0..<20).allSatisfy { canvas[$0, 4] == .black && canvas[$0, 5] == .black && canvas[$0, 8] == .white })
    canvas.disc(at: (-500, -500), radius: 20, with: .black)
    canvas.column(25, from: 0, to: 10, with: .black, share: 1)
    canvas.column(3, from: -7, to: 0.5, with: .black, share: 1)
    #expect(canvas[3, 0] == Colour(red: 128, green: 128, blue: 128) && canvas[3, 1] == .white)
  }

  @Test func aPictureIsEnlargedBySquares() throws {
    let image = try PixelImage(width: 2, height: 1, layout: .grey, pixels: [10, 200])
    var canvas = Canvas(width: 8, height: 6, filledWith: .white)
    canvas.draw(image, left: -1, top: 2, scale: 3)
    for row in 0..<6 {
      for column in 0..<8 {
        let inside = (2..<5).contains(row) && column < 5
        let value: UInt8 = inside ? (column < 2 ? 10 : 200) : 255
        #expect(canvas[column, row] == Colour(red: value, green: value, blue: value), "(\(column), \(row))")
      }
    }
  }
}
