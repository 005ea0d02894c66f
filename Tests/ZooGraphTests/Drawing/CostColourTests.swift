import Foundation
import Testing
import ZooGraph

@Suite("the colours of a quantity") struct CostColourTests {
  private func components(_ text: String) throws -> [Double] {
    let number = try #require(Int(text.dropFirst(), radix: 16), "\(text)")
    return [16, 8, 0].map { shift in
      let value = Double(number >> shift & 255) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
  }

  /// The contrast of two colours by WCAG 2.
  private func contrast(_ one: String, _ other: String) throws -> Double {
    let luminances = try [one, other].map { text in
      zip([0.2126, 0.7152, 0.0722], try components(text)).reduce(0) { $0 + $1.0 * $1.1 }
    }.sorted()
    return (luminances[1] + 0.05) / (luminances[0] + 0.05)
  }

  private func oklab(_ text: String) throws -> [Double] {
    let c = try components(text)
    let l = cbrt(0.4122214708 * c[0] + 0.5363325363 * c[1] + 0.0514459929 * c[2])
    let m = cbrt(0.2119034982 * c[0] + 0.6806995451 * c[1] + 0.1073969566 * c[2])
    let s = cbrt(0.0883024619 * c[0] + 0.2817188376 * c[1] + 0.6299787005 * c[2])
    return [
      0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s, 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
    ]
  }

  @Test("text on every colour can be read, on a light page and on a dark one") func readable() throws {
    for level in 0..<CostColour.count {
      let light = try contrast(CostColour.light(level), CostColour.lightText(level))
      let dark = try contrast(CostColour.dark(level), CostColour.darkText(level))
      #expect(light >= 4.5 && dark >= 4.5, "level \(level): \(light) and \(dark)")
    }
  }

  @Test("equal steps look equal, and more is always darker on a light page, brighter on a dark one") func uniform()
    throws
  {
    for colour in [CostColour.light, CostColour.dark] {
      let colours = try (0..<CostColour.count).map { try oklab(colour($0)) }
      let steps = zip(colours, colours.dropFirst()).map { one, other in
        zip(one, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
      }
      let mean = steps.reduce(0, +) / Double(steps.count)
      // Eight bits are as coarse as a fifth of a step.
      for (level, step) in steps.enumerated() {
        #expect(abs(step / mean - 1) < 0.25, "from level \(level): \(step / mean)")
      }
      // Over eight steps rounding does not matter.
      for level in 0..<steps.count - 8 {
        #expect(abs(steps[level..<level + 8].reduce(0, +) / (8 * mean) - 1) < 0.05, "from level \(level)")
      }
      let rises = colours.last.map { $0[0] > colours[0][0] } ?? false
      for (one, other) in zip(colours, colours.dropFirst()) { #expect((other[0] > one[0]) == rises) }
    }
  }

  @Test func levels() {
    #expect(CostColour.level(0, maximum: 7) == 0 && CostColour.level(7, maximum: 7) == CostColour.count - 1)
    #expect(CostColour.level(0, maximum: 0) == 0 && CostColour.level(1, maximum: 2) == CostColour.count / 2)
  }

  @Test(
    "numbers with their units",
    arguments: [
      (.seconds, 0, "0 s"), (.seconds, 1.2345, "1.23 s"), (.seconds, 0.0123, "12.3 ms"), (.seconds, 0.5, "500 ms"),
      (.seconds, 0.00000712, "7.12 µs"), (.seconds, 0.0012, "1.2 ms"), (.multiplyAccumulates, 118_013_952, "118M MACs"),
      (.multiplyAccumulates, 999_600, "1M MACs"), (.multiplyAccumulates, 1_497_000_000, "1.5G MACs"),
      (.multiplyAccumulates, 999, "999 MACs"), (.bytes, 602_112, "602 kB"), (.bytes, 12_845_056, "12.8 MB"),
      (.bytes, 40, "40 B"),
    ] as [(NodeQuantity.Unit, Double, String)])
  func text(unit: NodeQuantity.Unit, value: Double, expected: String) {
    #expect(unit.text(value) == expected)
  }
}
