import Testing
import ZooGraph
import ZooImport
import ZooRuntime
import ZooTensor
import ZooTestSupport
import ZooWeights

struct DarknetImportTests {
  private static func imported(_ text: String, floats: [Float]? = nil) throws -> ImportedNetwork {
    let weights = floats.map { floats in
      var bytes: [UInt8] = [0, 0, 0, 0, 2, 0, 0, 0] + [UInt8](repeating: 0, count: 12)
      for float in floats { withUnsafeBytes(of: float.bitPattern.littleEndian) { bytes += $0 } }
      return bytes
    }
    return try ImportedNetwork(
      darknet: DarknetConfiguration.open(bytes: Array(text.utf8), name: "a/small.cfg"), path: "a/small.cfg",
      weights: weights)
  }

  private static let net = "[net]\nheight=4\nwidth=4\nchannels=1\n"

  @Test("a classifier of every kind of layer, with the numbers that darknet computes")
  func numbers() throws {
    let text =
      Self.net + """
        [convolutional]
        batch_normalize=1
        filters=1
        size=1
        activation=leaky
        [maxpool]
        size=2
        stride=2
        [connected]
        output=2
        activation=linear
        [softmax]
        [cost]
        type=sse
        """
    // bias, scale, mean, variance, weight; then biases and weights.
    let network = try Self.imported(text, floats: [0.5, 2, 1, 4, 3] + [1, 0] + [1, 0, 0, 0, 0, 0, 0, 1])
    #expect(network.graph.name == "small")
    #expect(
      network.graph.nodes.map(\.name) == [
        "input", "layer0.conv", "layer0.norm", "layer0.activation", "layer1", "layer2.fc", "layer3",
      ])
    #expect(network.graph.outputs == [Output(name: "probabilities", role: .probabilities, value: NodeID(index: 6))])
    let weights = try #require(network.weights)
    #expect(try weights.tensor(named: "layer0.norm.running_var").floats == [Float(4 + 2e-6 * 2)])
    #expect(network.notes.contains { $0.text.hasPrefix("darknet on a CPU adds 0.000001 to the root of the variance,") })
    let interpreter = try Interpreter(graph: network.graph) { try weights.tensor(named: $0) }
    let image = [Float](repeating: 0, count: 15) + [2]
    let answer = try interpreter.run(Tensor(shape: [1, 4, 4], floats: image))[0].floats
    // (3x − 1) / (√4 + 1e-6) · 2 + 0.5, then leaky: −0.05 where x is 0, 5.5 where it is 2.
    let difference = Double(-0.05 + 1 - 5.5)
    #expect(abs(Double(answer[1]) - 1 / (1 + exponential(difference))) < 1e-5)
  }

  private func exponential(_ x: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    for index in 1..<60 {
      term *= x / Double(index)
      sum += term
    }
    return sum
  }

  @Test("a shortcut of another shape adds the channels that both have, of every second row and column")
  func shortcuts() throws {
    let text =
      "[net]\nheight=4\nwidth=4\nchannels=2\n" + """
        [activation]
        activation=relu
        [convolutional]
        filters=3
        stride=2
        activation=linear
        [shortcut]
        from=-2
        [convolutional]
        filters=1
        activation=linear
        [shortcut]
        from=-2
        """
    let network = try Self.imported(text, floats: [10, 20, 30, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0])
    #expect(
      network.graph.nodes.dropFirst(3).map(\.operation.kind.word) == ["subsample", "add", "conv", "slice", "add"])
    #expect(
      network.notes.contains { $0.place == "line 11" && $0.text.contains("the first 2 channels of 2×4×4, of every 2") })
    let weights = try #require(network.weights)
    let interpreter = try Interpreter(graph: network.graph) { try weights.tensor(named: $0) }
    let image = Tensor(shape: [2, 4, 4], floats: (0..<32).map { Float($0) })
    #expect(try interpreter.run(image)[0].floats == [15, 17, 23, 25])
  }

  @Test("routes and shortcuts count layers as darknet does")
  func connections() throws {
    let text =
      "[net]\nheight=8\nwidth=8\nchannels=4\n" + """
        [convolutional]
        filters=4
        pad=1
        size=3
        activation=relu
        [convolutional]
        filters=4
        activation=linear
        [shortcut]
        from=-2
        activation=leaky
        [route]
        layers=-1,0
        [route]
        layers=-2
        groups=2
        group_id=1
        [upsample]
        [local]
        filters=3
        size=3
        stride=2
        pad=1
        activation=tanh
        [dropout]
        probability=.25
        [avgpool]
        """
    let graph = try Self.imported(text).graph
    #expect(
      graph.nodes.dropFirst().map { node in
        "\(node.name) of \(node.inputs.map { graph[$0].name }.joined(separator: " ")): \(node.shape)"
      } == [
        "layer0.conv of input: 4×8×8", "layer0.activation of layer0.conv: 4×8×8",
        "layer1.conv of layer0.activation: 4×8×8", "layer2.add of layer1.conv layer0.activation: 4×8×8",
        "layer2.activation of layer2.add: 4×8×8", "layer3 of layer2.activation layer0.activation: 8×8×8",
        "layer4.slice0 of layer2.activation: 2×8×8", "layer5 of layer4.slice0: 2×16×16",
        "layer6.local of layer5: 3×8×8", "layer6.activation of layer6.local: 3×8×8",
        "layer7 of layer6.activation: 3×8×8", "layer8 of layer7: 3×1×1",
      ])
    #expect(graph.outputs.map(\.role) == [.logits])
  }

  @Test("maximum pooling pads as darknet does")
  func pooling() throws {
    let cases: [(options: String, shape: Shape, padding: Padding, rounding: PoolingRounding)] = [
      ("size=2\nstride=2", [1, 4, 4], .none, .ceil), ("size=3\nstride=2", [1, 4, 4], Padding(1), .floor),
      ("size=2\nstride=1", [1, 7, 7], Padding(top: 0, left: 0, bottom: 1, right: 1), .floor),
      ("size=3\nstride=2\npadding=0", [1, 3, 3], .none, .floor),
    ]
    for (options, shape, padding, rounding) in cases {
      let graph = try Self.imported("[net]\nheight=7\nwidth=7\nchannels=1\n[maxpool]\n" + options).graph
      #expect(graph.nodes[1].shape == shape, "\(options)")
      guard case .maxPool(let pooling) = graph.nodes[1].operation else { continue }
      #expect(pooling.padding == .fixed(padding) && pooling.rounding == rounding, "\(options)")
    }
  }

  @Test("pictures are prepared as darknet's classifier does it, crop included")
  func preprocessing() throws {
    let plain = try Self.imported("[net]\nheight=8\nwidth=8\nchannels=3\n[avgpool]").card
    #expect(
      plain.preprocess
        == Preprocessing(resize: .shorterSide(8, .bilinear), crop: .centre(Extent(8)), scale: .divided(by: 255)))
    let cropped = try Self.imported(
      "[net]\nheight=8\nwidth=8\nchannels=3\n[crop]\ncrop_height=6\ncrop_width=6\n[route]\nlayers=0\n[avgpool]")
    #expect(cropped.card.input == [3, 6, 6])
    #expect(
      cropped.card.preprocess
        == Preprocessing(
          resize: .shorterSide(8, .bilinear), crop: .centre(Extent(6)), scale: .divided(by: 255),
          mean: [0.5, 0.5, 0.5],
          standardDeviation: [0.5, 0.5, 0.5]))
  }

  @Test("a batch norm by itself has its shift in the weights, or the shift 0 where they end before")
  func loneNorm() throws {
    let text = "[net]\nheight=1\nwidth=2\nchannels=2\n[batchnorm]\n[connected]\noutput=1\nactivation=linear\n"
    let connected: [Float] = [0.5, 1, 2, 3, 4]
    let statistics: [Float] = [2, 3, 1, -1, 4, 9]
    for shifts in [[], [10, 20]] as [[Float]] {
      let network = try Self.imported(text, floats: shifts + statistics + connected)
      let weights = try #require(network.weights)
      #expect(network.graph.nodes.map(\.name) == ["input", "layer0.norm", "layer1.fc"])
      #expect(try weights.tensor(named: "layer0.norm.bias").floats == (shifts.isEmpty ? [0, 0] : shifts))
      let interpreter = try Interpreter(graph: network.graph) { try weights.tensor(named: $0) }
      let answer = try interpreter.run(Tensor(shape: [2, 1, 2], floats: [1, 3, -1, 2]))[0].floats
      // (x − mean) / √variance · scale + shift, of 2 channels with 2 positions.
      let normed: [Float] = [0, 2, 0, 3]
      let summands = shifts.isEmpty ? [0, 0, 0, 0] : [shifts[0], shifts[0], shifts[1], shifts[1]]
      let expected = zip(zip(normed, summands).map(+), connected.dropFirst()).reduce(0.5) { $0 + $1.0 * $1.1 }
      #expect(abs(answer[0] - expected) < 1e-4 * abs(expected), "\(answer) for \(expected)")
    }
    for count in [10, 12, 14] {
      #expect(throws: WeightsError.self, "\(count)") {
        _ = try Self.imported(text, floats: [Float](repeating: 1, count: count))
      }
    }
  }

  @Test("what is not supported is named at once")
  func unsupported() {
    let text =
      Self.net
      + "[reorg]\n[convolutional]\nactivation=mish\n[route]\nlayers=0\n[yolo]\nmask=1\n[convolutional]\nxyz=1\n"
    let error = #expect(throws: ImportError.self) { _ = try Self.imported(text) }
    #expect(
      error.map { "\($0)" } == """
        a/small.cfg: zoo has nothing that computes the following:
          line 5: [reorg]
          line 10: [yolo], which finds objects
          line 12: [convolutional] with xyz=1
        """)
  }

  private static let refusedCases: [(String, String)] = [
    ("[convolutional]\nactivation=mish", "[convolutional] with activation=mish"),
    ("[convolutional]\nbinary=1", "[convolutional] with binary=1"),
    ("[local]\nsize=5\npad=1", "[local] with size=5 and pad=1"),
    ("[softmax]\ngroups=2", "[softmax] with groups=2"),
    ("[softmax]\ntemperature=2", "[softmax] with temperature=2.0"),
    ("[softmax]\ntree=x", "[softmax] with tree=x"),
    ("[upsample]\nstride=-2", "[upsample] with stride=-2 and scale=1.0"),
    ("[upsample]\n[shortcut]\nfrom=-2", "[shortcut] of 1×8×8 and 1×4×4"), ("[deconvolutional]", "[deconvolutional]"),
    ("[region]", "[region], which finds objects"),
  ]

  @Test(
    "layers that zoo has nothing for",
    arguments: refusedCases)
  func refused(text: String, what: String) {
    let first = text.contains("[shortcut]") ? "[activation]\nactivation=relu\n" : ""
    let error = #expect(throws: ImportError.self, "\(what)") { _ = try Self.imported(Self.net + first + text) }
    guard case .unsupported(_, let parts) = error else {
      Issue.record("\(what): \(error.map { "\($0)" } ?? "nothing")")
      return
    }
    #expect(parts.count == 1 && parts[0].what.hasPrefix(what), "\(parts)")
  }

  private static let invalidCases: [(String, String)] = [
    (
      "[net]\nheight=4\n[avgpool]",
      "line 1, [net]: height, width and channels must be there: zoo's networks take images"
    ),
    (net, "line 1, [net]: no layer follows"), ("\(net)[cost]", "line 1, [net]: no layer computes anything"),
    ("\(net)[convolutional]\nfilters=-1", "line 6: filters must be a whole number from 0 to 16777216; it is -1"),
    ("\(net)[dropout]\nprobability=x", "line 6: probability must be a finite number; it is x"),
    ("\(net)[route]", "line 5, [route]: layers is missing"),
    ("\(net)[shortcut]", "line 5, [shortcut]: from is missing"),
    ("\(net)[avgpool]\n[route]\nlayers=5", "line 6, [route]: layer 5 is none of the 1 before it"),
    (
      "\(net)[avgpool]\n[route]\nlayers=a",
      "line 7: layers must be whole numbers from -16777216 to 16777216, with commas between them; it is a"
    ),
    ("\(net)[avgpool]\n[route]\nlayers=0\ngroups=2", "line 6, [route]: 1 channels do not divide into 2 groups"),
    ("\(net)[crop]\ncrop_height=9\ncrop_width=2\n[avgpool]", "line 5, [crop]: it cuts 9×2 out of 4×4"),
  ]

  @Test(
    "files that contradict themselves",
    arguments: invalidCases)
  func invalid(text: String, message: String) {
    let error = #expect(throws: ImportError.self, "\(message)") { _ = try Self.imported(text) }
    #expect(error.map { "\($0)" } == "a/small.cfg: \(message)")
  }

  @Test("weights that do not end with the last layer are refused")
  func weights() {
    #expect(throws: WeightsError.self) {
      _ = try Self.imported(Self.net + "[connected]\noutput=1", floats: [Float](repeating: 0, count: 18))
    }
  }

  @Test("files with bytes changed are imported or refused")
  func hostile() {
    let text =
      Self.net
      + "[convolutional]\nfilters=2\nsize=3\nstride=1\npad=1\ngroups=1\n[maxpool]\nsize=2\nstride=2\n[route]\nlayers=-1,0\ngroups=2\n"
    for index in 0..<1500 {
      var generator = SplitMix64(seed: index)
      var bytes = Array(text.utf8)
      for _ in 0...generator.integer(0...2) {
        bytes[generator.integer(0...bytes.count - 1)] = generator.element(Array("0123456789-=[]\n,".utf8))
      }
      do {
        let network = try ImportedNetwork(
          darknet: DarknetConfiguration.open(bytes: bytes, name: "x"), path: "x", weights: nil)
        try network.graph.verify()
      } catch {
        #expect(!"\(error)".isEmpty)
      }
    }
  }
}
