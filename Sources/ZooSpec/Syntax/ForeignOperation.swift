import ZooGraph

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
      .operationIsAttribute(word, operation: kind.word, attribute: attribute)
    case .missing(let relatives): .missingOperation(word, relatives: relatives.map(\.word))
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
    for kind in OperationKind.all {
      for name in [folded(kind.word)] + kind.synonyms { table[name] = .synonym(of: kind.word) }
    }
    table["sequential"] = .synonym(of: "sequential")
    for (attribute, kind, names) in attributes {
      for name in names.split(separator: " ") { table[String(name)] = .attribute(attribute, of: kind) }
    }
    for (relatives, names) in missing {
      for name in names.split(whereSeparator: \.isWhitespace) { table[String(name)] = .missing(relatives: relatives) }
    }
    return table
  }()

  private static let attributes: [(String, OperationKind, String)] = [
    (
      "groups", .convolution,
      "depthwise depthwiseconv depthwiseconvolution convdepthwise convolutiondepthwise dwconv groupconv groupedconv groupedconvolution"
    ),
    ("dilation", .convolution, "dilatedconv dilatedconvolution atrousconv atrousconvolution"),
    ("padding", .convolution, "padding"),
    ("stochastic_depth", .add, "droppath stochasticdepth dropresidual dropconnect"),
  ]

  private static let missing: [([OperationKind], String)] = [
    (
      OperationKind.all.filter { $0.family == .activation },
      """
      rrelu crelu thresholdedrelu threshold selu celu mish softplus softsign softshrink hardshrink tanhshrink
      logsigmoid glu geglu swiglu maxout bnll exp abs absval log power pow sqrt erf
      """
    ),
    ([.softmax], "logsoftmax softmin gumbelsoftmax argmax softmaxwithloss"),
    (
      [.convolution],
      """
      conv1d conv3d convolution1d convolution3d separableconv depthwiseseparableconv deformconv
      deformableconv dynamicconv
      """
    ),
    (
      OperationKind.all.filter { $0.family == .normalization },
      """
      instancenorm instancenormalization rmsnorm l2norm lpnorm
      normalize normalization weightnorm spectralnorm mvn grn batchnorm3d
      """
    ),
    (
      [.maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool],
      """
      lppool globallppool stochasticpool spp
      spatialpyramidpool maxunpool roipool roipooling roialign fractionalmaxpool maxpool1d maxpool3d avgpool1d avgpool3d
      """
    ),
    (
      OperationKind.all.filter(\.joins),
      """
      sub subtract div divide maximum minimum matmul einsum dot bias biasadd stack
      """
    ),
    (
      [.flatten, .concat, .slice, .channelShuffle, .subsample],
      """
      reshape view unflatten permute transpose squeeze unsqueeze expanddims crop centercrop cropping
      pixelshuffle pixelunshuffle depthtospace spacetodepth reorg
      repeat tile gather
      """
    ),
    (
      [],
      """
      squeezeexcite squeezeexcitation squeezeandexcitation se seblock cbam attention selfattention multiheadattention
      transformer lstm gru rnn embedding positionalencoding dropblock identity lambda
      """
    ),
  ]
}
