import ZooTensor

extension OperationKind {
  /// The kinds that a definition can name, in the order in which they are listed.
  public static let all: [OperationKind] =
    [
      convolution, locallyConnected, fullyConnected, maxPool, averagePool, globalAveragePool, adaptiveAveragePool,
      globalMaxPool, adaptiveMaxPool, mean, pad, upsample, transposedConvolution,
    ] + Activation.kinds.map(activation)
    + [
      prelu, batchNorm, scale, localResponseNorm, layerNorm, groupNorm, dropout, softmax, concat, add, multiply,
      flatten, slice, channelShuffle, subsample,
    ]

  /// `conv`: cross-correlation with shared weights.
  public static let convolution = OperationKind(
    "conv", "convolution", title: "Convolution",
    "Cross-correlation with shared weights. The weight is [out, in / groups, height, width].",
    synonyms: "convolution convolutional", .convolution, hasWeights: true,
    .convolution(Convolution(outputChannels: 1, kernel: Extent(1))),
    attributes: {
      let layer = Payload {
        if case .convolution(let layer) = $0 { layer } else { nil }
      } put: {
        $0 = .convolution($1)
      }
      return [
        layer.integer("out", \.outputChannels, "Output channels", "The number of filters."),
        layer.extent("kernel", \.kernel, "Kernel", Words.kernel) { layer, _ in "\(layer.kernel)" },
        layer.extent("stride", \.stride, "Stride", Words.stride, or: Extent(1)),
        layer.padding(\.padding) { layer, input in layer.padding(for: input) },
        layer.extent(
          "dilation", \.dilation, "Dilation", "Distance between the kernel's taps: N or [height, width].", or: Extent(1)
        ),
        layer.integer(
          "groups", \.groups, "Groups",
          "Input and output channels are split into this many groups that do not see each other.", or: 1
        ) { layer, _ in layer.groups == 1 ? nil : "groups \(layer.groups)" },
        layer.boolean("bias", \.hasBias, "Bias", Words.bias, or: true),
      ]
    }(),
    guide: OperationGuide(
      "C×H×W → out×H'×W', H' = ⌊(H + 2P − F) / S⌋ + 1 with F = D · (kernel − 1) + 1; W' alike",
      "y[k, i, j] = bias[k] + Σ weight[k, c, u, v] · x[c, S·i + D·u − P, S·j + D·v − P] over the "
        + "channels c of k's group and the places u, v of the kernel; S is the stride, P the padding, D the "
        + "dilation, and x is 0 outside the map",
      source: "LeCun et al., 1989; cs231n.github.io/convolutional-networks",
      example: "conv: {name: conv1, out: 16, kernel: 3, padding: 1}", input: [3, 32, 32]))

  /// `locally_connected`: a convolution whose positions have weights of their own.
  public static let locallyConnected = OperationKind(
    "locally_connected", "locally connected", title: "Locally connected layer",
    "A convolution whose every output position has weights of its own.", synonyms: "local localconv unsharedconv",
    .convolution, hasWeights: true, .locallyConnected(LocallyConnected(outputChannels: 1, kernel: Extent(1))),
    attributes: {
      let layer = Payload {
        if case .locallyConnected(let layer) = $0 { layer } else { nil }
      } put: {
        $0 = .locallyConnected($1)
      }
      return [
        layer.integer("out", \.outputChannels, "Output channels", "The number of filters at each position."),
        layer.extent("kernel", \.kernel, "Kernel", Words.kernel) { layer, _ in "\(layer.kernel)" },
        layer.extent("stride", \.stride, "Stride", Words.stride, or: Extent(1)),
        layer.padding(\.padding) { layer, input in layer.padding(for: input) },
        layer.boolean("bias", \.hasBias, "Bias", Words.bias, or: true),
      ]
    }(),
    guide: OperationGuide(
      "C×H×W → out×H'×W', H' = ⌊(H + 2P − kernel) / S⌋ + 1; W' alike",
      "y[k, i, j] = bias[k, i, j] + Σ weight[i, j, k, c, u, v] · x[c, S·i + u − P, S·j + v − P] over "
        + "all channels c and the places u, v of the kernel",
      source: "LeCun, 1989; Taigman et al., 2014 (DeepFace)",
      example: "locally_connected: {name: local1, out: 8, kernel: 3}", input: [3, 8, 8]))

  /// `fc`: a matrix over all elements of the input.
  public static let fullyConnected = OperationKind(
    "fc", "fully connected", title: "Fully connected layer",
    "y = W x + b over all elements of the input, in channel, row, column order.",
    synonyms: "linear dense gemm innerproduct fullyconnected connected affine", .dense, hasWeights: true,
    .fullyConnected(FullyConnected(outputFeatures: 1)),
    attributes: {
      let layer = Payload {
        if case .fullyConnected(let layer) = $0 { layer } else { nil }
      } put: {
        $0 = .fullyConnected($1)
      }
      return [
        layer.integer("out", \.outputFeatures, "Output features", "The number of outputs.") { layer, _ in
          "\(layer.outputFeatures)"
        },
        layer.boolean("bias", \.hasBias, "Bias", Words.bias, or: true),
      ]
    }(),
    guide: OperationGuide(
      "N numbers of any shape → out",
      "y[k] = bias[k] + Σ weight[k, n] · x[n] over all numbers n of the input, in channel, row, column "
        + "order",
      source: "cs231n.github.io/neural-networks-1",
      example: "fc: {name: fc1, out: 10}", input: [3, 32, 32]))

  /// `max_pool`: the maximum of each window.
  public static let maxPool = OperationKind(
    "max_pool", "max pool", title: "Max pooling", "The maximum of each window; padding never wins.",
    synonyms: "maxpooling", .pooling, .maxPool(Pooling(kernel: Extent(1), stride: Extent(1))),
    attributes: window(
      Payload {
        if case .maxPool(let pooling) = $0 { pooling } else { nil }
      } put: {
        $0 = .maxPool($1)
      }),
    guide: OperationGuide(
      "C×H×W → C×H'×W', H' = ⌊(H + 2P − kernel) / S⌋ + 1; W' alike",
      "y[c, i, j] = max x[c, S·i + u − P, S·j + v − P] over the places u, v of the kernel that lie in "
        + "the map",
      source: "cs231n.github.io/convolutional-networks",
      example: "max_pool: {name: pool1, kernel: 2, stride: 2}", input: [16, 32, 32]))

