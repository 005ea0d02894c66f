import Testing
import ZooTensor
import ZooWeights

/// Models that are written, against the same fields set down by hand.
@Suite struct ONNXFileTests {
  /// One of each thing that a graph can have.
  private static func graph() -> ONNXGraph {
    var graph = ONNXGraph(name: "net")
    graph.nodes = [
      ONNXGraph.Node(
        name: "k", type: "Constant", inputs: [], output: "k",
        attributes: [ONNXGraph.Attribute("value", .tensor(.init([2], .integers([-1, 7]))))]),
      ONNXGraph.Node(
        name: "c", type: "Constant", inputs: [], output: "c",
        attributes: [ONNXGraph.Attribute("value", .tensor(.init([1, 1], .floats([0.5]))))]),
      ONNXGraph.Node(
        name: "n", type: "Op", inputs: ["x", "w", "k", "c"], output: "y",
        attributes: [
          ONNXGraph.Attribute("i", .integer(-3)), ONNXGraph.Attribute("is", .integers([1, 300])),
          ONNXGraph.Attribute("f", .float(0.25)),
        ]),
    ]
    graph.inputs = [ONNXGraph.Value(name: "x", dimensions: [nil, 3])]
    graph.outputs = [ONNXGraph.Value(name: "y", dimensions: [nil, 4, 5])]
    graph.values = [ONNXGraph.Value(name: "k", elementType: .int64, dimensions: [2])]
    graph.initializers = [
      ONNXGraph.Initializer(name: "w", shape: [2, 3]) { body in
        for start in [0, 4] { try counting(min(4, 6 - start), from: Float(start)).withUnsafeBufferPointer(body) }
      },
      ONNXGraph.Initializer(name: "s", shape: []) { body in try [Float(9)].withUnsafeBufferPointer(body) },
    ]
    return graph
  }

  /// The same, by the numbers of `onnx.proto`. `elements`: the fields of a tensor's elements.
  private static func model(_ elements: (String, [Float], inout ForgedProtobuf) -> Void) -> [UInt8] {
    func value(_ message: inout ForgedProtobuf, _ field: Int, _ name: String, _ type: Int, _ dimensions: [Int?]) {
      message.message(field) { value in
        value.text(1, name)
        value.message(2) { value in
          value.message(1) { tensor in
            tensor.integer(1, type)
            tensor.message(2) { shape in
              for dimension in dimensions {
                shape.message(1) { if let dimension { $0.integer(1, dimension) } else { $0.text(2, "N") } }
              }
            }
          }
        }
      }
    }
    func constant(_ graph: inout ForgedProtobuf, _ name: String, _ write: (inout ForgedProtobuf) -> Void) {
      graph.message(1) { node in
        node.text(2, name)
        node.text(3, name)
        node.text(4, "Constant")
        node.message(5) { attribute in
          attribute.text(1, "value")
          attribute.message(5, write)
          attribute.integer(20, 4)
        }
      }
    }
    return ForgedProtobuf { model in
      model.integer(1, 8)
      model.text(2, "zoo")
      model.text(3, "1.2")
      model.message(7) { graph in
        constant(&graph, "k") { tensor in
          tensor.integer(1, 2)
          tensor.integer(2, 7)
          tensor.data(9, [UInt8](repeating: 255, count: 8) + [7, 0, 0, 0, 0, 0, 0, 0])
        }
        constant(&graph, "c") { tensor in
          tensor.integer(1, 1)
          tensor.integer(1, 1)
          tensor.integer(2, 1)
          tensor.floats(9, [0.5])
        }
        graph.message(1) { node in
          for input in ["x", "w", "k", "c"] { node.text(1, input) }
          node.text(2, "y")
          node.text(3, "n")
          node.text(4, "Op")
          node.message(5) { attribute in
            attribute.text(1, "i")
            attribute.integer(3, -3)
            attribute.integer(20, 2)
          }
          node.message(5) { attribute in
            attribute.text(1, "is")
            attribute.integer(8, 1)
            attribute.integer(8, 300)
            attribute.integer(20, 7)
          }
          node.message(5) { attribute in
            attribute.text(1, "f")
            attribute.float(2, 0.25)
            attribute.integer(20, 1)
          }
        }
        graph.text(2, "net")
        for (name, dimensions, floats) in [("w", [2, 3], counting(6)), ("s", [], [9])] {
          graph.message(5) { tensor in
            for dimension in dimensions { tensor.integer(1, dimension) }
            tensor.integer(2, 1)
            tensor.text(8, name)
            elements(name, floats, &tensor)
          }
        }
        value(&graph, 11, "x", 1, [nil, 3])
        value(&graph, 12, "y", 1, [nil, 4, 5])
        value(&graph, 13, "k", 7, [2])
      }
      model.message(8) { operators in
        operators.text(1, "")
        operators.integer(2, 17)
      }
      for (key, value) in [("a", "1"), ("b", "2")] {
        model.message(14) { pair in
          pair.text(1, key)
          pair.text(2, value)
        }
      }
    }.bytes
  }

