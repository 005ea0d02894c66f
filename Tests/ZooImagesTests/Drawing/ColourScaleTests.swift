import Testing
import ZooImages

@Suite struct ColourScaleTests {
  @Test func aMagnitudeGoesFromLowToHigh() {
    let scale = ColourScale.magnitude(1...3, unit: "activation")
    #expect(scale.colour(of: 1) == ColourMap.colour(at: 0))
    #expect(scale.colour(of: 1.5) == ColourMap.colour(at: 0.25))
    #expect(scale.colour(of: 3) == ColourMap.colour(at: 1))
    #expect(scale.colour(of: -9) == ColourMap.colour(at: 0) && scale.colour(of: 9) == ColourMap.colour(at: 1))
    #expect(scale.ticks().map(\.text) == ["1.00", "1.50", "2.00", "2.50", "3.00"])
    #expect(scale.ticks().map(\.fraction) == [0, 0.25, 0.5, 0.75, 1])
  }

  @Test func aSignedOneHasZeroInTheMiddle() {
    for limit in [0.3, -0.3] {
      let scale = ColourScale.signed(limit, unit: "Δlogit")
      #expect(scale.range == -0.3...0.3)
      #expect(scale.colour(of: 0) == ColourMap.divergingColour(at: 0.5))
      #expect(scale.colour(of: -0.3) == ColourMap.divergingColour(at: 0))
      #expect(scale.colour(of: 0.15) == ColourMap.divergingColour(at: 0.75))
      #expect(scale.ticks(3).map(\.text) == ["-0.30", "0.00", "0.30"])
    }
  }

  @Test func oneNumberHasTheColourInTheMiddle() {
    for scale in [ColourScale.magnitude(2...2, unit: ""), .signed(0, unit: "")] {
      #expect(scale.ticks().count == 1 && scale.ticks()[0].fraction == 0.5)
      let middle = scale.colour(atFraction: 0.5)
      #expect(scale.colour(of: scale.range.lowerBound) == middle)
      #expect(scale.colour(atFraction: 0) == middle && scale.colour(atFraction: 1) == middle)
    }
  }

  @Test func aCoveringOneHoldsAllFiniteNumbers() {
    #expect(ColourScale.covering([[1, 4], [2, .nan, .infinity]], unit: "u") == .magnitude(0...4, unit: "u"))
    #expect(ColourScale.covering([[1, 4], [-7, -.infinity]], unit: "u") == .signed(7, unit: "u"))
    #expect(ColourScale.covering([[.nan], []], unit: "u") == .magnitude(0...0, unit: "u"))
  }

  @Test func theGreatestNumbersHaveTheirPlaces() {
    let greatest = Double.greatestFiniteMagnitude
    let scale = ColourScale.signed(greatest, unit: "")
    #expect(scale.fraction(of: -greatest) == 0 && scale.fraction(of: 0) == 0.5 && scale.fraction(of: greatest) == 1)
    #expect(scale.ticks().count == 5)
  }
}
