import ZooGraph
import ZooTensor

extension DefinitionDecoder {
  mutating func decodeCard(_ fields: Fields, into syntax: inout DefinitionSyntax) {
    syntax.card.title = fields["title"].flatMap { text($0, .key("title")) }
    syntax.card.summary = fields["description"].flatMap { text($0, .key("description")) }
    syntax.card.license = fields["license"].flatMap { text($0, .key("license")) }
    syntax.card.paper = fields["paper"].flatMap { paper($0) }
    syntax.card.input = fields["input"].flatMap { inputShape($0) }
    syntax.card.labels = fields["labels"].flatMap { labels($0) }
    if let node = fields["preprocess"] {
      syntax.card.preprocess = preprocess(node, path: "preprocess", marks: &syntax.marks)
    }
    if let node = fields["expected"] {
      syntax.card.expected = expected(node, path: "expected", marks: &syntax.marks)
    }
    if let node = fields["weights"] { syntax.card.weights = weights(node, path: "weights", marks: &syntax.marks) }
    if let node = fields["weight_names"] { syntax.card.weightNames = weightNameRules(node, key: "weight_names") }
    if let node = fields["sliding"] { syntax.card.sliding = sliding(node, marks: &syntax.marks) }
    if let recipe = fields["train"].flatMap({ training($0) }) {
      (syntax.card.training, syntax.training) = (recipe.card, recipe.node)
    }
    checkPreprocess(syntax)
  }

  private mutating func paper(_ node: YAMLNode) -> Card.Paper? {
    let keys = ["title", "authors", "year", "url"]
    guard let fields = fields(of: node, subject: .key("paper"), place: .key("paper"), keys: keys) else { return nil }
    let title = require("title", of: fields).flatMap { text($0, .key("title")) }
    return Card.Paper(
      title: title ?? "", authors: fields["authors"].flatMap { text($0, .key("authors")) },
      year: fields["year"].flatMap { integer($0, .key("year"), 1900...2999) },
      url: fields["url"].flatMap { text($0, .key("url"), .url, where: \.isWebAddress) })
  }

  mutating func inputShape(_ node: YAMLNode, key: String = "input") -> Shape? {
    guard case .sequence(let items) = node.content, items.count == 3 else {
      report(node, .key(key), .inputShape)
      return nil
    }
    let channels = integer(items[0], .item(of: key), 1...ConvolutionGeometry.maximumChannels)
    let height = integer(items[1], .item(of: key), 1...ConvolutionGeometry.maximumSide)
    let width = integer(items[2], .item(of: key), 1...ConvolutionGeometry.maximumSide)
    guard let channels, let height, let width else { return nil }
    return Shape(validating: [channels, height, width])
  }

  private mutating func labels(_ node: YAMLNode) -> Card.Labels? {
    if case .sequence(let items) = node.content, !items.isEmpty {
      return .list(items.compactMap { word($0, .item(of: "labels"), .text) { !$0.isEmpty } })
    }
    if case .string(let text)? = node.scalar {
      if Card.Labels.sets.contains(text) { return .set(text) }
      if text.isLabelFile { return .file(text, base: source.path) }
    }
    report(node, .key("labels"), .labels, suggestion: node.text?.nearest(among: Card.Labels.sets))
    return nil
  }

  mutating func expected(_ node: YAMLNode, path: String, marks: inout [String: SourceRange]) -> Card.Expected {
    let keys = ["parameters", "macs"]
    guard let fields = fields(of: node, subject: .key("expected"), place: .key("expected"), keys: keys) else {
      return Card.Expected()
    }
    for key in keys {
      if let node = fields[key] { marks["\(path).\(key)"] = node.site }
    }
    return Card.Expected(
      parameters: fields["parameters"].flatMap { integer($0, .key("parameters"), 0...maximumInteger) },
      macs: fields["macs"].flatMap { integer($0, .key("macs"), 0...maximumInteger) })
  }