  /// `average_pool`: the mean of each window.
  public static let averagePool = OperationKind(
    "average_pool", "average pool", title: "Average pooling", "The mean of each window.",
    synonyms: "avgpool avgpooling averagepooling meanpool", .pooling,
    .averagePool(Pooling(kernel: Extent(1), stride: Extent(1)), countsPadding: true),
    attributes: {
      let layer = Payload<(pooling: Pooling, countsPadding: Bool)> {
        if case .averagePool(let pooling, let countsPadding) = $0 { (pooling, countsPadding) } else { nil }
      } put: {
        $0 = .averagePool($1.pooling, countsPadding: $1.countsPadding)
      }
      let pooling = Payload {
        layer.get($0)?.pooling
      } put: { operation, pooling in
        guard let countsPadding = layer.get(operation)?.countsPadding else { return }
        operation = .averagePool(pooling, countsPadding: countsPadding)
      }
      return window(pooling) + [
        layer.boolean(
          "count_padding", \.countsPadding, "Count padding",
          "Whether padding cells count in the divisor, as Caffe and PyTorch have it.", or: true
        ) { layer, _ in layer.pooling.padding.isNone || layer.countsPadding ? nil : "without padding in the mean" }
      ]
    }(),
    guide: OperationGuide(
      "C×H×W → C×H'×W', H' = ⌊(H + 2P − kernel) / S⌋ + 1; W' alike",
      "y[c, i, j] = mean of x[c, S·i + u − P, S·j + v − P] over the places u, v of the kernel; those "
        + "outside the map count as 0, or with count_padding: false not at all",
      source: "LeCun et al., 1998",
      example: "average_pool: {name: pool1, kernel: 3, stride: 2, padding: 1}", input: [16, 32, 32]))

  /// `global_average_pool`: the mean of each channel.
  public static let globalAveragePool = OperationKind(
    "global_average_pool", "global average pool", title: "Global average pooling",
    "The mean of each channel: [channels, 1, 1].",
    synonyms: "globalavgpool globalavgpooling globalaveragepooling gap", .pooling, .globalAveragePool,
    guide: OperationGuide(
      "C×H×W → C×1×1",
      "y[c] = Σ x[c, i, j] / (H · W)",
      source: "Lin et al., 2013 (Network in Network)",
      example: "global_average_pool: {name: pool1}", input: [16, 8, 8]))

  /// `adaptive_average_pool`: means over windows that give the output its size.
  public static let adaptiveAveragePool = OperationKind(
    "adaptive_average_pool", "adaptive average pool", title: "Adaptive average pooling",
    "Averages over windows chosen so that the output has the given size (PyTorch's AdaptiveAvgPool2d).",
    synonyms: "adaptiveavgpool adaptiveavgpooling adaptiveaveragepooling", .pooling, .adaptiveAveragePool(Extent(1)),
    attributes: {
      let layer = Payload {
        if case .adaptiveAveragePool(let extent) = $0 { extent } else { nil }
      } put: {
        $0 = .adaptiveAveragePool($1)
      }
      return [layer.extent("out", \.self, "Output size", "N or [height, width].") { extent, _ in "to \(extent)" }]
    }(),
    guide: OperationGuide(
      "C×H×W → C×out (out is H'×W')",
      "y[c, i, j] = mean of x[c] over the rows ⌊i · H / H'⌋ … ⌈(i + 1) · H / H'⌉ − 1 and the columns alike",
      source: "PyTorch's AdaptiveAvgPool2d",
      example: "adaptive_average_pool: {name: pool1, out: 6}", input: [16, 13, 13]))

  /// `global_max_pool`: the maximum of each channel.
  public static let globalMaxPool = OperationKind(
    "global_max_pool", "global max pool", title: "Global max pooling",
    "The maximum of each channel: [channels, 1, 1].", synonyms: "globalmaxpooling gmp", .pooling, .globalMaxPool,
    guide: OperationGuide(
      "C×H×W → C×1×1",
      "y[c] = max x[c, i, j] over all positions",
      example: "global_max_pool: {name: pool1}", input: [16, 8, 8]))

  /// `adaptive_max_pool`: maxima over windows that give the output its size.
  public static let adaptiveMaxPool = OperationKind(
    "adaptive_max_pool", "adaptive max pool", title: "Adaptive max pooling",
    "Maxima over windows chosen so that the output has the given size (PyTorch's AdaptiveMaxPool2d).",
    synonyms: "adaptivemaxpooling", .pooling, .adaptiveMaxPool(Extent(1)),
    attributes: {
      let layer = Payload {
        if case .adaptiveMaxPool(let extent) = $0 { extent } else { nil }
      } put: {
        $0 = .adaptiveMaxPool($1)
      }
      return [layer.extent("out", \.self, "Output size", "N or [height, width].") { extent, _ in "to \(extent)" }]
    }(),
    guide: OperationGuide(
      "C×H×W → C×out (out is H'×W')",
      "y[c, i, j] = max x[c] over the rows ⌊i · H / H'⌋ … ⌈(i + 1) · H / H'⌉ − 1 and the columns alike",
      source: "PyTorch's AdaptiveMaxPool2d",
      example: "adaptive_max_pool: {name: pool1, out: 6}", input: [16, 13, 13]))

  /// `mean`: the mean over all positions, the rows or the columns.
  public static let mean = OperationKind(
    "mean", "mean", title: "Mean",
    "The mean of each channel over all positions, [channels], over the rows, [channels, 1, width], or over the columns, "
      + "[channels, height, 1].",
    synonyms: "reducemean average", .pooling, .mean(.space),
    attributes: {
      let layer = Payload {
        if case .mean(let side) = $0 { side } else { nil }
      } put: {
        $0 = .mean($1)
      }
      return [
        layer.choice(
          "over", \.self, "Over", "What the mean is taken over: space (PyTorch's mean([2, 3])), height or width.",
          or: .space
        ) { side, _ in "over \(side.rawValue)" }
      ]
    }(),
    guide: OperationGuide(
      "C×H×W → C; over height C×1×W; over width C×H×1",
      "y[c] = mean of x[c, i, j] over all i and j, over i, or over j",
      source: "PyTorch's Tensor.mean",
      example: "mean: {name: mean1, over: height}", input: [16, 8, 8]))

