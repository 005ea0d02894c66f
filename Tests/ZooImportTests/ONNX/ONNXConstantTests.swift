import Testing
import ZooGraph
import ZooImport
import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What depends on nothing that is fed in is computed: numbers that become the four factors of a scale, or a shape.
struct ONNXConstantTests {
  typealias Node = ONNXGraph.Node

  private static func node(_ type: String, _ inputs: [String], _ output: String, _ attributes: ONNXGraph.Attribute...)
    -> Node
  {
    Node(name: "\(type.lowercased())-\(output)", type: type, inputs: inputs, output: output, attributes: attributes)
  }

  private static func integers(_ name: String, _ numbers: [Int], _ shape: Shape? = nil) -> Node {
    node(
      "Constant", [], name,
      .init("value", .tensor(ONNXGraph.Constant(shape ?? [numbers.count], .integers(numbers)))))
  }

  private static func floats(_ name: String, _ numbers: [Float], _ shape: Shape? = nil) -> Node {
    node(
      "Constant", [], name, .init("value", .tensor(ONNXGraph.Constant(shape ?? [numbers.count], .floats(numbers)))))
  }

  /// The factors of the scale that four numbers, `c`, make of the image, 4×6×8.
  private static func factors(_ nodes: [Node]) throws -> [Float] {
    let scale = [
      integers("form", [4, 1, 1]), node("Cast", ["c"], "floating", .init("to", .integer(1))),
      node("Reshape", ["floating", "form"], "factors"), node("Mul", ["x", "factors"], "y"),
    ]
    let network = try ONNXRefusalTests.network(nodes + scale)
    let weights = try #require(network.weights)
    let parameter = try #require(network.graph.tensors.first)
    return try weights.tensor(named: parameter.name).floats
  }

  struct Case: CustomTestStringConvertible {
    let name: String
    let nodes: [Node]
    let expected: [Float]
    var testDescription: String { name }

    init(_ name: String, _ nodes: [Node], _ expected: [Float]) {
      (self.name, self.nodes, self.expected) = (name, nodes, expected)
    }
  }

  private static let eight = integers("a", [1, 2, 3, 4, 5, 6, 7, 8])
  private static let four = floats("a", [0.25, 1, 4, 9])

