/// A picture that is being drawn: RGB, every call clipped to it.
package struct Canvas {
  /// Columns `left ..< right` of rows `top ..< bottom`.
  package struct Rectangle: Hashable {
    package var left: Int
    package var top: Int
    package var right: Int
    package var bottom: Int

    package init(left: Int, top: Int, right: Int, bottom: Int) {
      self.left = left
      self.top = top
      self.right = right
      self.bottom = bottom
    }

    var width: Int { right - left }
    var height: Int { bottom - top }

    func overlaps(_ other: Rectangle) -> Bool {
      left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }
  }

  package let width: Int
  package let height: Int
  private(set) var pixels: [UInt8]

  package init(width: Int, height: Int, filledWith colour: Colour) {
    self.width = width
    self.height = height
    pixels = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { target, count in
      for index in 0..<width * height {
        target[3 * index] = colour.red
        target[3 * index + 1] = colour.green
        target[3 * index + 2] = colour.blue
      }
      count = 3 * width * height
    }
  }

  package init(_ image: PixelImage) {
    width = image.width
    height = image.height
    pixels = image.convertedToRGB().pixels
  }

  package var image: PixelImage { PixelImage(width: width, height: height, trusted: pixels) }

  /// - Precondition: the place is on the canvas.
  package subscript(column: Int, row: Int) -> Colour {
    let index = 3 * (row * width + column)
    return Colour(red: pixels[index], green: pixels[index + 1], blue: pixels[index + 2])
  }

  /// - Precondition: the place is on the canvas.
  package mutating func set(_ column: Int, _ row: Int, to colour: Colour) {
    let index = 3 * (row * width + column)
    pixels[index] = colour.red
    pixels[index + 1] = colour.green
    pixels[index + 2] = colour.blue
  }

  package mutating func fill(_ rectangle: Rectangle, with colour: Colour) {
    let (left, right) = (max(rectangle.left, 0), min(rectangle.right, width))
    let (top, bottom) = (max(rectangle.top, 0), min(rectangle.bottom, height))
    guard left < right, top < bottom else { return }
    for row in top..<bottom {
      for column in left..<right { set(column, row, to: colour) }
    }
  }

  /// The frame inside a rectangle, `thickness` pixels wide.
  package mutating func outline(_ rectangle: Rectangle, thickness: Int, with colour: Colour) {
    let vertical = min(thickness, rectangle.height)
    let horizontal = min(thickness, rectangle.width)
    var edge = rectangle
    edge.bottom = rectangle.top + vertical
    fill(edge, with: colour)
    edge = rectangle
    edge.top = rectangle.bottom - vertical
    fill(edge, with: colour)
    edge = rectangle
    edge.right = rectangle.left + horizontal
    fill(edge, with: colour)
    edge = rectangle
    edge.left = rectangle.right - horizontal
    fill(edge, with: colour)
  }

}
