import ZooGraph
import ZooKit
import ZooTensor

extension ReportBuilder {
  func cardSection(_ image: Image?) -> ReportSection {
    let (card, numbers) = (network.card, report.numbers)
    var facts = [ReportSection.Fact("Network", card.title.map { "\(card.name), \($0)" } ?? card.name)]
    if let paper = card.paper {
      let words = ([paper.title] + [paper.authors, paper.year.map(String.init)].compactMap(\.self)).joined(
        separator: ", ")
      facts.append(ReportSection.Fact("Paper", words, address: paper.url))
    }
    facts += [
      ReportSection.Fact("Input", "\(network.input)"),
      ReportSection.Fact("Preprocessing", numbers.preprocessing ?? "none: it is fed tensors"),
      ReportSection.Fact(
        "Parameters", "\(numbers.parameters.grouped), \((numbers.parameters * 4).bytesText) in float32"),
      ReportSection.Fact("Multiply-accumulates", "\(numbers.macs.grouped) for one picture; one is two FLOPs"),
      ReportSection.Fact("Memory of values", "\(numbers.peakActivationBytes.bytesText) at once when it runs"),
    ]
    if let labels = weights?.labels ?? network.labels {
      let few = labels.labels.prefix(5).map(\.name).joined(separator: ", ")
      facts.append(ReportSection.Fact("Labels", "\(labels.count): \(few)\(labels.count > 5 ? ", …" : "")"))
    }
    if let license = card.license { facts.append(ReportSection.Fact("Licence", license)) }
    if let weights = numbers.weights {
      facts.append(ReportSection.Fact("Weights", weights.name))
      facts.append(ReportSection.Fact("Weights' SHA-256", weights.sha256 ?? "none, as they are no single file"))
      if let untrained = self.weights?.untrained, !untrained.isEmpty {
        facts.append(ReportSection.Fact("Never trained", untrained.joined(separator: ", ")))
      }
    }
    if let image {
      facts.append(ReportSection.Fact("Picture", image.name))
      facts.append(ReportSection.Fact("Picture's SHA-256", image.sha256))
    }
    return ReportSection(id: "network", title: "The network", [.facts(facts)])
  }

  func layersSection(isOpen: Bool) -> ReportSection {
    let columns = [
      ReportSection.Column("Layer"), ReportSection.Column("Operation"), ReportSection.Column("Output"),
      ReportSection.Column("Parameters", isNumber: true), ReportSection.Column("MACs", isNumber: true),
      ReportSection.Column("Share of MACs", isNumber: true),
    ]
    let total = max(1, report.numbers.macs)
    let rows = report.numbers.layers.map { layer in
      [
        layer.path, layer.operation, "\(Shape(layer.output))", layer.parameters.grouped, layer.macs.grouped,
        layer.macs > 0 ? "\(Figure.short(100 * Double(layer.macs) / Double(total))) %" : "",
      ]
    }
    return ReportSection(
      id: "layers", title: "Layers and their cost", isOpen: isOpen,
      [
        .table(caption: "Layers of \(network.name), for one picture", columns: columns, rows: rows),
        .command(command(.layers)),
      ])
  }

  func graphSection(isOpen: Bool) -> ReportSection {
    ReportSection(
      id: "graph", title: "Graph", isOpen: isOpen,
      [
        .drawing(
          svg: network.graph.svg(), words: "Graph of \(network.name), \(network.graph.nodes.count) nodes", .graph)
      ])
  }

  /// Of a bank that does not read the picture, so many filters and channels are drawn.
  private static let grid = 12

  mutating func appendFilters() throws {
    let title = "Filters of the first layer"
    guard let weights else {
      let reason = "there are no weights on this machine"
      report.numbers.refusals.append(.init(what: "filters", reason: reason))
      report.sections.append(ReportSection(id: "filters", title: title, [.refusal(title: title, reason: reason)]))
      return
    }
    do {
      let bank = try FilterBank(of: network, weights: weights)
      let isColour = if case .colour = bank.reads { true } else { false }
      let filters = Array(0..<min(bank.count, isColour ? 256 : Self.grid))
      let roughness = FilterRoughness(bank)?.mean
      let figure = ReportFigure.filters(layer: bank.layer, maps: filters.count)
      var facts = ["Weights as stored; no batch norm is folded in."]
      if filters.count < bank.count { facts.append("The first \(filters.count) of \(bank.count) filters.") }
      if let roughness { facts.append("Mean roughness \(Figure.short(roughness)); shuffled weights have 1.") }
      report.numbers.filters = ReportNumbers.Filters(
        layer: bank.layer, shape: bank.weights.shape.dimensions, largest: bank.limit(), roughness: roughness,
        command: command(figure))
      let drawn = bank.figure(
        title: "Filters of \(bank.layer): \(bank.weights.shape)", filters: filters,
        channels: Array(0..<min(bank.channels, Self.grid)), scale: .perFilter, notes: notes(facts))
      report.sections.append(ReportSection(id: "filters", title: title, [.figure(drawn, figure)]))
    } catch {
      guard let refusal = MethodRefusal(error) else { throw error }
      report.numbers.refusals.append(.init(what: "filters", reason: refusal.reason))
      report.sections.append(
        ReportSection(id: "filters", title: title, [.refusal(title: title, reason: refusal.reason)]))
    }
  }
}