  static let cases: [Case] = [
    Case(
      "Range up",
      [integers("s", [1], []), integers("e", [9], []), integers("d", [2], []), node("Range", ["s", "e", "d"], "c")],
      [1, 3, 5, 7]),
    Case(
      "Range down, the last step not whole",
      [integers("s", [7], []), integers("e", [0], []), integers("d", [-2], []), node("Range", ["s", "e", "d"], "c")],
      [7, 5, 3, 1]),
    Case(
      "ConstantOfShape",
      [
        integers("n", [4]),
        node("ConstantOfShape", ["n"], "c", .init("value", .tensor(ONNXGraph.Constant([1], .integers([3]))))),
      ], [3, 3, 3, 3]),
    Case(
      "ConstantOfShape of zeros, and one",
      [
        integers("n", [2, 2]), node("ConstantOfShape", ["n"], "z"), floats("one", [1], []),
        node("Add", ["z", "one"], "c"),
      ], [1, 1, 1, 1]),
    Case("Shape of the image", [node("Shape", ["x"], "c")], [1, 4, 6, 8]),
    Case(
      "a part of a shape",
      [
        node("Shape", ["x"], "p", .init("start", .integer(-2)), .init("end", .integer(99))),
        node("Concat", ["p", "p"], "c", .init("axis", .integer(-1))),
      ], [6, 8, 6, 8]),
    Case(
      "a shape from its end to its beginning is empty",
      [
        node("Shape", ["x"], "p", .init("start", .integer(3)), .init("end", .integer(1))), integers("q", [1, 2, 3, 4]),
        node("Concat", ["p", "q"], "c", .init("axis", .integer(0))),
      ], [1, 2, 3, 4]),
    Case(
      "Size, spread",
      [node("Size", ["x"], "s"), integers("n", [4]), node("Expand", ["s", "n"], "c")], [192, 192, 192, 192]),
    Case(
      "Size of a constant", [eight, node("Size", ["a"], "s"), integers("n", [4]), node("Expand", ["s", "n"], "c")],
      [8, 8, 8, 8]),
    Case(
      "Slice from behind",
      [
        eight, integers("s", [-1]), integers("e", [-99]), integers("x0", [0]), integers("d", [-2]),
        node("Slice", ["a", "s", "e", "x0", "d"], "c"),
      ], [8, 6, 4, 2]),
    Case(
      "Slice without axes", [eight, integers("s", [2]), integers("e", [6]), node("Slice", ["a", "s", "e"], "c")],
      [3, 4, 5, 6]),
    Case(
      "Slice by attributes, as opset 9 has it",
      [eight, node("Slice", ["a"], "c", .init("starts", .integers([-4])), .init("ends", .integers([99])))],
      [5, 6, 7, 8]),
    Case("Gather", [eight, integers("i", [-1, 0, 3, 3]), node("Gather", ["a", "i"], "c")], [8, 1, 4, 4]),
    Case(
      "Gather of columns",
      [
        integers("a", [1, 2, 3, 4, 5, 6], [2, 3]), integers("i", [2, 0]),
        node("Gather", ["a", "i"], "c", .init("axis", .integer(-1))),
      ], [3, 1, 6, 4]),
    Case(
      "Concat of integers and floats, by columns",
      [
        integers("a", [1, 2], [2, 1]), floats("b", [0.5, 0.25], [2, 1]),
        node("Concat", ["a", "b"], "c", .init("axis", .integer(1))),
      ], [1, 0.5, 2, 0.25]),
    Case(
      "Transpose of a matrix", [floats("a", [1, 2, 3, 4], [2, 2]), node("Transpose", ["a"], "c")], [1, 3, 2, 4]),
    Case(
      "Transpose of more axes",
      [
        integers("a", [1, 2, 3, 4], [1, 2, 2]), node("Transpose", ["a"], "c", .init("perm", .integers([2, 0, 1]))),
      ], [1, 3, 2, 4]),
    Case(
      "Flatten", [integers("a", [1, 2, 3, 4], [2, 2]), node("Flatten", ["a"], "c", .init("axis", .integer(2)))],
      [1, 2, 3, 4]),
    Case(
      "Squeeze and Unsqueeze",
      [
        integers("a", [1, 2, 3, 4], [1, 4, 1]), node("Squeeze", ["a"], "b"), integers("at", [-1, 0]),
        node("Unsqueeze", ["b", "at"], "d"), integers("off", [2]), node("Squeeze", ["d", "off"], "c"),
      ], [1, 2, 3, 4]),
    Case(
      "Reshape with an open side and one that is kept",
      [integers("a", [1, 2, 3, 4], [2, 2]), integers("n", [0, -1]), node("Reshape", ["a", "n"], "c")], [1, 2, 3, 4]),
    Case(
      "Cast cuts off, and to Booleans",
      [
        floats("a", [-1.75, 0, 0.5, 2.5]), node("Cast", ["a"], "i", .init("to", .integer(7))),
        node("Cast", ["i"], "j", .init("to", .integer(6))), node("Identity", ["j"], "c"),
      ], [-1, 0, 0, 2]),
    Case(
      "Cast to Booleans", [floats("a", [-1, 0, 2, 5]), node("Cast", ["a"], "c", .init("to", .integer(9)))],
      [1, 0, 1, 1]),
    Case(
      "sums and products of integers",
      [
        integers("a", [1, 2, 3, 4]), integers("b", [7], [1]), integers("d", [2], []), node("Mul", ["a", "b"], "e"),
        node("Div", ["e", "d"], "f"), node("Sub", ["f", "b"], "g"), node("Add", ["g", "a"], "h"),
        node("Sum", ["h", "a", "a"], "c"),
      ], [-1, 6, 12, 19]),
    Case(
      "the smaller and the larger",
      [
        integers("a", [1, 2, 3, 4]), integers("b", [2], []), integers("d", [3], []), node("Max", ["a", "b"], "e"),
        node("Min", ["e", "d"], "c"),
      ], [2, 2, 3, 3]),
    Case(
      "arithmetic of floats",
      [
        four, floats("b", [0.5], []), floats("two", [2], []), node("Pow", ["a", "b"], "d"),
        node("Div", ["d", "two"], "e"),
        node("Sum", ["e", "e"], "c"),
      ], [0.5, 1, 2, 3]),
    Case(
      "reductions of a list",
      [
        integers("a", [3, 2, 4]), node("ReduceProd", ["a"], "p"),
        node("ReduceSum", ["a"], "s"), node("ReduceMax", ["a"], "m", .init("keepdims", .integer(0))),
        integers("at", [0]), node("Unsqueeze", ["m", "at"], "n"),
        node("Concat", ["p", "s", "n", "n"], "c", .init("axis", .integer(0))),
      ], [24, 9, 4, 4]),
    Case(
      "Neg and Abs of integers",
      [
        integers("a", [1, -2, 3, -9]), node("Neg", ["a"], "b"), node("Abs", ["b"], "d"), integers("most", [8]),
        node("Min", ["d", "most"], "c"),
      ], [1, 2, 3, 8]),
    Case("Sqrt", [four, node("Sqrt", ["a"], "c")], [0.5, 1, 2, 3]),
    Case("Exp of Log", [four, node("Log", ["a"], "b"), node("Exp", ["b"], "c")], [0.25, 1, 4, 9]),
    Case(
      "Reciprocal of Neg", [four, node("Neg", ["a"], "b"), node("Reciprocal", ["b"], "c")], [-4, -1, -0.25, -1 / 9]),
    Case(
      "Abs and Relu",
      [floats("a", [-1, 2, -3, 0]), node("Relu", ["a"], "b"), node("Abs", ["a"], "d"), node("Sub", ["d", "b"], "c")],
      [1, 0, 3, 0]),
    Case(
      "Erf, Tanh and Sigmoid",
      [
        floats("a", [0, 1], [2, 1]), node("Erf", ["a"], "b"), node("Tanh", ["a"], "d"), node("Sigmoid", ["a"], "e"),
        node("Add", ["b", "d"], "f"), node("Concat", ["e", "f"], "c", .init("axis", .integer(1))),
      ], [0.5, 0, Float(1 / (1 + exp(-1.0))), Float(erf(1.0) + tanh(1.0))]),
    Case("Dropout of a constant", [four, node("Dropout", ["a"], "c")], [0.25, 1, 4, 9]),
  ]

