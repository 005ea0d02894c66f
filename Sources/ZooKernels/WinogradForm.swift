internal import CZooKernels
import ZooTensor

/// Winograd's minimal filtering F(m×m, r×r): `m²` outputs of an `r×r` convolution by `(m + r − 1)²` multiplications in
/// place of `m²·r²` (Lavin and Gray, arXiv:1509.09308).
///
/// The points are 0, ±1 and ∞ for m = 2, r = 3, and 0, ±3/4, ±3/2 and ∞ for the others: the constants of the transforms
/// of maps are exact, and the error is about twice that of a direct convolution.
public enum WinogradForm: Hashable, Sendable, CaseIterable {
  case f2x3
  case f4x3
  case f2x5

  /// m, the outputs of a tile per side.
  public var outputs: Int { self == .f4x3 ? 4 : 2 }
  /// r, the taps of a filter per side.
  public var taps: Int { self == .f2x5 ? 5 : 3 }
  /// The pixels and the frequencies of a tile per side.
  public var side: Int { outputs + taps - 1 }
  public var frequencies: Int { side * side }

  var kernel: zoo_winograd_form {
    switch self {
    case .f2x3: ZOO_WINOGRAD_2x3
    case .f4x3: ZOO_WINOGRAD_4x3
    case .f2x5: ZOO_WINOGRAD_2x5
    }
  }
}

extension WinogradForm {
  /// The form that computes a convolution of one image fastest; `nil` when a direct convolution does.
  ///
  /// A model of the cost, the same on every machine: what must be multiplied, or what weights must be read from memory,
  /// whichever takes longer.
  public static func fastest(for geometry: ConvolutionGeometry) -> WinogradForm? {
    let direct = Cost(geometry)
    let candidates = allCases.filter { $0.isApplicable(to: geometry) }.map { ($0, Cost(geometry, $0)) }
    guard let best = candidates.min(by: { $0.1.operations < $1.1.operations }),
      best.1.operations < direct.operations
    else { return nil }
    return best.0
  }

  /// Whether the form can compute a convolution.
  public func isApplicable(to geometry: ConvolutionGeometry) -> Bool {
    geometry.groups == 1 && geometry.kernel == Extent(taps) && geometry.stride == Extent(1)
      && geometry.dilation == Extent(1)
  }

  /// What a convolution costs, as a number of floating-point operations that take as long.
  private struct Cost {
    let operations: Double

    /// How many operations take as long as reading a byte of weights from memory.
    private static let perWeightByte = 8.0
    /// How many times longer an operation of the transforms takes than one of the products.
    private static let transformWeight = 3.0

    /// Direct.
    init(_ geometry: ConvolutionGeometry) {
      let weights = geometry.outputChannels * geometry.inputChannelsPerGroup * geometry.kernel.area
      operations = max(2 * Double(geometry.multiplyAccumulates), Self.perWeightByte * 4 * Double(weights))
    }

    init(_ geometry: ConvolutionGeometry, _ form: WinogradForm) {
      let lanes = BlockedLayout.lanes
      func padded(_ channels: Int) -> Double { Double((channels + lanes - 1) / lanes * lanes) }
      let (inputs, outputs) = (padded(geometry.inputChannels), padded(geometry.outputChannels))
      let grid = WinogradGrid(geometry.output, form)
      let tiles = Double(grid.tiles)
      let weights = Double(form.frequencies) * inputs * outputs
      // A transform of one dimension takes about two operations for each of its values.
      let perPass = Double(2 * 2 * form.side)
      let transforms =
        inputs * perPass * Double(2 * form.side) + outputs * perPass * Double(form.side + form.outputs)
      operations =
        max(2 * weights * tiles, Self.perWeightByte * 4 * weights) + Self.transformWeight * transforms * tiles
    }
  }
}

/// The tiles that cover an image's output.
struct WinogradGrid: Hashable, Sendable {
  let rows: Int
  let columns: Int

  init(_ output: Extent, _ form: WinogradForm) {
    rows = (output.height + form.outputs - 1) / form.outputs
    columns = (output.width + form.outputs - 1) / form.outputs
  }

  /// For one image.
  var tiles: Int { rows * columns }
}
