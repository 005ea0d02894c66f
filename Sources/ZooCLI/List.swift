import ArgumentParser
import ZooKit

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The catalogue: what each network costs and whether its weights are at hand.")

  @Argument(help: "Only networks with each of these words in their name or title, such as mobilenet.")
  var words: [String] = []

  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws { try tables.check(json: json) }

  func run() throws {
    let words = words.map { $0.lowercased() }
    let entries = try Catalogue.modelNames.map { try Entry(Network.find($0)) }.filter { entry in
      let text = "\(entry.name) \(entry.title ?? "")".lowercased()
      return words.allSatisfy { text.contains($0) }
    }
    guard !entries.isEmpty else {
      let named = words.map { "'\($0)'" }.joined(separator: " and ")
      let near = words.flatMap { $0.near(among: Catalogue.modelNames) }.prefix(3).map { "'\($0)'" }
      let hint = near.isEmpty ? "" : " (did you mean \(near.joined(separator: " or "))?)"
      throw ValidationError(
        "no network of the catalogue has \(named) in its name or title\(hint); zoo list shows all")
    }
    if json {
      try Console.json(Answer(models: entries))
      return
    }
    var table = TextTable([
      .init("MODEL", .left), .init("PARAMETERS", .right), .init("GMACS", .right),
      .init("INPUT", .left, droppedAs: 2), .init("TOP-1 %", .right, droppedAs: 1), .init("WEIGHTS", .left),
      .init("TITLE", .left, droppedAs: 3),
    ])
    for entry in entries {
      let gigamacs = Double(entry.macs) / 1e9
      table.append([
        .text(entry.name), .count(entry.parameters),
        .init(
          NumberFormat.fixed(gigamacs, entry.macs < 10_000_000 ? 4 : 2), plain: NumberFormat.fixed(gigamacs, 9)),
        .text(entry.input.map(String.init).joined(separator: "×")),
        .text(entry.top1.map { NumberFormat.fixed($0, 2) } ?? "-"), .text(entry.weights), .text(entry.title ?? ""),
      ])
    }
    table.print(plain: tables.plain)
    if tables.plain { return }
    Console.result(
      "\nTOP-1 is the published accuracy of the published weights. Next: zoo show MODEL, or zoo pull MODEL for weights")
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
