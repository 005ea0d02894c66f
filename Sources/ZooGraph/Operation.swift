import ZooTensor

/// What a node computes. Closed on purpose: a new operation makes the compiler list every table that must learn it.
///
/// Operations carry attributes only. How definitions spell them is in `OperationKind+Table.swift`, what passes and back ends
/// rely on in `Operation+Traits.swift`; shapes follow from the inputs (`Operation+Shape.swift`), numbers from the node's
/// parameters. All act on each image of a batch by itself, but those whose traits say that they join the batch, and batch norm
/// with statistics of the batch.
public enum Operation: Hashable, Sendable {
  /// The image fed to the network, `[channels, height, width]`.
  case input(Shape)
  /// Cross-correlation with shared weights; see `Convolution`. With `addsInput`, a second input is added before the activation.
  case convolution(Convolution)
  /// As a convolution, but every output position has weights of its own.
  case locallyConnected(LocallyConnected)
  /// `y = W x + b` over all elements of the input in C, H, W order.
  case fullyConnected(FullyConnected)
  case maxPool(Pooling)
  /// The mean of each window; `countsPadding` says whether padding cells count in the divisor.
  case averagePool(Pooling, countsPadding: Bool)
  /// The mean of each channel: `[C, H, W] → [C, 1, 1]`.
  case globalAveragePool
  /// Averages over windows chosen so that the output has the given extent (PyTorch's `AdaptiveAvgPool2d`).
  case adaptiveAveragePool(Extent)
  /// The maximum of each channel: `[C, H, W] → [C, 1, 1]`.
  case globalMaxPool
  /// Maxima over windows chosen so that the output has the given extent (PyTorch's `AdaptiveMaxPool2d`).
  case adaptiveMaxPool(Extent)
  /// The mean of each channel over all positions, as a vector, or over the rows or the columns of a map; see `MeanSide`.
  case mean(MeanSide)
  /// The map with rows and columns around it.
  case pad(Pad)
  /// The map with more rows and columns (PyTorch's `nn.Upsample`).
  case upsample(Upsample)
  /// The data gradient of a convolution, as a layer (PyTorch's `ConvTranspose2d`; Zeiler et al., 2010); see
  /// `TransposedConvolution`.
  case transposedConvolution(TransposedConvolution)
  case activation(Activation)
  /// `x` where positive, else `slope · x` with a slope that is learned, one for each channel or one for all (He et al., 2015).
  case prelu(isShared: Bool)
  case batchNorm(BatchNorm)
  case localResponseNorm(LocalResponseNorm)
  /// Normalisation with the mean and the variance of each image's own numbers; see `Normalization`.
  case normalization(Normalization)
  /// Zeroes elements with the given probability while training, the identity otherwise (Srivastava et al., 2014).
  case dropout(probability: Double)
  /// `exp(x − max) / Σ exp(x − max)` over the channels, at each position.
  case softmax
  /// Joins feature maps of one extent along the channels.
  case concat
  /// Two or more inputs of one shape, joined element by element, then the activation if there is one; where the way of joining
  /// takes gates, `[C]` or `[C, 1, 1]` may stand in place of a map. In training the first input of a sum is left out with the
  /// given probability, for each image as a whole, and otherwise multiplied with 1 / (1 − probability): stochastic depth
  /// (Huang et al., 2016), torchvision's mode "row".
  case join(Join, Activation? = nil, stochasticDepth: Double = 0)
  /// `[C, H, W] → [C · H · W]`, in that order.
  case flatten
  /// Channels of the input in an order: a slice of them, or all with their groups interleaved. Of several inputs, which only
  /// passes make, they are counted one after the other.
  case selectChannels(ChannelSelection)
  /// Every `stride`-th row and column, with channels of zeros around: the parameter-free shortcut (option A) of He et al., 2015.
  case subsample(Subsample)
  /// Numbers of the checkpoint as a value of its own, of the given shape; one for the whole batch.
  case parameter(Parameter.Role, Shape)
  /// The mean over the images of a batch: one value for all of them.
  case batchMean

  // What a training graph has.

  /// Dropout that takes place.
  case randomMask(RandomMask)
  /// The mean and the variance of each channel over the positions and the images of a batch, `[2 · channels]`; the variance is
  /// divided by their number.
  case batchStatistics
  /// A loss of scores and a target, which are two vectors or maps of as many elements, times its weight in the sum of all:
  /// one number for each image.
  case loss(Loss, weight: Double)
  /// A step of the chain rule; see `Gradient`.
  indirect case gradient(Gradient)
}

