/// How numbers are written for people.
enum NumberFormat {
  /// `138,357,544`
  static func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = ""
    for (offset, digit) in digits.enumerated() {
      if offset > 0, (digits.count - offset) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return (number < 0 ? "-" : "") + text
  }

  /// Rounded to two digits and a power of ten, as the cs231n notes write a layer's memory: `3.2M`, `150K`, `25K`; below 10,000
  /// exactly.
  static func short(_ number: Int) -> String {
    guard number >= 10_000 else { return String(number) }
    var scale = 1
    while number / scale >= 100 { scale *= 10 }
    let rounded = (number / scale + (number % scale * 2 >= scale ? 1 : 0)) * scale
    for (unit, letter) in [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "K")] where rounded >= unit {
      let whole = rounded / unit
      let tenth = rounded % unit / (unit / 10)
      return whole < 10 && tenth > 0 ? "\(whole).\(tenth)\(letter)" : "\(whole)\(letter)"
    }
    return String(rounded)
  }

  /// A count of bytes: `46.8 MB`, in powers of 1000.
  static func bytes(_ count: Int) -> String {
    for (unit, name) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")] where count >= unit {
      return "\(fixed(Double(count) / Double(unit), 1)) \(name)"
    }
    return "\(count) B"
  }

  /// A decimal number with a fixed number of digits after the point.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((abs(value) * scale).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % Int(scale))
    return "\(sign)\(scaled / Int(scale)).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
  }

  /// Two significant digits and a power of ten: `3.1e-07`.
  static func scientific(_ value: Double) -> String {
    guard value.isFinite, value > 0 else { return "\(value)" }
    var (mantissa, exponent) = (value, 0)
    while mantissa >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    while mantissa < 0.995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    let digits = String(exponent.magnitude)
    return "\(fixed(mantissa, 1))e\(exponent < 0 ? "-" : "+")\(digits.count < 2 ? "0" : "")\(digits)"
  }

  /// Four significant digits: `12.34`, `-0.05678`, `3.1e-07`.
  static func score(_ value: Double) -> String {
    let magnitude = abs(value)
    guard value.isFinite, magnitude > 0 else { return "\(value)" }
    guard (1e-4..<1e7).contains(magnitude) else {
      return (value < 0 ? "-" : "") + scientific(magnitude)
    }
    var (digits, bound) = (3, 10.0)
    while magnitude >= bound, digits > 0 { (digits, bound) = (digits - 1, bound * 10) }
    bound = 1
    while magnitude < bound { (digits, bound) = (digits + 1, bound / 10) }
    return fixed(value, digits)
  }

  static func score(_ value: Float) -> String { score(Double(value)) }
}
