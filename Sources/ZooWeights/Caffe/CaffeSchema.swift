/// Which names the numbers of a message's fields have in `caffe.proto`, so that a binary file reads as its text would. Weights
/// are left out, and so is what no reader of structures asks for.
struct CaffeSchema: Sendable {
  enum Kind: Sendable {
    case integer, boolean, float, text
    case choice([Int: String])
    case message(CaffeSchema)
  }

  let fields: [Int: (name: String, kind: Kind)]
  /// Whether a field that is not listed is passed over without a word; else it is there under the name `field 7`.
  let ignoresUnknown: Bool

  init(_ fields: [Int: (name: String, kind: Kind)], ignoresUnknown: Bool = false) {
    self.fields = fields
    self.ignoresUnknown = ignoresUnknown
  }

  /// Reads a whole file.
  func message(in file: InputFile) throws(WeightsProblem) -> CaffeMessage {
    var count = 0
    return try message(ProtobufReader(file), at: 0, &count)
  }

  /// Recurses as deep as the schema does. `count`: the fields so far.
  private func message(
    _ reader: ProtobufReader, at offset: Int, _ count: inout Int
  ) throws(WeightsProblem) -> CaffeMessage {
    var reader = reader
    var message = CaffeMessage(place: .offset(offset))
    func append(
      _ name: String, _ value: CaffeMessage.Value, _ field: ProtobufField, _ count: inout Int
    ) throws(WeightsProblem) {
      count += 1
      guard count <= CaffeTextParser.maximumFields else {
        throw .caffe(.tooManyFields(limit: CaffeTextParser.maximumFields))
      }
      message.fields.append(.init(name: name, value: value, place: .offset(field.start)))
    }
    while let field = try reader.next() {
      guard let (name, kind) = fields[field.number] else {
        if !ignoresUnknown { try append("field \(field.number)", .word(""), field, &count) }
        continue
      }
      switch kind {
      case .text: try append(name, .text(try reader.text(field)), field, &count)
      case .message(let schema):
        let inner = try schema.message(reader.message(in: field), at: field.start, &count)
        try append(name, .message(inner), field, &count)
      case .integer, .boolean, .choice:
        if field.type == .varint {
          try append(name, .word(kind.word(field.bits)), field, &count)
        } else {
          var numbers = reader.varints(in: try field.bytes())
          while numbers.position < numbers.end {
            try append(name, .word(kind.word(try numbers.varint())), field, &count)
          }
        }
      case .float:
        guard field.type == .bytes else {
          try append(name, .word("\(try field.float())"), field, &count)
          continue
        }
        var numbers = reader.varints(in: try field.bytes())
        while numbers.position < numbers.end { try append(name, .word("\(try numbers.float())"), field, &count) }
      }
    }
    return message
  }
}

extension CaffeSchema.Kind {
  /// A number as the text form has it.
  fileprivate func word(_ bits: UInt64) -> String {
    let number = Int(truncatingIfNeeded: bits)
    switch self {
    case .boolean: return bits == 0 ? "false" : "true"
    case .choice(let names): return names[number] ?? "\(number)"
    default: return "\(number)"
    }
  }
}

// MARK: caffe.proto

extension CaffeSchema {
  static let net = CaffeSchema(
    [
      1: ("name", .text), 2: ("layers", .message(oldLayer)), 3: ("input", .text), 4: ("input_dim", .integer),
      8: ("input_shape", .message(shape)), 100: ("layer", .message(layer)),
    ], ignoresUnknown: true)

  private static let shape = CaffeSchema([1: ("dim", .integer)])
  private static let phase = Kind.choice([0: "TRAIN", 1: "TEST"])
  private static let rule = CaffeSchema([
    1: ("phase", phase), 2: ("min_level", .integer), 3: ("max_level", .integer), 4: ("stage", .text),
    5: ("not_stage", .text),
  ])

