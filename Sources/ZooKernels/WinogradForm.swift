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
  /// `(m + r − 1)²`: the products of a tile.
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
  /// Compares the operations of `KernelCost`: the same on every machine.
  public static func fastest(for geometry: ConvolutionGeometry) -> WinogradForm? {
    let candidates = allCases.filter { $0.isApplicable(to: geometry) }
      .map { ($0, KernelCost.convolution(geometry, $0).operations) }
    guard let best = candidates.min(by: { $0.1 < $1.1 }), best.1 < KernelCost.convolution(geometry).operations
    else { return nil }
    return best.0
  }

  /// Whether the form can compute a convolution.
  public func isApplicable(to geometry: ConvolutionGeometry) -> Bool {
    geometry.groups == 1 && geometry.kernel == Extent(taps) && geometry.stride == Extent(1)
      && geometry.dilation == Extent(1)
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