/// The attributes of a convolution.
public struct Convolution: Hashable, Sendable {
  /// The number of filters, at least 1.
  public var outputChannels: Int
  /// Rows and columns of a filter, undilated.
  public var kernel: Extent
  /// How many rows and columns apart neighbouring outputs read.
  public var stride: Extent
  /// Around the input: fixed, or as TensorFlow's `same`.
  public var padding: PaddingRule
  /// How many rows and columns apart neighbouring taps read; 1 for none.
  public var dilation: Extent
  /// Divides input and output channels; as many as input channels make it depthwise.
  public var groups: Int
  /// Whether a number is added for each output channel; that which batch norm adds is not this.
  public var hasBias: Bool
  /// Applied to the result (set by fusion).
  public var activation: Activation?
  /// Whether a second input of the output's shape is added before the activation (set by fusion).
  public var addsInput: Bool

  /// The weight will be `[outputs, inputs / groups, kernelHeight, kernelWidth]`. Nothing is checked here but by
  /// `Operation.signature`, which knows the input.
  public init(
    outputChannels: Int, kernel: Extent, stride: Extent = Extent(1), padding: PaddingRule,
    dilation: Extent = Extent(1), groups: Int = 1, hasBias: Bool = true, activation: Activation? = nil,
    addsInput: Bool = false
  ) {
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.hasBias = hasBias
    self.activation = activation
    self.addsInput = addsInput
  }

  /// With the same padding for every input.
  public init(
    outputChannels: Int, kernel: Extent, stride: Extent = Extent(1), padding: Padding = .none,
    dilation: Extent = Extent(1), groups: Int = 1, hasBias: Bool = true, activation: Activation? = nil,
    addsInput: Bool = false
  ) {
    self.init(
      outputChannels: outputChannels, kernel: kernel, stride: stride, padding: .fixed(padding), dilation: dilation,
      groups: groups, hasBias: hasBias, activation: activation, addsInput: addsInput)
  }
}

/// The attributes of a locally connected layer: a convolution whose weights are not shared between positions.
///
/// The weight is `[outputHeight, outputWidth, outputs, inputs, kernelHeight, kernelWidth]`, the bias `[outputs, outputHeight, outputWidth]`.
public struct LocallyConnected: Hashable, Sendable {
  /// The number of filters at each position, at least 1.
  public var outputChannels: Int
  /// Rows and columns of a filter.
  public var kernel: Extent
  /// How many rows and columns apart neighbouring outputs read.
  public var stride: Extent
  /// Around the input.
  public var padding: PaddingRule
  /// Whether a number is added for each output.
  public var hasBias: Bool

  /// Nothing is checked here but by `Operation.signature`, which knows the input.
  public init(
    outputChannels: Int, kernel: Extent, stride: Extent = Extent(1), padding: PaddingRule, hasBias: Bool = true
  ) {
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.hasBias = hasBias
  }

  /// With the same padding for every input.
  public init(
    outputChannels: Int, kernel: Extent, stride: Extent = Extent(1), padding: Padding = .none, hasBias: Bool = true
  ) {
    self.init(
      outputChannels: outputChannels, kernel: kernel, stride: stride, padding: .fixed(padding), hasBias: hasBias)
  }
}

/// The attributes of a fully connected layer.
public struct FullyConnected: Hashable, Sendable {
  /// The number of outputs, at least 1.
  public var outputFeatures: Int
  /// Whether a number is added for each output.
  public var hasBias: Bool
  /// Applied to the result (set by fusion).
  public var activation: Activation?

  /// The weight will be `[outputs, inputs]`, inputs in channel, row, column order.
  public init(outputFeatures: Int, hasBias: Bool = true, activation: Activation? = nil) {
    self.outputFeatures = outputFeatures
    self.hasBias = hasBias
    self.activation = activation
  }
}

/// The attributes of a pooling window. Padding cells never win a maximum.
public struct Pooling: Hashable, Sendable {
  /// Rows and columns of a window.
  public var kernel: Extent
  /// How many rows and columns apart neighbouring windows are.
  public var stride: Extent
  /// Around the input; padding never wins a maximum.
  public var padding: PaddingRule
  /// What happens to a last window that is not whole.
  public var rounding: PoolingRounding

  /// Nothing is checked here but by `Operation.signature`, which knows the input.
  public init(kernel: Extent, stride: Extent, padding: PaddingRule, rounding: PoolingRounding = .floor) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.rounding = rounding
  }

  /// With the same padding for every input.
  public init(kernel: Extent, stride: Extent, padding: Padding = .none, rounding: PoolingRounding = .floor) {
    self.init(kernel: kernel, stride: stride, padding: .fixed(padding), rounding: rounding)
  }
}

