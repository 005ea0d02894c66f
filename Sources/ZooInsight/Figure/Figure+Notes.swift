extension Figure {
  /// What has to be said about the maps so that nobody misreads their colours.
  var remarks: [String] {
    var remarks: [String] = []
    let maps = panels.compactMap { panel in
      panel.content.map.map { (name: panel.caption.isEmpty ? "the map" : panel.caption, map: $0, range: $0.range) }
    }
    let constant = maps.compactMap { name, map, range -> String? in
      guard map.values.count > 1, let range, range.lowerBound == range.upperBound else { return nil }
      return "\(name) (\(Self.short(Double(range.lowerBound))))"
    }
    if !constant.isEmpty {
      remarks.append("The same number in every cell: \(Self.list(constant)).")
    }
    let odd = maps.compactMap { name, map, _ -> String? in
      let count = map.oddCount
      return count > 0 ? "\(name) (\(count) of \(map.values.count))" : nil
    }
    if !odd.isEmpty {
      remarks.append("Hatched cells hold no finite number: \(Self.list(odd)).")
    }
    let ranges = maps.compactMap(\.range)
    guard let scale, let low = ranges.map(\.lowerBound).min(), let high = ranges.map(\.upperBound).max() else {
      return remarks
    }
    // A whisker more, so that a limit that was rounded holds the number that it was made of.
    let whisker = 1e-6 * max(abs(scale.range.lowerBound), abs(scale.range.upperBound))
    let (least, most) = (scale.range.lowerBound - whisker, scale.range.upperBound + whisker)
    if Double(low) < least || Double(high) > most {
      let beyond = maps.reduce(0) { sum, named in
        sum + named.map.count { $0.isFinite && (Double($0) < least || Double($0) > most) }
      }
      let cells = maps.reduce(0) { $0 + $1.map.values.count }
      remarks.append(
        "\(beyond) of \(cells) cells lie beyond the ends of the scale and have their colours; the numbers go from "
          + "\(Self.short(Double(low))) to \(Self.short(Double(high))).")
    }
    return remarks
  }

  /// Six names, and how many more there are.
  private static func list(_ names: [String]) -> String {
    let first = names.prefix(6).joined(separator: ", ")
    return names.count > 6 ? "\(first) and \(names.count - 6) more" : first
  }

  /// A number with about three digits, as captions and notes write it.
  package static func short(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    guard value != 0 else { return "0" }
    let magnitude = abs(value)
    if magnitude >= 1e6 || magnitude < 1e-3 {
      var (mantissa, power) = (value, 0)
      while abs(mantissa) >= 10 { (mantissa, power) = (mantissa / 10, power + 1) }
      while abs(mantissa) < 1 { (mantissa, power) = (mantissa * 10, power - 1) }
      return "\(fixed(mantissa, 2))e\(power)"
    }
    return fixed(value, magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : magnitude >= 0.1 ? 3 : 4)
  }

  /// - Precondition: the value is below 10⁷.
  private static func fixed(_ value: Double, _ places: Int) -> String {
    let power = (0..<places).reduce(1) { power, _ in power * 10 }
    let scaled = Int((abs(value) * Double(power)).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(scaled)" }
    let digits = "\(scaled % power)"
    return "\(sign)\(scaled / power)." + String(repeating: "0", count: places - digits.count) + digits
  }
}
