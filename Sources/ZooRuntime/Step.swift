import ZooKernels
import ZooTensor

/// One call of a kernel within a forward pass.
public struct Step: Sendable {
  /// The node that it computes, or prepares the input of.
  public let name: String
  /// Which kernel, such as `convolution 3×3`.
  public let kernel: String
  /// The shapes read and written, for one image.
  public let inputs: [Shape]
  public let output: Shape
  /// The memory of the packed weights.
  public let weightByteCount: Int
  /// For one image; 0 for operations that do not multiply with weights.
  public let multiplyAccumulates: Int
  /// What the kernel has to do.
  public let cost: KernelCost

  var action: Action

  /// The weights that it works with.
  package var packed: (any PackedLayer)? { action.packed }
}

/// A kernel and what it works on.
enum Action: Sendable {
  case pack(into: Place)
  case packPlanes(into: Int)
  case convolve(PackedConvolution, Place, adding: Place?, into: Place)
  case convolveWinograd(PackedWinograd, Place, adding: Place?, pools: Bool, into: Place, scratch: Int)
  case convolvePlanes(PackedConvolution, Int, adding: Place?, into: Place)
  case locallyConnect(PackedLocallyConnected, Place, into: Place)
  case fullyConnect(PackedFullyConnected, Place, into: Place)
  case maxPool(PoolingGeometry, Place, into: Place)
  case averagePool(PoolingGeometry, countsPadding: Bool, Place, into: Place)
  case adaptiveAveragePool(Place, into: Place)
  case activate(Activation?, Place, into: Place)
  case scale(ChannelScale, Place, into: Place)
  case normalizeLocalResponse(size: Int, alpha: Float, beta: Float, k: Float, Place, into: Place)
  case softmax(Place, into: Place)
  case concatenate([Place], into: Place)
  case add([Place], Activation?, into: Place)
  case flatten(Place, into: Place)
  case subsample(stride: Extent, channelsBefore: Int, Place, into: Place)

  var packed: (any PackedLayer)? {
    switch self {
    case .convolve(let layer, _, _, _), .convolvePlanes(let layer, _, _, _): layer
    case .convolveWinograd(let layer, _, _, _, _, _): layer
    case .locallyConnect(let layer, _, _): layer
    case .fullyConnect(let layer, _, _): layer
    case .scale(let layer, _, _): layer
    case .pack, .packPlanes, .maxPool, .averagePool, .adaptiveAveragePool, .activate, .normalizeLocalResponse, .softmax,
      .concatenate, .add, .flatten, .subsample:
      nil
    }
  }

  /// The same with its weights in other memory; see `PackedLayer.replacing`.
  func replacing(_ memory: [FloatBuffer]) -> Action {
    switch self {
    case .convolve(let layer, let input, let addend, let output):
      .convolve(layer.replacing(memory), input, adding: addend, into: output)
    case .convolvePlanes(let layer, let input, let addend, let output):
      .convolvePlanes(layer.replacing(memory), input, adding: addend, into: output)
    case .convolveWinograd(let layer, let input, let addend, let pools, let output, let scratch):
      .convolveWinograd(layer.replacing(memory), input, adding: addend, pools: pools, into: output, scratch: scratch)
    case .locallyConnect(let layer, let input, let output):
      .locallyConnect(layer.replacing(memory), input, into: output)
    case .fullyConnect(let layer, let input, let output):
      .fullyConnect(layer.replacing(memory), input, into: output)
    case .scale(let layer, let input, let output): .scale(layer.replacing(memory), input, into: output)
    case .pack, .packPlanes, .maxPool, .averagePool, .adaptiveAveragePool, .activate, .normalizeLocalResponse, .softmax,
      .concatenate, .add, .flatten, .subsample:
      self
    }
  }

  /// The buffers that it touches.
  var buffers: [Int] {
    switch self {
    case .pack(let place): [place.buffer]
    case .packPlanes(let buffer): [buffer]
    case .convolve(_, let input, let addend, let output):
      [input.buffer, output.buffer] + (addend.map { [$0.buffer] } ?? [])
    case .convolveWinograd(_, let input, let addend, _, let output, let scratch):
      [input.buffer, output.buffer, scratch] + (addend.map { [$0.buffer] } ?? [])
    case .convolvePlanes(_, let input, let addend, let output):
      [input, output.buffer] + (addend.map { [$0.buffer] } ?? [])
    case .concatenate(let inputs, let output), .add(let inputs, _, let output): inputs.map(\.buffer) + [output.buffer]
    case .locallyConnect(_, let input, let output), .fullyConnect(_, let input, let output),
      .maxPool(_, let input, let output), .averagePool(_, _, let input, let output),
      .adaptiveAveragePool(let input, let output), .activate(_, let input, let output),
      .scale(_, let input, let output), .normalizeLocalResponse(_, _, _, _, let input, let output),
      .softmax(let input, let output), .flatten(let input, let output), .subsample(_, _, let input, let output):
      [input.buffer, output.buffer]
    }
  }

  /// Whether it writes the halo of its output too.
  var writesHalo: Bool {
    switch self {
    case .pack, .packPlanes: true
    case .convolve, .convolveWinograd, .convolvePlanes, .locallyConnect, .fullyConnect, .maxPool, .averagePool,
      .adaptiveAveragePool, .activate, .scale, .normalizeLocalResponse, .softmax, .concatenate, .add, .flatten,
      .subsample:
      false
    }
  }
}