/// The attributes of a transposed convolution, which are those of the convolution whose data gradient it is.
///
/// The weight is `[inputs, outputs / groups, kernelHeight, kernelWidth]`, the bias `[outputs]`. The result has
/// `(input − 1) · stride − padding + dilation · (kernel − 1) + 1 + outputPadding` rows and columns.
public struct TransposedConvolution: Hashable, Sendable {
  /// The number of channels of the result.
  public var outputChannels: Int
  /// Rows and columns of a filter, undilated.
  public var kernel: Extent
  /// How many rows and columns apart neighbouring inputs are written.
  public var stride: Extent
  /// By how many rows and columns the result is cut; a fixed number.
  public var padding: PaddingRule
  /// Rows and columns below and to the right, which the convolution would not read; fewer than the stride.
  public var outputPadding: Extent
  /// How many rows and columns apart neighbouring taps write.
  public var dilation: Extent
  /// Divides input and output channels.
  public var groups: Int
  /// Whether a number is added for each output channel.
  public var hasBias: Bool
  /// Applied to the result (set by fusion).
  public var activation: Activation?

  /// The attributes of the convolution whose data gradient it is, from output to input (PyTorch's `ConvTranspose2d`).
  /// Nothing is checked here but by `Operation.signature`, which knows the input.
  public init(
    outputChannels: Int, kernel: Extent, stride: Extent = Extent(1), padding: PaddingRule = .fixed(.none),
    outputPadding: Extent = Extent(0), dilation: Extent = Extent(1), groups: Int = 1, hasBias: Bool = true,
    activation: Activation? = nil
  ) {
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.outputPadding = outputPadding
    self.dilation = dilation
    self.groups = groups
    self.hasBias = hasBias
    self.activation = activation
  }
}

/// The attributes of padding that is a layer of its own.
public struct Pad: Hashable, Sendable {
  /// How many rows and columns; a fixed number.
  public var padding: PaddingRule
  /// What the rows and columns around hold.
  public var mode: PaddingMode

  /// Nothing is checked here but by `Operation.signature`: a mirror needs enough pixels.
  public init(_ padding: PaddingRule, mode: PaddingMode = .zero) {
    self.padding = padding
    self.mode = mode
  }
}

/// The attributes of a layer that enlarges maps.
public struct Upsample: Hashable, Sendable {
  /// How a pixel is made of others (PyTorch's `nn.Upsample`).
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    case nearest
    case bilinear
  }

  /// How many times larger the sides are that `output` leaves open.
  public var factor: Extent
  /// The extent of the result; 0 for a side that the factor decides.
  public var output: Extent
  /// How a pixel is made of others.
  public var mode: Mode
  /// Whether the centres of the corner pixels of both maps lie on each other, rather than the corners of the maps; of
  /// `bilinear` only.
  public var alignsCorners: Bool

  /// A factor for each side, or where `output` is not 0 the rows and columns of the result. Corners are aligned in
  /// bilinear mode only.
  public init(
    factor: Extent = Extent(1), output: Extent = Extent(0), mode: Mode = .nearest, alignsCorners: Bool = false
  ) {
    self.factor = factor
    self.output = output
    self.mode = mode
    self.alignsCorners = alignsCorners
  }
}

/// What a mean is taken over, in a map `[C, H, W]`.
public enum MeanSide: String, Hashable, Sendable, CaseIterable {
  /// All positions: `[C]` (PyTorch's `x.mean([2, 3])`).
  case space
  /// The rows: `[C, 1, W]`.
  case height
  /// The columns: `[C, H, 1]`.
  case width

  /// The shape of the means of a map of this shape.
  public func shape(of map: Shape) -> Shape {
    switch self {
    case .space: [map.channels]
    case .height: [map.channels, 1, map.extent.width]
    case .width: [map.channels, map.extent.height, 1]
    }
  }
}

/// Normalisation with fixed statistics, per channel: `scale · (x − mean) / √(variance + epsilon) + shift` (Ioffe & Szegedy, 2015);
/// without any statistics, a scale for each channel. Whatever is left out is 1 or 0 for all channels (`Parameter`).
public struct BatchNorm: Hashable, Sendable {
  /// Added to the variance, above 0.
  public var epsilon: Double
  /// Whether there are means and variances.
  public var hasStatistics = true
  /// Whether there is a factor for each channel.
  public var hasScale = true
  /// Whether there is a summand for each channel.
  public var hasShift = true
  /// Whether mean and variance are a second input, as `batchStatistics` gives them, in place of the stored ones.
  public var usesBatch: Bool
  /// Applied to the result (set by fusion).
  public var activation: Activation?

  /// - Parameters:
  ///   - epsilon: added to the variance.
  ///   - usesBatch: whether the statistics are those of the batch, as training computes them.
  ///   - activation: applied to the result.
  public init(epsilon: Double = 1e-5, usesBatch: Bool = false, activation: Activation? = nil) {
    self.epsilon = epsilon
    self.usesBatch = usesBatch
    self.activation = activation
  }