  /// `pad`: rows and columns around a map.
  public static let pad = OperationKind(
    "pad", "pad", title: "Padding",
    "The map with rows and columns of zeros, of mirrored or of repeated pixels around it.",
    synonyms: "zeropad zeropadding constantpad reflectionpad replicationpad mirrorpad", .other,
    .pad(Pad(.fixed(.none))),
    attributes: {
      let layer = Payload {
        if case .pad(let layer) = $0 { layer } else { nil }
      } put: {
        $0 = .pad($1)
      }
      return [
        layer.padding(
          \.padding,
          "Rows and columns around the input: N, [vertical, horizontal] or {top, left, bottom, right}; reflect takes fewer "
            + "than the map has.", .required
        ) { _, _ in .none },
        layer.choice(
          "mode", \.mode, "Mode",
          "What they hold: zero, reflect (the pixels beside the edge, mirrored) or replicate (the pixel at the edge).",
          or: .zero
        ) { layer, _ in layer.mode.rawValue },
      ]
    }(),
    guide: OperationGuide(
      "C×H×W → C×(top + H + bottom)×(left + W + right)",
      "y[c, i, j] = x[c, i − top, j − left]; outside the map 0, the mirrored or the nearest pixel, as "
        + "mode says",
      source: "PyTorch's ZeroPad2d, ReflectionPad2d, ReplicationPad2d",
      example: "pad: {name: pad1, padding: {top: 0, left: 0, bottom: 1, right: 1}, mode: reflect}", input: [3, 32, 32]))

  /// `upsample`: more rows and columns.
  public static let upsample = OperationKind(
    "upsample", "upsample", title: "Upsampling", "The map with more rows and columns (PyTorch's nn.Upsample).",
    synonyms: "upsampling resize interpolate interp", .other, .upsample(Upsample()),
    attributes: {
      let layer = Payload {
        if case .upsample(let layer) = $0 { layer } else { nil }
      } put: {
        $0 = .upsample($1)
      }
      return [
        layer.extent(
          "factor", \.factor, "Factor", "How many times larger the result is: N or [height, width].", or: Extent(1)),
        layer.extent(
          "out", \.output, "Output size",
          "The size of the result in place of a factor: N or [height, width]; 0 for a side that the factor decides.",
          or: Extent(0), in: 0...ConvolutionGeometry.maximumSide),
        layer.choice(
          "mode", \.mode, "Mode", "Whether a pixel is the nearest one, or a mean of the nearest four (bilinear).",
          or: .nearest
        ) { layer, _ in layer.mode.rawValue },
        layer.boolean(
          "align_corners", \.alignsCorners, "Align corners",
          "Whether the centres of the corner pixels of both maps lie on each other, rather than the maps' corners; of "
            + "bilinear only.", or: false
        ) { layer, _ in layer.alignsCorners ? "corners aligned" : nil },
      ]
    }(),
    guide: OperationGuide(
      "C×H×W → C×H'×W', H' = factor · H or what out says; W' alike",
      "nearest: y[c, i, j] = x[c, ⌊i · H / H'⌋, ⌊j · W / W'⌋]; bilinear: the mean of the four pixels "
        + "around row (i + ½) · H / H' − ½ and the column alike, the nearer the heavier",
      source: "PyTorch's Upsample",
      example: "upsample: {name: up1, factor: 2, mode: bilinear}", input: [16, 8, 8]))

  /// `transposed_conv`: the data gradient of a convolution as a layer.
  public static let transposedConvolution = OperationKind(
    "transposed_conv", "transposed convolution", title: "Transposed convolution",
    "The data gradient of a convolution, as a layer (PyTorch's ConvTranspose2d). The weight is [in, out / groups, height, "
      + "width].",
    synonyms: "convtranspose convtransposed conv2dtranspose transposeconv convolutiontranspose deconv deconvolution "
      + "deconvolutional", .convolution, hasWeights: true,
    .transposedConvolution(TransposedConvolution(outputChannels: 1, kernel: Extent(1))),
    attributes: {
      let layer = Payload {
        if case .transposedConvolution(let layer) = $0 { layer } else { nil }
      } put: {
        $0 = .transposedConvolution($1)
      }
      return [
        layer.integer("out", \.outputChannels, "Output channels", "The number of channels of the result."),
        layer.extent("kernel", \.kernel, "Kernel", Words.kernel) { layer, _ in "\(layer.kernel)" },
        layer.extent(
          "stride", \.stride, "Stride", "How far the inputs lie apart in the result: N or [height, width].",
          or: Extent(1)),
        layer.padding(
          \.padding,
          "By how many rows and columns the result is cut: N, [vertical, horizontal] or {top, left, bottom, right}."
        ) { _, _ in .none },
        layer.extent(
          "output_padding", \.outputPadding, "Output padding",
          "Rows and columns more below and to the right, fewer than the stride: N or [height, width].", or: Extent(0),
          in: 0...ConvolutionGeometry.maximumSide),
        layer.extent(
          "dilation", \.dilation, "Dilation", "Distance between the kernel's taps: N or [height, width].", or: Extent(1)
        ),
        layer.integer(
          "groups", \.groups, "Groups",
          "Input and output channels are split into this many groups that do not see each other.", or: 1
        ) { layer, _ in layer.groups == 1 ? nil : "groups \(layer.groups)" },
        layer.boolean("bias", \.hasBias, "Bias", Words.bias, or: true),
      ]
    }(),
    guide: OperationGuide(
      "C×H×W → out×H'×W', H' = (H − 1) · S − 2P + D · (kernel − 1) + 1 + output_padding; W' alike",
      "y[k, S·i + D·u − P, S·j + D·v − P] gets weight[c, k, u, v] · x[c, i, j] from every channel c, "
        + "position i, j and place u, v of the kernel, and bias[k] once; S is the stride, P the padding, D "
        + "the dilation",
      source: "Zeiler et al., 2010",
      example: "transposed_conv: {name: up1, out: 8, kernel: 4, stride: 2, padding: 1}", input: [16, 8, 8]))

