/// What is wrong with the geometry of a convolution or a pooling window.
public enum GeometryError: Error, Hashable, Sendable {
  /// The map has no elements, or a side is longer than `ConvolutionGeometry.maximumSide`.
  case inputOutOfRange(Extent)
  /// A kernel, stride or dilation below 1 or above `ConvolutionGeometry.maximumSide`.
  case extentOutOfRange(attribute: String, Extent)
  /// Padding below 0 or above `ConvolutionGeometry.maximumSide`.
  case paddingOutOfRange(Padding)
  /// Padding of a pooling window so wide that the window would see nothing else.
  case paddingNotBelowKernel(Padding, kernel: Extent)
  /// The kernel, dilated, is larger than the padded input.
  case kernelLargerThanInput(kernel: Extent, paddedInput: Extent)
  /// Channels or groups below 1, or above `ConvolutionGeometry.maximumChannels`.
  case countOutOfRange(attribute: String, Int)
  /// The number of channels is not a multiple of the number of groups.
  case channelsNotDivisible(attribute: String, channels: Int, groups: Int)
}
