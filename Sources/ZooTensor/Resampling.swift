/// What rows and columns around a map hold.
public enum PaddingMode: String, Hashable, Sendable, CaseIterable {
  case zero
  /// The map as a mirror has it that stands on its first and last pixels, which do not come again.
  case reflect
  /// The pixel at the edge.
  case replicate
}

/// How a map is made of the rows and columns of another one: each pixel is a weighted sum of pixels, with the weight of the
/// row times the weight of the column. The gradient is the transpose.
public struct Resampling: Hashable, Sendable {
  /// How a pixel is made of others.
  public enum Rule: Hashable, Sendable {
    /// The map with more rows and columns around it.
    case padding(Padding, PaddingMode)
    /// Output `i` is input `⌊i · inputs / outputs⌋` (PyTorch's `nearest`).
    case nearest
    /// Between the two nearest inputs (PyTorch's `bilinear`): centres of pixels lie at half a pixel, or the centres of the
    /// first and of the last pixels of both maps lie on each other.
    case bilinear(alignsCorners: Bool)
  }

  /// How pixels are made.
  public let rule: Rule
  /// The rows and columns that are read.
  public let input: Extent
  /// The rows and columns that are made.
  public let output: Extent

  /// - Precondition: extents of at least 1; with a padding, the output is the padded input, and what is mirrored is within it.
  public init(_ rule: Rule, input: Extent, output: Extent) {
    self.rule = rule
    self.input = input
    self.output = output
  }

  /// How the rows are made.
  public var vertical: AxisResampling {
    let axis: AxisResampling.Rule =
      switch rule {
      case .padding(let padding, let mode): .shifted(by: padding.top, mode)
      case .nearest: .nearest
      case .bilinear(let alignsCorners): .linear(alignsCorners: alignsCorners)
      }
    return AxisResampling(rule: axis, input: input.height, output: output.height)
  }

  /// How the columns are made.
  public var horizontal: AxisResampling {
    let axis: AxisResampling.Rule =
      switch rule {
      case .padding(let padding, let mode): .shifted(by: padding.left, mode)
      case .nearest: .nearest
      case .bilinear(let alignsCorners): .linear(alignsCorners: alignsCorners)
      }
    return AxisResampling(rule: axis, input: input.width, output: output.width)
  }
}

/// As `Resampling`, along one side.
public struct AxisResampling: Hashable, Sendable {
  /// The rules of `Resampling`, along one side.
  public enum Rule: Hashable, Sendable {
    case shifted(by: Int, PaddingMode)
    case nearest
    case linear(alignsCorners: Bool)
  }

  /// An input and what it counts.
  public struct Tap: Hashable, Sendable {
    /// Its index, from 0.
    public let input: Int
    /// Its share; those of an output add up to 1, but where padding is zero.
    public let weight: Double
  }

  /// How outputs are made.
  public let rule: Rule
  /// The number of inputs and outputs.
  public let input: Int
  /// The number of outputs.
  public let output: Int

  /// What an output is the sum of: up to two inputs, in order, none of which has the weight 0.
  public func taps(output index: Int) -> [Tap] {
    switch rule {
    case .shifted(let before, let mode):
      let position = index - before
      let isInside = position >= 0 && position < input
      switch mode {
      case .zero: return isInside ? [Tap(input: position, weight: 1)] : []
      case .reflect:
        let mirrored = position < 0 ? -position : 2 * (input - 1) - position
        return [Tap(input: isInside ? position : mirrored, weight: 1)]
      case .replicate: return [Tap(input: min(max(position, 0), input - 1), weight: 1)]
      }
    case .nearest: return [Tap(input: index * input / output, weight: 1)]
    case .linear(let alignsCorners):
      // The place of the output among the inputs, as a fraction.
      let (numerator, denominator) =
        alignsCorners
        ? (output == 1 ? 0 : index * (input - 1), max(1, output - 1))
        : (max(0, (2 * index + 1) * input - output), 2 * output)
      let (first, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
      guard rest > 0, first + 1 < input else { return [Tap(input: min(first, input - 1), weight: 1)] }
      let share = Double(rest) / Double(denominator)
      return [Tap(input: first, weight: 1 - share), Tap(input: first + 1, weight: share)]
    }
  }

  /// From the first input that some outputs are made of to the last.
  public func inputs(readBy outputs: Range<Int>) -> Range<Int> {
    hull(outputs.lazy.flatMap { taps(output: $0).lazy.map(\.input) })
  }

  /// From the first output that some inputs are part of to the last.
  public func outputs(reading inputs: Range<Int>) -> Range<Int> {
    hull((0..<output).lazy.filter { taps(output: $0).contains { inputs.contains($0.input) } })
  }

  private func hull(_ indices: some Sequence<Int>) -> Range<Int> {
    var found: Range<Int>?
    for index in indices {
      found = min(found?.lowerBound ?? index, index)..<max(found?.upperBound ?? index + 1, index + 1)
    }
    return found ?? 0..<0
  }
}
