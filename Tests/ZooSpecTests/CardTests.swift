import Testing
import ZooGraph
import ZooSpec
import ZooTensor

/// What a definition says besides its layers.
struct CardTests {
  static let text = """
    zoo: 1
    name: net
    title: A net
    description: >-
      One
      line.
    paper: {title: On nets, authors: 'A, B', year: 1998, url: "https://example.org/a?b=c"}
    license: MIT
    input: [3, 20, 24]
    preprocess:
      resize: {shorter_side: 30, filter: bicubic}
      crop: [20, 24]
      channels: bgr
      divide_by: 2
      mean: [104, 117.5, 1e2]
      std: [1, 2, 3]
    labels: [cat, 'no', 3]
    expected: {parameters: 4323, macs: 4320}
    weights:
      - {file: a.pth, url: "http://a.b", sha256: 0676ba61, license: CC0, protocol: val, top1: 70, top5: 90.5}
      - {file: b.zoow, shipped: true}
      - file: c.caffemodel
        format: caffe
        names:
          - {from: "*/w", to: "*.weight", transform: [{reshape: [3, -1]}, {transpose: [1, 0]}, {divide_by: "*/s"}]}
          - {from: first, to: first, transform: [{flip: input_channels}]}
        preprocess: {crop: [20, 24], mean_image: means/c.binaryproto, divide_by: 255}
    weight_names:
      - {strip: net.}
      - {ignore: "*.step"}
      - {from: "module.*", to: "*"}
    parameters: {n: 3, deep: false, kind: basic}
    layers: [{fc: {name: fc, out: $n}}]
    """

