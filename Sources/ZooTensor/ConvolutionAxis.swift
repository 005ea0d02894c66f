/// How the outputs, the taps of the kernel and the inputs of a convolution meet along one side: an output reads with each
/// tap the input `output · stride + tap · dilation − padding`, unless that lies in the padding.
public struct ConvolutionAxis: Hashable, Sendable {
  /// The number of inputs, outputs and taps.
  public let input: Int
  /// The number of outputs.
  public let output: Int
  /// The number of taps.
  public let kernel: Int
  /// How many inputs further the next output reads.
  public let stride: Int
  /// The padding before the first input.
  public let padding: Int
  /// How many inputs further the next tap reads.
  public let dilation: Int

  /// Takes the numbers as they are; `ConvolutionGeometry` has checked them.
  public init(input: Int, output: Int, kernel: Int, stride: Int, padding: Int, dilation: Int) {
    self.input = input
    self.output = output
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
  }

  /// What a forward pass asks: the input that a tap of an output reads; `nil` in the padding.
  public func input(output: Int, tap: Int) -> Int? {
    let position = output * stride + tap * dilation - padding
    return position >= 0 && position < input ? position : nil
  }

  /// What the gradient of a filter asks: the outputs that a tap touches, which are those for which it reads an input.
  public func outputs(tap: Int) -> Range<Int> {
    let first = padding - tap * dilation
    let start = first <= 0 ? 0 : (first + stride - 1) / stride
    let end = first + input <= 0 ? 0 : min((first + input + stride - 1) / stride, output)
    return start < end ? start..<end : 0..<0
  }

  /// What the gradient of the data asks: the outputs that read an input, and with which tap.
  public func readers(input: Int) -> [(output: Int, tap: Int)] {
    (0..<kernel).compactMap { tap in
      let (output, rest) = (input + padding - tap * dilation).quotientAndRemainder(dividingBy: stride)
      return rest == 0 && output >= 0 && output < self.output ? (output, tap) : nil
    }
  }
}
