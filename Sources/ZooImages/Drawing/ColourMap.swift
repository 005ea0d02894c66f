/// The colours of numbers from low to high: dark violet, blue, green, yellow.
///
/// Viridis by van der Walt and Smith (2015, CC0): equal differences look equal, luminance rises all the way, so that the
/// order survives printing in grey and the usual kinds of colour blindness.
public enum ColourMap {
  /// Viridis at 0, 1/9, …, 1.
  private static let controls: [Colour] = [
    0x440154, 0x482878, 0x3E4A89, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6DCD59, 0xB4DE2C, 0xFDE725,
  ].map { Colour($0) }

  /// The colour of a number that lies at `fraction` of the way from the lowest to the highest.
  ///
  /// Fractions below 0 and above 1 get the colours of the ends; what is not a number gets that of 0.
  public static func colour(at fraction: Double) -> Colour { colour(at: fraction, between: controls) }

  /// Between the two nearest of evenly spaced colours.
  static func colour(at fraction: Double, between controls: [Colour]) -> Colour {
    let position = (fraction > 0 ? min(fraction, 1) : 0) * Double(controls.count - 1)
    let index = min(Int(position), controls.count - 2)
    let weight = position - Double(index)
    let (low, high) = (controls[index], controls[index + 1])
    func mixed(_ low: UInt8, _ high: UInt8) -> UInt8 {
      UInt8((Double(low) + (Double(high) - Double(low)) * weight).rounded())
    }
    return Colour(
      red: mixed(low.red, high.red), green: mixed(low.green, high.green), blue: mixed(low.blue, high.blue))
  }
}
