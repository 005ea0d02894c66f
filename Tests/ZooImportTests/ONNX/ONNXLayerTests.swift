import Testing
import ZooGraph
import ZooImport
import ZooTensor
import ZooWeights

/// Single operators with the attributes that are seldom seen: which layer each is, or in what words it is refused. The image,
/// `x`, is 4×6×8.
struct ONNXLayerTests {
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

  private static func floats(_ name: String, _ shape: Shape, _ number: Float? = nil) -> Node {
    let numbers = (0..<shape.elementCount).map { number ?? Float($0 % 7) / 4 - 0.5 }
    return node("Constant", [], name, .init("value", .tensor(ONNXGraph.Constant(shape, .floats(numbers)))))
  }

  private static func kernel(_ type: String, _ attributes: ONNXGraph.Attribute...) -> Node {
    Node(
      name: "pool", type: type, inputs: ["x"], output: "y",
      attributes: [.init("kernel_shape", .integers([3, 2]))] + attributes)
  }

  private static func resize(_ inputs: [String], _ attributes: ONNXGraph.Attribute...) -> Node {
    Node(name: "resize", type: "Resize", inputs: inputs, output: "y", attributes: attributes)
  }

  private static func text(_ name: String, _ word: String) -> ONNXGraph.Attribute { .init(name, .string(word)) }

  struct Case: CustomTestStringConvertible {
    let name: String
    let nodes: [Node]
    let expected: [Operation]
    var testDescription: String { name }

    init(_ name: String, _ nodes: [Node], _ expected: Operation...) {
      (self.name, self.nodes, self.expected) = (name, nodes, expected)
    }
  }

  private static let pair = [integers("sizes", [1, 4, 12, 16])]
  private static let twice = Operation.upsample(Upsample(factor: Extent(2)))
  private static func linear(_ alignsCorners: Bool) -> Operation {
    .upsample(Upsample(factor: Extent(2), mode: .bilinear, alignsCorners: alignsCorners))
  }

