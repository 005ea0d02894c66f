/// The geometry of a two-dimensional convolution, or of a locally connected layer, validated once.
///
/// Forward, data gradient and filter gradient share it; kernels take it and check nothing. Padding may be wider than the
/// kernel, as in PyTorch, Caffe and ONNX: windows that see nothing but zeros give the bias.
public struct ConvolutionGeometry: Hashable, Sendable {
  /// All channels that are read, over all groups.
  public let inputChannels: Int
  /// All channels that are written, over all groups.
  public let outputChannels: Int
  /// Into how many parts the channels are cut that do not see each other: 1 for an ordinary convolution, as many as
  /// there are input channels for a depthwise one.
  public let groups: Int
  /// The rows and columns that are read, without padding.
  public let input: Extent
  /// The rows and columns of the filter, undilated.
  public let kernel: Extent
  /// How many rows and columns apart neighbouring outputs read.
  public let stride: Extent
  /// The rows and columns of zeros around the input.
  public let padding: Padding
  /// How many rows and columns apart neighbouring taps read; 1 for an ordinary convolution.
  public let dilation: Extent

  /// `floor((input + padding − dilation · (kernel − 1) − 1) / stride) + 1` per side.
  public let output: Extent

  /// The longest side of a map, kernel, stride or dilation.
  public static let maximumSide = 1 << 16

  /// The largest number of channels or groups.
  public static let maximumChannels = 1 << 20

  /// - Throws: `GeometryError` naming the attribute that cannot be.
  public init(
    inputChannels: Int, outputChannels: Int, groups: Int = 1, input: Extent, kernel: Extent,
    stride: Extent = Extent(1), padding: Padding = .none, dilation: Extent = Extent(1)
  ) throws(GeometryError) {
    for (attribute, count) in [
      ("input channels", inputChannels), ("output channels", outputChannels), ("groups", groups),
    ] where !(1...Self.maximumChannels).contains(count) {
      throw .countOutOfRange(attribute: attribute, count)
    }
    for (attribute, channels) in [
      ("input channels", inputChannels), ("output channels", outputChannels),
    ] where channels % groups != 0 {
      throw .channelsNotDivisible(attribute: attribute, channels: channels, groups: groups)
    }
    let window = try Window(
      input: input, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.groups = groups
    self.input = input
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.output = Extent(
      height: window.slack.height / stride.height + 1,
      width: window.slack.width / stride.width + 1)
  }

  /// How many channels each filter reads.
  public var inputChannelsPerGroup: Int { inputChannels / groups }
  /// How many filters each group has.
  public var outputChannelsPerGroup: Int { outputChannels / groups }

  /// Multiply-accumulate operations of one forward pass over one image; the bias is not counted.
  public var multiplyAccumulates: Int {
    output.area * outputChannels * inputChannelsPerGroup * kernel.area
  }

  /// The padded rows and columns at the bottom and right that no window reaches, because the stride does not divide
  /// `input + padding − kernel`.
  public var unread: Extent {
    Extent(
      height: (input.height + padding.vertical - dilation.height * (kernel.height - 1) - 1)
        % stride.height,
      width: (input.width + padding.horizontal - dilation.width * (kernel.width - 1) - 1)
        % stride.width)
  }
}

extension ConvolutionGeometry {
  /// How rows meet.
  public var vertical: ConvolutionAxis {
    ConvolutionAxis(
      input: input.height, output: output.height, kernel: kernel.height, stride: stride.height, padding: padding.top,
      dilation: dilation.height)
  }

  /// How columns meet.
  public var horizontal: ConvolutionAxis {
    ConvolutionAxis(
      input: input.width, output: output.width, kernel: kernel.width, stride: stride.width, padding: padding.left,
      dilation: dilation.width)
  }
}

extension ConvolutionGeometry: CustomStringConvertible {
  /// `64×56×56 → 128×28×28, kernel 3×3, stride 2×2, padding 1`, with groups and dilation where they are not 1.
  public var description: String {
    var text = "\(inputChannels)×\(input) → \(outputChannels)×\(output), kernel \(kernel)"
    if stride != Extent(1) { text += ", stride \(stride)" }
    if !padding.isNone { text += ", padding \(padding)" }
    if dilation != Extent(1) { text += ", dilation \(dilation)" }
    if groups != 1 { text += ", groups \(groups)" }
    return text
  }
}

/// What convolution and pooling windows have in common.
struct Window {
  /// How far the window can move, in padded input pixels.
  let slack: Extent

  init(input: Extent, kernel: Extent, stride: Extent, padding: Padding, dilation: Extent)
    throws(GeometryError)
  {
    let sides = 1...ConvolutionGeometry.maximumSide
    guard sides.contains(input.height), sides.contains(input.width) else {
      throw .inputOutOfRange(input)
    }
    for (attribute, extent) in [("kernel", kernel), ("stride", stride), ("dilation", dilation)]
    where !sides.contains(extent.height) || !sides.contains(extent.width) {
      throw .extentOutOfRange(attribute: attribute, extent)
    }
    let reach = Extent(
      height: dilation.height * (kernel.height - 1) + 1,
      width: dilation.width * (kernel.width - 1) + 1)
    let paddings = 0...ConvolutionGeometry.maximumSide
    guard [padding.top, padding.left, padding.bottom, padding.right].allSatisfy(paddings.contains) else {
      throw .paddingOutOfRange(padding)
    }
    let padded = Extent(
      height: input.height + padding.vertical, width: input.width + padding.horizontal)
    guard reach.height <= padded.height, reach.width <= padded.width else {
      throw .kernelLargerThanInput(kernel: reach, paddedInput: padded)
    }
    slack = Extent(height: padded.height - reach.height, width: padded.width - reach.width)
  }
}
