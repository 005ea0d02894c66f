/// An operation under a name that a definition does not know and that other programs do: PyTorch, Keras, Caffe, ONNX, darknet.
enum ForeignOperation: Hashable {
  /// The language has it under another name.
  case synonym(of: String)
  /// The language has it as another operation with this attribute.
  case attribute(String, of: OperationKind)
  /// The language has it not; the relatives do something of its kind.
  case missing(relatives: [OperationKind])

  /// - Returns: `nil` for a name that is not well known.
  init?(_ name: String) {
    guard name.utf8.count <= 64, let known = Self.table[Self.folded(name)] else { return nil }
    self = known
  }

  /// The fault of a definition that names the operation so.
  func fault(_ word: String, known: [String]) -> DefinitionFault {
    switch self {
    case .synonym(let name): .unknownOperation(word, known: known, suggestion: name)
    case .attribute(let attribute, let kind):
      .operationIsAttribute(word, operation: kind.rawValue, attribute: attribute)
    case .missing(let relatives): .missingOperation(word, relatives: relatives.map(\.rawValue))
    }
  }

  /// `nn.BatchNorm2d`, `batch-norm` and `BATCH_NORM` are one name.
  private static func folded(_ name: String) -> String {
    let last = name.split(separator: ".").last.map(String.init) ?? name
    let plain = last.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
    return plain.hasSuffix("2d") ? String(plain.dropLast(2)) : plain
  }

  private static let table: [String: ForeignOperation] = {
    var table: [String: ForeignOperation] = [:]
    for (kind, names) in synonyms {
      for name in names.split(separator: " ") { table[String(name)] = .synonym(of: kind) }
    }
    for (attribute, kind, names) in attributes {
      for name in names.split(separator: " ") { table[String(name)] = .attribute(attribute, of: kind) }
    }
    for (relatives, names) in missing {
      for name in names.split(whereSeparator: \.isWhitespace) { table[String(name)] = .missing(relatives: relatives) }
    }
    return table
  }()

  private static let synonyms: [(String, String)] = [
    ("conv", "conv convolution convolutional"), ("locally_connected", "locallyconnected local localconv unsharedconv"),
    ("fc", "linear dense gemm innerproduct fullyconnected connected affine"),
    ("max_pool", "maxpool maxpooling"), ("average_pool", "avgpool avgpooling averagepool averagepooling meanpool"),
    (
      "global_average_pool",
      "globalavgpool globalavgpooling globalaveragepool globalaveragepooling gap"
    ),
    (
      "adaptive_average_pool",
      "adaptiveavgpool adaptiveavgpooling adaptiveaveragepool adaptiveaveragepooling"
    ),
    ("relu", "relu rectifier"), ("leaky_relu", "leakyrelu lrelu leaky"), ("tanh", "tanh"),
    ("sigmoid", "sigmoid logistic"),
    (
      "batch_norm",
      "batchnorm batchnormalization batchnormalisation batchnorm1d bn syncbatchnorm frozenbatchnorm"
    ),
    ("lrn", "lrn localresponsenorm localresponsenormalization localresponsenormalisation responsenorm"),
    ("dropout", "dropout spatialdropout featuredropout alphadropout"), ("softmax", "softmax"),
    ("concat", "concat concatenate concatenation cat depthconcat route"),
    ("add", "add eltwise elementwise elementwiseadd sum shortcut residual plus"), ("flatten", "flatten"),
    ("subsample", "subsample"), ("sequential", "sequential"),
  ]

  private static let attributes: [(String, OperationKind, String)] = [
    (
      "groups", .convolution,
      "depthwise depthwiseconv depthwiseconvolution convdepthwise convolutiondepthwise dwconv groupconv groupedconv groupedconvolution"
    ),
    ("dilation", .convolution, "dilatedconv dilatedconvolution atrousconv atrousconvolution"),
    ("padding", .convolution, "pad padding zeropad zeropadding constantpad"),
  ]

  private static let missing: [([OperationKind], String)] = [
    (
      [.relu, .leakyRelu, .tanh, .sigmoid],
      """
      relu6 prelu rrelu crelu thresholdedrelu threshold elu selu celu gelu silu swish mish hardswish hswish hardsigmoid
      hsigmoid hardtanh softplus softsign softshrink hardshrink tanhshrink logsigmoid glu geglu swiglu maxout bnll exp abs
      absval log power pow sqrt clip erf
      """
    ),
    ([.softmax], "logsoftmax softmin gumbelsoftmax argmax softmaxwithloss"),
    (
      [.convolution],
      """
      convtranspose convtransposed conv2dtranspose transposedconv transposeconv convolutiontranspose deconv deconvolution
      deconvolutional conv1d conv3d convolution1d convolution3d separableconv depthwiseseparableconv deformconv
      deformableconv dynamicconv
      """
    ),
    (
      [.batchNorm, .localResponseNorm],
      """
      groupnorm groupnormalization layernorm layernormalization instancenorm instancenormalization rmsnorm l2norm lpnorm
      normalize normalization weightnorm spectralnorm mvn scale grn batchnorm3d
      """
    ),
    (
      [.maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool],
      """
      globalmaxpool globalmaxpooling adaptivemaxpool adaptivemaxpooling lppool globallppool stochasticpool spp
      spatialpyramidpool maxunpool roipool roipooling roialign fractionalmaxpool maxpool1d maxpool3d avgpool1d avgpool3d
      """
    ),
    (
      [.add, .concat],
      """
      mul multiply sub subtract div divide maximum minimum mean average reducemean matmul einsum dot bias biasadd stack
      """
    ),
    (
      [.flatten, .concat, .subsample],
      """
      reshape view unflatten permute transpose squeeze unsqueeze expanddims split slice chunk crop centercrop cropping
      pixelshuffle pixelunshuffle depthtospace spacetodepth reorg channelshuffle shufflechannel upsample upsampling resize
      interpolate interp reflectionpad replicationpad mirrorpad repeat tile gather
      """
    ),
    (
      [],
      """
      squeezeexcite squeezeexcitation squeezeandexcitation se seblock cbam attention selfattention multiheadattention
      transformer lstm gru rnn embedding positionalencoding droppath dropblock stochasticdepth identity lambda
      """
    ),
  ]
}
