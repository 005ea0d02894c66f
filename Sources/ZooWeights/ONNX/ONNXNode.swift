/// A `NodeProto`: what is called with which values.
package struct ONNXNode {
  package private(set) var name = ""
  package private(set) var type = ""
  package private(set) var domain = ""
  /// An input that is left out has an empty name.
  package private(set) var inputs: [String] = []
  package private(set) var outputs: [String] = []
  private(set) var attributes: [String: ONNXAttribute] = [:]
  /// The first names of attributes that no operator has which is read here.
  package private(set) var otherAttributes: [String] = []
  /// The modules of PyTorch that the node is in, as `torch.onnx` writes them down since 2.5.
  private(set) var scope = ONNXScope()

  /// `valueCount`: counts the inputs and outputs of all nodes.
  init(_ reader: ProtobufReader, valueCount: inout Int) throws(WeightsProblem) {
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 1, 2:
        valueCount += 1
        guard valueCount <= ONNXContents.maximumValues else { throw .onnx(.graphTooLarge) }
        let value = try reader.text(field)
        if field.number == 1 { inputs.append(value) } else { outputs.append(value) }
      case 3: name = try reader.text(field)
      case 4: type = try reader.text(field)
      case 5:
        let attribute = try ONNXAttribute(reader.message(in: field))
        if ONNXAttribute.names.contains(attribute.name) {
          attributes[attribute.name] = attribute
        } else if otherAttributes.count < 8 {
          otherAttributes.append(attribute.name)
        }
      case 7: domain = try reader.text(field)
      case 9: try scope.read(reader.message(in: field))
      default: break
      }
    }
  }

  /// Whether the operator is one of ONNX's own.
  package var isStandard: Bool { domain.isEmpty || domain == "ai.onnx" }

  /// What errors call the node.
  package var label: String { name.isEmpty ? outputs.first ?? type : name }

  /// Whether the attribute is there, whatever it holds.
  package func has(_ attribute: String) -> Bool { attributes[attribute] != nil }

  /// The path of the module of PyTorch's that the node is in, and its class where the file tells it.
  package var module: (path: String, type: String?)? {
    if let module = scope.module, !module.path.isEmpty { return module }
    return ONNXScope.path(inName: name).map { ($0, nil) }
  }

  /// Whether the file says which module of PyTorch's the node is in, be it none but the network itself.
  package var tellsModule: Bool { scope.isKnown || name.hasPrefix("/") }

  package func input(_ index: Int) -> String? {
    inputs.indices.contains(index) && !inputs[index].isEmpty ? inputs[index] : nil
  }

  package func integer(_ name: String) -> Int? { attributes[name]?.integer }
  package func integers(_ name: String) -> [Int]? { attributes[name]?.integers }
  package func float(_ name: String) -> Float? { attributes[name]?.float }
  package func text(_ name: String) -> String? { attributes[name]?.text }
}

/// An `AttributeProto`, of the kinds that say something about weights.
struct ONNXAttribute {
  /// The attributes that are kept; a node of a stranger's may have any number of others.
  static let names: Set<String> = [
    "activation", "allowzero", "alpha", "antialias", "approximate", "auto_pad", "axes", "axis", "batch_dims", "beta",
    "bias", "blocksize", "broadcast", "ceil_mode", "coordinate_transformation_mode", "count_include_pad",
    "cubic_coeff_a", "dtype", "extrapolation_value", "round_mode", "saturate", "seed", "dilations",
    "end", "ends", "epsilon", "exclude_outside", "gamma", "group", "height_scale", "is_test", "keepdims",
    "consumed_inputs", "kernel_shape", "keep_aspect_ratio_policy", "lambd", "max", "min", "mode", "momentum",
    "nearest_mode", "noop_with_empty_axes",
    "num_groups", "num_outputs", "output_padding", "output_shape", "pads", "perm", "ratio", "scales", "shape", "size",
    "spatial", "split", "start", "starts", "stash_type", "steps", "storage_order", "strides", "to", "training_mode",
    "transA", "transB", "value", "value_float", "value_floats", "value_int", "value_ints", "width_scale",
  ]
  /// More integers than any attribute has that is read here: two for each dimension of a tensor.
  private static let maximumIntegers = 2 * ONNXTensor.maximumRank

  private(set) var name = ""
  private(set) var float: Float?
  private(set) var integer: Int?
  private(set) var text: String?
  /// `nil` when there are none, or too many.
  var integers: [Int]? { tooMany ? nil : list }
  /// A `TensorProto` that has not been read yet.
  private(set) var tensor: ProtobufReader?
  /// The elements of a list of floats.
  private(set) var floats = ProtobufNumbers(elementSize: 4)
  private var list: [Int]?
  private var tooMany = false

  init(_ reader: ProtobufReader) throws(WeightsProblem) {
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try reader.text(field)
      case 2: float = try field.float()
      case 3: integer = try field.integer()
      // A long text is no mode and no rule.
      case 4 where try field.bytes().count <= 64: text = try reader.text(field)
      case 5: tensor = try reader.message(in: field)
      case 7: try floats.append(field)
      case 8: try readIntegers(field, reader)
      default: break
      }
    }
  }

  private mutating func readIntegers(_ field: ProtobufField, _ reader: ProtobufReader) throws(WeightsProblem) {
    func append(_ number: Int) {
      if (list?.count ?? 0) < Self.maximumIntegers { list = (list ?? []) + [number] } else { tooMany = true }
    }
    if field.type == .varint { return append(try field.integer()) }
    var numbers = reader.varints(in: try field.bytes())
    while numbers.position < numbers.end, !tooMany { append(Int(truncatingIfNeeded: try numbers.varint())) }
  }
}
