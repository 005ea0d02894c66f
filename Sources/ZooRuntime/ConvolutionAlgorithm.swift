import ZooKernels
import ZooTensor

/// How a convolution is computed.
public enum ConvolutionAlgorithm: Hashable, Sendable {
  case direct
  /// Direct, where each channel has a filter of its own.
  case depthwise
  /// Direct, from a network's image of few channels, which is kept as planes.
  case planar
  case winograd(WinogradForm)

  /// What kernels are called that compute a convolution in this way: `winograd 4×4, 3×3`.
  ///
  /// - Parameter kernel: the window of the convolution
  /// - Returns: The name.
  public func name(kernel: Extent) -> String {
    switch self {
    case .direct: "convolution \(kernel)"
    case .depthwise: "depthwise \(kernel)"
    case .planar: "planar convolution \(kernel)"
    case .winograd(let form): "winograd \(form.outputs)×\(form.outputs), \(kernel)"
    }
  }
}
