import Testing
import ZooImages

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct DivergingMapTests {
  private struct Lab {
    var lightness: Double
    var a: Double
    var b: Double
  }

  /// CIELAB of an sRGB colour, white D65 (IEC 61966-2-1 and CIE 15).
  private func lab(_ colour: Colour) -> Lab {
    func linear(_ channel: UInt8) -> Double {
      let value = Double(channel) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    let (red, green, blue) = (linear(colour.red), linear(colour.green), linear(colour.blue))
    let x = 0.4124564 * red + 0.3575761 * green + 0.1804375 * blue
    let y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    let z = 0.0193339 * red + 0.1191920 * green + 0.9503041 * blue
    func root(_ value: Double) -> Double {
      value > 216.0 / 24389 ? cbrt(value) : (24389.0 / 27 * value + 16) / 116
    }
    let (fx, fy, fz) = (root(x / 0.95047), root(y), root(z / 1.08883))
    return Lab(lightness: 116 * fy - 16, a: 500 * (fx - fy), b: 200 * (fy - fz))
  }

  @Test func lightnessFallsEvenlyAndAlikeOnBothSides() {
    let steps = 100
    let sides = [-1.0, 1].map { sign in
      (0...steps).map { lab(ColourMap.divergingColour(at: 0.5 + sign * 0.5 * Double($0) / Double(steps))).lightness }
    }
    for (below, above) in zip(sides[0], sides[1]) { #expect(abs(below - above) < 1.5, "\(below) and \(above)") }
    for side in sides {
      for (step, lightness) in side.enumerated() {
        let even = 97 - 59 * Double(step) / Double(steps)
        #expect(abs(lightness - even) < 1.5, "step \(step): \(lightness), not \(even)")
      }
      #expect(zip(side, side.dropFirst(4)).allSatisfy { $0 > $1 })
    }
  }

  /// The table is what its comment says.
  @Test func coloursHaveTheirHues() {
    for index in 0...16 where index != 8 {
      let share = Double(index - 8) / 8
      let colour = lab(ColourMap.divergingColour(at: Double(index) / 16))
      let chroma = (colour.a * colour.a + colour.b * colour.b).squareRoot()
      #expect(abs(chroma - (98 * abs(share) - 48 * share * share)) < 1, "chroma \(chroma) at \(share)")
      let hue = (atan2(colour.b, colour.a) * 180 / .pi + 360).truncatingRemainder(dividingBy: 360)
      #expect(abs(hue - (share < 0 ? 283 : 32)) < 4, "hue \(hue) at \(share)")
    }
  }

  @Test func zeroIsNearlyWhiteAndTheEndsAreHeld() {
    let middle = ColourMap.divergingColour(at: 0.5)
    #expect(middle.red == middle.green && middle.green == middle.blue && middle.red > 240)
    #expect(ColourMap.divergingColour(at: -3) == ColourMap.divergingColour(at: 0))
    #expect(ColourMap.divergingColour(at: 7) == ColourMap.divergingColour(at: 1))
    #expect(ColourMap.divergingColour(at: .nan) == ColourMap.divergingColour(at: 0))
  }
}
