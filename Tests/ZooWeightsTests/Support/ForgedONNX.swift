/// ONNX models, by the numbers of `onnx.proto`.
enum ForgedONNX {
  struct Tensor: Sendable {
    var name = "w"
    var dimensions = [2, 3]
    /// `TensorProto.DataType`
    var type = 1
    /// Writes the elements.
    var data: @Sendable (inout ForgedProtobuf) -> Void

    init(
      _ name: String = "w", _ dimensions: [Int] = [2, 3], type: Int = 1,
      data: @escaping @Sendable (inout ForgedProtobuf) -> Void
    ) {
      self.name = name
      self.dimensions = dimensions
      self.type = type
      self.data = data
    }

    static func raw(_ name: String = "w", _ dimensions: [Int] = [2, 3], type: Int = 1, _ bytes: [UInt8]) -> Tensor {
      Tensor(name, dimensions, type: type) { $0.data(9, bytes) }
    }

    /// Elements in another file.
    static func external(
      _ name: String = "w", _ dimensions: [Int] = [2, 3], _ pairs: [(String, String)]
    ) -> Tensor {
      Tensor(name, dimensions) { tensor in
        for (key, value) in pairs {
          tensor.message(13) { pair in
            pair.text(1, key)
            pair.text(2, value)
          }
        }
        tensor.integer(14, 1)
      }
    }

    func write(to message: inout ForgedProtobuf) {
      if !dimensions.isEmpty { message.integers(1, dimensions) }
      message.integer(2, type)
      message.text(8, name)
      data(&message)
    }
  }

  /// A `NodeProto`.
  struct Node: Sendable {
    enum Attribute: Sendable {
      case integer(Int)
      case integers([Int])
      case float(Float)
      case floats([Float])
      case text(String)
      case tensor(Tensor)
      /// A graph inside the node.
      case graph
    }

    var type: String
    var inputs: [String]
    var output: String
    var attributes: [(String, Attribute)] = []
    var name = ""
    var domain = ""
    /// `metadata_props`
    var remarks: [(String, String)] = []

    init(
      _ type: String, _ inputs: [String], _ output: String, _ attributes: [(String, Attribute)] = [],
      name: String = "", domain: String = "", remarks: [(String, String)] = []
    ) {
      self.type = type
      self.inputs = inputs
      self.output = output
      self.attributes = attributes
      self.name = name
      self.domain = domain
      self.remarks = remarks
    }

    static func constant(_ tensor: Tensor, _ output: String) -> Node {
      Node("Constant", [], output, [("value", .tensor(tensor))])
    }

    func write(to message: inout ForgedProtobuf) {
      for input in inputs { message.text(1, input) }
      message.text(2, output)
      if !name.isEmpty { message.text(3, name) }
      message.text(4, type)
      for (name, attribute) in attributes {
        message.message(5) { proto in
          proto.text(1, name)
          switch attribute {
          case .integer(let number): proto.integer(3, number)
          case .integers(let numbers): for number in numbers { proto.integer(8, number) }
          case .float(let number): proto.float(2, number)
          case .floats(let numbers): proto.floats(7, numbers)
          case .text(let text): proto.text(4, text)
          case .tensor(let tensor): proto.message(5, tensor.write)
          case .graph: proto.message(6) { $0.text(2, "inner") }
          }
        }
      }
      if !domain.isEmpty { message.text(7, domain) }
      for (key, value) in remarks {
        message.message(9) { pair in
          pair.text(1, key)
          pair.text(2, value)
        }
      }
    }
  }

  static func model(producer: String = "forge", _ nodes: [Node], _ tensors: [Tensor]) -> [UInt8] {
    ForgedProtobuf { model in
      model.integer(1, 8)
      model.text(2, producer)
      model.message(7) { message in
        for node in nodes { message.message(1, node.write) }
        message.text(2, "graph")
        for tensor in tensors { message.message(5, tensor.write) }
      }
    }.bytes
  }