  /// The kind of an element-wise function, from what is known about it.
  private static func activation(_ kind: Activation.Kind) -> OperationKind {
    let standard = kind.function(kind.parameters.map { $0.standard ?? $0.range.lowerBound })
    let values = Payload<[Double]> {
      if case .activation(let function) = $0 { function.values(of: kind) } else { nil }
    } put: {
      $0 = .activation(kind.function($1))
    }
    return OperationKind(
      kind.word, kind.name, title: kind.title, kind.formula, synonyms: kind.synonyms, .activation,
      .activation(standard),
      attributes: kind.parameters.enumerated().map { index, parameter in
        values.number(
          parameter.name, \.[index], parameter.title, parameter.summary,
          in: NumberRange(parameter.range.lowerBound, parameter.range.upperBound), or: parameter.standard
        ) { values, _ in "\(parameter.name) \(values[index].short)" }
      }, guide: guide(of: kind))
  }

  private static func guide(of kind: Activation.Kind) -> OperationGuide {
    let values = ["name: \(kind.word)1"] + kind.parameters.map { "\($0.name): \($0.usual.short)" }
    return OperationGuide(
      "the same shape", "y = \(kind.formula)", source: kind.source,
      example: "conv: {name: conv1, out: 16, kernel: 3, padding: 1}",
      "\(kind.word): {\(values.joined(separator: ", "))}", input: [3, 32, 32])
  }

  /// `prelu`: a rectifier with learned slopes.
  public static let prelu = OperationKind(
    "prelu", "prelu", title: "PReLU",
    "x where positive, else slope · x, with slopes that are learned (He et al., 2015). The weight is [channels], or [1].",
    .activation, hasWeights: true, .prelu(isShared: false),
    attributes: {
      let layer = Payload {
        if case .prelu(let isShared) = $0 { isShared } else { nil }
      } put: {
        $0 = .prelu(isShared: $1)
      }
      return [
        layer.boolean(
          "shared", \.self, "Shared", "Whether one slope is shared by all channels, in place of one for each.",
          or: false
        ) { isShared, _ in isShared ? "one slope" : nil }
      ]
    }(),
    guide: OperationGuide(
      "the same shape",
      "y = x where x > 0, else weight[c] · x",
      source: "He et al., 2015 (Delving deep into rectifiers)",
      example:
        "conv: {name: conv1, out: 16, kernel: 3, padding: 1}",
      "prelu: {name: prelu1}", input: [3, 32, 32]))

  /// `batch_norm`: normalisation with stored statistics.
  public static let batchNorm = OperationKind(
    "batch_norm", "batch norm", title: "Batch normalisation",
    "scale · (x − mean) / √(variance + epsilon) + shift, per channel, with stored statistics (Ioffe & Szegedy, 2015).",
    synonyms: "batchnormalization batchnormalisation batchnorm1d bn syncbatchnorm frozenbatchnorm", .normalization,
    hasWeights: true, .batchNorm(BatchNorm()),
    attributes: {
      let layer = Payload {
        if case .batchNorm(let norm) = $0 { norm } else { nil }
      } put: {
        $0 = .batchNorm($1)
      }
      return [
        layer.number(
          "epsilon", \.epsilon, "Epsilon", "Added to the variance.", in: NumberRange(0, 1, includesLower: false),
          or: 1e-5
        ) { _, _ in nil },
        layer.boolean(
          "affine", \.isAffine, "Affine", "Whether there are a scale and a shift, which are learned.", or: true
        ) { norm, _ in norm.isAffine ? nil : "without scale and shift" },
      ]
    }(),
    guide: OperationGuide(
      "the same shape",
      "y[c] = weight[c] · (x[c] − mean[c]) / √(variance[c] + epsilon) + bias[c]; mean and variance are "
        + "those of the batch while it trains, and running means of them afterwards",
      source: "Ioffe & Szegedy, 2015",
      example:
        "conv: {name: conv1, out: 16, kernel: 3, padding: 1, bias: false}",
      "batch_norm: {name: bn1}", input: [3, 32, 32]))

  // With a shift unless it says otherwise, as convolutions have biases.
  /// `scale`: a learned factor and summand for each channel.
  public static let scale = OperationKind(
    "scale", "scale", title: "Scale",
    "weight · x + bias, per channel, both learned: Caffe's Scale, the layer scale of ConvNeXt (Touvron et al., 2021).",
    synonyms: "layerscale channelscale", .normalization, hasWeights: true, .batchNorm(.scale()),
    attributes: {
      let layer = Payload {
        if case .batchNorm(let norm) = $0 { norm } else { nil }
      } put: {
        $0 = .batchNorm($1)
      }
      return [
        layer.boolean("shift", \.hasShift, "Shift", Words.bias, or: true) { norm, _ in
          norm.hasShift ? nil : "without shift"
        }
      ]
    }(),
    guide: OperationGuide(
      "the same shape",
      "y[c] = weight[c] · x[c] + bias[c]",
      source: "Caffe's Scale; Touvron et al., 2021",
      example:
        "conv: {name: conv1, out: 16, kernel: 3, padding: 1}",
      "scale: {name: scale1, shift: false}", input: [3, 32, 32]))