  static let cases: [Case] = [
    Case(
      "Pad by an attribute", [node("Pad", ["x"], "y", .init("pads", .integers([0, 0, 1, 2, 0, 0, 3, 4])))],
      .pad(Pad(.fixed(Padding(top: 1, left: 2, bottom: 3, right: 4))))),
    Case(
      "Pad of some axes, mirrored",
      [
        integers("p", [1, 0, 2, 0]), integers("axes", [-1, 1]),
        node("Pad", ["x", "p", "", "axes"], "y", text("mode", "reflect")),
      ], .pad(Pad(.fixed(Padding(top: 0, left: 1, bottom: 0, right: 2)), mode: .reflect))),
    Case(
      "Pad with the edge",
      [node("Pad", ["x"], "y", .init("pads", .integers([0, 0, 1, 0, 0, 0, 0, 0])), text("mode", "edge"))],
      .pad(Pad(.fixed(Padding(top: 1, left: 0, bottom: 0, right: 0)), mode: .replicate))),
    Case(
      "Pad by nothing",
      [integers("p", [Int](repeating: 0, count: 8)), node("Pad", ["x", "p"], "a"), node("Relu", ["a"], "y")],
      .activation(.relu)),
    Case(
      "Pad of channels", [node("Pad", ["x"], "y", .init("pads", .integers([0, 1, 0, 0, 0, 2, 0, 0])))],
      .subsample(Subsample(stride: Extent(1), channelsBefore: 1, channelsAfter: 2))),
    Case("Resize to a size", pair + [resize(["x", "", "", "sizes"])], twice),
    Case(
      "Resize along two axes",
      [integers("sizes", [16, 12]), resize(["x", "", "", "sizes"], .init("axes", .integers([-1, 2])))], twice),
    Case(
      "Resize by factors", [floats("s", [2], 2), resize(["x", "", "s"], .init("axes", .integers([2, 3])))], twice),
    Case(
      "Resize between halves of pixels", pair + [resize(["x", "", "", "sizes"], text("mode", "linear"))], linear(false)),
    Case(
      "Resize as PyTorch has it",
      pair + [
        resize(
          ["x", "", "", "sizes"], text("mode", "linear"), text("coordinate_transformation_mode", "pytorch_half_pixel"))
      ], linear(false)),
    Case(
      "Resize with symmetric halves",
      pair + [
        resize(
          ["x", "", "", "sizes"], text("mode", "linear"), text("coordinate_transformation_mode", "half_pixel_symmetric")
        )
      ], linear(false)),
    Case(
      "Resize between corners",
      pair + [
        resize(["x", "", "", "sizes"], text("mode", "linear"), text("coordinate_transformation_mode", "align_corners"))
      ], linear(true)),
    Case(
      "Resize to the nearest, as TensorFlow 1 has it",
      pair + [
        resize(
          ["x", "", "", "sizes"], text("coordinate_transformation_mode", "tf_half_pixel_for_nn"),
          text("nearest_mode", "floor"))
      ], twice),
    Case(
      "Resize to the same size",
      [integers("sizes", [1, 4, 6, 8]), resize(["x", "", "", "sizes"]), node("Relu", ["y"], "z")], .activation(.relu)),
    Case(
      "Upsample", [node("Relu", ["x"], "a"), floats("s", [4], 1), node("Upsample", ["a", "s"], "y")], .activation(.relu)
    ),
    Case(
      "ReduceMax over positions", [node("ReduceMax", ["x"], "y", .init("axes", .integers([2, 3])))], .globalMaxPool),
    Case("ReduceMean over rows", [node("ReduceMean", ["x"], "y", .init("axes", .integers([-2])))], .mean(.height)),
    Case("ReduceMean over columns", [node("ReduceMean", ["x"], "y", .init("axes", .integers([3])))], .mean(.width)),
    Case(
      "ReduceMean over positions, which are gone",
      [node("ReduceMean", ["x"], "y", .init("axes", .integers([2, 3])), .init("keepdims", .integer(0)))], .mean(.space)),
    Case(
      "ReduceSum over positions", [integers("at", [2, 3]), node("ReduceSum", ["x", "at"], "y")], .globalAveragePool,
      .batchNorm(.scale(shift: false))),
    Case(
      "ReduceMean over nothing",
      [node("ReduceMean", ["x"], "a", .init("noop_with_empty_axes", .integer(1))), node("Relu", ["a"], "y")],
      .activation(.relu)),
    Case("GlobalMaxPool", [node("GlobalMaxPool", ["x"], "y")], .globalMaxPool),
    Case(
      "means that count the padding",
      [kernel("AveragePool", .init("pads", .integers([1, 0, 1, 1])), .init("count_include_pad", .integer(1)))],
      .averagePool(
        Pooling(
          kernel: Extent(height: 3, width: 2), stride: Extent(1), padding: Padding(top: 1, left: 0, bottom: 1, right: 1)
        ),
        countsPadding: true)),
    Case(
      "auto_pad SAME_UPPER", [kernel("MaxPool", text("auto_pad", "SAME_UPPER"))],
      .maxPool(Pooling(kernel: Extent(height: 3, width: 2), stride: Extent(1), padding: .same))),
    Case(
      "auto_pad SAME_LOWER", [kernel("MaxPool", text("auto_pad", "SAME_LOWER"))],
      .maxPool(
        Pooling(
          kernel: Extent(height: 3, width: 2), stride: Extent(1), padding: Padding(top: 1, left: 1, bottom: 1, right: 0)
        ))),
    Case(
      "ceil_mode", [kernel("MaxPool", text("auto_pad", "VALID"), .init("ceil_mode", .integer(1)))],
      .maxPool(Pooling(kernel: Extent(height: 3, width: 2), stride: Extent(1), rounding: .ceil))),
    Case(
      "a window of one position",
      [node("MaxPool", ["x"], "a", .init("kernel_shape", .integers([1, 1]))), node("Relu", ["a"], "y")],
      .activation(.relu)),
    Case(
      "Gemm with factors and one summand",
      [
        floats("w", [192, 3]), floats("b", [], 2), node("Flatten", ["x"], "f"),
        node("Gemm", ["f", "w", "b"], "y", .init("alpha", .float(0.5)), .init("beta", .float(3))),
      ], .fullyConnected(FullyConnected(outputFeatures: 3))),
    Case(
      "every other row",
      [
        integers("s", [0]), integers("e", [99]), integers("a", [2]), integers("d", [2]),
        node("Slice", ["x", "s", "e", "a", "d"], "y"),
      ], .subsample(Subsample(stride: Extent(height: 2, width: 1)))),
    Case(
      "every other column, with channels around",
      [
        integers("s", [0]), integers("e", [99]), integers("a", [3]), integers("d", [2]),
        node("Slice", ["x", "s", "e", "a", "d"], "t"),
        node("Pad", ["t"], "y", .init("pads", .integers([0, 1, 0, 0, 0, 1, 0, 0]))),
      ], .subsample(Subsample(stride: Extent(height: 1, width: 2), channelsBefore: 1, channelsAfter: 1))),
    Case(
      "a slice of channels",
      [
        integers("s", [1]), integers("e", [-1]), integers("a", [1]), node("Slice", ["x", "s", "e", "a"], "y"),
      ], .selectChannels(.slice(first: 1, channels: 2))),
    Case(
      "one channel", [integers("i", [-1], []), node("Gather", ["x", "i"], "y", .init("axis", .integer(1)))],
      .selectChannels(.slice(first: 3, channels: 1))),
    Case(
      "Clip from 0", [floats("zero", [], 0), node("Clip", ["x", "zero"], "y")], .activation(.relu)),
    Case(
      "Clip by attributes", [node("Clip", ["x"], "y", .init("min", .float(-1)), .init("max", .float(2)))],
      .activation(.clamp(lower: -1, upper: 2))),
    Case("Swish", [node("Swish", ["x"], "y")], .activation(.silu)),
    Case("Gelu by tanh", [node("Gelu", ["x"], "y", text("approximate", "tanh"))], .activation(.geluTanh)),
    Case("Elu", [node("Elu", ["x"], "y", .init("alpha", .float(0.5)))], .activation(.elu(alpha: 0.5))),
    Case("LeakyRelu", [node("LeakyRelu", ["x"], "y")], .activation(.leakyRelu(slope: 0.01))),
    Case(
      "a sum of three", [kernelNamed("a"), kernelNamed("b"), node("Sum", ["a", "b", "a"], "y")], pooled("a"),
      pooled("b"), .add(nil)),
    Case(
      "a difference", [kernelNamed("a"), kernelNamed("b"), node("Sub", ["a", "b"], "y")], pooled("a"), pooled("b"),
      .batchNorm(.scale(shift: false)), .add(nil)),
    Case("a sum of one", [node("Sum", ["x"], "a"), node("Relu", ["a"], "y")], .activation(.relu)),
    Case(
      "a constant less each channel", [floats("c", [4, 1, 1]), node("Sub", ["c", "x"], "y")], .batchNorm(.scale())),
    Case(
      "each channel by a number",
      [
        floats("c", [4, 1, 1], 0.5), floats("d", [1, 4, 1, 1]), node("Div", ["x", "c"], "a"),
        node("Sub", ["a", "d"], "y"),
      ],
      .batchNorm(.scale())),
    Case(
      "Expand to the same", [integers("n", [6, 8]), node("Expand", ["x", "n"], "a"), node("Relu", ["a"], "y")],
      .activation(.relu)),
    Case(
      "Dropout and casts",
      [
        node("Dropout", ["x"], "a"), node("Cast", ["a"], "b", .init("to", .integer(11))),
        node("CastLike", ["b", "x"], "d"), node("Relu", ["d"], "y"),
      ],
      .activation(.relu)),
    Case(
      "LayerNormalization over all of an image",
      [floats("w", [4, 6, 8], 2), node("LayerNormalization", ["x", "w"], "y", .init("axis", .integer(1)))],
      .normalization(Normalization(groups: 1, epsilon: 1e-5))),
    Case(
      "GroupNormalization with a number for each group",
      [
        floats("w", [2]), floats("b", [2]),
        node("GroupNormalization", ["x", "w", "b"], "y", .init("num_groups", .integer(2))),
      ],
      .normalization(Normalization(groups: 2, epsilon: 1e-5))),
    Case(
      "one slope for all", [floats("w", [1], 0.25), node("PRelu", ["x", "w"], "y")], .prelu(isShared: true)),
    Case(
      "a slope for each channel", [floats("w", [4, 1, 1]), node("PRelu", ["x", "w"], "y")], .prelu(isShared: false)),
    Case(
      "a product at each position",
      [
        floats("w", [4, 5]), node("Transpose", ["x"], "a", .init("perm", .integers([0, 2, 3, 1]))),
        node("MatMul", ["a", "w"], "b"), node("Transpose", ["b"], "y", .init("perm", .integers([0, 3, 1, 2]))),
      ], .convolution(Convolution(outputChannels: 5, kernel: Extent(1), hasBias: false))),
    Case(
      "BatchNormalization of a vector",
      [
        floats("w", [4], 1), floats("b", [4]), floats("m", [4]), floats("v", [4], 1),
        node("GlobalAveragePool", ["x"], "g"),
        node("Flatten", ["g"], "f"), node("BatchNormalization", ["f", "w", "b", "m", "v"], "y"),
      ], .globalAveragePool, .batchNorm(BatchNorm(epsilon: 1e-5))),
  ]

