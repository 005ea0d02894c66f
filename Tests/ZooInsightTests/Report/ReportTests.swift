import Testing
import ZooGraph
import ZooImages
import ZooInsight
import ZooKit
import ZooTensor
import ZooWeights

/// What the tests of reports describe: a network with names that would be markup if they were not escaped.
enum ReportFixture {
  static let script = "<script>alert('1')</script>"

  static func model(activation: String = "relu", outputs: Bool = true) throws -> Model {
    let yaml = """
      zoo: 1
      name: small
      title: "Small & <b>bold</b>"
      paper: {title: "A <i>paper</i>", url: "https://example.org/?a=1&b=<i>"}
      input: [3, 12, 12]
      preprocess: {resize: {to: [12, 12], filter: bilinear}, channels: rgb, divide_by: 255}
      labels: ["\(script)", "one", "two"]
      layers:
        - conv: {name: a, out: 4, kernel: 3, padding: 1}
        - \(activation): {name: r}
        - max_pool: {name: pool, kernel: 2, stride: 2}
        - conv: {name: b, out: 5, kernel: 3, padding: 1}
        - \(activation): {name: s}
        - global_average_pool: {name: mean}
        - fc: {name: f, out: 3}
      """
    let network = try Network(yaml: yaml, path: "small.yaml")
    return try Model(network, weights: .synthetic(seed: 3), outputs: outputs ? network.reportLayers : [])
  }

  static let name = "\(script)\"'.png"

  static func report(_ model: Model) throws -> Report {
    let image = ReportBuilder.Image(
      name: name, sha256: String(repeating: "0", count: 64), input: model.randomInput())
    var builder = try ReportBuilder(
      model.network, weights: model.weights, line: "zoo report '\(name)'", command: command)
    let report = try builder.build(model, image: image, target: .score(0)) { _, _, _ in true }
    return try #require(report)
  }

  static func command(_ figure: ReportFigure) -> String { "zoo <again> \(figure)" }
}

@Suite("A report") struct ReportTests {
  @Test(
    "is one page of balanced tags, unique ids and pictures with words, which asks for nothing, with and without a picture"
  )
  func structure() throws {
    let model = try ReportFixture.model()
    var plain = try ReportBuilder(
      model.network, weights: nil, line: "zoo report small", command: ReportFixture.command)
    for report in [try ReportFixture.report(model), try plain.build()] {
      let page = try report.page(command: ReportFixture.command)
      #expect(page.leftOut.isEmpty)
      let markup = try Markup(page.html)
      #expect(markup.faults == [])
      #expect(markup.elements.filter { $0.name == "script" }.isEmpty, "a name became a script")
      #expect(markup.elements.filter { ["b", "i"].contains($0.name) && $0.attributes["style"] == nil }.isEmpty)
      let policy = markup.elements.first { $0.attributes["http-equiv"] == "Content-Security-Policy" }
      #expect(policy?.attributes["content"] == "default-src 'none'; img-src data:; style-src 'unsafe-inline'")
      #expect(markup.elements.filter { $0.name == "h1" }.count == 1)
      #expect(markup.elements.filter { $0.name == "details" }.count == report.sections.count)
      #expect(page.html.contains("Small &amp; &lt;b&gt;bold") || !report.title.contains("<b>"))
    }
  }

  @Test("has the numbers that the parts of the library answer with")
  func numbers() throws {
    let model = try ReportFixture.model()
    let input = model.randomInput()
    let numbers = try ReportFixture.report(model).numbers
    let best = try model.classify(input, top: 5)
    #expect(numbers.answer?.map(\.label) == best.map(\.label))
    #expect(numbers.answer?.map(\.probability) == best.map(\.probability))
    let saliency = try #require(
      try Attributor(model, method: .saliency).attribution(of: .score(0), for: input))
    let given = numbers.attributions?.first { $0.name == "saliency" }
    let bytes = saliency.values.withUnsafeBytes { Array($0) }
    #expect(given?.sha256 == SHA256.digest(of: bytes).hexadecimalText)
    #expect(given?.maximum == saliency.values.floats.max())
    let map = try ClassActivation(model).map(of: .score(0), for: input)
    #expect(numbers.contributions?.values == map.contributions.floats)
    #expect(numbers.contributions?.layer == "s")
    #expect(numbers.activations?.map(\.name) == ["r", "s"])
    #expect(numbers.filters?.layer == "a")
    #expect(numbers.parameters == model.network.totals.parameters)
    #expect(numbers.refusals.isEmpty)
  }

  @Test("says why in the place of a method that is not defined for the network")
  func refusals() throws {
    let report = try ReportFixture.report(try ReportFixture.model(activation: "silu"))
    #expect(report.numbers.refusals.map(\.what) == ["guided"])
    #expect(report.numbers.attributions?.map(\.name) == ["saliency", "smoothgrad", "input-gradient", "integrated"])
    let page = try report.page(command: ReportFixture.command).html
    #expect(page.contains("this network uses silu at 2 nodes"))
  }

  @Test("shares a scale between figures of the same unit")
  func scales() throws {
    let report = try ReportFixture.report(try ReportFixture.model())
    var scales: [String: Set<ColourScale>] = [:]
    var figures = 0
    for case .figure(let figure, .attribution) in report.sections.flatMap(\.blocks) {
      let scale = try #require(figure.scale)
      scales[scale.unit, default: []].insert(scale)
      figures += 1
    }
    #expect(figures == 5)
    #expect(scales.count == 3)
    #expect(scales.values.allSatisfy { $0.count == 1 })
  }

  @Test("leaves figures out that would make it too large, and says with what commands they are made")
  func limit() throws {
    let report = try ReportFixture.report(try ReportFixture.model())
    let whole = try report.page(command: ReportFixture.command)
    let page = try report.page(limit: 20_000, command: ReportFixture.command)
    #expect(page.html.utf8.count < whole.html.utf8.count)
    #expect(page.leftOut.contains("Why: by gradients"))
    #expect(try Markup(page.html).faults == [])
    #expect(page.html.contains("Left out: with it the page would be larger than 20.0 kB."))
    #expect(page.html.contains("zoo &lt;again&gt; attribution"))
  }

  @Test("ends where it is asked to")
  func interruption() throws {
    let model = try ReportFixture.model()
    for last in 0..<4 {
      let image = ReportBuilder.Image(name: "a.png", sha256: "", input: model.randomInput())
      var builder = try ReportBuilder(
        model.network, weights: model.weights, line: "", command: ReportFixture.command)
      let report = try builder.build(model, image: image, target: .score(0)) { _, done, _ in done < last }
      #expect(report == nil, "asked to end at part \(last)")
    }
  }

  @Test(
    "shows the last layer that computes something for each size of map",
    arguments: [
      ("lenet", ["conv1", "conv2"]),
      ("vgg11", ["features.1", "features.4", "features.9", "features.14", "features.19"]),
      ("resnet18", ["relu", "layer1.1.relu_2", "layer2.1.relu_2", "layer3.1.relu_2", "layer4.1.relu_2"]),
    ])
  func layers(_ name: String, _ layers: [String]) throws {
    #expect(try Network.find(name).reportLayers == layers)
  }
}
