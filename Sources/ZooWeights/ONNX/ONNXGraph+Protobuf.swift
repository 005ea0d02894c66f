import ZooTensor

// Field numbers are those of onnx.proto. Repeated numbers are written one by one and not packed, as by `onnx` itself.

extension ONNXGraph.Node {
  func write(to graph: inout ProtobufWriter) {
    graph.message(1) { node in
      for input in inputs { node.text(1, input) }
      node.text(2, output)
      node.text(3, name)
      node.text(4, type)
      for attribute in attributes { node.message(5) { attribute.write(to: &$0) } }
    }
  }
}

extension ONNXGraph.Attribute {
  fileprivate func write(to attribute: inout ProtobufWriter) {
    attribute.text(1, name)
    switch value {
    case .float(let number):
      attribute.float(2, number)
      attribute.integer(20, 1)
    case .string(let text):
      attribute.text(4, text)
      attribute.integer(20, 3)
    case .integer(let number):
      attribute.integer(3, number)
      attribute.integer(20, 2)
    case .integers(let numbers):
      for number in numbers { attribute.integer(8, number) }
      attribute.integer(20, 7)
    case .tensor(let constant):
      attribute.message(5) { constant.write(to: &$0) }
      attribute.integer(20, 4)
    }
  }
}

extension ONNXGraph.Constant {
  fileprivate func write(to tensor: inout ProtobufWriter) {
    for dimension in shape.dimensions { tensor.integer(1, dimension) }
    tensor.integer(2, elementType.onnxCode)
    var bytes: [UInt8] = []
    switch elements {
    case .integers(let numbers):
      for number in numbers { bytes.append(littleEndian: UInt64(bitPattern: Int64(number))) }
    case .floats(let numbers):
      for number in numbers { bytes.append(littleEndian: number.bitPattern) }
    }
    tensor.data(9, bytes)
  }
}

extension ONNXGraph.Value {
  /// The name of the dimension that counts the images.
  static let batch = "N"

  func write(to graph: inout ProtobufWriter, field: Int) {
    graph.message(field) { value in
      value.text(1, name)
      value.message(2) { type in
        type.message(1) { tensor in
          tensor.integer(1, elementType.onnxCode)
          tensor.message(2) { shape in
            for dimension in dimensions {
              shape.message(1) { message in
                if let dimension { message.integer(1, dimension) } else { message.text(2, Self.batch) }
              }
            }
          }
        }
      }
    }
  }
}

extension ONNXGraph.Initializer {
  /// Where the elements are when they are not in the model's own file.
  struct Place {
    let location: String
    let offset: Int
  }

  /// The `TensorProto`, up to its elements when these are in the model's own file.
  func proto(place: Place?) -> ProtobufWriter {
    ProtobufWriter { tensor in
      for dimension in shape.dimensions { tensor.integer(1, dimension) }
      tensor.integer(2, ElementType.float32.onnxCode)
      tensor.text(8, name)
      guard let place else { return tensor.head(9, length: byteCount) }
      for (key, value) in [
        ("location", place.location), ("offset", "\(place.offset)"), ("length", "\(byteCount)"),
      ] {
        tensor.message(13) { pair in
          pair.text(1, key)
          pair.text(2, value)
        }
      }
      tensor.integer(14, 1)
    }
  }
}
