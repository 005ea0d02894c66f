#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A colour of a picture: sRGB, 8 bits per channel.
public struct Colour: Hashable, Sendable {
  /// sRGB, 0 to 255.
  public var red: UInt8
  /// sRGB, 0 to 255.
  public var green: UInt8
  /// sRGB, 0 to 255.
  public var blue: UInt8

  /// sRGB values, 0 to 255 each.
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

  /// Black or white, whichever is easier to read on this colour; the contrast is at least 4.58 to 1, the square root of 21.
  package var contrasting: Colour { contrast(with: .black) >= contrast(with: .white) ? .black : .white }

  /// The contrast of two colours by WCAG 2, from 1 to 21.
  package func contrast(with other: Colour) -> Double {
    let (one, two) = (relativeLuminance, other.relativeLuminance)
    return (max(one, two) + 0.05) / (min(one, two) + 0.05)
  }

  /// The share of white's light by WCAG 2.
  private var relativeLuminance: Double {
    func light(_ channel: UInt8) -> Double {
      let value = Double(channel) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * light(red) + 0.7152 * light(green) + 0.0722 * light(blue)
  }

  /// Each channel passed through `change`.
  package func mapped(_ change: (UInt8) -> UInt8) -> Colour {
    Colour(red: change(red), green: change(green), blue: change(blue))
  }
}
