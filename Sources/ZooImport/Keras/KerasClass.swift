/// A class of Keras' layers: how its layers are read, and which tensors they have.
struct KerasClass: Sendable {
  /// What a call of a layer makes of the values that it reads, one at least.
  typealias Reader = @Sendable (inout KerasImporter, KerasCall, [KerasValue]) throws -> KerasValue

  let read: Reader
  /// Whether its layers are functions, which others may have for their activation.
  private(set) var isFunction = false
  /// Tensors that training changes and every layer has.
  private var trained = 0
  /// Switches, on where nothing is said, of further ones.
  private var switches: [String] = []
  /// Tensors that training does not change.
  private var fixed = 0
  /// An attribute that is given in the place of these.
  private var replacement: String?

  /// How many tensors a layer has that training changes, and that it does not.
  func tensorCounts(_ attributes: KerasAttributes) -> (trained: Int, fixed: Int) {
    let isReplaced = replacement.map { !(attributes.json[$0]?.isNull ?? true) } ?? false
    return (trained + switches.count { attributes.bool($0, or: true) }, isReplaced ? 0 : fixed)
  }

  /// The classes that have a counterpart.
  static let all: [String: KerasClass] = [
    "InputLayer": .layer { $2 },
    "Conv2D": .layer(trained: 1, switches: ["use_bias"]) { try $0.convolution($1, $2) },
    "DepthwiseConv2D": .layer(trained: 1, switches: ["use_bias"]) { try $0.depthwiseConvolution($1, $2) },
    "SeparableConv2D": .layer(trained: 2, switches: ["use_bias"]) { try $0.separableConvolution($1, $2) },
    "Conv2DTranspose": .layer(trained: 1, switches: ["use_bias"]) { try $0.transposedConvolution($1, $2) },
    "Dense": .layer(trained: 1, switches: ["use_bias"]) { try $0.dense($1, $2) },
    "BatchNormalization": .layer(switches: ["scale", "center"], fixed: 2) { try $0.batchNorm($1, $2) },
    "LayerNormalization": .layer(switches: ["scale", "center"]) { try $0.normalization($1, $2, inGroups: false) },
    "GroupNormalization": .layer(switches: ["scale", "center"]) { try $0.normalization($1, $2, inGroups: true) },
    "Normalization": .layer(fixed: 3, unless: "mean") { try $0.fixedNormalization($1, $2) },
    "LayerScale": .layer(trained: 1) { try $0.layerScale($1, $2) },
    "Rescaling": .layer { try $0.rescaling($1, $2) },
    "Activation": .layer { try $0.activation($1.attributes.json["activation"], $1, $2, suffix: "") },
    "ReLU": .function(),
    "LeakyReLU": .function(),
    "PReLU": .function(trained: 1),
    "ELU": .function(),
    "Softmax": .function(),
    "MaxPooling2D": .layer { try $0.pooling($1, $2, isMaximum: true) },
    "AveragePooling2D": .layer { try $0.pooling($1, $2, isMaximum: false) },
    "GlobalMaxPooling2D": .layer { try $0.globalPooling($1, $2, isMaximum: true) },
    "GlobalAveragePooling2D": .layer { try $0.globalPooling($1, $2, isMaximum: false) },
    "ZeroPadding2D": .layer { try $0.zeroPadding($1, $2) },
    "UpSampling2D": .layer { try $0.upsampling($1, $2) },
    "Flatten": .layer { try $0.flatten($1, $2) },
    "Reshape": .layer { try $0.reshape($1, $2) },
    "Permute": .layer { try $0.permute($1, $2) },
    "Add": .join, "Multiply": .join, "Concatenate": .join, "Average": .join, "Subtract": .join, "Maximum": .join,
    "Minimum": .join,
    // Read with a constant only.
    "TrueDivide": KerasClass { _, call, _ in throw KerasRefusal(call.layer.type) },
    "Dropout": .trainingOnly, "SpatialDropout2D": .trainingOnly, "AlphaDropout": .trainingOnly,
    "GaussianDropout": .trainingOnly, "GaussianNoise": .trainingOnly, "ActivityRegularization": .trainingOnly,
    "RandomFlip": .trainingOnly, "RandomRotation": .trainingOnly, "RandomZoom": .trainingOnly,
    "RandomTranslation": .trainingOnly, "RandomContrast": .trainingOnly, "RandomBrightness": .trainingOnly,
    "RandomHeight": .trainingOnly, "RandomWidth": .trainingOnly, "StochasticDepth": .trainingOnly,
    "RandomCrop": .layer { try $0.randomCrop($1, $2) },
  ]

  /// Classes of which more can be said than that zoo has nothing like them.
  static let refusals: [String: String] = [
    "Lambda": "it holds code of Python's, which is never run; replace it by layers and save the model again",
    "Cropping2D": "no layer of zoo's cuts a map",
    "Convolution2D": "a layer of Keras 1; load the model with Keras 2 and save it again",
    "Merge": "a layer of Keras 1; load the model with Keras 2 and save it again",
  ]

  private init(read: @escaping Reader) {
    self.read = read
  }

  /// A class whose layers read one value. `unless`: an attribute that is given in the place of the `fixed` tensors.
  private static func layer(
    trained: Int = 0, switches: [String] = [], fixed: Int = 0, unless replacement: String? = nil,
    _ read: @escaping @Sendable (inout KerasImporter, KerasCall, KerasValue) throws -> KerasValue
  ) -> KerasClass {
    var result = KerasClass { try read(&$0, $1, $2[0]) }
    (result.trained, result.switches, result.fixed, result.replacement) = (trained, switches, fixed, replacement)
    return result
  }

  private static func function(trained: Int = 0) -> KerasClass {
    var result = layer(trained: trained) { try $0.activationLayer($1, $2) }
    result.isFunction = true
    return result
  }

  private static let join = KerasClass { try $0.join($1, $2) }

  /// What does something in training only.
  private static let trainingOnly = layer { $0.passThrough($1, $2) }
}
