import Testing
import ZooGraph
import ZooSpec
import ZooTensor

/// What the writer writes is the same network again.
struct DefinitionWriterTests {
  static func expectSame(_ graph: Graph, _ other: Graph) {
    func lines(_ graph: Graph) -> [String] {
      graph.nodes.map { "\($0.name) \($0.operation) \($0.inputs) \($0.shape) \($0.isTrainingOnly)" }
    }
    #expect(lines(other) == lines(graph))
    #expect(other.outputs == graph.outputs)
    #expect(other.name == graph.name)
    #expect(other.tensors == graph.tensors)
  }

  @Test(arguments: Repository.kinds)
  func `a definition of the catalogue survives being written flat`(name: String) throws {
    let definition = try Repository.definition(name)
    let graph = try definition.graph()
    let text = try DefinitionWriter(graph: graph, card: definition.card).text()
    let again = try Definition.parse(SourceFile(path: "zoo/\(name)-flat.yaml", text: text))
    Self.expectSame(graph, try again.graph())
    #expect(again.card == definition.card)
    let (root, complaints) = YAMLReader.read(SourceFile(path: "x", text: text))
    #expect(complaints.isEmpty)
    #expect(try SchemaTests.validator().complaints(try #require(root)) == [])
  }

  @Test func `comments, quotes and asymmetric geometry are written`() throws {
    var card = Card(name: "net")
    card.title = "A \"net\" #1:\nnew\u{7}"
    card.labels = .list(["yes", "1", "a: b"])
    var graph = Graph(name: "net")
    let input = try graph.append(.input([3, 9, 9]), name: "input")
    let first = try graph.append(
      .convolution(
        Convolution(
          outputChannels: 2, kernel: Extent(height: 1, width: 3), stride: Extent(2),
          padding: Padding(top: 0, left: 1, bottom: 0, right: 2), hasBias: false)),
      name: "1", inputs: [input])
    let side = try graph.append(.activation(.leakyRelu(slope: 0.3)), name: "0x1", inputs: [input])
    let last = try graph.append(.concat, name: "features.0", inputs: [first, first])
    _ = try graph.append(.dropout(probability: 0.1), name: "true", inputs: [side], isTrainingOnly: true)
    graph.outputs = [Output(name: "null", role: .features, value: last, lossWeight: 0.5)]
    var writer = DefinitionWriter(graph: graph, card: card)
    writer.header = ["From somewhere", ""]
    writer.comments = ["1": "was fc: 5 -> 4\nor so"]
    let text = try writer.text()
    #expect(
      text == #"""
        # From somewhere
        #
        zoo: 1
        name: net
        title: "A \"net\" #1:\nnew\U00000007"

        input: [3, 9, 9]
        labels: ["yes", "1", "a: b"]

        layers:
          - conv: {name: 1, out: 2, kernel: [1, 3], stride: 2, padding: {top: 0, left: 1, bottom: 0, right: 2}, dilation: 1, groups: 1, bias: false}  # was fc: 5 -> 4 or so
          - leaky_relu: {name: "0x1", from: input, slope: 0.3}
          - concat: {name: features.0, from: [1, 1]}
          - dropout: {name: "true", from: "0x1", probability: 0.1, training_only: true}
        outputs:
          "null": {from: features.0, role: features, loss_weight: 0.5}

        """#)
    let again = try Definition.parse(SourceFile(path: "net.yaml", text: text))
    #expect(again.card.title == card.title)
    Self.expectSame(graph, try again.graph())
  }

  @Test func `a path longer than any name of its groups is written as a name and read again`() throws {
    let names = ["a", "b", "c", "d"].map { String(repeating: $0, count: 120) }
    let definition = try Definition.parse(
      SourceFile(
        path: "net.yaml",
        text: """
          zoo: 1
          name: net
          input: [3, 8, 8]
          layers:
            - sequential:
                name: \(names[0])
                layers: [{sequential: {name: \(names[1]), layers: [{conv: {name: \(names[2]).\(names[3]), out: 2, kernel: 1}}]}}]
          """))
    let graph = try definition.graph()
    let text = try DefinitionWriter(graph: graph, card: definition.card).text()
    #expect(text.contains("name: \(names.joined(separator: "."))"))
    Self.expectSame(graph, try Definition.parse(SourceFile(path: "flat.yaml", text: text)).graph())
  }

  @Test func `a graph that passes rewrote beyond the language is refused`() throws {
    var graph = Graph(name: "net")
    let input = try graph.append(.input([3, 9, 9]), name: "input")
    try graph.append(
      .convolution(Convolution(outputChannels: 2, kernel: Extent(1), activation: .relu)), name: "a", inputs: [input])
    #expect(throws: DefinitionWriter.Failure.notExpressible(node: "a")) {
      try DefinitionWriter(graph: graph, card: Card(name: "net")).text()
    }
    #expect(throws: DefinitionWriter.Failure.inputCount(0)) {
      try DefinitionWriter(graph: Graph(name: "net"), card: Card(name: "net")).text()
    }
  }

  @Test func `a preprocessing beyond the language is refused, and a factor written, wherever it is`() throws {
    var graph = Graph(name: "net")
    let input = try graph.append(.input([1, 1, 2]), name: "input")
    try graph.append(
      .convolution(Convolution(outputChannels: 2, kernel: Extent(1))), name: "a", inputs: [input])
    let mean = try #require(MeanImage(Tensor(shape: [1, 1, 2], floats: [1, 2])))
    func card(_ preprocessing: Preprocessing, isForWeights: Bool) -> Card {
      var card = Card(name: "net")
      card.preprocess = isForWeights ? nil : preprocessing
      card.weights = [Card.WeightsSource(file: "a", preprocess: isForWeights ? preprocessing : nil)]
      return card
    }
    for isForWeights in [false, true] {
      let image = Preprocessing(channels: .grey, meanImage: .image(mean), scale: .none)
      #expect(throws: DefinitionWriter.Failure.preprocessingNotExpressible) {
        try DefinitionWriter(graph: graph, card: card(image, isForWeights: isForWeights)).text()
      }
      let factor = card(Preprocessing(channels: .grey, scale: .multiplied(by: 0.5)), isForWeights: isForWeights)
      let text = try DefinitionWriter(graph: graph, card: factor).text()
      let read = try Definition.parse(SourceFile(path: "net.yaml", text: text)).card
      #expect(read.preprocess == factor.preprocess && read.weights == factor.weights, "\(text)")
    }
  }
}
