import ZooKit
import ZooTensor

/// Neighbouring units of a layer, whose statistics one thread works on.
struct UnitBlock: Sendable {
  let units: Range<Int>
  var statistics: [UnitStatistics]

  init(_ units: Range<Int>) {
    self.units = units
    statistics = units.map { _ in UnitStatistics() }
  }

  /// The units of a layer in blocks. What comes out does not depend on how they are cut.
  static func blocks(of units: Int) -> [Range<Int>] {
    stride(from: 0, to: units, by: 16).map { $0..<min(units, $0 + 16) }
  }

  /// Counts a batch. `value`: of the layer, `[images, …]`. `body`: told each unit's largest value for each image, image
  /// after image of a unit. Returns the first unit and image with a value that is not finite; what was counted is of no
  /// use then.
  mutating func add(
    _ value: Tensor, area: Int, _ body: (_ unit: Int, _ image: Int, UnitStatistics.Peak) -> Void = { _, _, _ in }
  ) -> (unit: Int, image: Int)? {
    for unit in units {
      for image in 0..<value.shape[0] {
        let peak = value.withMap(image: image, unit: unit, area: area) { statistics[unit - units.lowerBound].add($0) }
        guard let peak else { return (unit, image) }
        body(unit, image, peak)
      }
    }
    return nil
  }
}
