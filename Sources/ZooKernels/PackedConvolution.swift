import ZooTensor

/// A convolution's weights in the order in which direct micro-kernels read them, with its bias and activation.
public struct PackedConvolution: Sendable {
  /// How the input lies in memory.
  public enum InputForm: Hashable, Sendable {
    /// For `Machine.convolve(_:_:adding:into:)`.
    case blocked
    /// For `Machine.convolve(_:planar:adding:into:)`: images of few channels.
    case planar
  }

  /// Checked when it was made.
  public private(set) var geometry: ConvolutionGeometry
  /// How the image lies in memory that it reads: planes, or blocks of 16 channels.
  public let inputForm: InputForm
  /// Applied to each sum; `nil` for none.
  public let activation: Activation?

  private(set) var panels: WeightPanels
  /// How the weights lie if groups are narrow; else they are in panels.
  let narrowGroups: NarrowGroups?
  var weights: FloatBuffer
  /// The biases of each block, then two lines of zeros.
  var bias: FloatBuffer
  /// The reduction is cut into chains of this many planes, or of parts of narrow groups; see `Machine.convolve`.
  let planesPerChain: Int

  /// Prepares a convolution to run on any machine. Precondition: one group if the input is planar. `weights`:
  /// `[outputs, inputs / groups, height, width]`, float32. `bias`: `[outputs]`, or `nil` for zeros. `pool`: shares the
  /// work of packing.
  public init(
    _ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, activation: Activation? = nil,
    inputForm: InputForm = .blocked, pool: ThreadPool
  ) {
    self.init(geometry, activation: activation, inputForm: inputForm) { packer in
      packer.pack(weights, bias: bias, on: pool)
    }
  }

  /// As above, with weights that arrive part by part, or later. `deliver`: hands all of the weights and biases to the
  /// packer, or keeps it to do so before the layer runs.
  public init(
    _ geometry: ConvolutionGeometry, activation: Activation? = nil, inputForm: InputForm = .blocked,
    weights deliver: (WeightPacker) throws -> Void
  ) rethrows {
    precondition(inputForm == .blocked || geometry.groups == 1, "a planar convolution has one group")
    let panels = WeightPanels(geometry, isPlanar: inputForm == .planar)
    let narrowGroups = NarrowGroups(geometry)
    let bias = FloatBuffer(count: ((narrowGroups?.blockCount ?? panels.blockCount) + 2) * BlockedLayout.lanes)
    let packer = narrowGroups.map { WeightPacker($0, bias: bias) } ?? WeightPacker(panels, copies: 1, bias: bias)
    try deliver(packer)
    self.geometry = geometry
    self.inputForm = inputForm
    self.activation = activation
    self.panels = panels
    self.narrowGroups = narrowGroups
    weights = packer.target
    self.bias = bias
    planesPerChain = max(
      1, Self.longestChain / (narrowGroups.map { $0.inputsPerPart * $0.kernel.area } ?? panels.stepsPerPlane))
  }

  /// How many steps of the reduction one chain has at most, but at least a plane.
  private static let longestChain = 4608

  /// The same weights, in the same memory, for a map of another size; `nil` where the weights would lie differently.
  public func resized(_ geometry: ConvolutionGeometry, inputForm: InputForm) -> PackedConvolution? {
    guard inputForm == self.inputForm, geometry.hasWeights(of: self.geometry) else { return nil }
    var result = self
    result.geometry = geometry
    result.panels = WeightPanels(geometry, isPlanar: inputForm == .planar)
    return result
  }

  /// The memory of the packed weights and bias.
  public var byteCount: Int { (weights.count + bias.count) * MemoryLayout<Float>.size }
}

extension ConvolutionGeometry {
  /// Whether both convolutions have weights of one shape, with the same meaning.
  func hasWeights(of other: ConvolutionGeometry) -> Bool {
    inputChannels == other.inputChannels && outputChannels == other.outputChannels && groups == other.groups
      && kernel == other.kernel
  }

  /// The halo that the input must have at least: the padding, less the rows and columns that no window reaches.
  public var requiredHalo: Padding {
    Padding(
      top: padding.top, left: padding.left,
      bottom: max(0, padding.bottom - unread.height), right: max(0, padding.right - unread.width))
  }
}