  /// `lrn`: normalisation over neighbouring channels.
  public static let localResponseNorm = OperationKind(
    "lrn", "local response norm", title: "Local response normalisation",
    "x / (k + α' · Σ x²)^β over neighbouring channels (Krizhevsky et al., 2012). Every number must be given, here or "
      + "under defaults.",
    synonyms: "localresponsenorm localresponsenormalization localresponsenormalisation responsenorm", .normalization,
    .localResponseNorm(LocalResponseNorm(size: 1, alpha: 0, beta: 0, k: 1, convention: .mean)),
    attributes: {
      let layer = Payload {
        if case .localResponseNorm(let norm) = $0 { norm } else { nil }
      } put: {
        $0 = .localResponseNorm($1)
      }
      let positive = NumberRange(0, 1e6)
      return [
        layer.integer(
          "size", \.size, "Size", "The number of channels in the window, odd.", in: 1...LocalResponseNorm.maximumSize
        ) { norm, _ in "\(norm.size) channels" },
        layer.number("alpha", \.alpha, "Alpha", "The factor of the squares.", in: positive) { norm, _ in
          "alpha \(norm.alpha.short)\(norm.convention == .sum ? " of the sum" : "")"
        },
        layer.number("beta", \.beta, "Beta", "The exponent.", in: positive) { norm, _ in "beta \(norm.beta.short)" },
        layer.number("k", \.k, "k", "The constant.", in: positive) { norm, _ in "k \(norm.k.short)" },
        layer.choice(
          "convention", \.convention, "Convention",
          "What alpha multiplies: the mean of the squares (Caffe, PyTorch, ONNX) or their sum (the paper, TensorFlow)."
        ) { _, _ in nil },
      ]
    }(),
    guide: OperationGuide(
      "the same shape",
      "y[c] = x[c] / (k + a · Σ x[d]²)^beta over the size channels d around c, at each position; a is "
        + "alpha / size, or alpha where the convention is sum",
      source: "Krizhevsky et al., 2012",
      example: "lrn: {name: norm1, size: 5, alpha: 0.0001, beta: 0.75, k: 2, convention: sum}", input: [16, 32, 32]))

  /// `layer_norm`: normalisation over the channels of a position.
  public static let layerNorm = OperationKind(
    "layer_norm", "layer norm", title: "Layer normalisation",
    "weight · (x − mean) / √(variance + epsilon) + bias, over the channels at each position (Ba et al., 2016; ConvNeXt).",
    synonyms: "layernormalization layernormalisation layernorm1d channelnorm", .normalization, hasWeights: true,
    .normalization(Normalization()),
    attributes: {
      let layer = Payload {
        if case .normalization(let norm) = $0, norm.groups == nil { norm } else { nil }
      } put: {
        $0 = .normalization($1)
      }
      return [
        layer.number("epsilon", \.epsilon, "Epsilon", Words.epsilon, in: positiveEpsilon, or: 1e-5) { _, _ in nil }
      ]
    }(),
    guide: OperationGuide(
      "the same shape",
      "y[c] = weight[c] · (x[c] − mean) / √(variance + epsilon) + bias[c], mean and variance over all "
        + "channels at the same position",
      source: "Ba et al., 2016",
      example: "layer_norm: {name: norm1}", input: [16, 32, 32]))

  /// `group_norm`: normalisation over a group of channels and all positions.
  public static let groupNorm = OperationKind(
    "group_norm", "group norm", title: "Group normalisation",
    "weight · (x − mean) / √(variance + epsilon) + bias, over the channels of a group and all positions (Wu & He, 2018). "
      + "With one group it is over the whole image, with as many as channels instance norm.",
    synonyms: "groupnormalization groupnormalisation", .normalization, hasWeights: true,
    .normalization(Normalization(groups: 1)),
    attributes: {
      let layer = Payload<(groups: Int, epsilon: Double)> {
        if case .normalization(let norm) = $0, let groups = norm.groups { (groups, norm.epsilon) } else { nil }
      } put: {
        $0 = .normalization(Normalization(groups: $1.groups, epsilon: $1.epsilon))
      }
      return [
        layer.integer("groups", \.groups, "Groups", "The channels are split into this many groups.") { norm, _ in
          norm.groups == 1 ? "1 group" : "\(norm.groups) groups"
        },
        layer.number("epsilon", \.epsilon, "Epsilon", Words.epsilon, in: positiveEpsilon, or: 1e-5) { _, _ in nil },
      ]
    }(),
    guide: OperationGuide(
      "the same shape",
      "y[c] = weight[c] · (x[c] − mean) / √(variance + epsilon) + bias[c], mean and variance over all "
        + "positions and channels of c's group",
      source: "Wu & He, 2018",
      example: "group_norm: {name: norm1, groups: 4}", input: [16, 32, 32]))

  private static let positiveEpsilon = NumberRange(0, 1, includesLower: false)

  /// `dropout`: the identity but for training.
  public static let dropout = OperationKind(
    "dropout", "dropout", title: "Dropout",
    "Zeroes elements with the given probability while training; the identity otherwise (Srivastava et al., 2014).",
    synonyms: "spatialdropout featuredropout alphadropout", .other, .dropout(probability: 0.5),
    attributes: {
      let layer = Payload {
        if case .dropout(let probability) = $0 { probability } else { nil }
      } put: {
        $0 = .dropout(probability: $1)
      }
      return [
        layer.number(
          "probability", \.self, "Probability", "Of an element to be zeroed.",
          in: NumberRange(0, 1, includesUpper: false), or: 0.5
        ) { probability, _ in "\(probability)" }
      ]
    }(),
    guide: OperationGuide(
      "the same shape",
      "y = x; while training 0 with the given probability p, else x / (1 − p)",
      source: "Srivastava et al., 2014; cs231n.github.io/neural-networks-2",
      example:
        "fc: {name: fc1, out: 64}",
      "dropout: {name: drop1, probability: 0.5}",
      "fc: {name: fc2, out: 10}", input: [3, 32, 32]))

  /// `softmax`: probabilities over the channels.
  public static let softmax = OperationKind(
    "softmax", "softmax", title: "Softmax", "exp(x) / Σ exp(x) over the channels, at each position.", .other, .softmax,
    guide: OperationGuide(
      "the same shape",
      "y[c] = exp(x[c]) / Σ exp(x[d]) over all channels d, at each position",
      source: "cs231n.github.io/linear-classify",
      example:
        "fc: {name: fc1, out: 10}",
      "softmax: {name: prob}", input: [3, 32, 32]))