  @Test func `every key is read`() throws {
    let definition = try Definition.parse(SourceFile(path: "a/net.yaml", text: Self.text))
    var card = Card(name: "net")
    card.title = "A net"
    card.summary = "One line."
    card.paper = Card.Paper(title: "On nets", authors: "A, B", year: 1998, url: "https://example.org/a?b=c")
    card.license = "MIT"
    card.input = [3, 20, 24]
    card.preprocess = Preprocessing(
      resize: .shorterSide(30, .bicubic), crop: .centre(Extent(height: 20, width: 24)), channels: .bgr,
      scale: .divided(by: 2), mean: [104, 117.5, 100], standardDeviation: [1, 2, 3])
    card.labels = .list(["cat", "no", "3"])
    card.expected = Card.Expected(parameters: 4323, macs: 4320)
    card.weights = [
      Card.WeightsSource(
        file: "a.pth", url: "http://a.b", sha256: "0676ba61", license: "CC0", protocolText: "val", top1: 70,
        top5: 90.5),
      Card.WeightsSource(file: "b.zoow", isShipped: true),
      Card.WeightsSource(
        file: "c.caffemodel", format: .caffe,
        names: [
          .rename(
            from: "*/w", to: "*.weight", transforms: [.reshape([3, -1]), .transpose([1, 0]), .divide(by: "*/s")]),
          .rename(from: "first", to: "first", transforms: [.flipInputChannels]),
        ],
        preprocess: Preprocessing(
          crop: .centre(Extent(height: 20, width: 24)), meanImage: .file("means/c.binaryproto", base: "a/net.yaml"),
          scale: .divided(by: 255))),
    ]
    card.weightNames = [.removePrefix("net."), .ignore("*.step"), .rename(from: "module.*", to: "*")]
    #expect(definition.card == card)
    #expect(
      definition.parameters.map { "\($0.name) \($0.value)" } == ["n 3", "deep false", "kind basic"])
    #expect(definition.marks["expected.macs"]?.description == "a/net.yaml:18:36")
  }

  @Test(
    arguments: [
      ("mean.npy", .file("mean.npy", base: "a/net.yaml")),
      ("../m/ilsvrc.binaryproto", .file("../m/ilsvrc.binaryproto", base: "a/net.yaml")),
      ("data:application/x-npy;base64,k05V/+8=", .embedded("k05V/+8=")),
    ] as [(String, MeanImageSource)])
  func `a mean image is read and written`(value: String, image: MeanImageSource) throws {
    let text = """
      zoo: 1
      name: net
      input: [3, 8, 8]
      preprocess: {mean_image: "\(value)", divide_by: 2}
      layers: [{fc: {name: fc, out: 3}}]
      """
    let definition = try Definition.parse(SourceFile(path: "a/net.yaml", text: text))
    #expect(definition.card.preprocess == Preprocessing(meanImage: image, scale: .divided(by: 2)))
    let written = try DefinitionWriter(graph: definition.graph(), card: definition.card).text()
    let again = try Definition.parse(SourceFile(path: "a/net.yaml", text: written))
    #expect(again.card == definition.card)
    let (root, _) = YAMLReader.read(SourceFile(path: "x", text: written))
    #expect(try SchemaTests.validator().complaints(try #require(root)) == [])
  }

  @Test(arguments: [0.00390625, 0.017, 1e-5, 0.5])
  func `a factor is read and written as it is`(factor: Double) throws {
    let text = """
      zoo: 1
      name: net
      input: [3, 8, 8]
      preprocess: {multiply_by: \(factor)}
      layers: [{fc: {name: fc, out: 3}}]
      """
    let definition = try Definition.parse(SourceFile(path: "net.yaml", text: text))
    #expect(definition.card.preprocess == Preprocessing(scale: .multiplied(by: factor)))
    let written = try DefinitionWriter(graph: definition.graph(), card: definition.card).text()
    #expect(try Definition.parse(SourceFile(path: "net.yaml", text: written)).card == definition.card)
    let (root, _) = YAMLReader.read(SourceFile(path: "x", text: written))
    #expect(try SchemaTests.validator().complaints(try #require(root)) == [])
  }

  @Test func `a label set of the catalogue is a file of the catalogue`() {
    #expect(Card.Labels.sets == Repository.names(in: Repository.root + "/zoo/labels", suffix: ".tsv"))
  }

  @Test func `totals that differ are reported at their place`() throws {
    let definition = try Definition.parse(SourceFile(path: "net.yaml", text: Self.text))
    #expect(definition.difference(parameters: 4323, macs: 4320) == nil)
    #expect(
      definition.difference(parameters: 11_689_512, macs: 4320)?.description == """
        net.yaml:18:24: error: the network has 11,689,512 parameters, but 'expected' says 4323
           18 | expected: {parameters: 4323, macs: 4320}
              |                        ^~~~
        1 error

        """)
    #expect(definition.difference(parameters: 0, macs: 0)?.diagnostics.count == 2)
  }

  @Test func `a variant replaces what it gives and inherits the rest but for four keys`() throws {
    let variant = """
      zoo: 1
      name: deep
      variant_of: net.yaml
      with: {n: 5, deep: true}
      labels: names.txt
      """
    let definition = try Definition.parse(SourceFile(path: "b/deep.yaml", text: variant)) { name, path in
      #expect(name == "net.yaml" && path == "b/deep.yaml")
      return SourceFile(path: "b/net.yaml", text: Self.text)
    }
    let card = definition.card
    #expect(card.name == "deep" && definition.variantOf == "net.yaml")
    #expect(card.title == nil && card.summary == nil && card.weights.isEmpty && card.expected == Card.Expected())
    #expect(card.paper?.year == 1998 && card.license == "MIT" && card.preprocess?.scale == .divided(by: 2))
    #expect(card.input == [3, 20, 24] && card.weightNames.count == 3)
    #expect(card.labels == .file("names.txt", base: "b/deep.yaml"))
    #expect(definition.parameters.map(\.value) == [.integer(5), .boolean(true), .string("basic")])
    #expect(try definition.graph().nodes.last?.shape == [5])
    #expect(try definition.graph().name == "deep")
  }

  @Test func `a loader's error becomes a complaint`() {
    struct Denied: Error {}
    #expect {
      try Definition.parse(SourceFile(path: "v.yaml", text: "zoo: 1\nname: v\nvariant_of: w.yaml")) { _, _ in
        throw Denied()
      }
    } throws: { error in
      "\(error)".hasPrefix("v.yaml:3:13: error: 'w.yaml' cannot be read: Denied()\n")
    }
  }
}