  mutating func weights(
    _ node: YAMLNode, path: String, marks: inout [String: SourceRange]
  ) -> [Card.WeightsSource] {
    items(of: node, .key("weights")).enumerated().compactMap { index, item in
      weightsSource(item, path: "\(path).\(index)", marks: &marks)
    }
  }

  private mutating func weightsSource(
    _ node: YAMLNode, path: String, marks: inout [String: SourceRange]
  ) -> Card.WeightsSource? {
    let keys = [
      "file", "url", "sha256", "format", "license", "protocol", "top1", "top5", "shipped", "names",
      "preprocess",
    ]
    guard let fields = fields(of: node, subject: .item(of: "weights"), place: .item(of: "weights"), keys: keys) else {
      return nil
    }
    let percent = NumberRange(0, 100)
    let file = require("file", of: fields).flatMap { text($0, .key("file")) }
    var source = Card.WeightsSource(
      file: file ?? "", url: fields["url"].flatMap { text($0, .key("url"), .url, where: \.isWebAddress) },
      sha256: fields["sha256"].flatMap { text($0, .key("sha256"), .digest, where: \.isDigest) },
      format: fields["format"].flatMap {
        choice($0, .key("format"), Card.WeightsSource.Format.allCases.map(\.rawValue))
      }.flatMap(Card.WeightsSource.Format.init),
      license: fields["license"].flatMap { text($0, .key("license")) },
      protocolText: fields["protocol"].flatMap { text($0, .key("protocol")) },
      top1: fields["top1"].flatMap { number($0, .key("top1"), percent) },
      top5: fields["top5"].flatMap { number($0, .key("top5"), percent) },
      isShipped: fields["shipped"].flatMap { boolean($0, .key("shipped")) } ?? false)
    if let node = fields["names"] { source.names = weightNameRules(node, key: "names") }
    if let node = fields["preprocess"] {
      marks["\(path).preprocess"] = node.site
      source.preprocess = preprocess(node, path: "\(path).preprocess", marks: &marks)
    }
    return source
  }
}

// MARK: - Preprocessing

extension DefinitionDecoder {
  private mutating func preprocess(
    _ node: YAMLNode, path: String, marks: inout [String: SourceRange]
  ) -> Preprocessing? {
    let keys = ["resize", "crop", "channels", "mean_image", "divide_by", "multiply_by", "mean", "std"]
    guard let fields = fields(of: node, subject: .key("preprocess"), place: .key("preprocess"), keys: keys) else {
      return nil
    }
    for key in keys {
      if let node = fields[key] { marks["\(path).\(key)"] = node.site }
    }
    let positive = NumberRange(0, 1e6, includesLower: false)
    var result = Preprocessing(scale: .none)
    if let resize = fields["resize"].flatMap({ resize($0) }) { result.resize = resize }
    if let crop = fields["crop"].flatMap({ size($0, .key("crop"), square: true) }) { result.crop = .centre(crop) }
    result.channels =
      fields["channels"].flatMap { choice($0, .key("channels"), Preprocessing.Channels.allCases.map(\.rawValue)) }
      .flatMap(Preprocessing.Channels.init) ?? .rgb
    result.meanImage = fields["mean_image"].flatMap { meanImage($0) }
    let divisor = fields["divide_by"].flatMap { number($0, .key("divide_by"), positive) } ?? 1
    if divisor != 1 { result.scale = .divided(by: divisor) }
    let factor = fields["multiply_by"].flatMap { number($0, .key("multiply_by"), positive) } ?? 1
    if factor != 1 { result.scale = .multiplied(by: factor) }
    result.mean = fields["mean"].map { numbers($0, key: "mean", NumberRange(-1e6, 1e6)) } ?? []
    result.standardDeviation = fields["std"].map { numbers($0, key: "std", positive) } ?? []
    if let image = fields["mean_image"], let mean = fields["mean"] {
      var diagnostic = Diagnostic(node: image, fault: .twoMeans)
      diagnostic.notes.append(Diagnostic.Note(range: mean.site, fact: .meanGiven))
      diagnostics.append(diagnostic)
    }
    if let factor = fields["multiply_by"], let divisor = fields["divide_by"] {
      var diagnostic = Diagnostic(node: factor, fault: .twoScales)
      diagnostic.notes.append(Diagnostic.Note(range: divisor.site, fact: .divisorGiven))
      diagnostics.append(diagnostic)
    }
    for key in ["mean", "std"] {
      guard let node = fields[key], case .sequence(let items) = node.content, !items.isEmpty,
        items.count != result.channels.count
      else { continue }
      let fault = DefinitionFault.valuesPerChannel(key: key, expected: result.channels.count, found: items.count)
      diagnostics.append(Diagnostic(node: node, fault: fault))
    }
    return result
  }

