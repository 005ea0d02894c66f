import Testing
import ZooGraph
import ZooSpec
import ZooTensor

/// What `sliding` says of a network that was rewritten.
struct SlidingTests {
  /// A network with a head and a classifier for training only, as `convert-fc` rewrites it.
  static let text = """
    zoo: 1
    name: net-conv
    input: [3, 8, 8]
    sliding:
      of: net
      title: A net
      native_input: [3, 8, 8]
      stride: [2, 2]
      receptive_field: {size: [10, 10], start: [-1, -1]}
      expected: {parameters: 1001, macs: 2002}
      weights: [{file: a.pth, top1: 70}]
      after: pool
      layers:
        - fc: {name: aux, out: 5, training_only: true}
        - dropout: {name: drop, probability: 0.5}
        - flatten: {name: flatten, from: pool}
        - fc: {name: fc, out: 7}
      outputs:
        logits: fc
        aux: {from: aux, role: auxiliary, loss_weight: 0.3}
    layers:
      - conv: {name: conv, out: 4, kernel: 3, padding: 1}
      - max_pool: {name: pool, kernel: 2}
      - dropout: {name: drop, probability: 0.5}
      - conv: {name: fc, from: pool, out: 7, kernel: 4}
    outputs:
      logits: fc

    """

  private func parse(_ text: String) throws(DefinitionErrors) -> (Definition, Graph) {
    let definition = try Definition.parse(SourceFile(path: "net.yaml", text: text))
    return (definition, try definition.graph())
  }

  private func complaint(_ old: String, _ new: String) -> String {
    precondition(Self.text.contains(old), "\(old) is not in the text")
    do throws(DefinitionErrors) {
      _ = try parse(Self.text.replacing(old, with: new, maxReplacements: 1))
      return "nothing is wrong"
    } catch {
      return "\(error)"
    }
  }

