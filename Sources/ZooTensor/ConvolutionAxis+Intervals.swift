extension ConvolutionAxis {
  /// What the change of some inputs can change: from the first output that reads one of them to the last. A dilated kernel
  /// counts as if it had no gaps, so that some of these may read none.
  public func outputs(reading inputs: Range<Int>) -> Range<Int> {
    guard !inputs.isEmpty else { return 0..<0 }
    let beforeFirst = inputs.lowerBound + padding - (kernel - 1) * dilation
    let first = beforeFirst <= 0 ? 0 : (beforeFirst + stride - 1) / stride
    let beforeLast = inputs.upperBound - 1 + padding
    let end = beforeLast < 0 ? 0 : min(beforeLast / stride + 1, output)
    return first < end ? first..<end : 0..<0
  }

  /// From the first input that some outputs read to the last; those below 0 and from `input` on lie in the padding.
  public func inputs(readBy outputs: Range<Int>) -> Range<Int> {
    guard !outputs.isEmpty else { return 0..<0 }
    return outputs.lowerBound * stride - padding..<(outputs.upperBound - 1) * stride - padding + (kernel - 1) * dilation
      + 1
  }
}