  /// Without scale and shift, or with both.
  public init(epsilon: Double = 1e-5, isAffine: Bool) {
    self.init(epsilon: epsilon)
    self.isAffine = isAffine
  }

  /// A scale for each channel, and a shift or none: `weight · x + bias`.
  public static func scale(shift: Bool = true) -> BatchNorm {
    var norm = BatchNorm(epsilon: 0)
    norm.hasStatistics = false
    norm.hasShift = shift
    return norm
  }

  /// Whether there are a scale and a shift.
  public var isAffine: Bool {
    get { hasScale && hasShift }
    set { (hasScale, hasShift) = (newValue, newValue) }
  }
}

/// Normalisation with statistics of the value itself: `weight · (x − mean) / √(variance + epsilon) + bias`, with a weight and
/// a bias for each channel. The variance is the mean square of the distances from the mean.
public struct Normalization: Hashable, Sendable {
  /// Into how many groups of neighbouring channels the value is cut, over all of whose positions the statistics are taken
  /// (group norm; Wu & He, 2018); `nil` to take them over all channels at each position (layer norm, Ba et al., 2016, as
  /// ConvNeXt has it).
  public var groups: Int?
  /// Added to the variance, above 0.
  public var epsilon: Double

  /// - Parameters:
  ///   - groups: over the channels of one of so many groups and all positions (Wu and He, 2018); `nil`: over the
  /// channels at each position (Ba et al., 2016).
  ///   - epsilon: added to the variance.
  public init(groups: Int? = nil, epsilon: Double = 1e-5) {
    self.groups = groups
    self.epsilon = epsilon
  }
}

/// Zeroes elements at random and multiplies the others with `1 / (1 − probability)`; which ones is a function of the key, the
/// step, the image and the element (`TrainingPoint.dropout`), so that the gradient is the same operation.
///
/// Where an image is zeroed as a whole, its first element decides.
public struct RandomMask: Hashable, Sendable {
  /// Of an element to become 0, from 0 to below 1.
  public var probability: Double
  /// Tells layers apart.
  public var key: UInt64
  /// Whether all elements of an image share one fate.
  public var isPerImage: Bool

  /// - Parameters:
  ///   - probability: of an element to become 0.
  ///   - key: tells layers apart.
  ///   - isPerImage: whether an image is kept or dropped as a whole (stochastic depth, Huang et al., 2016).
  public init(probability: Double, key: UInt64, isPerImage: Bool = false) {
    self.probability = probability
    self.key = key
    self.isPerImage = isPerImage
  }
}

/// Normalisation over neighbouring channels: `x / (k + α' · Σ x²)^β`, the sum over the `size` channels around (Krizhevsky et al., 2012).
public struct LocalResponseNorm: Hashable, Sendable {
  /// What `alpha` multiplies.
  public enum Convention: String, Hashable, Sendable, CaseIterable {
    /// The mean of the squares: `α' = α / size` (Caffe, PyTorch, ONNX).
    case mean
    /// Their sum: `α' = α` (the paper, TensorFlow).
    case sum
  }

  /// The widest window.
  public static let maximumSize = 1025

  /// The number of channels in the window, the centre included; odd.
  public var size: Int
  /// What the sum counts; `convention` says whether it is divided by the size first.
  public var alpha: Double
  /// The exponent.
  public var beta: Double
  /// What is added to the sum.
  public var k: Double
  /// Whose definition of `alpha` this is.
  public var convention: Convention

  /// The numbers of the formula; nothing is checked here but by `Operation.signature`.
  public init(size: Int, alpha: Double, beta: Double, k: Double, convention: Convention) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.k = k
    self.convention = convention
  }

  /// The factor of the plain sum of squares.
  public var effectiveAlpha: Double {
    convention == .mean ? alpha / Double(size) : alpha
  }
}

/// A strided slice, padded with channels of zeros.
public struct Subsample: Hashable, Sendable {
  /// Every so many rows and columns are kept, beginning with the first.
  public var stride: Extent
  /// Channels of zeros before and after those of the input.
  public var channelsBefore: Int
  /// Channels of zeros after those of the input.
  public var channelsAfter: Int

  /// Every so many rows and columns, with channels of zeros around them (the shortcut without parameters of He et
  /// al., 2015).
  public init(stride: Extent, channelsBefore: Int = 0, channelsAfter: Int = 0) {
    self.stride = stride
    self.channelsBefore = channelsBefore
    self.channelsAfter = channelsAfter
  }
}

extension Operation {
  /// An element-wise sum; see `join`.
  public static func add(_ activation: Activation?, stochasticDepth: Double = 0) -> Operation {
    .join(.add, activation, stochasticDepth: stochasticDepth)
  }

  /// An element-wise product; see `join`.
  public static var multiply: Operation { .join(.multiply) }
}
