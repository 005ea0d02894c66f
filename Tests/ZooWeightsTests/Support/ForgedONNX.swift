/// ONNX models, by the numbers of `onnx.proto`.
enum ForgedONNX {
  struct Tensor {
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
  ]
}