  private static let layer = CaffeSchema(
    [
      1: ("name", .text), 2: ("type", .text), 3: ("bottom", .text), 4: ("top", .text), 5: ("loss_weight", .float),
      8: ("include", .message(rule)), 9: ("exclude", .message(rule)), 100: ("transform_param", .message(transform)),
      104: ("concat_param", .message(concat)), 106: ("convolution_param", .message(convolution)),
      107: ("data_param", .message(data)), 108: ("dropout_param", .message(dropout)),
      109: ("dummy_data_param", .message(dummyData)), 110: ("eltwise_param", .message(eltwise)),
      115: ("image_data_param", .message(imageData)), 117: ("inner_product_param", .message(innerProduct)),
      118: ("lrn_param", .message(lrn)), 119: ("memory_data_param", .message(memoryData)),
      121: ("pooling_param", .message(pooling)), 122: ("power_param", .message(power)),
      123: ("relu_param", .message(relu)), 125: ("softmax_param", .message(softmax)),
      126: ("slice_param", .message(slice)), 131: ("prelu_param", .message(prelu)),
      133: ("reshape_param", .message(reshape)), 135: ("flatten_param", .message(flatten)),
      139: ("batch_norm_param", .message(batchNorm)), 140: ("elu_param", .message(elu)),
      141: ("bias_param", .message(bias)), 142: ("scale_param", .message(scale)), 143: ("input_param", .message(input)),
      147: ("swish_param", .message(swish)), 148: ("clip_param", .message(clip)),
    ], ignoresUnknown: true)

  private static let oldLayer = CaffeSchema(
    [
      1: ("layer", .ignoredMessage), 2: ("bottom", .text), 3: ("top", .text), 4: ("name", .text),
      5: ("type", .choice(oldTypes)), 9: ("concat_param", .message(concat)),
      10: ("convolution_param", .message(convolution)), 11: ("data_param", .message(data)),
      12: ("dropout_param", .message(dropout)), 15: ("image_data_param", .message(imageData)),
      17: ("inner_product_param", .message(innerProduct)), 18: ("lrn_param", .message(lrn)),
      19: ("pooling_param", .message(pooling)), 21: ("power_param", .message(power)),
      22: ("memory_data_param", .message(memoryData)), 24: ("eltwise_param", .message(eltwise)),
      26: ("dummy_data_param", .message(dummyData)), 30: ("relu_param", .message(relu)),
      31: ("slice_param", .message(slice)), 32: ("include", .message(rule)), 33: ("exclude", .message(rule)),
      35: ("loss_weight", .float), 36: ("transform_param", .message(transform)),
      39: ("softmax_param", .message(softmax)),
    ], ignoresUnknown: true)

  /// `V1LayerParameter.LayerType`.
  private static let oldTypes = [
    0: "NONE", 1: "ACCURACY", 2: "BNLL", 3: "CONCAT", 4: "CONVOLUTION", 5: "DATA", 6: "DROPOUT", 7: "EUCLIDEAN_LOSS",
    8: "FLATTEN", 9: "HDF5_DATA", 10: "HDF5_OUTPUT", 11: "IM2COL", 12: "IMAGE_DATA", 13: "INFOGAIN_LOSS",
    14: "INNER_PRODUCT", 15: "LRN", 16: "MULTINOMIAL_LOGISTIC_LOSS", 17: "POOLING", 18: "RELU", 19: "SIGMOID",
    20: "SOFTMAX", 21: "SOFTMAX_LOSS", 22: "SPLIT", 23: "TANH", 24: "WINDOW_DATA", 25: "ELTWISE", 26: "POWER",
    27: "SIGMOID_CROSS_ENTROPY_LOSS", 28: "HINGE_LOSS", 29: "MEMORY_DATA", 30: "ARGMAX", 31: "THRESHOLD",
    32: "DUMMY_DATA", 33: "SLICE", 34: "MVN", 35: "ABSVAL", 36: "SILENCE", 37: "CONTRASTIVE_LOSS", 38: "EXP",
    39: "DECONVOLUTION",
  ]

  private static let engine = Kind.choice([0: "DEFAULT", 1: "CAFFE", 2: "CUDNN"])
  private static let filler = Kind.message(CaffeSchema([1: ("type", .text)], ignoresUnknown: true))

  private static let transform = CaffeSchema(
    [
      1: ("scale", .float), 2: ("mirror", .boolean), 3: ("crop_size", .integer), 4: ("mean_file", .text),
      5: ("mean_value", .float), 6: ("force_color", .boolean), 7: ("force_gray", .boolean),
    ], ignoresUnknown: true)
  private static let data = CaffeSchema(
    [2: ("scale", .float), 3: ("mean_file", .text), 5: ("crop_size", .integer), 6: ("mirror", .boolean)],
    ignoresUnknown: true)
  private static let imageData = CaffeSchema(
    [
      2: ("scale", .float), 3: ("mean_file", .text), 5: ("crop_size", .integer), 9: ("new_height", .integer),
      10: ("new_width", .integer), 11: ("is_color", .boolean),
    ], ignoresUnknown: true)
  private static let memoryData = CaffeSchema(
    [2: ("channels", .integer), 3: ("height", .integer), 4: ("width", .integer)], ignoresUnknown: true)
  private static let dummyData = CaffeSchema(
    [
      2: ("num", .integer), 3: ("channels", .integer), 4: ("height", .integer), 5: ("width", .integer),
      6: ("shape", .message(shape)),
    ], ignoresUnknown: true)
  private static let input = CaffeSchema([1: ("shape", .message(shape))])

