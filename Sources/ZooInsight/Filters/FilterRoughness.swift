import ZooTensor

/// How rough filters are, beside noise.
///
/// The roughness of a filter is Geary's contiguity ratio (1954): the mean squared difference of neighbouring weights, in rows
/// and columns, over twice their sample variance, numerators and denominators added up over the channels that it reads. Were
/// the weights of each channel shuffled, it would be 1 in the mean over all orders. So 0 is flat or a slow gradient, 1 is as
/// rough as noise of the same weights, and more is a filter that alternates from one weight to the next.
///
/// Of a 3×3 kernel it says little about one filter, as there are twelve neighbours; its mean over a layer says much.
public struct FilterRoughness: Hashable, Sendable {
  /// One for each filter; `nil` for a filter whose weights are all the same within each channel.
  public let filters: [Double?]
  /// Over the filters that have one; `nil` when none has.
  public let mean: Double?
  /// The standard error of the mean; `nil` for fewer than two filters.
  public let standardError: Double?
  private let kernel: Extent

  /// `nil` for filters of one weight per channel, which has no neighbours.
  public init?(_ bank: FilterBank) {
    guard bank.kernel.area > 1 else { return nil }
    kernel = bank.kernel
    filters = (0..<bank.count).map { filter in
      let slices = (0..<bank.channels).map { bank.slice(filter, channel: $0) }
      return Self.roughness(of: slices, kernel: bank.kernel)
    }
    let known = filters.compactMap(\.self)
    guard !known.isEmpty else {
      (mean, standardError) = (nil, nil)
      return
    }
    let count = Double(known.count)
    let mean = known.reduce(0, +) / count
    self.mean = mean
    let squares = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    standardError = known.count > 1 ? (squares / (count - 1) / count).squareRoot() : nil
  }

  package static func roughness(of slices: [[Float]], kernel: Extent) -> Double? {
    let pairs = kernel.height * (kernel.width - 1) + (kernel.height - 1) * kernel.width
    var (differences, variances) = (0.0, 0.0)
    for slice in slices {
      let weights = slice.map(Double.init)
      let mean = weights.reduce(0, +) / Double(weights.count)
      variances += weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(weights.count - 1)
      var squares = 0.0
      for row in 0..<kernel.height {
        for column in 0..<kernel.width {
          let weight = weights[row * kernel.width + column]
          if column + 1 < kernel.width {
            let next = weights[row * kernel.width + column + 1]
            squares += (next - weight) * (next - weight)
          }
          if row + 1 < kernel.height {
            let below = weights[(row + 1) * kernel.width + column]
            squares += (below - weight) * (below - weight)
          }
        }
      }
      differences += squares / Double(pairs)
    }
    guard variances > 0, differences.isFinite, variances.isFinite else { return nil }
    return differences / (2 * variances)
  }

  /// What the mean says about a layer that reads pictures, as the notes for CS231n read its filters.
  public enum Reading: Hashable, Sendable {
    /// As of a network that was trained long enough.
    case smooth
    /// Not trained long enough, or with too little regularisation.
    case noisy
    /// Trained networks have 3×3 kernels that alternate; only larger ones can be told from noise by their smoothness.
    case kernelTooSmall
  }

  /// `nil` when there is no mean.
  public var reading: Reading? {
    mean.map { mean in kernel.area < Self.readableArea ? .kernelTooSmall : mean < Self.noisy ? .smooth : .noisy }
  }

  /// From this mean on, filters that are large enough are called noisy.
  static let noisy = 0.9
  /// How many weights a kernel has at least whose smoothness is read.
  static let readableArea = 25
}
