/// A colour of a picture: sRGB, 8 bits per channel.
public struct Colour: Hashable, Sendable {
  public var red: UInt8
  public var green: UInt8
  public var blue: UInt8

  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  package static let white = Colour(red: 255, green: 255, blue: 255)
  package static let black = Colour(red: 0, green: 0, blue: 0)

  /// `0xRRGGBB`.
  package init(_ code: UInt32) {
    red = UInt8(truncatingIfNeeded: code >> 16)
    green = UInt8(truncatingIfNeeded: code >> 8)
    blue = UInt8(truncatingIfNeeded: code)
  }

  /// The luminance as `PixelImage.convertedToGrey()` has it.
  var luminance: UInt8 {
    let weighted = UInt32(red) * 19595 + UInt32(green) * 38470
    let sum = weighted + UInt32(blue) * 7471 + 0x8000
    return UInt8(sum >> 16)
  }

  /// Black or white, whichever is easier to read on this colour.
  package var contrasting: Colour { luminance >= 128 ? .black : .white }

  /// Each channel passed through `change`.
  package func mapped(_ change: (UInt8) -> UInt8) -> Colour {
    Colour(red: change(red), green: change(green), blue: change(blue))
  }
}
