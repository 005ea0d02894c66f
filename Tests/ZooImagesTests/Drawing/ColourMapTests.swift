import Testing
import ZooImages

@Suite struct ColourMapTests {
  private func luminance(_ colour: Colour) -> Double {
    func linear(_ channel: UInt8) -> Double {
      let value = Double(channel) / 255
      return value * value * (0.4 + 0.6 * value)
    }
    return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue)
  }

  @Test func theEndsAreViridis() {
    #expect(ColourMap.colour(at: 0) == Colour(red: 0x44, green: 0x01, blue: 0x54))
    #expect(ColourMap.colour(at: 1) == Colour(red: 0xFD, green: 0xE7, blue: 0x25))
    #expect(ColourMap.colour(at: 1.0 / 3) == Colour(red: 0x31, green: 0x68, blue: 0x8E))
  }

  @Test func luminanceNeverFalls() {
    let values = (0...1000).map { luminance(ColourMap.colour(at: Double($0) / 1000)) }
    // Channels are rounded, each by half a step at most.
    #expect(zip(values, values.dropFirst()).allSatisfy { $1 > $0 - 0.002 })
    let coarse = stride(from: 0, through: 1000, by: 20).map { values[$0] }
    #expect(zip(coarse, coarse.dropFirst()).allSatisfy { $1 > $0 })
  }

  @Test func whatLiesBeyondHasTheColourOfTheEnd() {
    #expect(ColourMap.colour(at: -1e300) == ColourMap.colour(at: 0))
    #expect(ColourMap.colour(at: .nan) == ColourMap.colour(at: 0))
    #expect(ColourMap.colour(at: .infinity) == ColourMap.colour(at: 1))
  }
}
