import ArgumentParser
import ZooKit

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The catalogue: what each network costs and whether its weights are at hand.")

  @Argument(help: "Only networks with each of these words in their name or title, such as mobilenet.")
  var words: [String] = []

  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let words = words.map { $0.lowercased() }
    let entries = try Catalogue.modelNames.map { try Entry(Network.find($0)) }.filter { entry in
      let text = "\(entry.name) \(entry.title ?? "")".lowercased()
      return words.allSatisfy { text.contains($0) }
    }
    guard !entries.isEmpty else {
      let named = words.map { "'\($0)'" }.joined(separator: " and ")
      throw ValidationError("no network of the catalogue has \(named) in its name or title; zoo list shows all")
    }
    if json {
      try Console.json(Answer(models: entries))
      return
    }
    var table = TextTable([
      ("MODEL", .left), ("PARAMETERS", .right), ("GMACS", .right), ("INPUT", .left), ("TOP-1", .right),
      ("WEIGHTS", .left), ("TITLE", .left),
    ])
    for entry in entries {
      table.append([
        entry.name, NumberFormat.grouped(entry.parameters),
        NumberFormat.fixed(Double(entry.macs) / 1e9, entry.macs < 10_000_000 ? 4 : 2),
        entry.input.map(String.init).joined(separator: "×"), entry.top1.map { NumberFormat.fixed($0, 2) } ?? "-",
        entry.weights, entry.title ?? "",
      ])
    }
    table.lines.forEach(Console.result)
    Console.result("\nTOP-1 is the published accuracy of the published weights, in per cent. Next: zoo show MODEL")
  }

  private struct Answer: Encodable {
    var schema = "zoo.list/1"
    var models: [Entry]
  }

  private struct Entry: Encodable {
    var name: String
    var title: String?
    var parameters: Int
    var macs: Int
    var input: [Int]
    var top1: Double?
    /// `shipped`, `ready` (found in a search folder) or `-`.
    var weights: String

    init(_ network: Network) {
      name = network.name
      title = network.card.title
      parameters = network.totals.parameters
      macs = network.totals.multiplyAccumulates
      input = network.input.dimensions
      top1 = network.card.weights.first?.top1
      weights =
        switch WeightLookup.find(for: network) {
        case .shipped: "shipped"
        case .file, .package: "ready"
        case nil: "-"
        }
    }
  }
}