  /// `concat`: maps side by side along the channels.
  public static let concat = OperationKind(
    "concat", "concat", title: "Concatenation", "Joins maps of one height and width along the channels.",
    synonyms: "concatenate concatenation cat depthconcat route", .join, .concat,
    guide: OperationGuide(
      "C1×H×W, C2×H×W, … → (C1 + C2 + …)×H×W",
      "the channels of the first value, then those of the second, and so on",
      source: "Szegedy et al., 2014 (GoogLeNet)",
      example:
        "conv: {name: branch1, from: input, out: 8, kernel: 1}",
      "conv: {name: branch3, from: input, out: 16, kernel: 3, padding: 1}",
      "concat: {name: joined, from: [branch1, branch3]}", input: [3, 32, 32]))

  /// `add`: an element-wise sum.
  public static let add = OperationKind(
    "add", "add", title: "Sum", "The element-wise sum of values of one shape.",
    synonyms: "eltwise elementwise elementwiseadd sum shortcut residual plus", .join, .add(nil),
    attributes: {
      let layer = Payload<(activation: Activation?, depth: Double)> {
        if case .join(.add, let activation, let depth) = $0 { (activation, depth) } else { nil }
      } put: {
        $0 = .add($1.activation, stochasticDepth: $1.depth)
      }
      return [
        layer.number(
          "stochastic_depth", \.depth, "Stochastic depth",
          "The probability that the first value is left out of an image's sum while training (Huang et al., 2016); else it is "
            + "multiplied with 1 / (1 − probability). Inference adds it as it is.",
          in: NumberRange(0, 1, includesUpper: false), or: 0
        ) { layer, _ in layer.depth == 0 ? nil : "stochastic depth \(layer.depth.short)" }
      ]
    }(),
    guide: OperationGuide(
      "values of one shape → the same shape",
      "y = x1 + x2 + …",
      source: "He et al., 2015 (residual learning)",
      example:
        "conv: {name: conv1, out: 16, kernel: 3, padding: 1}",
      "conv: {name: conv2, out: 16, kernel: 3, padding: 1}",
      "add: {name: sum, from: [conv2, conv1]}", input: [3, 32, 32]))

  /// Whether one number for each channel may stand in place of one of the maps that it joins.
  public var takesGates: Bool { self == .multiply }

  /// `multiply`: an element-wise product, or a gate for each channel.
  public static let multiply = OperationKind(
    "multiply", "multiply", title: "Product",
    "The element-wise product of values of one shape; [channels] or [channels, 1, 1] stand for the same number at every "
      + "position, as the gate of squeeze-and-excitation does (Hu et al., 2018).",
    synonyms: "mul", .join, .multiply,
    guide: OperationGuide(
      "values of one shape → the same shape; C or C×1×1 stand for a map of one number",
      "y = x1 · x2 · …",
      source: "Hu et al., 2018 (squeeze-and-excitation)",
      example:
        "global_average_pool: {name: squeeze}",
      "conv: {name: gate, out: 16, kernel: 1}",
      "sigmoid: {name: sigmoid}",
      "multiply: {name: product, from: [input, sigmoid]}", input: [16, 32, 32]))

  /// `flatten`: a map as a vector.
  public static let flatten = OperationKind(
    "flatten", "flatten", title: "Flatten", "[channels, height, width] → [channels · height · width], in that order.",
    .other, .flatten,
    guide: OperationGuide(
      "C×H×W → C · H · W",
      "y[(c · H + i) · W + j] = x[c, i, j]",
      example: "flatten: {name: flat}", input: [16, 4, 4]))

  /// `slice`: channels that follow each other.
  public static let slice = OperationKind(
    "slice", "slice", title: "Slice of channels",
    "So many channels, from one on: halves, as torch.chunk gives them, are two slices.",
    synonyms: "split chunk narrow", .other, .selectChannels(.slice(first: 0, channels: 1)),
    attributes: {
      let layer = Payload<(first: Int, channels: Int)> {
        if case .selectChannels(.slice(let first, let channels)) = $0 { (first, channels) } else { nil }
      } put: {
        $0 = .selectChannels(.slice(first: $1.first, channels: $1.channels))
      }
      let most = ConvolutionGeometry.maximumChannels
      return [
        layer.integer(
          "first", \.first, "First channel", "The first one of the input, counted from 0.", in: 0...most, or: 0),
        layer.integer("channels", \.channels, "Channels", "How many there are.") { layer, _ in
          "channels \(layer.first) to \(layer.first + layer.channels - 1)"
        },
      ]
    }(),
    guide: OperationGuide(
      "C×H×W → channels×H×W",
      "y[k] = x[first + k]",
      example: "slice: {name: half, first: 8, channels: 8}", input: [16, 32, 32]))

  /// `channel_shuffle`: groups of channels interleaved.
  public static let channelShuffle = OperationKind(
    "channel_shuffle", "channel shuffle", title: "Channel shuffle",
    "Interleaves groups of channels: the first of each group, then the second of each, and so on (Zhang et al., 2018).",
    synonyms: "channelshuffle shufflechannel shuffle", .other, .selectChannels(.shuffle(groups: 1)),
    attributes: {
      let layer = Payload<Int> {
        if case .selectChannels(.shuffle(let groups)) = $0 { groups } else { nil }
      } put: {
        $0 = .selectChannels(.shuffle(groups: $1))
      }
      return [
        layer.integer("groups", \.self, "Groups", "How many there are; they divide the channels.") { groups, _ in
          "groups \(groups)"
        }
      ]
    }(),
    guide: OperationGuide(
      "the same shape",
      "y[k · groups + g] = x[g · C / groups + k] for the channels k of each group g",
      source: "Zhang et al., 2018 (ShuffleNet)",
      example: "channel_shuffle: {name: shuffle, groups: 4}", input: [16, 32, 32]))