  private static func kernelNamed(_ name: String) -> Node {
    node(name == "a" ? "MaxPool" : "AveragePool", ["x"], name, .init("kernel_shape", .integers([3, 3])))
  }

  private static func pooled(_ name: String) -> Operation {
    let pooling = Pooling(kernel: Extent(3), stride: Extent(1), padding: .fixed(.none))
    return name == "a" ? .maxPool(pooling) : .averagePool(pooling, countsPadding: false)
  }

  @Test("an operator is the layer that computes it", arguments: cases)
  func layers(wanted: Case) throws {

    let last = try #require(wanted.nodes.last?.output)
    var graph = ONNXGraph(name: "made")
    graph.inputs = [ONNXGraph.Value(name: "x", dimensions: [nil, 4, 6, 8])]
    graph.outputs = [ONNXGraph.Value(name: last, dimensions: [nil])]
    graph.nodes = wanted.nodes
    let found = try ONNXRefusalTests.network(graph).graph
    try found.verify()
    #expect(found.nodes.dropFirst().map(\.operation) == wanted.expected)
  }

  static let refused: [(String, [Node])] = [
    ("Pad without its widths", [node("Pad", ["x"], "y")]),
    (
      "Pad with pads [1, 2, 3]",
      [integers("p", [1, 2, 3]), integers("a", [2]), node("Pad", ["x", "p", "", "a"], "y")]
    ),
    (
      "Pad with pads [1, 0, 0, 0, 0, 0, 0, 0]",
      [node("Pad", ["x"], "y", .init("pads", .integers([1, 0, 0, 0, 0, 0, 0, 0])))]
    ),
    (
      "Pad with the number 2.0",
      [node("Pad", ["x"], "y", .init("pads", .integers([0, 0, 1, 0, 0, 0, 0, 0])), .init("value", .float(2)))]
    ),
    (
      "Pad with mode wrap",
      [node("Pad", ["x"], "y", .init("pads", .integers([0, 0, 1, 0, 0, 0, 0, 0])), text("mode", "wrap"))]
    ),
    ("Pad of channels and positions", [node("Pad", ["x"], "y", .init("pads", .integers([0, 1, 1, 0, 0, 0, 0, 0])))]),
    (
      "Resize with mode linear and coordinate_transformation_mode align_corners",
      [
        floats("s", [2], 0.6),
        resize(
          ["x", "", "s"], .init("axes", .integers([2, 3])), text("mode", "linear"),
          text("coordinate_transformation_mode", "align_corners")),
      ]
    ), ("Resize with mode cubic", pair + [resize(["x", "", "", "sizes"], text("mode", "cubic"))]),
    (
      "Resize with antialias or a kept aspect ratio",
      pair + [resize(["x", "", "", "sizes"], .init("antialias", .integer(1)))]
    ),
    (
      "Resize with mode nearest and coordinate_transformation_mode asymmetric",
      pair + [
        resize(
          ["x", "", "", "sizes"], text("coordinate_transformation_mode", "asymmetric"), text("nearest_mode", "ceil"))
      ]
    ),
    (
      "Resize with mode nearest and coordinate_transformation_mode tf_crop_and_resize",
      pair + [resize(["x", "", "", "sizes"], text("coordinate_transformation_mode", "tf_crop_and_resize"))]
    ),
    (
      "Resize that is not of rows and columns by numbers in the file",
      [integers("s", [1, 8, 12, 16]), resize(["x", "", "", "s"])]
    ),
    ("Resize to 0×16", [integers("s", [1, 4, 0, 16]), resize(["x", "", "", "s"])]),
    ("Resize along [5]", [integers("s", [2]), resize(["x", "", "", "s"], .init("axes", .integers([5])))]),
    ("ReduceMax over the axes [1] of 1×4×6×8", [node("ReduceMax", ["x"], "y", .init("axes", .integers([1])))]),
    (
      "MaxPool with kernel_shape [2] and not two numbers",
      [node("MaxPool", ["x"], "y", .init("kernel_shape", .integers([2])))]
    ),
    ("MaxPool without kernel_shape", [node("MaxPool", ["x"], "y")]),
    ("MaxPool with pads [1, 1]", [kernel("MaxPool", .init("pads", .integers([1, 1])))]),
    ("MaxPool with auto_pad SIDEWAYS", [kernel("MaxPool", text("auto_pad", "SIDEWAYS"))]),
    (
      "MaxPool with ceil_mode and auto_pad, which runtimes read in several ways",
      [kernel("MaxPool", text("auto_pad", "SAME_LOWER"), .init("ceil_mode", .integer(1)))]
    ),
    ("Gemm of a constant and the image", [floats("w", [2, 3]), node("Gemm", ["w", "x"], "y")]),
    ("Gemm with 1×2×3", [floats("w", [1, 2, 3]), node("Gemm", ["x", "w"], "y")]),
    ("Gemm with transA", [floats("w", [2, 3]), node("Gemm", ["x", "w"], "y", .init("transA", .integer(1)))]),
    (
      "Gemm with 2 for its 3 results",
      [floats("w", [192, 3]), floats("b", [2]), node("Flatten", ["x"], "f"), node("Gemm", ["f", "w", "b"], "y")]
    ),
    (
      "Gemm of 1×192 with a matrix for 7 numbers",
      [floats("w", [7, 3]), node("Flatten", ["x"], "f"), node("Gemm", ["f", "w"], "y")]
    ),
    ("MatMul of two values that depend on the image, as in attention", [node("MatMul", ["x", "x"], "y")]),
    ("MatMul with 2×8×3", [floats("w", [2, 8, 3]), node("MatMul", ["x", "w"], "y")]),
    ("Conv without its weight", [node("Conv", ["x"], "y")]),
    ("Conv whose weight depends on the image", [node("Conv", ["x", "x"], "y")]),
    (
      "Conv whose kernel_shape is not that of its weight, 3×3",
      [floats("w", [2, 4, 3, 3]), node("Conv", ["x", "w"], "y", .init("kernel_shape", .integers([2, 2])))]
    ),
    (
      "Conv whose bias has 3 numbers for 2 channels",
      [floats("w", [2, 4, 1, 1]), floats("b", [3]), node("Conv", ["x", "w", "b"], "y")]
    ),
    (
      "ConvTranspose whose weight is 4×2×3: zoo has two-dimensional convolutions",
      [floats("w", [4, 2, 3]), node("ConvTranspose", ["x", "w"], "y")]
    ),
    (
      "ConvTranspose that is told the size of its result",
      [floats("w", [4, 2, 3, 3]), node("ConvTranspose", ["x", "w"], "y", .init("output_shape", .integers([9, 9])))]
    ),
    (
      "ConvTranspose of \(Int.max) groups",
      [floats("w", [4, 2, 3, 3]), node("ConvTranspose", ["x", "w"], "y", .init("group", .integer(.max)))]
    ),
    (
      "BatchNormalization of each position by itself",
      [floats("w", [4]), node("BatchNormalization", ["x", "w", "w", "w", "w"], "y", .init("spatial", .integer(0)))]
    ),
    (
      "BatchNormalization without its running_mean",
      [floats("w", [4]), node("BatchNormalization", ["x", "w", "w"], "y")]
    ),
    (
      "BatchNormalization in its training state; export the model in its evaluation state (model.eval())",
      [
        floats("w", [4]),
        node("BatchNormalization", ["x", "w", "w", "w", "w"], "y", .init("training_mode", .integer(1))),
      ]
    ),
    (
      "GroupNormalization whose scale has 3 numbers for 4 channels",
      [floats("w", [3]), node("GroupNormalization", ["x", "w", "w"], "y", .init("num_groups", .integer(2)))]
    ),
    (
      "GroupNormalization of 1×4×6×8",
      [floats("w", [3]), node("GroupNormalization", ["x", "w", "w"], "y", .init("num_groups", .integer(3)))]
    ),
    (
      "LayerNormalization over 8, which are not the channels",
      [floats("w", [8]), node("LayerNormalization", ["x", "w"], "y")]
    ),
    (
      "LayerNormalization with a scale for each element of 4×6×8",
      [floats("w", [4, 6, 8]), node("LayerNormalization", ["x", "w"], "y", .init("axis", .integer(1)))]
    ),
    ("PRelu without its slope", [node("PRelu", ["x"], "y")]),
    ("Clip with a bound for each element", [floats("b", [4]), node("Clip", ["x", "b"], "y")]),
    (
      "Clip from -3e+38 to -2000000.0",
      [
        floats("l", [], -3e38), floats("u", [], -2e6), node("Clip", ["x", "l", "u"], "a"),
        node("MaxPool", ["a"], "y", .init("kernel_shape", .integers([2, 2]))),
      ]
    ),
    ("Swish with alpha 2.0", [node("Swish", ["x"], "y", .init("alpha", .float(2)))]),
    ("Celu with alpha -1.0", [node("Celu", ["x"], "y", .init("alpha", .float(-1)))]),
    ("Max of 3 values", [node("Max", ["x", "x", "x"], "y")]),
    ("Sum of a constant and several values", [floats("c", [4, 6, 8]), node("Sum", ["x", "c", "x"], "y")]),
    ("Sum of values of several shapes", [kernelNamed("a"), node("Sum", ["x", "a", "x"], "y")]),
    ("Sum of nothing", [node("Sum", [""], "y")]),
    ("Max of 1×4×4×6 and 1×4×4×6", [kernelNamed("a"), kernelNamed("b"), node("Max", ["a", "b"], "y")]),
    ("Pow with a constant for each channel", [floats("c", [4, 1, 1]), node("Pow", ["x", "c"], "y")]),
    (
      "Mul with a constant of 6×8, which are not the channels of 1×4×6×8",
      [floats("c", [6, 8]), node("Mul", ["x", "c"], "y")]
    ),
    (
      "Add with a constant of 1×1×4×6×8, which are not the channels of 1×4×6×8",
      [floats("c", [1, 1, 4, 6, 8]), node("Add", ["x", "c"], "y")]
    ),
    ("Add that gives 1×4×6×8 more dimensions", [floats("c", [1, 1, 1, 1, 1]), node("Add", ["x", "c"], "y")]),
    (
      "Mul of 1×4×6×8 and 1×4×4×6, neither of which has a number for each channel",
      [kernelNamed("a"), node("Mul", ["x", "a"], "y")]
    ),
    ("Expand of 1×4×6×8 to more elements", [integers("n", [2, 4, 6, 8]), node("Expand", ["x", "n"], "y")]),
    ("Cast of the image to integers", [node("Cast", ["x"], "y", .init("to", .integer(7)))]),
    (
      "Dropout in its training state; export the model in its evaluation state (model.eval())",
      [floats("r", [], 0.5), integers("t", [1], []), node("Dropout", ["x", "r", "t"], "y")]
    ),
    ("Squeeze of axes that are longer than 1", [integers("a", [1]), node("Squeeze", ["x", "a"], "y")]),
    (
      "Slice of 2 of 6 along axis 2 of 1×4×6×8",
      [integers("s", [1]), integers("e", [3]), integers("a", [2]), node("Slice", ["x", "s", "e", "a"], "y")]
    ),
    (
      "Gather of elements [4] of 4", [integers("i", [4]), node("Gather", ["x", "i"], "y", .init("axis", .integer(1)))]
    ),
    (
      "Gather of elements that are not known",
      [integers("i", [], [0]), node("Gather", ["x", "i"], "y", .init("axis", .integer(1)))]
    ),
    ("Range of what depends on the image", [node("Range", ["x", "x", "x"], "y")]),
    (
      "Concat along axis 2 of 1×4×6×8, 1×4×6×8",
      [node("Relu", ["x"], "a"), node("Concat", ["x", "a"], "y", .init("axis", .integer(2)))]
    ),
  ]