  @Test func `every key is read`() throws {
    let (definition, _) = try parse(Self.text)
    let record = SlidingRecord(
      name: "net", nativeInput: [3, 8, 8],
      receptiveField: ReceptiveField(
        size: Extent(10), stride: Extent(2), start: ReceptiveField.Position(row: -1, column: -1)),
      lastShared: "pool",
      layers: [
        SlidingRecord.Layer(
          name: "aux", operation: .fullyConnected(FullyConnected(outputFeatures: 5)), inputs: ["pool"],
          isTrainingOnly: true),
        SlidingRecord.Layer(name: "drop", operation: .dropout(probability: 0.5), inputs: ["pool"]),
        SlidingRecord.Layer(name: "flatten", operation: .flatten, inputs: ["pool"]),
        SlidingRecord.Layer(
          name: "fc", operation: .fullyConnected(FullyConnected(outputFeatures: 7)), inputs: ["flatten"]),
      ],
      outputs: [
        SlidingRecord.Output(name: "logits", role: .logits, value: "fc"),
        SlidingRecord.Output(name: "aux", role: .auxiliary, value: "aux", lossWeight: 0.3),
      ])
    #expect(
      definition.card.sliding
        == Card.Sliding(
          record: record, title: "A net", expected: Card.Expected(parameters: 1001, macs: 2002),
          weights: [Card.WeightsSource(file: "a.pth", top1: 70)]))
    #expect(definition.marks["sliding.layers.3"]?.description == "net.yaml:17:7")
    #expect(definition.marks["sliding.expected.macs"] != nil && definition.marks["expected.macs"] == nil)
  }

  @Test func `the original is built from the shared layers and the recorded ones`() throws {
    let (definition, graph) = try parse(Self.text)
    let original = try #require(try definition.original(of: graph)).graph
    let direct = try Definition.parse(
      SourceFile(
        path: "direct.yaml",
        text: """
          zoo: 1
          name: net
          input: [3, 8, 8]
          layers:
            - conv: {name: conv, out: 4, kernel: 3, padding: 1}
            - max_pool: {name: pool, kernel: 2}
            - fc: {name: aux, out: 5, training_only: true}
            - dropout: {name: drop, probability: 0.5}
            - flatten: {name: flatten, from: pool}
            - fc: {name: fc, out: 7}
          outputs: {logits: fc, aux: {from: aux, role: auxiliary, loss_weight: 0.3}}
          """)
    ).graph()
    DefinitionWriterTests.expectSame(original, direct)
    let large = try definition.graph(input: [3, 20, 24])
    #expect(large.nodes.last?.shape == [7, 7, 9])
    #expect(try definition.original(of: large)?.graph == original)
    #expect(try definition.build().original?.graph == original)
  }

  @Test func `without layers and outputs the network was what it is`() throws {
    let (definition, graph) = try parse(
      """
      zoo: 1
      name: net-conv
      input: [3, 8, 8]
      sliding: {of: net, native_input: [3, 8, 8], stride: [1, 1], receptive_field: {size: [3, 3], start: [0, 0]}, after: 0}
      layers: [{conv: {name: 0, out: 4, kernel: 3}}]
      """)
    let original = try #require(try definition.original(of: graph)).graph
    #expect(original.nodes == graph.nodes && original.outputs == graph.outputs && original.name == "net")
  }

  @Test func `contradictions are shown where they are written`() {
    #expect(
      complaint("stride: [2, 2]", "stride: [2, 4]") == """
        net.yaml:8:11: error: one score per 2×4 pixels is recorded, but the layers make it one per 2×2
            8 |   stride: [2, 4]
              |           ^~~~~~
        1 error

        """)
    #expect(
      complaint("- fc: {name: fc, out: 7}", "- fc: {name: fc, out: 8}").hasPrefix(
        """
        net.yaml:25:5: error: layer fc would be convolution 4×4, 8 channels by the record of what it was, but it is \
        convolution 4×4, 7 channels; convert the original again after a change
           25 |   - conv: {name: fc, from: pool, out: 7, kernel: 4}
              |     ^~~~
        """))
    #expect(
      complaint("flatten: {name: flatten, from: pool}", "flatten: {name: flatten, from: pol}").hasPrefix(
        """
        net.yaml:16:7: error: the recorded layer flatten reads pol, which comes neither before it in the record nor among \
        the layers that both networks share; convert the original again
           16 |     - flatten: {name: flatten, from: pol}
              |       ^~~~~~~
        """))
    for (old, new, place) in [
      ("start: [-1, -1]", "start: [0, -1]", "net.yaml:9:20"), ("after: pool", "after: pol", "net.yaml:12:10"),
      ("native_input: [3, 8, 8]", "native_input: [3, 9, 12]", "net.yaml:25:5"),
      ("logits: fc\n    aux", "logits: fx\n    aux", "net.yaml:19:5"),
      ("out: 7, kernel: 4", "out: 7, kernel: 3", "net.yaml:25:5"),
      (
        "- dropout: {name: drop, probability: 0.5}\n    - flatten", "- relu: {name: drop}\n    - flatten",
        "net.yaml:24:5"
      ),
      ("fc: {name: fc, out: 7}", "locally_connected: {name: fc, from: pool, out: 7, kernel: 4}", "net.yaml:17:7"),
    ] {
      #expect(complaint(old, new).hasPrefix("\(place): error: "), "\(new): \(complaint(old, new))")
    }
  }

  @Test func `what is written badly is complained about as anywhere`() {
    for (old, new, message) in [
      ("of: net", "off: net", "net.yaml:5:3: error: unknown key 'off' in 'sliding' (did you mean 'of'?)"),
      ("stride: [2, 2]", "stride: [0, 2]", "net.yaml:8:12: error: each item of 'stride' must be an integer from 1 to"),
      ("stride: [2, 2]", "stride: 2", "net.yaml:8:11: error: 'stride' must be [height, width]; found 2"),
      ("start: [-1, -1]", "start: 0", "net.yaml:9:44: error: 'start' must be [row, column]; found 0"),
      ("size: [10, 10], ", "", "net.yaml:9:20: error: 'receptive_field' needs 'size'"),
      (
        "native_input: [3, 8, 8]", "native_input: [3, 8]",
        "net.yaml:7:17: error: 'native_input' must be [channels, height, width]; found a list of 2 items"
      ),
      (
        "- flatten: {name: flatten, from: pool}", "- sequential: {name: a, layers: [relu]}",
        "net.yaml:16:7: error: under 'sliding' the layers stand one by one; 'sequential' groups them"
      ),
      (
        "probability: 0.5}\n    - flatten", "probability: $p}\n    - flatten",
        "net.yaml:15:42: error: there is no parameter 'p'"
      ),
    ] {
      #expect(complaint(old, new).hasPrefix(message), "\(complaint(old, new))")
    }
  }

  @Test func `a variant does not inherit what its base was`() throws {
    let variant = "zoo: 1\nname: v\nvariant_of: net.yaml\n"
    let definition = try Definition.parse(SourceFile(path: "v.yaml", text: variant)) { _, _ in
      SourceFile(path: "net.yaml", text: Self.text)
    }
    #expect(definition.card.sliding == nil)
    #expect(try definition.graph().nodes.count == 5)
  }

  @Test func `what cannot be rewritten is shown at its line`() throws {
    let definition = try Definition.parse(
      SourceFile(
        path: "net.yaml",
        text: """
          zoo: 1
          name: net
          input: [3, 8, 8]
          layers:
            - locally_connected: {name: local, out: 2, kernel: 3}
            - fc: {name: fc, out: 7}
          """))
    let graph = try definition.graph()
    do throws(ConversionError) {
      _ = try FullyConnectedToConvolution(graph)
      Issue.record("it was rewritten")
    } catch {
      #expect(
        definition.errors(error)?.description == """
          net.yaml:5:5: error: layer local: a locally connected layer has other weights at every position, so the network \
          cannot slide over an image; replace it by a convolution
              5 |   - locally_connected: {name: local, out: 2, kernel: 3}
                |     ^~~~~~~~~~~~~~~~~
          1 error

          """)
      #expect(definition.errors(.inputCount(found: 2)) == nil)
    }
  }

  /// What `convert-fc` writes for every network of the catalogue is valid and leads back.
  @Test(arguments: Repository.kinds)
  func `a rewritten definition of the catalogue is valid and leads back`(name: String) throws {
    let definition = try Repository.definition(name)
    let graph = try definition.graph()
    // A gate is one number for the whole image, of which a larger image would need many.
    guard !graph.nodes.contains(where: { $0.operation == .multiply }) else {
      let error = #expect(throws: ConversionError.self, "\(name)") { try FullyConnectedToConvolution(graph) }
      #expect(error.flatMap { definition.errors($0) } != nil, "\(name)")
      return
    }
    let conversion = try FullyConnectedToConvolution(graph)
    var card = definition.card
    card.sliding = Card.Sliding(
      record: conversion.record, title: card.title, expected: card.expected, weights: card.weights)
    let text = try DefinitionWriter(graph: conversion.graph, card: card).text()
    let (root, complaints) = YAMLReader.read(SourceFile(path: "x", text: text))
    #expect(complaints.isEmpty)
    #expect(try SchemaTests.validator().complaints(try #require(root)) == [])
    let again = try Definition.parse(SourceFile(path: "zoo/\(name)-conv.yaml", text: text))
    #expect(again.card == card)
    let original = try #require(try again.original(of: again.graph())).graph
    DefinitionWriterTests.expectSame(original, graph)
  }
}
