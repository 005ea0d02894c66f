import ZooTensor

extension DefinitionWriter {
  /// The top-level keys before the layers.
  func cardLines(input: Shape) -> [String] {
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
    if let preprocess = card.preprocess { lines += preprocessLines(preprocess) }
    switch card.labels {
    case .set(let name)?: lines.append("labels: \(name)")
    case .file(let path, _)?: lines.append("labels: \(quoted(path))")
    case .list(let names)?: lines.append("labels: [\(names.map { quoted($0) }.joined(separator: ", "))]")
    case nil: break
    }
    let expected = [("parameters", card.expected.parameters), ("macs", card.expected.macs)]
      .compactMap { key, value in value.map { "\(key): \($0)" } }
    if !expected.isEmpty { lines.append("expected: {\(expected.joined(separator: ", "))}") }
    if !card.weights.isEmpty { lines.append("weights:") }
    for weights in card.weights { lines += weightsLines(weights) }
    if !card.weightNames.isEmpty { lines.append("weight_names:") }
    for rule in card.weightNames { lines.append("  - {from: \(quoted(rule.from)), to: \(quoted(rule.to))}") }
    return lines
  }

  private func preprocessLines(_ preprocess: Preprocess) -> [String] {
    var lines = ["preprocess:"]
    if let resize = preprocess.resize {
      let size =
        switch resize.size {
        case .shorterSide(let side): "shorter_side: \(side)"
        case .to(let extent): "to: [\(extent.height), \(extent.width)]"
        }
      lines.append("  resize: {\(size), filter: \(resize.filter.rawValue)}")
    }
    if let crop = preprocess.crop { lines.append("  crop: \(extent(crop))") }
    lines.append("  channels: \(preprocess.channels.rawValue)")
    lines.append("  divide_by: \(number(preprocess.divideBy))")
    for (key, values) in [("mean", preprocess.mean), ("std", preprocess.std)] where !values.isEmpty {
      lines.append("  \(key): [\(values.map { number($0) }.joined(separator: ", "))]")
    }
    return lines
  }

  private func weightsLines(_ weights: Card.WeightsSource) -> [String] {
    var lines = ["  - file: \(quoted(weights.file))"]
    if let url = weights.url { lines.append("    url: \(quoted(url))") }
    if let digest = weights.sha256 { lines.append("    sha256: \(quoted(digest))") }
    if let license = weights.license { lines.append("    license: \(quoted(license))") }
    if let text = weights.protocolText { lines.append("    protocol: \(quoted(text))") }
    if let top1 = weights.top1 { lines.append("    top1: \(number(top1))") }
    if let top5 = weights.top5 { lines.append("    top5: \(number(top5))") }
    if weights.isShipped { lines.append("    shipped: true") }
    return lines
  }
}
