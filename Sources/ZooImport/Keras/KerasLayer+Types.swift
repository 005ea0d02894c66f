extension KerasLayer {
  /// The classes that have a counterpart.
  static let known: Set<String> = passedThrough.union([
    "InputLayer", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose", "Dense", "BatchNormalization",
    "LayerNormalization", "GroupNormalization", "Normalization", "Rescaling", "Activation", "ReLU", "LeakyReLU",
    "PReLU",
    "ELU", "Softmax", "MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D",
    "ZeroPadding2D",
    "UpSampling2D", "Flatten", "Reshape", "Permute", "Add", "Multiply", "Concatenate", "Average", "Subtract", "Maximum",
    "Minimum", "TrueDivide", "LayerScale",
  ])

  /// What does something in training only.
  static let passedThrough: Set<String> = [
    "Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization",
    "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness",
    "RandomHeight",
    "RandomWidth", "RandomCrop", "StochasticDepth",
  ]

  /// Classes of which more can be said than that zoo has nothing like them.
  static let refusals: [String: String] = [
    "Lambda": "it holds code of Python's, which is never run; replace it by layers and save the model again",
    "Cropping2D": "no layer of zoo's cuts a map",
    "Convolution2D": "a layer of Keras 1; load the model with Keras 2 and save it again",
    "Merge": "a layer of Keras 1; load the model with Keras 2 and save it again",
  ]
}
