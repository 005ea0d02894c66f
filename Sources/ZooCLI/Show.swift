import ArgumentParser
import ZooGraph
import ZooKit

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A network's card: paper, preprocessing, labels, weights, and the table of layers.")

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var input: InputOption
  @Flag(help: "Print JSON, with every tensor's name and shape.") var json = false

  func run() throws {
    let network = try Network.find(model, input: input.shape)
    if json {
      try Output.json(NetworkDescription(network, schema: "zoo.show/1"))
      return
    }
    let card = network.card
    let style = Style(1)
    Output.result(style.bold(card.name) + (card.title.map { " - \($0)" } ?? ""))
    if let summary = card.summary { Output.result(summary) }
    Output.result("")
    var facts: [(String, String)] = []
    if let paper = card.paper {
      let details = [paper.authors, paper.year.map(String.init), paper.url].compactMap { $0 }
      facts.append(("paper", ([paper.title] + details).joined(separator: ", ")))
    }
    facts.append(("input", "\(network.input)"))
    facts.append(("preprocessing", network.preprocessing.map { "\($0)" } ?? "none: feed tensors"))
    if let labels = network.labels {
      let few = labels.labels.prefix(3).map(\.name).joined(separator: ", ")
      facts.append(("labels", "\(labels.count): \(few), …"))
    }
    for output in network.graph.outputs {
      let shape = network.graph[output.value].shape
      facts.append(("output", "\(output.name) (\(output.role.rawValue)) \(shape)"))
    }
    if let license = card.license { facts.append(("license", license)) }
    for weights in card.weights {
      let accuracy = [weights.top1.map { "top-1 \($0) %" }, weights.top5.map { "top-5 \($0) %" }].compactMap { $0 }
      let details = accuracy + [weights.protocolText, weights.license].compactMap { $0 }
      facts.append(("weights", ([weights.file] + details).joined(separator: ", ")))
      if let url = weights.url { facts.append(("", url)) }
    }
    facts.append(("at hand", WeightLookup.find(for: network)?.description ?? "no weights on this machine"))
    let width = facts.map(\.0.count).max() ?? 0
    for (name, value) in facts {
      Output.result(style.dim(name + String(repeating: " ", count: width - name.count)) + "  " + value)
    }
    Output.result("")
    LayerReport(network).lines.forEach(Output.result)
  }
}
