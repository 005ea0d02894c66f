import ZooTensor

/// How the gradient of a convolution's input is made of convolutions of the output's gradient.
///
/// Inputs at distances of the stride are read with the same taps of the kernel. They are a *phase*: a grid of pixels,
/// convolved without a stride with just those taps, last one first, and with inputs and outputs exchanged.
struct DataGradientSchedule: Sendable {
  let panels: WeightPanels
  let rows: [Phase]
  let columns: [Phase]

  /// Along one side.
  struct Phase: Sendable, Hashable {
    /// The inputs `first + index · step`.
    let first: Int
    let step: Int
    let count: Int
    /// The taps that read them, as `lastTap − index · tapStep`; none for inputs that nothing reads.
    let lastTap: Int
    let tapStep: Int
    let taps: Int
    /// What the last tap meets of the output's gradient at the first input, and how far on the taps before it do.
    let firstOutput: Int
    let outputStep: Int

    /// How far the taps reach beyond the gradient's ends.
    func overhang(outputs: Int) -> (before: Int, after: Int) {
      if taps == 0 { return (0, 0) }
      return (max(0, -firstOutput), max(0, firstOutput + (taps - 1) * outputStep + count - outputs))
    }
  }

  init(_ panels: WeightPanels) {
    self.panels = panels
    rows = Self.phases(panels.geometry.vertical)
    columns = Self.phases(panels.geometry.horizontal)
  }

  private static func phases(_ axis: ConvolutionAxis) -> [Phase] {
    // A single output reads every input with one tap at most: as if the stride were beyond all of them.
    let stride = axis.output == 1 ? axis.input : min(axis.stride, axis.input)
    return (0..<stride).map { first in
      let count = (axis.input - first + stride - 1) / stride
      let readers = axis.readers(input: first, beyondEnds: axis.output > 1)
      guard let last = readers.last else {
        return Phase(
          first: first, step: stride, count: count, lastTap: 0, tapStep: 0, taps: 0, firstOutput: 0, outputStep: 0)
      }
      let before = readers.count > 1 ? readers[readers.count - 2] : last
      return Phase(
        first: first, step: stride, count: count, lastTap: last.tap, tapStep: last.tap - before.tap,
        taps: readers.count, firstOutput: last.output, outputStep: before.output - last.output)
    }
  }

  // MARK: Weights

  /// The taps of all phases: each tap belongs to one at most.
  private var taps: Int { rows.reduce(0) { $0 + $1.taps } * columns.reduce(0) { $0 + $1.taps } }

  /// A phase's weights, in panels of its own.
  func panels(_ row: Phase, _ column: Phase) -> WeightPanels { panels.transposed(taps: row.taps * column.taps) }

  /// Where a phase's weights start.
  func weightOffset(row: Int, column: Int) -> Int {
    let rowTaps = rows[..<row].reduce(0) { $0 + $1.taps }
    let columnTaps = columns[..<column].reduce(0) { $0 + $1.taps }
    let allColumnTaps = columns.reduce(0) { $0 + $1.taps }
    return (rowTaps * allColumnTaps + rows[row].taps * columnTaps) * panels.transposed(taps: 1).floatCount
  }

  /// The transposed weights.
  var scratchFloats: Int { taps * panels.transposed(taps: 1).floatCount }

  // MARK: Halo

  /// What the output's gradient must have around it.
  var halo: Padding {
    let output = panels.geometry.output
    let vertical = rows.map { $0.overhang(outputs: output.height) }
    let horizontal = columns.map { $0.overhang(outputs: output.width) }
    return Padding(
      top: vertical.map(\.before).max() ?? 0, left: horizontal.map(\.before).max() ?? 0,
      bottom: vertical.map(\.after).max() ?? 0, right: horizontal.map(\.after).max() ?? 0)
  }
}

extension ConvolutionAxis {
  /// The outputs that read an input, and with which tap, the last one with the first output. `beyondEnds`: whether to
  /// count outputs that are not there as well.
  fileprivate func readers(input: Int, beyondEnds: Bool) -> [(output: Int, tap: Int)] {
    if !beyondEnds { return readers(input: input) }
    return (0..<kernel).compactMap { tap in
      // Floored, unlike division.
      let position = input + padding - tap * dilation
      return position % stride == 0 ? (position / stride, tap) : nil
    }
  }
}

extension ConvolutionGeometry {
  /// The zeros that `Machine.dataGradient` needs around the output's gradient.
  public var dataGradientHalo: Padding { DataGradientSchedule(WeightPanels(self, isPlanar: false)).halo }

  /// The memory that `Machine.dataGradient` needs for the time that it runs, in floats, for any number of images.
  public func dataGradientScratchFloats(inputForm: PackedConvolution.InputForm = .blocked) -> Int {
    let schedule = DataGradientSchedule(WeightPanels(self, isPlanar: inputForm == .planar))
    return NarrowGroups(self).map { NarrowDataGradient($0, schedule).scratchFloats } ?? schedule.scratchFloats
  }
}