  private func write(_ path: String, hasExternalData: Bool = false) throws -> [Int] {
    var steps: [Int] = []
    try ONNXFile.write(
      Self.graph(), metadata: ["b": "2", "a": "1"], producerVersion: "1.2", to: path, hasExternalData: hasExternalData
    ) { done, total in
      #expect(total == 28)
      steps.append(done)
    }
    return steps
  }

  @Test("Every field has its number, and weights come part by part")
  func fields() throws {
    let scratch = try Scratch()
    #expect(try write(scratch.path("a.onnx")) == [16, 24, 28])
    #expect(try scratch.read("a.onnx") == Self.model { _, floats, tensor in tensor.floats(9, floats) })
    #expect(try scratch.contents == ["a.onnx"])
    let checkpoint = try Checkpoint.open(scratch.path("a.onnx"))
    #expect(checkpoint.entries.map(\.name) == ["w", "s"])
    #expect(try checkpoint.tensor(named: "w").floats == counting(6))
  }

  @Test("Weights in a file beside the model begin at multiples of 64")
  func externalData() throws {
    let scratch = try Scratch()
    _ = try write(scratch.path("a.onnx"), hasExternalData: true)
    #expect(try scratch.contents == ["a.onnx", "a.onnx.data"])
    let expected = Self.model { name, floats, tensor in
      for (key, value) in [
        ("location", "a.onnx.data"), ("offset", name == "w" ? "0" : "64"), ("length", "\(4 * floats.count)"),
      ] {
        tensor.message(13) { pair in
          pair.text(1, key)
          pair.text(2, value)
        }
      }
      tensor.integer(14, 1)
    }
    #expect(try scratch.read("a.onnx") == expected)
    let data = littleEndian(counting(6)) + [UInt8](repeating: 0, count: 40) + littleEndian([9])
    #expect(try scratch.read("a.onnx.data") == data)
    let checkpoint = try Checkpoint.open(scratch.path("a.onnx"))
    #expect(try checkpoint.tensor(named: "s").floats == [9])
  }

  @Test("A model too large for protobuf is refused before anything is written")
  func tooLarge() throws {
    let scratch = try Scratch()
    var graph = ONNXGraph(name: "net")
    graph.initializers = [ONNXGraph.Initializer(name: "w", shape: [1 << 15, 1 << 14]) { _ in Issue.record("asked") }]
    let path = scratch.path("a.onnx")
    let error = #expect(throws: WeightsError.self) {
      try ONNXFile.write(graph, metadata: [:], producerVersion: "", to: path)
    }
    guard case .onnx(.tooLarge(let size)) = error?.problem else { throw try #require(error) }
    #expect(size > 1 << 31)
    #expect(try scratch.contents == [])
  }
}