  private mutating func meanImage(_ node: YAMLNode) -> MeanImageSource? {
    guard let text = text(node, .key("mean_image"), .meanImage, where: \.isMeanImage) else { return nil }
    let scheme = MeanImageSource.scheme
    return text.hasPrefix(scheme)
      ? .embedded(String(text.dropFirst(scheme.count))) : .file(text, base: source.path)
  }

  private mutating func resize(_ node: YAMLNode) -> Preprocessing.Resize? {
    let keys = ["shorter_side", "to", "filter"]
    guard let fields = fields(of: node, subject: .key("resize"), place: .key("resize"), keys: keys) else { return nil }
    let filter =
      fields["filter"].flatMap { choice($0, .key("filter"), ResizeFilter.allCases.map(\.rawValue)) }
      .flatMap(ResizeFilter.init) ?? .bilinear
    switch (fields["shorter_side"], fields["to"]) {
    case (let side?, nil):
      return integer(side, .key("shorter_side"), 1...ConvolutionGeometry.maximumSide)
        .map { .shorterSide($0, filter) }
    case (nil, let to?):
      return size(to, .key("to"), square: false).map { .exact($0, filter) }
    case (nil, nil), (_?, _?):
      report(node, .key("resize"), .resize)
      return nil
    }
  }

  private mutating func size(_ node: YAMLNode, _ subject: Subject, square: Bool) -> Extent? {
    let sides = 1...ConvolutionGeometry.maximumSide
    if square, let side = node.scalar?.integer, sides.contains(side) { return Extent(side) }
    if case .sequence(let items) = node.content, items.count == 2 {
      let height = items[0].scalar?.integer
      let width = items[1].scalar?.integer
      if let height, let width, sides.contains(height), sides.contains(width) {
        return Extent(height: height, width: width)
      }
    }
    report(node, subject, square ? .extent(sides) : .size)
    return nil
  }

  /// The result of the preprocessing must be the network's input, that for particular weights too.
  mutating func checkPreprocess(_ syntax: DefinitionSyntax) {
    checkPreprocess(syntax.card.preprocess, path: "preprocess", syntax)
    for (index, weights) in syntax.card.weights.enumerated() {
      checkPreprocess(weights.preprocess, path: "weights.\(index).preprocess", syntax)
    }
  }

  mutating func checkPreprocess(_ preprocess: Preprocessing?, path: String, _ syntax: DefinitionSyntax) {
    guard let preprocess, let input = syntax.card.input,
      let range = syntax.marks["\(path).channels"] ?? syntax.marks[path]
    else { return }
    if preprocess.channels.count != input.channels {
      let fault = DefinitionFault.channelsDiffer(
        order: preprocess.channels.rawValue, expected: preprocess.channels.count, input: input.channels)
      diagnostics.append(Diagnostic(range: range, fault: fault))
    }
    if let size = preprocess.fixedOutputExtent, size != input.extent {
      let range = syntax.marks["\(path).crop"] ?? syntax.marks["\(path).resize"] ?? range
      diagnostics.append(
        Diagnostic(range: range, fault: .croppedSizeDiffers(result: size, input: input.extent)))
    }
  }
}

extension MeanImageSource {
  /// What stands before the base64 in a definition: a data URL, RFC 2397.
  static let scheme = "data:application/x-npy;base64,"
}
