/// How a pooling layer rounds the number of windows when the stride does not divide the slack.
public enum PoolingRounding: String, Hashable, Sendable, CaseIterable {
  /// Windows lie wholly inside the padded input (PyTorch's default).
  case floor
  /// PyTorch's `ceil_mode=True`: a last, partial window, unless it would start in the right or bottom padding.
  case ceil
  /// Caffe's rule: as `ceil`, but the last window is dropped only when there is padding.
  case caffe
}

/// The geometry of a pooling window over each channel, validated once.
public struct PoolingGeometry: Hashable, Sendable {
  /// The rows and columns that are read, without padding.
  public let input: Extent
  /// The rows and columns of a window.
  public let kernel: Extent
  /// How many rows and columns apart neighbouring windows are.
  public let stride: Extent
  /// The rows and columns around the input, which no window counts for a maximum.
  public let padding: Padding
  /// What happens to a last window that is not whole.
  public let rounding: PoolingRounding
  /// The number of windows downwards and across.
  public let output: Extent

  /// - Throws: `GeometryError` naming the attribute that cannot be.
  public init(
    input: Extent, kernel: Extent, stride: Extent, padding: Padding = .none,
    rounding: PoolingRounding = .floor
  ) throws(GeometryError) {
    let window = try Window(
      input: input, kernel: kernel, stride: stride, padding: padding, dilation: Extent(1))
    // A window of padding alone has neither a maximum nor a mean.
    guard padding.top < kernel.height, padding.bottom < kernel.height, padding.left < kernel.width,
      padding.right < kernel.width
    else { throw .paddingNotBelowKernel(padding, kernel: kernel) }
    func count(slack: Int, stride: Int, input: Int, before: Int, padded: Bool) -> Int {
      if rounding == .floor { return slack / stride + 1 }
      let count = (slack + stride - 1) / stride + 1
      let startsInPadding = (count - 1) * stride >= input + before
      return startsInPadding && (rounding == .ceil || padded) ? count - 1 : count
    }
    self.input = input
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.rounding = rounding
    output = Extent(
      height: count(
        slack: window.slack.height, stride: stride.height, input: input.height,
        before: padding.top, padded: padding.vertical > 0),
      width: count(
        slack: window.slack.width, stride: stride.width, input: input.width,
        before: padding.left, padded: padding.horizontal > 0))
    // Caffe's rule with a stride beyond the kernel can place a window wholly past the input.
    guard (output.height - 1) * stride.height < input.height + padding.top,
      (output.width - 1) * stride.width < input.width + padding.left
    else { throw .extentOutOfRange(attribute: "stride", stride) }
  }

  /// The rows and columns of the input that the window at (`row`, `column`) of the output covers, and the number of
  /// cells by which an average that counts padding divides: the window clipped at the padded input's far edge.
  public func window(row: Int, column: Int) -> (rows: Range<Int>, columns: Range<Int>, paddedArea: Int) {
    let top = row * stride.height - padding.top
    let left = column * stride.width - padding.left
    let bottom = min(top + kernel.height, input.height + padding.bottom)
    let right = min(left + kernel.width, input.width + padding.right)
    return (
      max(top, 0)..<min(bottom, input.height), max(left, 0)..<min(right, input.width),
      (bottom - top) * (right - left)
    )
  }
}

extension PoolingGeometry: CustomStringConvertible {
  /// The numbers in words, for messages: the window, its stride and its padding.
  public var description: String {
    var text = "\(input) → \(output), kernel \(kernel), stride \(stride)"
    if !padding.isNone { text += ", padding \(padding)" }
    if rounding != .floor { text += ", \(rounding.rawValue) rounding" }
    return text
  }
}