  /// `subsample`: every so many rows and columns.
  public static let subsample = OperationKind(
    "subsample", "subsample", title: "Subsample",
    "Every stride-th row and column, with channels of zeros around: the shortcut without parameters (option A) of He et "
      + "al., 2015.",
    .pooling, .subsample(Subsample(stride: Extent(1))),
    attributes: {
      let layer = Payload {
        if case .subsample(let layer) = $0 { layer } else { nil }
      } put: {
        $0 = .subsample($1)
      }
      let zeros = 0...ConvolutionGeometry.maximumChannels
      return [
        layer.extent("stride", \.stride, "Stride", "Distance of the rows and columns kept: N or [height, width].") {
          layer, _ in layer.stride.strideText
        },
        layer.integer(
          "channels_before", \.channelsBefore, "Channels before", "Channels of zeros before those of the input.",
          in: zeros, or: 0
        ) { layer, _ in
          let (before, after) = (layer.channelsBefore, layer.channelsAfter)
          return before + after == 0 ? nil : "zero channels \(before) + \(after)"
        },
        layer.integer(
          "channels_after", \.channelsAfter, "Channels after", "Channels of zeros after those of the input.",
          in: zeros, or: 0),
      ]
    }(),
    guide: OperationGuide(
      "C×H×W → (channels_before + C + channels_after)×⌈H / stride⌉×⌈W / stride⌉",
      "y[channels_before + c, i, j] = x[c, stride · i, stride · j]; the other channels are 0",
      source: "He et al., 2015, option A",
      example: "subsample: {name: shortcut, stride: 2, channels_before: 8, channels_after: 8}", input: [16, 32, 32]))

  // What definitions do not name.

  static let input = OperationKind("input", "input", title: "Input", "What is fed in.", .input, .input([]))

  static let listedChannels = OperationKind(
    "channels", "channels", title: "Channels", "Channels of several values in an order.", .other,
    .selectChannels(.listed([0])))

  static let parameter = OperationKind(
    "parameter", "parameter", title: "Parameter", "Numbers of the checkpoint.", .input, .parameter(.weight, []))

  static let batchMean = OperationKind(
    "batch_mean", "batch mean", title: "Mean over the batch", "The mean over the images of a batch.", .other, .batchMean
  )

  static let randomMask = OperationKind(
    "random_mask", "random mask", title: "Dropout that takes place",
    "Zeroes elements at random and multiplies the others with 1 / (1 − probability).", .other,
    .randomMask(RandomMask(probability: 0.5, key: 0)))

  static let batchStatistics = OperationKind(
    "batch_statistics", "batch statistics", title: "Statistics of the batch",
    "The mean and the variance of each channel over positions and images.", .normalization, .batchStatistics)

  static let loss = OperationKind(
    "loss", "loss", title: "Loss", "A function of class scores and targets, for each image.", .other,
    .loss(.softmax, weight: 1))

  /// The kind of a gradient, called after the operation that it is of.
  fileprivate static func gradient(_ gradient: Gradient) -> OperationKind {
    let kind = gradient.operation.kind
    let target =
      switch gradient.target {
      case .input(0): "input"
      case .input(let index): "input \(index + 1)"
      case .parameter(let role): role.rawValue
      }
    return OperationKind(
      "gradient of \(kind.word)", "\(kind.name) gradient to \(target)", title: "Gradient of \(kind.title)",
      "A step of the chain rule.", .other, .gradient(gradient))
  }

  /// What both kinds of pooling with a given kernel have.
  private static func window(_ pooling: Payload<Pooling>) -> [OperationAttribute] {
    [
      pooling.extent("kernel", \.kernel, "Kernel", Words.kernel) { pooling, _ in "\(pooling.kernel)" },
      pooling.extent(
        "stride", \.stride, "Stride", Words.stride + " Without it, the kernel: windows side by side.",
        orThatOf: "kernel"
      ) { pooling, _ in pooling.stride.strideText },
      pooling.padding(\.padding) { pooling, input in pooling.padding(for: input) },
      pooling.choice(
        "rounding", \.rounding, "Rounding",
        "How the number of windows is rounded when the stride does not divide: floor drops a partial window, ceil keeps it "
          + "(PyTorch's ceil_mode), caffe keeps it by Caffe's rule.", or: .floor
      ) { pooling, _ in pooling.rounding == .floor ? nil : "\(pooling.rounding.rawValue) rounding" },
    ]
  }
}

extension Operation {
  /// The operation's kind, with its attributes.
  public var kind: OperationKind {
    switch self {
    case .input: .input
    case .convolution: .convolution
    case .locallyConnected: .locallyConnected
    case .fullyConnected: .fullyConnected
    case .maxPool: .maxPool
    case .averagePool: .averagePool
    case .globalAveragePool: .globalAveragePool
    case .adaptiveAveragePool: .adaptiveAveragePool
    case .globalMaxPool: .globalMaxPool
    case .adaptiveMaxPool: .adaptiveMaxPool
    case .mean: .mean
    case .pad: .pad
    case .upsample: .upsample
    case .transposedConvolution: .transposedConvolution
    case .activation(let function): .of(function)
    case .prelu: .prelu
    case .batchNorm(let norm): norm.hasStatistics ? .batchNorm : .scale
    case .localResponseNorm: .localResponseNorm
    case .normalization(let norm): norm.groups == nil ? .layerNorm : .groupNorm
    case .dropout: .dropout
    case .softmax: .softmax
    case .concat: .concat
    case .join(.add, _, _): .add
    case .join(.multiply, _, _): .multiply
    case .flatten: .flatten
    case .selectChannels(.slice): .slice
    case .selectChannels(.shuffle): .channelShuffle
    case .selectChannels(.listed): .listedChannels
    case .subsample: .subsample
    case .parameter: .parameter
    case .batchMean: .batchMean
    case .randomMask: .randomMask
    case .batchStatistics: .batchStatistics
    case .loss: .loss
    case .gradient(let gradient): .gradient(gradient)
    }
  }
}

extension OperationKind {
  fileprivate static func of(_ function: Activation) -> OperationKind {
    guard let kind = OperationKind(word: function.spelling.word) else {
      preconditionFailure("the table has every function; '\(function.spelling.word)' is missing")
    }
    return kind
  }
}