  @Test("what zoo has no layer for is refused in words that say what about it", arguments: refused)
  func refusals(what: String, nodes: [ONNXGraph.Node]) {
    let error = #expect(throws: ImportError.self, "\(what)") { try ONNXRefusalTests.network(nodes) }
    guard case .unsupported(_, let parts)? = error else {
      Issue.record("\(what): \(String(describing: error))")
      return
    }
    #expect(parts.map(\.what) == [what], "\(parts)")
  }

  private static let files: [(String, [Int?], Int, String)] = [
    (
      "no axis of images", [4], 1,
      "input 'x': it has 1 dimension where an image has four: the number of images, channels, height and width; signals have three of them, and vectors two"
    ),
    (
      "an open size", [1, 3, nil, nil], 1,
      "input 'x': its size is left open (3×?×?): say it with the input, channels, height and width"
    ),
    (
      "a side that is too long", [1, 3, 1 << 20, 1 << 20], 1,
      "input 'x': it is 3×1048576×1048576, which is no image's size"
    ),
    ("two inputs", [1, 3, 5, 5], 2, "its inputs: there are 2 (x, x1), and zoo's networks have one"),
    ("no input", [1, 3, 5, 5], 0, "its inputs: there are none"),
  ]

  @Test("an input that is no image's is refused with its name", arguments: files)
  func inputs(name: String, dimensions: [Int?], count: Int, reason: String) {
    var graph = ONNXGraph(name: "made")
    graph.inputs = (0..<count).map { ONNXGraph.Value(name: $0 == 0 ? "x" : "x\($0)", dimensions: dimensions) }
    graph.outputs = [ONNXGraph.Value(name: "y", dimensions: [nil])]
    graph.nodes = count == 0 ? [Self.floats("x", [1], 1)] : []
    graph.nodes.append(Self.node("Relu", ["x"], "y"))
    let error = #expect(throws: ImportError.self, "\(name)") { try ONNXRefusalTests.network(graph) }
    #expect(error.map { "\($0)" } == "made.onnx: \(reason)")
  }
}