  static func model(_ tensors: [Tensor], graph: (inout ForgedProtobuf) -> Void = { _ in }) -> [UInt8] {
    ForgedProtobuf { model in
      model.integer(1, 8)
      model.text(2, "forge")
      model.message(7) { message in
        message.message(1) { node in
          node.text(1, "x")
          node.text(4, "Relu")
        }
        message.text(2, "graph")
        for tensor in tensors { message.message(5, tensor.write) }
        graph(&message)
      }
    }.bytes
  }

  /// Small files that are as they should be, by the name they may have.
  static let seeds: [(name: String, bytes: [UInt8])] = [
    (
      "raw.onnx",
      model([
        .raw("w", [2, 3], type: 1, littleEndian(counting(6))),
        .raw("b", [2], type: 7, [UInt8](repeating: 0, count: 16)),
      ])
    ),
    (
      "fields.onnx",
      model([
        Tensor("floats") { $0.floats(4, counting(6)) },
        Tensor("single floats") { tensor in for value in counting(6) { tensor.float(4, value) } },
        Tensor("doubles", type: 11) { $0.doubles(10, [0, 1, 2, 3, 4, 5]) },
        Tensor("int64", type: 7) { $0.integers(7, [-1, 0, 1, 1 << 40, .min, .max]) },
        Tensor("int32", type: 6) { $0.integers(5, [-1, 0, 1, 2, 3, -2_147_483_648]) },
        Tensor("single int8", type: 3) { tensor in for value in -3..<3 { tensor.integer(5, value) } },
        Tensor("half", type: 10) { $0.integers(5, [0x3C00, 0, 0x4000, 0, 0, 0]) },
        Tensor("scalar", [], type: 9) { $0.integers(5, [1]) },
        Tensor("empty", [0, 4]) { _ in },
      ])
    ),
    (
      "layers.onnx",
      model(
        [
          Node(
            "Conv", ["x", "onnx::Conv_1", "onnx::Conv_2"], "c",
            [("kernel_shape", .integers([1, 2])), ("pads", .integers([0, 1, 0, 1])), ("group", .integer(1))],
            name: "/layer1/layer1.0/conv/Conv"),
          .constant(.raw("", [2], littleEndian([1, 2])), "norm.weight"),
          Node("Identity", ["onnx::Conv_2"], "norm.bias"),
          Node(
            "BatchNormalization", ["c", "norm.weight", "norm.bias", "m", "v"], "n", [("epsilon", .float(0.001))],
            remarks: [
              ("pkg.torch.onnx.name_scopes", "['', 'layer1.0.norm', 'batch_norm']"),
              ("namespace", ": Net/layer1.0.norm: BatchNorm2d/batch_norm: aten.batch_norm.default"),
            ]),
          Node("Flatten", ["n"], "f", [("axis", .integer(1))]),
          Node("Transpose", ["w"], "t", [("perm", .integers([1, 0]))]),
          Node("Gemm", ["f", "t", "b"], "g", [("alpha", .float(0.5)), ("transB", .integer(1))]),
          Node("Reshape", ["w2", "shape"], "r"), Node("MatMul", ["g", "r"], "p"), Node("Add", ["b2", "p"], "y"),
        ],
        [
          .raw("onnx::Conv_1", [2, 1, 1, 2], littleEndian(counting(4))),
          .raw("onnx::Conv_2", [2], littleEndian([5, 6])),
          .raw("m", [2], littleEndian([0, 0])), .raw("v", [2], littleEndian([1, 1])),
          .raw("w", [4, 3], littleEndian(counting(12))), .raw("b", [1, 3], littleEndian(counting(3))),
          .raw("w2", [3, 1, 2], littleEndian(counting(6))), .raw("b2", [2], littleEndian(counting(2))),
          Tensor("shape", [2], type: 7) { $0.integers(7, [0, -1]) },
        ])
    ),
  ]
}