/// Sentences that several attributes share.
private enum Words {
  static let kernel = "Height and width of the window: N or [height, width]."
  static let stride = "Step of the window: N or [height, width]."
  static let epsilon = "Added to the variance."
  static let bias = "Whether a number is added to each output channel."
  static let padding =
    "Rows and columns of zeros around the input: N, [vertical, horizontal], {top, left, bottom, right}, or same: as many as "
    + "make the output the input divided by the stride, rounded up, the larger half below and to the right (TensorFlow)."
}

/// What an operation carries, from which its attributes are made: one function for each form of attribute.
private struct Payload<Layer>: Sendable {
  typealias Text = @Sendable (Layer, Shape?) -> String?

  /// `nil` for an operation of another kind.
  let get: @Sendable (Operation) -> Layer?
  let put: @Sendable (inout Operation, Layer) -> Void

  init(get: @escaping @Sendable (Operation) -> Layer?, put: @escaping @Sendable (inout Operation, Layer) -> Void) {
    self.get = get
    self.put = put
  }

  private func attribute<Value>(
    _ name: String, _ path: WritableKeyPath<Layer, Value> & Sendable, _ title: String, _ summary: String,
    _ form: OperationAttribute.Form, _ standard: OperationAttribute.Standard,
    from value: @escaping @Sendable (Value) -> OperationAttribute.Value,
    to number: @escaping @Sendable (OperationAttribute.Value) -> Value?, text: @escaping Text
  ) -> OperationAttribute {
    let (get, put) = (get, put)
    return OperationAttribute(
      name, title: title, summary, form, standard,
      get: { operation in
        guard let layer = get(operation) else { preconditionFailure("'\(name)' is no attribute of \(operation)") }
        return value(layer[keyPath: path])
      },
      put: { operation, value in
        guard var layer = get(operation), let number = number(value) else {
          preconditionFailure("'\(name)' of \(operation) cannot be \(value)")
        }
        layer[keyPath: path] = number
        put(&operation, layer)
      },
      text: { operation, input in get(operation).flatMap { text($0, input) } })
  }

  func integer(
    _ name: String, _ path: WritableKeyPath<Layer, Int> & Sendable, _ title: String, _ summary: String,
    in range: ClosedRange<Int> = 1...ConvolutionGeometry.maximumChannels, or standard: Int? = nil,
    text: @escaping Text = { _, _ in nil }
  ) -> OperationAttribute {
    attribute(
      name, path, title, summary, .integer(range), standard.map { .value(.integer($0)) } ?? .required,
      from: { .integer($0) }, to: { if case .integer(let value) = $0 { value } else { nil } }, text: text)
  }

  func extent(
    _ name: String, _ path: WritableKeyPath<Layer, Extent> & Sendable, _ title: String, _ summary: String,
    orThatOf other: String? = nil, text: @escaping Text
  ) -> OperationAttribute {
    attribute(
      name, path, title, summary, .extent(1...ConvolutionGeometry.maximumSide),
      other.map { .attribute($0) } ?? .required, from: { .extent($0) },
      to: { if case .extent(let value) = $0 { value } else { nil } }, text: text)
  }

  func extent(
    _ name: String, _ path: WritableKeyPath<Layer, Extent> & Sendable, _ title: String, _ summary: String,
    or standard: Extent, in range: ClosedRange<Int> = 1...ConvolutionGeometry.maximumSide
  ) -> OperationAttribute {
    attribute(
      name, path, title, summary, .extent(range), .value(.extent(standard)),
      from: { .extent($0) }, to: { if case .extent(let value) = $0 { value } else { nil } },
      text: { layer, _ in
        layer[keyPath: path] == standard ? nil : "\(name) \(layer[keyPath: path].short)"
      })
  }

  /// `sides`: what a rule comes to for an input.
  func padding(
    _ path: WritableKeyPath<Layer, PaddingRule> & Sendable, _ summary: String = Words.padding,
    _ standard: OperationAttribute.Standard = .value(.padding(.fixed(.none))),
    sides: @escaping @Sendable (Layer, Extent) -> Padding
  ) -> OperationAttribute {
    attribute(
      "padding", path, "Padding", summary, .padding(0...(ConvolutionGeometry.maximumSide - 1)), standard,
      from: { .padding($0) },
      to: { if case .padding(let value) = $0 { value } else { nil } },
      text: { layer, input in
        let rule = layer[keyPath: path]
        if rule.isNone { return nil }
        guard rule == .same, let input else { return "padding \(rule)" }
        return "padding same (\(sides(layer, input.extent)))"
      })
  }

  func boolean(
    _ name: String, _ path: WritableKeyPath<Layer, Bool> & Sendable, _ title: String, _ summary: String,
    or standard: Bool, text: @escaping Text = { _, _ in nil }
  ) -> OperationAttribute {
    attribute(
      name, path, title, summary, .boolean, .value(.boolean(standard)), from: { .boolean($0) },
      to: { if case .boolean(let value) = $0 { value } else { nil } }, text: text)
  }

  func number(
    _ name: String, _ path: WritableKeyPath<Layer, Double> & Sendable, _ title: String, _ summary: String,
    in range: NumberRange, or standard: Double? = nil, text: @escaping Text
  ) -> OperationAttribute {
    attribute(
      name, path, title, summary, .number(range), standard.map { .value(.number($0)) } ?? .required,
      from: { .number($0) }, to: { if case .number(let value) = $0 { value } else { nil } }, text: text)
  }

  func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, _ path: WritableKeyPath<Layer, Choice> & Sendable, _ title: String, _ summary: String,
    or standard: Choice? = nil, text: @escaping Text
  ) -> OperationAttribute {
    attribute(
      name, path, title, summary, .choice(Choice.allCases.map(\.rawValue)),
      standard.map { .value(.choice($0.rawValue)) } ?? .required, from: { .choice($0.rawValue) },
      to: { if case .choice(let text) = $0 { Choice(rawValue: text) } else { nil } }, text: text)
  }
}

extension Extent {
  /// `2` for a square, `2×3` otherwise.
  var short: String { height == width ? "\(height)" : description }

  fileprivate var strideText: String? { self == Extent(1) ? nil : "stride \(short)" }
}

extension Double {
  /// `2` rather than `2.0`.
  var short: String {
    let text = "\(self)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
