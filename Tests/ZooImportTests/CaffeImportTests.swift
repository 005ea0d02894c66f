import Testing
import ZooGraph
import ZooImport
import ZooRuntime
import ZooTensor
import ZooTestSupport
import ZooWeights

/// Networks of Caffe's, written down for a test.
enum CaffeNets {
  static func imported(
    _ text: String, weights: [(name: String, tensor: Tensor)]? = nil, input: Shape? = nil
  ) throws -> ImportedNetwork {
    try ImportedNetwork(
      caffe: CaffeMessage.open(bytes: Array(text.utf8), name: "net.prototxt"), path: "net.prototxt",
      checkpoint: weights.map { try Checkpoint($0) }, input: input)
  }

  static let input = "layer { name: 'data' type: 'Input' top: 'data' input_param { shape: { dim: [1, 2, 6, 7] } } }\n"

  /// A layer from blob to blob.
  static func layer(_ name: String, _ type: String, _ bottoms: [String], _ top: String, _ rest: String = "") -> String {
    let bottoms = bottoms.map { "bottom: '\($0)' " }.joined()
    return "layer { name: '\(name)' type: '\(type)' \(bottoms)top: '\(top)' \(rest) }\n"
  }

  /// Nodes as text, with the places of what they read.
  static func shown(_ graph: Graph) -> [String] {
    graph.nodes.map { node in
      let inputs = node.inputs.map { graph[$0].name }.joined(separator: " ")
      return "\(node.name): \(node.operation)" + (inputs.isEmpty ? "" : " of \(inputs)") + " -> \(node.shape)"
    }
  }

  static func run(_ network: ImportedNetwork, _ image: [Float], _ shape: Shape) throws -> [[Float]] {
    let weights = network.weights
    let interpreter = try Interpreter(graph: network.graph) { name in
      guard let weights else { return Tensor(shape: [], floats: [0]) }
      return try weights.tensor(named: name)
    }
    return try interpreter.run(Tensor(shape: shape, floats: image)).map(\.floats)
  }
}

struct CaffeImportTests {
  private let relu = CaffeNets.layer("relu", "ReLU", ["data"], "relu")

