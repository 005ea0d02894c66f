import ZooTensor
import ZooWeights

/// A layer of a Caffe network, of the old format or the new.
struct CaffeNetLayer {
  let name: String
  /// As the new format names it: `Convolution`.
  let type: String
  let bottoms: [String]
  let tops: [String]
  let fields: CaffeParameters

  /// `line 12` or `byte 120`.
  var place: String { "\(fields.message.place)" }
}

/// The layers of a Caffe network that compute answers, in order, and what is fed to them.
struct CaffeNet {
  /// A blob that is fed from outside, with its dimensions.
  struct Input {
    let name: String
    let dimensions: [Int]
    let place: String
  }

  let file: String
  let name: String
  let inputs: [Input]
  let layers: [CaffeNetLayer]
  /// Layers of the training phase alone.
  let omitted: [CaffeNetLayer]

  /// - Throws: `ImportError.invalid` when the file is none of Caffe's, or contradicts itself.
  init(_ message: CaffeMessage, file: String) throws {
    let net = CaffeParameters(file: file, message: message)
    self.file = file
    name = try net.text("name") ?? ""
    let (old, new) = (message.all("layers"), message.all("layer"))
    if let first = old.first, !new.isEmpty {
      throw ImportError.invalid(
        file: file, place: "\(first.place)",
        reason:
          "the network has layers of the old format ('layers') and of the new ('layer'); Caffe reads one of them alone")
    }
    guard !old.isEmpty || !new.isEmpty else {
      let solver = message.all("net").first ?? message.all("train_net").first ?? message.all("base_lr").first
      throw ImportError.invalid(
        file: file, place: solver.map { "\($0.place)" } ?? "line 1",
        reason: solver == nil
          ? "there is no 'layer' and no 'layers' in it, so it is no network of Caffe's"
          : "this is a solver's file, not a network's; give the .prototxt that it names as 'net'")
    }
    var (kept, omitted): ([CaffeNetLayer], [CaffeNetLayer]) = ([], [])
    for fields in try net.each(old.isEmpty ? "layer" : "layers") {
      let layer = try CaffeNetLayer(fields, isOld: !old.isEmpty)
      if try layer.isInTestPhase { kept.append(layer) } else { omitted.append(layer) }
    }
    layers = kept
    self.omitted = omitted
    inputs = try Self.inputs(net)
  }

  /// What `input` with `input_dim` or `input_shape` says.
  private static func inputs(_ net: CaffeParameters) throws -> [Input] {
    let names = try net.texts("input")
    let fields = net.message.all("input")
    let shapes = try net.each("input_shape").map { try $0.integers("dim") }
    let dimensions = try net.integers("input_dim")
    return try zip(names, fields).enumerated().map { index, input in
      let place = "\(input.1.place)"
      if index < shapes.count { return Input(name: input.0, dimensions: shapes[index], place: place) }
      guard dimensions.count >= 4 * index + 4 else {
        throw ImportError.invalid(
          file: net.file, place: place,
          reason: "input \"\(input.0)\" has neither an input_shape nor four of input_dim; say its size")
      }
      return Input(name: input.0, dimensions: Array(dimensions[(4 * index)..<(4 * index + 4)]), place: place)
    }
  }
}

extension CaffeNetLayer {
  fileprivate init(_ fields: CaffeParameters, isOld: Bool) throws {
    self.fields = fields
    if isOld, let nested = fields.message.all("layer").first {
      throw ImportError.invalid(
        file: fields.file, place: "\(nested.place)",
        reason:
          "the network is of Caffe's oldest format, with layers inside layers; run Caffe's 'upgrade_net_proto_text' "
          + "(or 'upgrade_net_proto_binary') on it")
    }
    name = try fields.text("name") ?? ""
    bottoms = try fields.texts("bottom")
    tops = try fields.texts("top")
    guard let field = fields.message.all("type").last else {
      throw ImportError.invalid(
        file: fields.file, place: "\(fields.message.place)", reason: "layer \"\(name)\" has no type")
    }
    switch field.value {
    case .text(let text) where !isOld: type = text
    case .word(let word) where isOld: type = Self.newTypes[word] ?? word
    default: throw fields.invalid(field, isOld ? "a name such as CONVOLUTION" : "a string such as \"Convolution\"")
    }
  }

  /// The names of the old format that are not those of the new in capital letters.
  private static let newTypes = [
    "ABSVAL": "AbsVal", "ACCURACY": "Accuracy", "ARGMAX": "ArgMax", "BNLL": "BNLL", "CONCAT": "Concat",
    "CONTRASTIVE_LOSS": "ContrastiveLoss", "CONVOLUTION": "Convolution", "DATA": "Data",
    "DECONVOLUTION": "Deconvolution", "DROPOUT": "Dropout", "DUMMY_DATA": "DummyData",
    "EUCLIDEAN_LOSS": "EuclideanLoss", "ELTWISE": "Eltwise", "EXP": "Exp", "FLATTEN": "Flatten",
    "HDF5_DATA": "HDF5Data", "HDF5_OUTPUT": "HDF5Output", "HINGE_LOSS": "HingeLoss", "IM2COL": "Im2col",
    "IMAGE_DATA": "ImageData", "INFOGAIN_LOSS": "InfogainLoss", "INNER_PRODUCT": "InnerProduct", "LRN": "LRN",
    "MEMORY_DATA": "MemoryData", "MULTINOMIAL_LOGISTIC_LOSS": "MultinomialLogisticLoss", "MVN": "MVN",
    "POOLING": "Pooling", "POWER": "Power", "RELU": "ReLU", "SIGMOID": "Sigmoid",
    "SIGMOID_CROSS_ENTROPY_LOSS": "SigmoidCrossEntropyLoss", "SILENCE": "Silence", "SLICE": "Slice",
    "SOFTMAX": "Softmax", "SOFTMAX_LOSS": "SoftmaxWithLoss", "SPLIT": "Split", "TANH": "TanH",
    "THRESHOLD": "Threshold", "WINDOW_DATA": "WindowData", "PRELU": "PReLU",
  ]

  /// Caffe's rule for phase TEST, level 0 and no stages: any `include` that is met, or no `exclude` that is.
  fileprivate var isInTestPhase: Bool {
    get throws {
      let (include, exclude) = (try fields.each("include"), try fields.each("exclude"))
      if !include.isEmpty { return try include.contains { try Self.isMet($0) } }
      return try !exclude.contains { try Self.isMet($0) }
    }
  }

  private static func isMet(_ rule: CaffeParameters) throws -> Bool {
    if try rule.choice("phase", ["TRAIN", "TEST"]) == "TRAIN" { return false }
    let levels = -(1 << 31)...(1 << 31)
    if let least = try rule.integer("min_level", in: levels), least > 0 { return false }
    if let most = try rule.integer("max_level", in: levels), most < 0 { return false }
    return rule.message.all("stage").isEmpty
  }
}
