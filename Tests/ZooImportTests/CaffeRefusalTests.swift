import Testing
import ZooImport
import ZooTensor
import ZooTestSupport
import ZooWeights

struct CaffeRefusalTests {
  private static let input = CaffeNets.input
  private static func layer(_ type: String, _ rest: String = "") -> String {
    CaffeNets.layer("x", type, ["data"], "x", rest)
  }

  private static func fed(_ type: String, _ rest: String = "") -> String { input + layer(type, rest) }

  @Test("all that is not supported is named at once, with its line")
  func together() {
    let text = """
      input: 'data' input_dim: [1, 2, 6, 7]
      layer { name: 'mvn' type: 'MVN' bottom: 'data' top: 'mvn' }
      layer { name: 'relu' type: 'ReLU' bottom: 'mvn' top: 'relu' }
      layer { name: 'crop' type: 'Crop' bottom: 'relu' bottom: 'data' top: 'crop' }
      layer { name: 'max' type: 'Eltwise' bottom: 'data' bottom: 'data' top: 'max' eltwise_param { operation: MAX } }
      """
    let error = #expect(throws: ImportError.self) { _ = try CaffeNets.imported(text) }
    #expect(
      error.map { "\($0)" } == """
        net.prototxt: zoo has nothing that computes the following:
          line 2, mvn: MVN
          line 4, crop: Crop
          line 5, max: Eltwise with operation MAX
        """)
  }

  private static let unsupportedCases: [(String, String)] = [
    (layer("LRN", "lrn_param { norm_region: WITHIN_CHANNEL }"), "LRN with norm_region WITHIN_CHANNEL"),
    (layer("ReLU", "relu_param { negative_slope: 2 }"), "ReLU with a negative_slope of 2.0"),
    (layer("ELU", "elu_param { alpha: -1 }"), "ELU with an alpha of -1.0"),
    (layer("Swish", "swish_param { beta: 2 }"), "Swish with a beta of 2.0"),
    (layer("Clip", "clip_param { min: 0 max: 1e7 }"), "Clip from 0.0 to 10000000.0"),
    (layer("Power", "power_param { power: 2 }"), "Power with a power of 2.0"),
    (
      layer("BatchNorm", "batch_norm_param { use_global_stats: false }"),
      "BatchNorm with the statistics of each batch (use_global_stats: false)"
    ),
    (layer("Scale", "scale_param { axis: 2 }"), "Scale with axis 2 and num_axes 1"),
    (layer("Bias", "bias_param { axis: 0 }"), "Bias with axis 0 and num_axes 1"),
    (
      layer("Convolution", "convolution_param { num_output: 1 kernel_size: [1, 1, 1] }"),
      "Convolution over more than two axes"
    ),
    (layer("Convolution", "convolution_param { num_output: 1 kernel_size: 1 axis: 2 }"), "Convolution with axis 2"),
    (
      layer("Convolution", "convolution_param { num_output: 1 kernel_size: 1 winograd: 1 }"),
      "Convolution with winograd (line 2)"
    ),
    (layer("InnerProduct", "inner_product_param { num_output: 1 axis: 2 }"), "InnerProduct with axis 2"),
    (layer("Pooling", "pooling_param { pool: STOCHASTIC kernel_size: 2 }"), "Pooling with pool STOCHASTIC"),
    (
      layer("Pooling", "top: 'mask' pooling_param { kernel_size: 2 }"),
      "Pooling with a second top, the places of the maxima"
    ),
    (layer("Concat", "concat_param { axis: 2 }"), "Concat with axis 2"),
    (layer("Flatten", "flatten_param { axis: 2 }"), "Flatten with axis 2"),
    (layer("Flatten", "flatten_param { end_axis: 2 }"), "Flatten with end_axis 2"),
    (layer("Softmax", "softmax_param { axis: 2 }"), "Softmax with axis 2"),
    (layer("Slice", "slice_param { slice_dim: 2 }"), "Slice with slice_dim 2"),
    (layer("Reshape", "reshape_param { shape { dim: [0, 7, 6, 2] } }"), "Reshape of 2×6×7 to 0×7×6×2"),
    (layer("Reshape", "reshape_param { shape { dim: [0, 84, 1, 1] } }"), "Reshape of 2×6×7 to a map of one position"),
    (layer("Reshape", "reshape_param { axis: 1 }"), "Reshape of some of the axes"),
    (layer("ReLU", "bottom: 'data'"), "ReLU of 2 blobs"),
    (
      layer("ReLU", "quantized: 1"),
      "ReLU with quantized, which Caffe's layers do not have"
    ),
    (layer("Scale", "bottom: 'data'"), "Scale by another blob with axis 1"), (layer("Axpy"), "Axpy of 1 blobs"),
    (layer("Python", "python_param { module: 'm' }"), "Python"),
    (
      "input: 'b' input_dim: [1, 2, 6, 7]\(CaffeNets.layer("x", "Eltwise", ["data", "b"], "x"))",
      "a second input, \"b\", beside \"data\""
    ),
  ]

  @Test(
    "layers and parameters that zoo has nothing for",
    arguments: unsupportedCases)
  func unsupported(text: String, what: String) {
    let error = #expect(throws: ImportError.self, "\(what)") { _ = try CaffeNets.imported(Self.input + text) }
    guard case .unsupported(_, let parts) = error else {
      Issue.record("\(what): \(error.map { "\($0)" } ?? "nothing")")
      return
    }
    #expect(parts == [ImportError.UnsupportedPart(place: "line 2, x", what: what)])
  }

  private static let invalidCases: [(String, String)] = [
    ("", "line 1: there is no 'layer' and no 'layers' in it, so it is no network of Caffe's"),
    (
      "base_lr: 0.1\nnet: 'x'",
      "line 2: this is a solver's file, not a network's; give the .prototxt that it names as 'net'"
    ),
    (
      "layers { layer { name: 'a' } }",
      "line 1: the network is of Caffe's oldest format, with layers inside layers; run Caffe's 'upgrade_net_proto_text' (or 'upgrade_net_proto_binary') on it"
    ),
    (
      "layers {} layer {}",
      "line 1: the network has layers of the old format ('layers') and of the new ('layer'); Caffe reads one of them alone"
    ),
    ("layer { name: 'a' }", "line 1: layer \"a\" has no type"),
    ("layer { type: 3 }", "line 1: type must be a string such as \"Convolution\"; it is '3'"),
    ("layers { type: 'X' }", "line 1: type must be a name such as CONVOLUTION; it is the string \"X\""),
    ("layer: 3", "line 1: layer must be a message in { }; it is '3'"),
    (
      "input: 'data'\nlayer { type: 'ReLU' }",
      "line 1: input \"data\" has neither an input_shape nor four of input_dim; say its size"
    ),
    (
      "\(input)layer { name: 'a' type: 'ReLU' bottom: 'b' top: 'a' }",
      "line 2, a: no layer before it makes the blob \"b\" that it reads"
    ),
    ("\(input)layer { name: 'a' type: 'ReLU' bottom: 'data' }", "line 2, a: it has no top, so nothing can read it"),
    (fed("Convolution", "convolution_param { kernel_size: 3 }"), "line 2, x: num_output is missing"),
    (fed("Convolution", "convolution_param { num_output: 3 }"), "line 2, x: kernel_size is missing"),
    (
      fed("Convolution", "convolution_param { num_output: -3 }"),
      "line 2: num_output must be a whole number from 0 to 1073741824; it is '-3'"
    ),
    (
      fed("Convolution", "convolution_param { num_output: 3 kernel_size: 1 kernel_h: 1 }"),
      "line 2, x: kernel_size stands beside kernel_h or kernel_w, which says the same"
    ),
    (
      fed("ReLU", "relu_param { negative_slope: x }"),
      "line 2: negative_slope must be a finite number; it is 'x'"
    ),
    (
      fed("Convolution", "convolution_param { bias_term: 2 num_output: 1 kernel_size: 1 }"),
      "line 2: bias_term must be true or false; it is '2'"
    ),
    (
      fed("Pooling", "pooling_param { pool: MIN }"),
      "line 2: pool must be one of MAX, AVE, STOCHASTIC; it is 'MIN'"
    ),
    (
      fed("Slice", "top: 'y' slice_param { slice_point: 2 }"),
      "line 2, x: slice_point must have 1 rising numbers between 0 and 2, the number of channels"
    ),
    (
      fed("Reshape", "reshape_param { shape { dim: [0, 5, -1] } }"),
      "line 2, x: 84 numbers do not fit a shape of 0×5×-1"
    ),
    (
      fed("Eltwise", "eltwise_param { coeff: [1, 2] }"),
      "line 2, x: it has 2 of coeff for 1 blobs; one for each, or none"
    ),
    (
      fed("BatchNorm", "batch_norm_param { eps: 0 }"),
      "line 2, x: eps is 0.0; it must be above 0 and below 1"
    ),
    (input, "line 1: no layer of the network computes anything"),
    (
      "layer { name: 'd' type: 'Data' top: 'data' }\(layer("ReLU"))",
      "line 1, d: nothing says how large its pictures are (no crop_size); give the size of one yourself, or an Input layer"
    ),
    (
      "layer { name: 'd' type: 'Input' top: 'data' }\(layer("ReLU"))",
      "line 1, d: input_param has no shape for \"data\""
    ),
    (
      "input: 'data' input_shape { dim: [1, 5] }\(layer("ReLU"))",
      "line 1: \"data\" has the dimensions 1×5; zoo's networks take images, which are N×channels×height×width. Give the size of one yourself"
    ),
  ]

  @Test(
    "files that contradict themselves",
    arguments: invalidCases)
  func invalid(text: String, message: String) {
    let error = #expect(throws: ImportError.self, "\(message)") { _ = try CaffeNets.imported(text) }
    #expect(error.map { "\($0)" } == "net.prototxt: \(message)")
  }

  @Test("a shape that cannot be is named with its layer")
  func shapes() {
    let text = Self.input + Self.layer("Convolution", "convolution_param { num_output: 3 kernel_size: 9 }")
    let error = #expect(throws: ImportError.self) { _ = try CaffeNets.imported(text) }
    #expect(error.map { "\($0)".hasPrefix("net.prototxt: line 2, x: ") } == true)
  }

  @Test("weights of another network")
  func weights() {
    let text = Self.input + Self.layer("Convolution", "convolution_param { num_output: 3 kernel_size: 1 }")
    func message(_ weights: [(name: String, tensor: Tensor)]) -> String? {
      let error = #expect(throws: ImportError.self) { _ = try CaffeNets.imported(text, weights: weights) }
      return error.map { "\($0)" }
    }
    #expect(
      message([("x.bias", Tensor(shape: [3], floats: [1, 2, 3]))])
        == ": weights: the file has no x.weight (line 2, x); give the weights that belong to the definition")
    #expect(
      message([("x.weight", Tensor(shape: [2, 3, 1, 1], floats: [1, 2, 3, 4, 5, 6]))])
        == ": line 2, x: the weights' x.weight is 2×3×1×1, and the definition says 3×2×1×1; give the weights that belong to it"
    )
  }

  @Test("definitions with bytes changed are imported or refused")
  func hostile() {
    let parts = [
      "convolution_param { num_output: 4 kernel_size: 3 pad: 1 stride: 2 dilation: 1 group: 2 }",
      "pooling_param { pool: AVE kernel_size: 3 stride: 2 }",
      "eltwise_param { coeff: 2 }", "slice_param { slice_point: 1 }", "reshape_param { shape { dim: [0, -1] } }",
    ]
    let types = ["Convolution", "Pooling", "Eltwise", "Slice", "Reshape"]
    for index in 0..<1500 {
      var generator = SplitMix64(seed: index)
      let choice = index % parts.count
      var bytes = Array((Self.input + Self.layer(types[choice], parts[choice])).utf8)
      for _ in 0...generator.integer(0...2) {
        bytes[generator.integer(0...bytes.count - 1)] = generator.element(Array("0123456789-.{}[]:' axk".utf8))
      }
      do {
        let network = try ImportedNetwork(caffe: CaffeMessage.open(bytes: bytes, name: "x"), path: "x", checkpoint: nil)
        try network.graph.verify()
      } catch {
        #expect(!"\(error)".isEmpty)
      }
    }
  }
}