  @Test("what is silenced is no output, and classes may be")
  func silence() throws {
    let text =
      "layer { name: 'd' type: 'MemoryData' top: 'data' top: 'label' memory_data_param "
      + "{ batch_size: 1 channels: 2 height: 6 width: 7 } }\n" + relu
      + CaffeNets.layer("other", "Sigmoid", ["data"], "other")
      + "layer { name: 's' type: 'Silence' bottom: 'label' bottom: 'other' }\n"
    let graph = try CaffeNets.imported(text).graph
    #expect(graph.outputs.map { graph[$0.value].name } == ["relu"])
    let error = #expect(throws: ImportError.self) {
      try CaffeNets.imported(CaffeNets.input + relu + "layer { name: 's' type: 'Silence' bottom: 'nothing' }\n")
    }
    #expect(error.map { "\($0)".contains("no layer before it makes the blob \"nothing\"") } == true)
  }

  @Test("a picture is fed in one of five ways")
  func inputs() throws {
    let ways = [
      CaffeNets.input, "input: 'data' input_dim: 1 input_dim: 2 input_dim: 6 input_dim: 7\n",
      "input: 'data' input_shape { dim: 4 dim: 2 dim: 6 dim: 7 }\n",
      "layer { name: 'd' type: 'MemoryData' top: 'data' top: 'label' memory_data_param "
        + "{ batch_size: 1 channels: 2 height: 6 width: 7 } }\n",
      "layer { name: 'd' type: 'DummyData' top: 'data' dummy_data_param { shape { dim: [1, 2, 6, 7] } } }\n",
    ]
    for way in ways {
      let network = try CaffeNets.imported("name: 'a b'\n" + way + relu)
      #expect(network.graph.inputs.map { network.graph[$0].shape } == [[2, 6, 7]], "\(way)")
      #expect(network.card.input == [2, 6, 7])
      #expect(network.graph.name == "a-b")
      #expect(network.graph.outputs == [Output(name: "logits", role: .logits, value: NodeID(index: 1))])
    }
    for text in [CaffeNets.input + relu, relu] {
      #expect(try CaffeNets.imported(text, input: [5, 9, 9]).card.input == [5, 9, 9], "\(text)")
    }
  }

  @Test("a data layer's transform is the preprocessing, and training's layers are left out")
  func data() throws {
    let text = """
      layer { name: 'data' type: 'Data' top: 'data' top: 'label' include { phase: TRAIN }
        transform_param { crop_size: 99 mirror: true } data_param { source: 'x' batch_size: 256 } }
      layer { name: 'data' type: 'Data' top: 'data' top: 'label' include { phase: TEST }
        transform_param { crop_size: 227 mean_value: 104 mean_value: 117 mean_value: 123 scale: 0.5 } }
      layer { name: 'conv' type: 'Convolution' bottom: 'data' top: 'conv'
        convolution_param { num_output: 3 kernel_size: 227 } }
      layer { name: 'drop' type: 'Dropout' bottom: 'conv' top: 'conv' exclude { phase: TEST } }
      layer { name: 'acc' type: 'Accuracy' bottom: 'conv' bottom: 'label' top: 'acc' include { phase: TEST } }
      layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'conv' bottom: 'label' top: 'loss' }
      """
    let network = try CaffeNets.imported(text)
    #expect(network.graph.nodes.map(\.name) == ["input", "conv"])
    #expect(network.graph.outputs.map(\.role) == [.logits])
    #expect(
      network.card.preprocess
        == Preprocessing(
          resize: .exact(Extent(256), .bilinear), crop: .centre(Extent(227)), channels: .bgr,
          scale: .multiplied(by: 0.5), mean: [52, 58.5, 61.5]))
    #expect(
      network.notes.map { "\($0.place): \($0.text)" } == [
        "line 1: left out, being for training alone: data (Data), drop (Dropout)",
        "line 3, data: to which size pictures are brought before the crop the file does not say: 256×256 is taken, as "
          + "Caffe's own networks have it",
        "line 3, data: pictures are BGR, mean 104.0, 117.0, 123.0 subtracted before they are multiplied by 0.5, as Caffe's "
          + "data layer does",
        "line 9: SoftmaxWithLoss is left out; what it reads is an output of the network",
      ])
  }

  @Test("layers of both formats make the same graph, in place or not")
  func formats() throws {
    let new = """
      input: 'data' input_dim: [1, 2, 9, 8]
      layer { name: 'c' type: 'Convolution' bottom: 'data' top: 'c'
        convolution_param { num_output: 4 kernel_h: 3 kernel_w: 2 pad: 1 stride: [2, 1] dilation: 1 group: 2 bias_term: false } }
      layer { name: 'r' type: 'ReLU' bottom: 'c' top: 'c' relu_param { negative_slope: 0.1 } }
      layer { name: 'p' type: 'Pooling' bottom: 'c' top: 'p' pooling_param { kernel_size: 3 stride: 2 pool: AVE pad: 1 } }
      layer { name: 'n' type: 'LRN' bottom: 'p' top: 'n' lrn_param { local_size: 3 alpha: 1e-4 k: 2 } }
      layer { name: 'f' type: 'InnerProduct' bottom: 'n' top: 'f' inner_product_param { num_output: 5 } }
      layer { name: 's' type: 'Softmax' bottom: 'f' top: 's' }
      """
    let old = """
      input: "data" input_dim: 1 input_dim: 2 input_dim: 9 input_dim: 8
      layers { name: "c" type: CONVOLUTION bottom: "data" top: "c" blobs_lr: 1 weight_decay: 0
        convolution_param { num_output: 4 kernel_h: 3 kernel_w: 2 pad: 1 stride_h: 2 stride_w: 1 group: 2 bias_term: false } }
      layers { name: "r" type: RELU bottom: "c" top: "other" relu_param { negative_slope: 0.1 } }
      layers { name: "p" type: POOLING bottom: "other" top: "p" pooling_param { kernel_size: 3 stride: 2 pool: AVE pad: 1 } }
      layers { name: "n" type: LRN bottom: "p" top: "n" lrn_param { local_size: 3 alpha: 0.0001 k: 2 } }
      layers { name: "f" type: INNER_PRODUCT bottom: "n" top: "f" inner_product_param { num_output: 5 } }
      layers { name: "s" type: SOFTMAX bottom: "f" top: "s" }
      """
    let graphs = try [new, old].map { try CaffeNets.imported($0).graph }
    #expect(CaffeNets.shown(graphs[0]) == CaffeNets.shown(graphs[1]))
    #expect(graphs[0].outputs == graphs[1].outputs)
    #expect(graphs[0].outputs.map(\.role) == [.probabilities])
    #expect(graphs[0].nodes.map(\.shape) == [[2, 9, 8], [4, 5, 9], [4, 5, 9], [4, 3, 5], [4, 3, 5], [5], [5]])
    let norm = LocalResponseNorm(size: 3, alpha: 1e-4, beta: 0.75, k: 2, convention: .mean)
    #expect(graphs[0].nodes[4].operation == .localResponseNorm(norm))
    #expect(graphs[0].nodes[2].operation == .activation(.leakyRelu(slope: 0.1)))
    #expect(graphs[0].nodes.map { $0.origin?.line } == [nil, 2, 4, 5, 6, 7, 8])
  }

  @Test("pooling rounds up as Caffe does, and cuts windows as Caffe does")
  func pooling() throws {
    let cases: [(parameters: String, output: Shape, rounding: PoolingRounding)] = [
      ("kernel_size: 3 stride: 2", [2, 3, 3], .caffe),
      ("kernel_size: 3 stride: 2 round_mode: FLOOR", [2, 2, 3], .floor),
      ("kernel_size: 3", [2, 4, 5], .floor), ("kernel_size: 2 stride: 2 pad: 1", [2, 4, 4], .caffe),
      ("kernel_h: 7 kernel_w: 3 stride: 2", [2, 1, 3], .caffe),
    ]
    for (parameters, output, rounding) in cases {
      for pool in ["MAX", "AVE"] {
        let layer = CaffeNets.layer(
          "p", "Pooling", ["data"], "p", "pooling_param { pool: \(pool) \(parameters) }")
        let node = try CaffeNets.imported(CaffeNets.input + layer).graph.nodes[1]
        #expect(node.shape == output, "\(pool) \(parameters)")
        switch node.operation {
        case .maxPool(let pooling): #expect(pooling.rounding == rounding && pool == "MAX", "\(parameters)")
        case .averagePool(let pooling, let countsPadding):
          #expect(pooling.rounding == rounding && countsPadding && pool == "AVE", "\(parameters)")
        default: Issue.record("\(node.operation)")
        }
      }
    }
    let layer = CaffeNets.layer("p", "Pooling", ["data"], "p", "pooling_param { pool: AVE global_pooling: true }")
    #expect(try CaffeNets.imported(CaffeNets.input + layer).graph.nodes[1].operation == .globalAveragePool)
  }

  @Test("a batch norm and the Scale after it are one, and numbers go where they belong")
  func batchNorm() throws {
    for (inPlace, bias) in [(true, true), (false, true), (true, false)] {
      let top = inPlace ? "bn" : "scaled"
      let text =
        CaffeNets.input + CaffeNets.layer("bn", "BatchNorm", ["data"], "bn", "batch_norm_param { eps: 0.5 }")
        + CaffeNets.layer("scale", "Scale", ["bn"], top, bias ? "scale_param { bias_term: true }" : "")
        + CaffeNets.layer("relu", "ReLU", [top], top)
      var weights: [(name: String, tensor: Tensor)] = [
        ("bn.running_mean", Tensor(shape: [2], floats: [1, 2])),
        ("bn.running_var", Tensor(shape: [2], floats: [3.5, 0.5])),
        ("scale.weight", Tensor(shape: [2], floats: [4, -1])),
      ]
      if bias { weights.append(("scale.bias", Tensor(shape: [1, 2], floats: [0.25, 8]))) }
      let network = try CaffeNets.imported(text, weights: weights)
      #expect(network.graph.nodes.map(\.name) == ["input", "bn", "relu"])
      #expect(network.graph.nodes[1].operation == .batchNorm(BatchNorm(epsilon: 0.5)))
      let image = [Float](repeating: 3, count: 42) + [Float](repeating: 1, count: 42)
      let answer = try CaffeNets.run(network, image, [2, 6, 7])[0]
      let expected: [Float] = bias ? [4.25, 9] : [4, 1]
      #expect(answer[0] == expected[0] && answer[42] == expected[1], "in place \(inPlace), bias \(bias)")
    }
    // What another layer reads between the two is not theirs alone.
    let shared =
      CaffeNets.input + CaffeNets.layer("bn", "BatchNorm", ["data"], "bn")
      + CaffeNets.layer("scale", "Scale", ["bn"], "s") + CaffeNets.layer("add", "Eltwise", ["bn", "s"], "add")
    let graph = try CaffeNets.imported(shared).graph
    #expect(graph.nodes.map(\.name) == ["input", "bn", "scale", "add"])
    #expect(graph.nodes[1].operation == .batchNorm(BatchNorm(epsilon: 1e-5, isAffine: false)))
    #expect(graph.nodes[2].operation == .batchNorm(.scale(shift: false)))
  }

  @Test("sums with factors, powers, slices, joins and shapes")
  func arithmetic() throws {
    let text =
      "input: 'data' input_dim: [1, 4, 1, 1]\n"
        + """
        layer { name: 'slice' type: 'Slice' bottom: 'data' top: 'a' top: 'b' slice_param { slice_point: 1 } }
        layer { name: 'power' type: 'Power' bottom: 'b' top: 'b' power_param { scale: 2 shift: -1 } }
        layer { name: 'same' type: 'Power' bottom: 'b' top: 'c' }
        layer { name: 'split' type: 'Split' bottom: 'c' top: 'd' top: 'e' }
        layer { name: 'sum' type: 'Eltwise' bottom: 'd' bottom: 'e' top: 'f' eltwise_param { coeff: [1, -0.5] } }
        layer { name: 'prod' type: 'Eltwise' bottom: 'f' bottom: 'e' top: 'g' eltwise_param { operation: PROD } }
        layer { name: 'cat' type: 'Concat' bottom: 'a' bottom: 'g' top: 'h' }
        layer { name: 'reshape' type: 'Reshape' bottom: 'h' top: 'i' reshape_param { shape { dim: 0 dim: -1 } } }
        layer { name: 'flat' type: 'Flatten' bottom: 'i' top: 'j' }
        layer { name: 'clip' type: 'Clip' bottom: 'j' top: 'k' clip_param { min: 0 max: 4.25 } }
        """
    let network = try CaffeNets.imported(text, weights: [])
    // a = 1; b = 2 · (2, 3, −1) − 1 = (3, 5, −3); f = b / 2; g = f · b
    #expect(try CaffeNets.run(network, [1, 2, 3, -1], [4, 1, 1]) == [[1, 4.25, 4.25, 4.25]])
    #expect(
      network.graph.nodes.map(\.name)
        == ["input", "slice.0", "slice.1", "power", "sum_coeff1", "sum", "prod", "cat", "reshape", "clip"])
  }

  @Test("squeeze-and-excitation: Scale by another blob, and Axpy")
  func gates() throws {
    let text =
      CaffeNets.input
      + CaffeNets.layer("pool", "Pooling", ["data"], "g", "pooling_param { pool: AVE global_pooling: true }")
      + CaffeNets.layer("gate", "Scale", ["data", "g"], "s", "scale_param { axis: 0 }")
      + CaffeNets.layer("axpy", "Axpy", ["g", "s", "data"], "x")
    let network = try CaffeNets.imported(text, weights: [])
    let image = [Float](repeating: 2, count: 42) + [Float](repeating: 3, count: 42)
    // x = g · (g · x) + x
    let answer = try CaffeNets.run(network, image, [2, 6, 7])[0]
    #expect(answer[0] == 10 && answer[83] == 30)
  }

  @Test("a deconvolution whose weights are a filler's")
  func bilinear() throws {
    let layer = CaffeNets.layer(
      "up", "Deconvolution", ["data"], "up",
      "convolution_param { num_output: 2 group: 2 kernel_size: 4 stride: 2 pad: 1 bias_term: false "
        + "weight_filler { type: 'bilinear' } }")
    let network = try CaffeNets.imported(CaffeNets.input + layer, weights: [])
    #expect(network.graph.nodes[1].shape == [2, 12, 14])
    let weight = try #require(network.weights).tensor(named: "up.weight")
    #expect(weight.shape == [2, 1, 4, 4])
    #expect(Array(weight.floats.prefix(4)) == [0.0625, 0.1875, 0.1875, 0.0625])
    let answer = try CaffeNets.run(network, [Float](repeating: 1, count: 84), [2, 6, 7])[0]
    #expect(answer[14 * 5 + 5] == 1)
  }

  @Test("auxiliary classifiers are for training only")
  func auxiliaries() throws {
    let fc = "inner_product_param { num_output: 3 }"
    let text = """
      layer { name: 'data' type: 'Input' top: 'data' top: 'label' input_param { shape { dim: [1, 2, 6, 7] } } }
      \(CaffeNets.layer("side", "InnerProduct", ["data"], "side", fc))
      layer { name: 'l1' type: 'SoftmaxWithLoss' bottom: 'side' bottom: 'label' top: 'l1' loss_weight: 0.3 }
      \(CaffeNets.layer("main", "InnerProduct", ["data"], "main", fc))
      layer { name: 'l2' type: 'SoftmaxWithLoss' bottom: 'main' bottom: 'label' top: 'l2' }
      """
    let graph = try CaffeNets.imported(text).graph
    #expect(graph.nodes.map(\.isTrainingOnly) == [false, true, false])
    #expect(graph.outputs.map(\.role) == [.logits, .auxiliary])
    #expect(graph.outputs.map(\.lossWeight) == [1, 0.3])
    try graph.verify()
  }

  @Test("names become paths, each once")
  func names() throws {
    let text =
      CaffeNets.input + CaffeNets.layer("a b/c", "ReLU", ["data"], "x") + CaffeNets.layer("a_b/c", "ReLU", ["x"], "y")
      + CaffeNets.layer("input", "ReLU", ["y"], "z") + CaffeNets.layer("..", "ReLU", ["z"], "w")
    #expect(
      try CaffeNets.imported(text).graph.nodes.map(\.name) == ["input", "a_b/c", "a_b/c_2", "input_2", "layer"])
  }

  @Test("the weights' own record of a data layer is taken where the definition has none")
  func stored() throws {
    let text = "input: 'data' input_dim: [1, 3, 8, 8]\n" + relu
    let network = try ImportedNetwork(
      caffe: CaffeMessage.open(bytes: Array(text.utf8), name: "n"), path: "n",
      checkpoint: Checkpoint([], metadata: ["caffe.mean_value": "1.0, 2.0, 3.0"]))
    #expect(
      network.card.preprocess
        == Preprocessing(
          resize: .exact(Extent(8), .bilinear), channels: .bgr, scale: .none, mean: [1, 2, 3]))
    #expect(network.notes.map(\.place) == ["the weights' data layer"])
  }
}
