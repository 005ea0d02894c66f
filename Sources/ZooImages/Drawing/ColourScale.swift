/// Which colour a number has, and what it is measured in: what a legend shows.
public struct ColourScale: Hashable, Sendable {
  /// What is told apart by colours.
  public enum Kind: Hashable, Sendable {
    /// From low to high: `ColourMap.colour(at:)`.
    case magnitude
    /// Around zero, which is nearly white: `ColourMap.divergingColour(at:)`.
    case signed
  }

  /// Which colours, and whether they have a middle.
  public let kind: Kind
  /// The numbers that have the colours of the ends, which those beyond share.
  public let range: ClosedRange<Double>
  /// What the numbers are measured in, such as `Δlogit`; may be empty.
  public let unit: String

  private init(_ kind: Kind, _ range: ClosedRange<Double>, _ unit: String) {
    self.kind = kind
    self.range = range
    self.unit = unit
  }

  /// A scale from low to high. When both ends are equal, that number has the colour in the middle.
  ///
  /// - Precondition: the ends are finite.
  public static func magnitude(_ range: ClosedRange<Double>, unit: String) -> ColourScale {
    precondition(range.lowerBound.isFinite && range.upperBound.isFinite, "a scale over \(range)")
    return ColourScale(.magnitude, range, unit)
  }

  /// A scale from `-limit` to `limit`, zero in the middle.
  ///
  /// - Precondition: `limit` is finite; its sign does not matter.
  public static func signed(_ limit: Double, unit: String) -> ColourScale {
    precondition(limit.isFinite, "a scale up to \(limit)")
    return ColourScale(.signed, -abs(limit)...abs(limit), unit)
  }

  /// One that holds all finite numbers of several lists: around zero where one of them is negative, else from zero to the
  /// largest.
  public static func covering(_ values: [[Float]], unit: String) -> ColourScale {
    var (low, high) = (Float(0), Float(0))
    for list in values {
      list.withUnsafeBufferPointer { list in
        for value in list where value.isFinite { (low, high) = (min(low, value), max(high, value)) }
      }
    }
    return low < 0 ? .signed(Double(max(-low, high)), unit: unit) : .magnitude(0...Double(high), unit: unit)
  }

  /// From the lowest to the highest value of a map without a unit.
  init?(_ range: ClosedRange<Float>?) {
    guard let range else { return nil }
    self.init(.magnitude, Double(range.lowerBound)...Double(range.upperBound), "")
  }

  /// The colour of a number; those beyond the ends have the colours of the ends.
  public func colour(of value: Double) -> Colour { colour(atFraction: fraction(of: value)) }

  /// How far a number is on the way from the lowest to the highest; 0.5 when they are the same.
  package func fraction(of value: Double) -> Double {
    let (low, high) = (range.lowerBound, range.upperBound)
    if value <= low { return value == high ? 0.5 : 0 }
    guard high > low else { return 1 }
    // Halves, so that the difference of the largest numbers is one.
    return min((value / 2 - low / 2) / (high / 2 - low / 2), 1)
  }

  /// A colour of the legend; all of it has one colour when both ends are equal.
  package func colour(atFraction fraction: Double) -> Colour {
    let fraction = range.lowerBound == range.upperBound ? 0.5 : fraction
    return kind == .signed ? ColourMap.divergingColour(at: fraction) : ColourMap.colour(at: fraction)
  }

  /// Numbers evenly spaced from the lowest to the highest; one when they are the same.
  package func ticks(_ count: Int = 5) -> [(fraction: Double, text: String)] {
    let (low, high) = (range.lowerBound, range.upperBound)
    guard low < high, count > 1 else { return [(0.5, TickLabels.texts(of: [low])[0])] }
    let fractions = (0..<count).map { Double($0) / Double(count - 1) }
    let values = fractions.map { low == -high ? high * (2 * $0 - 1) : low * (1 - $0) + high * $0 }
    return Array(zip(fractions, TickLabels.texts(of: values)))
  }
}
