import ZooTensor

extension DefinitionWriter {
  /// The top-level keys before the layers.
  func cardLines(input: Shape) throws(Failure) -> [String] {
    var lines = ["zoo: 1", "name: \(scalar(card.name))"]
    if let title = card.title { lines.append("title: \(quoted(title))") }
    if let summary = card.summary { lines.append("description: \(quoted(summary))") }
    if let paper = card.paper {
      lines += ["paper:", "  title: \(quoted(paper.title))"]
      if let authors = paper.authors { lines.append("  authors: \(quoted(authors))") }
      if let year = paper.year { lines.append("  year: \(year)") }
      if let url = paper.url { lines.append("  url: \(quoted(url))") }
    }
    if let license = card.license { lines.append("license: \(quoted(license))") }
    lines += ["", "input: [\(input.dimensions.map { "\($0)" }.joined(separator: ", "))]"]
    if let preprocess = card.preprocess { lines += try preprocessLines(preprocess, indent: "") }
    switch card.labels {
    case .set(let name)?: lines.append("labels: \(name)")
    case .file(let path, _)?: lines.append("labels: \(quoted(path))")
    case .list(let names)?: lines.append("labels: [\(names.map { quoted($0) }.joined(separator: ", "))]")
    case nil: break
    }
    lines += try totalsLines(card.expected, card.weights)
    if !card.weightNames.isEmpty { lines += ["weight_names:"] + card.weightNames.map { "  - \(spelling(of: $0))" } }
    if let training = card.training {
      lines += training.lines.isEmpty ? ["train: {}"] : ["train:"] + training.lines.map { "  \($0)" }
    }
    return lines
  }

  /// `expected` and `weights`.
  func totalsLines(
    _ expected: Card.Expected, _ weights: [Card.WeightsSource]
  ) throws(Failure) -> [String] {
    let totals = [("parameters", expected.parameters), ("macs", expected.macs)]
      .compactMap { key, value in value.map { "\(key): \($0)" } }
    var lines = totals.isEmpty ? [] : ["expected: {\(totals.joined(separator: ", "))}"]
    if !weights.isEmpty { lines.append("weights:") }
    for source in weights { lines += try weightsLines(source) }
    return lines
  }

  private func preprocessLines(_ preprocess: Preprocessing, indent: String) throws(Failure) -> [String] {
    var lines = ["preprocess:"]
    switch preprocess.resize {
    case .none: break
    case .shorterSide(let side, let filter):
      lines.append("  resize: {shorter_side: \(side), filter: \(filter.rawValue)}")
    case .exact(let extent, let filter):
      lines.append("  resize: {to: [\(extent.height), \(extent.width)], filter: \(filter.rawValue)}")
    }
    switch preprocess.crop {
    case .none: break
    case .centre(let size): lines.append("  crop: \(extent(size))")
    }
    lines.append("  channels: \(preprocess.channels.rawValue)")
    switch preprocess.meanImage {
    case .file(let path, _)?: lines.append("  mean_image: \(quoted(path))")
    case .embedded(let text)?: lines.append("  mean_image: \(quoted(MeanImageSource.scheme + text))")
    case .image?: throw .preprocessingNotExpressible
    case nil: break
    }
    switch preprocess.scale {
    case .none: lines.append("  divide_by: 1")
    case .divided(let divisor): lines.append("  divide_by: \(number(divisor))")
    // Divided by the inverse, samples may differ in the last bit.
    case .multiplied(let factor): lines.append("  multiply_by: \(number(factor))")
    }
    for (key, values) in [("mean", preprocess.mean), ("std", preprocess.standardDeviation)] where !values.isEmpty {
      lines.append("  \(key): [\(values.map { number($0) }.joined(separator: ", "))]")
    }
    return lines.map { indent + $0 }
  }

  private func weightsLines(_ weights: Card.WeightsSource) throws(Failure) -> [String] {
    var lines = ["  - file: \(quoted(weights.file))"]
    if let url = weights.url { lines.append("    url: \(quoted(url))") }
    if let digest = weights.sha256 { lines.append("    sha256: \(quoted(digest))") }
    if let format = weights.format { lines.append("    format: \(format.rawValue)") }
    if let license = weights.license { lines.append("    license: \(quoted(license))") }
    if let text = weights.protocolText { lines.append("    protocol: \(quoted(text))") }
    if let top1 = weights.top1 { lines.append("    top1: \(number(top1))") }
    if let top5 = weights.top5 { lines.append("    top5: \(number(top5))") }
    if weights.isShipped { lines.append("    shipped: true") }
    if !weights.names.isEmpty { lines += ["    names:"] + weights.names.map { "      - \(spelling(of: $0))" } }
    if let preprocess = weights.preprocess { lines += try preprocessLines(preprocess, indent: "    ") }
    return lines
  }

  private func spelling(of rule: NameRule) -> String {
    switch rule {
    case .removePrefix(let prefix): return "{strip: \(quoted(prefix))}"
    case .ignore(let pattern): return "{ignore: \(quoted(pattern))}"
    case .rename(let from, let to, let transforms):
      let steps = transforms.map { transform in
        switch transform {
        case .transpose(let order): "{transpose: \(order)}"
        case .reshape(let dimensions): "{reshape: \(dimensions)}"
        case .flipInputChannels: "{flip: input_channels}"
        case .divide(let divisor): "{divide_by: \(quoted(divisor))}"
        }
      }
      let suffix = steps.isEmpty ? "" : ", transform: [\(steps.joined(separator: ", "))]"
      return "{from: \(quoted(from)), to: \(quoted(to))\(suffix)}"
    }
  }
}
