import Testing
import ZooGraph
import ZooImages
import ZooInsight
import ZooKit
import ZooTensor
import ZooTestSupport
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
    return try Model(
      network, weights: .synthetic(seed: 3), outputs: outputs ? network.reportLayers + network.reportFolderLayers : [])
  }

  static let name = "\(script)\"'.png"

  /// Noise, as large as the network's input.
  static func picture() throws -> PixelImage {
    var random = SplitMix64(seed: 5)
    return try PixelImage(width: 12, height: 12, pixels: random.bytes(3 * 144))
  }

  /// A picture of its own in a folder with two classes.
  static func folder() throws -> PictureFolder {
    let folder = try PictureFolder()
    for number in 0..<6 { try folder.add("\(number < 3 ? "ant" : "bee")/\(number).png", seed: UInt64(number)) }
    return folder
  }

  static func report(_ model: Model, folder: PictureFolder? = nil, hasPicture: Bool = true) throws -> Report {
    let picture = try picture()
    let image = ReportBuilder.Image(
      name: name, sha256: String(repeating: "0", count: 64), input: try model.input(for: picture),
      picture: hasPicture ? picture : nil)
    var builder = try ReportBuilder(
      model.network, weights: model.weights, line: "zoo report '\(name)'", command: command)
    let folder = try folder.map { try ReportBuilder.Folder($0.path, model: model) }
    let report = try builder.build(model, image: image, target: .score(0), folder: folder) { _, _, _ in true }
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
    let folder = try ReportFixture.folder()
    for report in [
      try ReportFixture.report(model), try ReportFixture.report(model, folder: folder), try plain.build(),
    ] {
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
    let input = try model.input(for: ReportFixture.picture())
    let numbers = try ReportFixture.report(model).numbers
    let best = try model.classify(input, top: 5)
    #expect(numbers.answer?.map(\.label) == best.map(\.label))
    #expect(numbers.answer?.map(\.probability) == best.map(\.probability))
    let saliency = try #require(
      try Attributor(model, method: .saliency).attribution(of: .score(0), for: input))
    let given = numbers.attributions?.first { $0.name == "saliency" }
    let bytes = saliency.values.withUnsafeBytes { Array($0) }
    #expect(given?.sha256 == SHA256.digest(of: bytes).hexadecimal)
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

  @Test("has the adversarial picture that the attack makes, as it is read back; of a tensor says why not")
  func adversarial() throws {
    let model = try ReportFixture.model()
    let report = try ReportFixture.report(model)
    let numbers = try #require(report.numbers.adversarial)
    let adversary = try Adversary(model)
    let made = try #require(try adversary.attack(ReportFixture.picture()))
    let reading = try adversary.readBack(made)
    #expect(numbers.epsilon == 8 && numbers.steps == made.steps)
    #expect(numbers.changed == reading.png.isAdversarial && numbers.changedAfterJPEG == reading.jpeg.isAdversarial)
    #expect(numbers.linf == made.size.largest && numbers.l2 == made.size.euclidean && numbers.linf <= 8)
    #expect(numbers.after.label == reading.png.top[0].label)
    #expect(numbers.after.probability == reading.png.top[0].probability)
    let figures = report.sections.flatMap(\.blocks).compactMap { block in
      if case .figure(let figure, .adversarial(epsilon: 8)) = block { figure } else { nil }
    }
    #expect(figures.map(\.panels.count) == [3])
    let other = try ReportFixture.report(model, hasPicture: false)
    #expect(other.numbers.adversarial == nil && other.numbers.refusals.map(\.what) == ["adversarial"])
    #expect(other.numbers.refusals[0].reason == "changes are made to pixels, and \(ReportFixture.name) is a tensor")
  }

  @Test("has the patches of a folder that excite the units most which the picture excites most")
  func top() throws {
    let (model, folder) = (try ReportFixture.model(), try ReportFixture.folder())
    let report = try ReportFixture.report(model, folder: folder)
    let top = try #require(report.numbers.top)
    let pictures = try PictureSet(folder.path)
    let index = try TopPatches(model, layer: "r", capacity: 6).run(over: pictures, to: nil).index
    let own = try LayerValue("r", of: model, for: model.input(for: ReportFixture.picture()))
    // "s" sees 8 of 12 pixels.
    #expect(top.layer == "r" && top.pictures == 6)
    #expect(top.units.map(\.unit) == own.strongest(4))
    for unit in top.units {
      #expect(unit.here == own.map(of: unit.unit).max(), "unit \(unit.unit)")
      let patches = try index.patches(of: unit.unit, model: model, pictures: pictures)
      #expect(unit.patches.map(\.value) == patches.map(\.value), "unit \(unit.unit)")
      #expect(unit.patches.map(\.picture) == patches.map(\.picture), "unit \(unit.unit)")
    }
  }

  @Test("has the picture's own place among the codes of a folder, once also where the folder has it")
  func codes() throws {
    let (model, folder) = (try ReportFixture.model(), try ReportFixture.folder())
    let codes = try #require(try ReportFixture.report(model, folder: folder).numbers.codes)
    #expect(codes.layer == "mean" && codes.count == 7 && codes.width == 5)
    #expect(codes.nearest.count == 5 && codes.nearest[0].distance > 0)
    #expect(codes.nearest.map(\.distance) == codes.nearest.map(\.distance).sorted())
    for near in codes.nearest { #expect(near.picture.hasPrefix("\(near.class ?? "")/"), "\(near.picture)") }
    try folder.write(ReportFixture.picture().encodedAsPNG(), as: "bee/self.png")
    let report = try ReportFixture.report(model, folder: folder)
    let again = try #require(report.numbers.codes)
    #expect(again.count == 7 && again.nearest[0].picture == "bee/self.png" && again.nearest[0].distance == 0)
    let plots = report.sections.flatMap(\.blocks).compactMap { block in
      if case .plot(let svg, _, _, _, .codes) = block { svg } else { nil }
    }
    #expect(plots.count == 1 && plots[0].contains("class=\"marked\""))
    #expect(try report.page(command: ReportFixture.command).html.contains("src=\"data:image/svg+xml;base64,"))
    // Of too few there is no layout.
    let few = try PictureFolder()
    try few.add("a.png", seed: 1)
    let refused = try ReportFixture.report(model, folder: few).numbers
    #expect(refused.codes == nil && refused.top != nil && refused.refusals.map(\.what) == ["codes"])
  }

  @Test("says what a folder would add where there is none")
  func hint() throws {
    let model = try ReportFixture.model()
    let page = try ReportFixture.report(model).page(command: ReportFixture.command).html
    #expect(page.contains("With a folder of pictures"))
    let folder = try ReportFixture.folder()
    let other = try ReportFixture.report(model, folder: folder).page(command: ReportFixture.command).html
    #expect(!other.contains("With a folder of pictures"))
  }

  @Test("names the digest of the weights that are shipped")
  func digest() throws {
    let model = try Model("lenet-digits")
    var builder = try ReportBuilder(
      model.network, weights: model.weights, line: "zoo report lenet-digits", command: ReportFixture.command)
    let digest = try #require(try builder.build().numbers.weights?.sha256)
    let file = try #require(model.network.card.weights.compactMap { Catalogue.file("zoo/weights/\($0.file)") }.first)
    #expect(digest == SHA256.digest(of: file).hexadecimal && digest.count == 64)
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
    let pictures = try ReportFixture.folder()
    let folder = try ReportBuilder.Folder(pictures.path, model: model)
    for last in 0..<12 {
      let image = ReportBuilder.Image(
        name: "a.png", sha256: "", input: model.randomInput(), picture: try ReportFixture.picture())
      var builder = try ReportBuilder(
        model.network, weights: model.weights, line: "", command: ReportFixture.command)
      let report = try builder.build(model, image: image, target: .score(0), folder: folder) { _, done, _ in
        done < last
      }
      #expect(report == nil, "asked to end at part \(last)")
    }
    #expect(pictures.exists("ant/0.png"))
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
