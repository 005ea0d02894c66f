/// An upright colour bar with its numbers at its right: sizes in pixels.
struct ColourBar {
  /// `nil` when there is no value at all: the bar has no numbers.
  let scale: ColourScale?
  let dot: Int

  init(_ scale: ColourScale?, dot: Int) {
    self.scale = scale
    self.dot = dot
  }

  private var numbers: [String] { scale?.ticks().map(\.text) ?? [] }
  var gap: Int { 4 * dot }
  var bar: Int { 8 * dot }
  var tick: Int { 2 * dot }
  var font: Font { Font(capitals: Double(7 * dot)) }
  var letters: Int { 7 * dot }
  var width: Int {
    gap + bar + tick + 2 * dot + Int((numbers.map { font.width(of: $0) }.max() ?? 0).rounded(.up)) + gap
  }
  /// The least height at which the numbers do not touch.
  var height: Int { max(1, numbers.count) * (letters + 3 * dot) }
}

extension Canvas {
  /// The colour bar from the highest value, above, to the lowest; half a line of the height is left free at both ends.
  mutating func draw(_ legend: ColourBar, left: Int, top: Int, height: Int) {
    let dot = legend.dot
    let margin = legend.letters / 2 + dot
    let length = height - 2 * margin
    let start = left + legend.gap
    for row in 0..<length {
      let fraction = length > 1 ? 1 - Double(row) / Double(length - 1) : 1
      let colour = legend.scale?.colour(atFraction: fraction) ?? ColourMap.colour(at: fraction)
      let y = top + margin + row
      fill(Rectangle(left: start, top: y, right: start + legend.bar, bottom: y + 1), with: colour)
    }
    for (fraction, text) in legend.scale?.ticks() ?? [] {
      let y = top + margin + Int((Double(length - 1) * (1 - fraction)).rounded())
      let end = start + legend.bar + legend.tick
      fill(Rectangle(left: end - legend.tick, top: y - dot / 2, right: end, bottom: y - dot / 2 + dot), with: .black)
      write(
        text, left: Double(end + 2 * dot), baseline: Double(y - legend.letters / 2 + legend.letters), font: legend.font,
        in: .black)
    }
  }
}