  private static let convolution = CaffeSchema([
    1: ("num_output", .integer), 2: ("bias_term", .boolean), 3: ("pad", .integer), 4: ("kernel_size", .integer),
    5: ("group", .integer), 6: ("stride", .integer), 7: ("weight_filler", filler), 8: ("bias_filler", filler),
    9: ("pad_h", .integer), 10: ("pad_w", .integer), 11: ("kernel_h", .integer), 12: ("kernel_w", .integer),
    13: ("stride_h", .integer), 14: ("stride_w", .integer), 15: ("engine", engine), 16: ("axis", .integer),
    17: ("force_nd_im2col", .boolean), 18: ("dilation", .integer),
  ])
  private static let pooling = CaffeSchema([
    1: ("pool", .choice([0: "MAX", 1: "AVE", 2: "STOCHASTIC"])), 2: ("kernel_size", .integer), 3: ("stride", .integer),
    4: ("pad", .integer), 5: ("kernel_h", .integer), 6: ("kernel_w", .integer), 7: ("stride_h", .integer),
    8: ("stride_w", .integer), 9: ("pad_h", .integer), 10: ("pad_w", .integer), 11: ("engine", engine),
    12: ("global_pooling", .boolean), 13: ("round_mode", .choice([0: "CEIL", 1: "FLOOR"])),
  ])
  private static let innerProduct = CaffeSchema([
    1: ("num_output", .integer), 2: ("bias_term", .boolean), 3: ("weight_filler", filler), 4: ("bias_filler", filler),
    5: ("axis", .integer), 6: ("transpose", .boolean),
  ])
  private static let lrn = CaffeSchema([
    1: ("local_size", .integer), 2: ("alpha", .float), 3: ("beta", .float),
    4: ("norm_region", .choice([0: "ACROSS_CHANNELS", 1: "WITHIN_CHANNEL"])), 5: ("k", .float), 6: ("engine", engine),
  ])
  private static let dropout = CaffeSchema([1: ("dropout_ratio", .float)])
  private static let eltwise = CaffeSchema([
    1: ("operation", .choice([0: "PROD", 1: "SUM", 2: "MAX"])), 2: ("coeff", .float),
    3: ("stable_prod_grad", .boolean),
  ])
  private static let concat = CaffeSchema([1: ("concat_dim", .integer), 2: ("axis", .integer)])
  private static let slice = CaffeSchema([
    1: ("slice_dim", .integer), 2: ("slice_point", .integer), 3: ("axis", .integer),
  ])
  private static let power = CaffeSchema([1: ("power", .float), 2: ("scale", .float), 3: ("shift", .float)])
  private static let relu = CaffeSchema([1: ("negative_slope", .float), 2: ("engine", engine)])
  private static let prelu = CaffeSchema([1: ("filler", filler), 2: ("channel_shared", .boolean)])
  private static let elu = CaffeSchema([1: ("alpha", .float)])
  private static let softmax = CaffeSchema([1: ("engine", engine), 2: ("axis", .integer)])
  private static let reshape = CaffeSchema([
    1: ("shape", .message(shape)), 2: ("axis", .integer), 3: ("num_axes", .integer),
  ])
  private static let flatten = CaffeSchema([1: ("axis", .integer), 2: ("end_axis", .integer)])
  private static let batchNorm = CaffeSchema([
    1: ("use_global_stats", .boolean), 2: ("moving_average_fraction", .float), 3: ("eps", .float),
  ])
  private static let scale = CaffeSchema([
    1: ("axis", .integer), 2: ("num_axes", .integer), 3: ("filler", filler), 4: ("bias_term", .boolean),
    5: ("bias_filler", filler),
  ])
  private static let bias = CaffeSchema([1: ("axis", .integer), 2: ("num_axes", .integer), 3: ("filler", filler)])
  private static let swish = CaffeSchema([1: ("beta", .float)])
  private static let clip = CaffeSchema([1: ("min", .float), 2: ("max", .float)])
}

extension CaffeSchema.Kind {
  /// A message of which it counts only that it is there.
  fileprivate static let ignoredMessage = CaffeSchema.Kind.message(CaffeSchema([:], ignoresUnknown: true))
}
