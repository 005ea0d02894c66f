/// The numbers beside a colour bar, written with as many digits as tell neighbours apart.
package enum TickLabels {
  /// One text per value, for values in rising order: decimal where that is short, else with a power of ten.
  package static func texts(of values: [Double]) -> [String] {
    guard let first = values.first, let last = values.last else { return [] }
    let largest = max(abs(first), abs(last))
    let difference = values.count > 1 ? (last - first) / Double(values.count - 1) : largest
    // A digit more than it takes to see the difference.
    let position = exponent(of: difference == 0 ? 1 : difference) - 1
    if largest < 1e6, position >= -6 { return values.map { decimal($0, places: max(0, -position)) } }
    let places = min(max(exponent(of: largest) - position, 1), 7)
    return values.map { scientific($0, places: places) }
  }

  /// The power of ten of a number's first digit.
  private static func exponent(of value: Double) -> Int {
    var (magnitude, exponent) = (abs(value), 0)
    guard magnitude > 0, magnitude.isFinite else { return 0 }
    while magnitude >= 10 {
      magnitude /= 10
      exponent += 1
    }
    while magnitude < 1 {
      magnitude *= 10
      exponent -= 1
    }
    return exponent
  }

  /// - Precondition: `|value|` is below 10⁷ and `places` at most 7.
  static func decimal(_ value: Double, places: Int) -> String {
    let power = (0..<places).reduce(1) { power, _ in power * 10 }
    let scaled = Int((abs(value) * Double(power)).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(scaled)" }
    let digits = "\(scaled % power)"
    return "\(sign)\(scaled / power)." + String(repeating: "0", count: places - digits.utf8.count) + digits
  }

  private static func scientific(_ value: Double, places: Int) -> String {
    guard value != 0 else { return "0" }
    var power = exponent(of: value)
    var mantissa = value
    for _ in 0..<abs(power) { mantissa = power > 0 ? mantissa / 10 : mantissa * 10 }
    var text = decimal(mantissa, places: places)
    if text.hasPrefix("10.") || text.hasPrefix("-10.") {
      power += 1
      text = decimal(mantissa / 10, places: places)
    }
    return "\(text)e\(power < 0 ? "-" : "+")\(abs(power))"
  }
}