  @Test("numbers are computed as ONNX says", arguments: cases)
  func computed(wanted: Case) throws {
    let found = try Self.factors(wanted.nodes)
    #expect(found.count == wanted.expected.count)
    for (a, b) in zip(found, wanted.expected) { #expect(abs(a - b) <= 1e-6 * max(1, abs(b)), "\(found)") }
  }

  static let impossible: [(String, [Node])] = [
    (
      "Range by [0, 5, 0]",
      [integers("s", [0], []), integers("e", [5], []), node("Range", ["s", "e", "s"], "c")]
    ),
    (
      "Range of 1099511627775 numbers",
      [
        integers("s", [0], []), integers("e", [(1 << 40) - 1], []), integers("d", [1], []),
        node("Range", ["s", "e", "d"], "c"),
      ]
    ),
    ("Div by 0", [eight, integers("z", [0]), node("Div", ["a", "z"], "c")]),
    ("Slice by steps of 0", [eight, integers("s", [0]), node("Slice", ["a", "s", "s", "s", "s"], "c")]),
    (
      "Slice without its limits",
      [eight, integers("s", [0]), integers("e", [1, 2]), node("Slice", ["a", "s", "e"], "c")]
    ),
    (
      "Slice without its limits",
      [eight, integers("s", [0]), integers("e", [1, 2]), node("Slice", ["a", "s", "s", "e"], "c")]
    ),
    ("Gather of elements [8] of 8", [eight, integers("i", [8]), node("Gather", ["a", "i"], "c")]),
    (
      "Gather of elements [-9223372036854775800] of 8",
      [eight, integers("i", [.min]), node("Gather", ["a", "i"], "c")]
    ),
    (
      "Concat of constants of several ranks",
      [eight, integers("b", [1], []), node("Concat", ["a", "b"], "c", .init("axis", .integer(0)))]
    ),
    (
      "Concat of 2×1 and 1×1",
      [
        integers("a", [1, 2], [2, 1]), integers("b", [1], [1, 1]),
        node("Concat", ["a", "b"], "c", .init("axis", .integer(1))),
      ]
    ),
    ("Add of 8 and 3", [eight, integers("b", [1, 2, 3]), node("Add", ["a", "b"], "c")]),
    ("Expand of 8 and 3", [eight, integers("b", [3]), node("Expand", ["a", "b"], "c")]),
    (
      "Transpose by [1, 1]",
      [integers("a", [1, 2], [2, 1]), node("Transpose", ["a"], "c", .init("perm", .integers([1, 1])))]
    ),
    ("Squeeze of longer axes", [eight, integers("b", [0]), node("Squeeze", ["a", "b"], "c")]),
    ("Squeeze along axis 3 of 1", [eight, integers("b", [3]), node("Squeeze", ["a", "b"], "c")]),
    ("Unsqueeze by [0, 0]", [eight, integers("b", [0, 0]), node("Unsqueeze", ["a", "b"], "c")]),
    ("Unsqueeze by no axes", [eight, node("Unsqueeze", ["a"], "c")]),
    ("Reshape without its shape", [eight, node("Reshape", ["a"], "c")]),
    ("Reshape of [8] to [3, -1]", [eight, integers("b", [3, -1]), node("Reshape", ["a", "b"], "c")]),
    ("Reshape of [8] to [-1, -1]", [eight, integers("b", [-1, -1]), node("Reshape", ["a", "b"], "c")]),
    (
      "Cast of numbers that are no integers",
      [floats("a", [1, .infinity]), node("Cast", ["a"], "c", .init("to", .integer(7)))]
    ),
    ("ConstantOfShape of a shape that is not known", [integers("a", [-1]), node("ConstantOfShape", ["a"], "c")]),
    (
      "ConstantOfShape of 2 numbers",
      [
        integers("a", [4]),
        node("ConstantOfShape", ["a"], "c", .init("value", .tensor(ONNXGraph.Constant([2], .integers([1, 2]))))),
      ]
    ),
    (
      "Add of constants that become 2048×4096",
      [
        integers("m", [2048, 1]), integers("n", [1, 4096]), node("ConstantOfShape", ["m"], "a"),
        node("ConstantOfShape", ["n"], "b"), node("Add", ["a", "b"], "c"),
      ]
    ),
    (
      "Constant with the attribute 'value_string', which it does not have in ONNX",
      [node("Constant", [], "c", .init("value_string", .string("x")))]
    ),
  ]

  @Test("numbers that cannot be are refused by the node", arguments: impossible)
  func refused(what: String, nodes: [ONNXGraph.Node]) {
    let error = #expect(throws: ImportError.self, "\(what)") { try Self.factors(nodes) }
    guard case .unsupported(_, let parts)? = error else {
      Issue.record("\(what): \(String(describing: error))")
      return
    }
    #expect(parts.map(\.what) == [what], "\(parts)")
  }
}
