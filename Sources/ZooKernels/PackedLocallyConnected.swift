import ZooTensor

/// A locally connected layer: a convolution with weights of its own at every output position.
public struct PackedLocallyConnected: Sendable {
  /// Checked when it was made.
  public let geometry: ConvolutionGeometry
  /// Applied to each sum; `nil` for none.
  public let activation: Activation?

  let panels: WeightPanels
  /// The panels of each position.
  var weights: FloatBuffer
  /// The biases of each block of each position.
  var bias: FloatBuffer

  /// Prepares a layer to run on any machine. `geometry`: one group. `weights`: `[outputHeight, outputWidth, outputs,
  /// inputs, kernelHeight, kernelWidth]`, float32. `bias`: `[outputs, outputHeight, outputWidth]`, or `nil` for zeros.
  /// `pool`: shares the work of packing.
  public init(
    _ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, activation: Activation? = nil,
    pool: ThreadPool
  ) {
    self.init(geometry, activation: activation) { $0.pack(weights, bias: bias, on: pool) }
  }

  /// As above, with weights that arrive part by part, or later. `deliver`: hands all of the weights and biases to the
  /// packer, or keeps it to do so before the layer runs.
  public init(
    _ geometry: ConvolutionGeometry, activation: Activation? = nil,
    weights deliver: (WeightPacker) throws -> Void
  ) rethrows {
    let lanes = BlockedLayout.lanes
    let (area, outputs) = (geometry.output.area, geometry.outputChannels)
    precondition(geometry.groups == 1, "a locally connected layer has one group")
    let panels = WeightPanels(geometry, isPlanar: false)
    let bias = FloatBuffer(count: area * panels.blocksPerGroup * lanes)
    let packer = WeightPacker(panels, copies: area, bias: bias) { biases, packed in
      for position in 0..<area {
        for output in 0..<outputs {
          packed[position * panels.blocksPerGroup * lanes + output] = biases[output * area + position]
        }
      }
    }
    try deliver(packer)
    self.geometry = geometry
    self.activation = activation
    self.panels = panels
    weights = packer.target
    self.bias = bias
  }

  /// The memory of the packed weights and bias.
  public var byteCount: Int { (weights.count + bias.count) * MemoryLayout<Float>.size }
}
