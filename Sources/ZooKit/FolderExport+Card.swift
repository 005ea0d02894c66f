import FoundationEssentials
import ZooSpec
import ZooTensor
import ZooWeights

/// `README.md`: the card that the hub shows, with its front matter.
struct ModelCard {
  private let facts: ExportFacts

  init(_ facts: ExportFacts) {
    self.facts = facts
  }

  /// The licenses that the hub has short names for, of those that weights of such networks come under.
  private static let licenses = [
    "mit", "apache-2.0", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0",
  ]

  var text: String {
    (frontMatter + heading + numbers + layers + use).joined(separator: "\n") + "\n"
  }

  private var frontMatter: [String] {
    var lines = ["---", "library_name: zoo", "pipeline_tag: image-classification"]
    if let license = facts.license {
      if let short = Self.licenses.first(where: { $0 == license.lowercased() }) {
        lines.append("license: \(short)")
      } else {
        lines += ["license: other", "license_name: \(Self.quoted(license))"]
      }
    }
    return lines + ["tags:", "- image-classification", "- convolutional-network", "- zoo", "---", ""]
  }

  private var heading: [String] {
    let card = facts.network.card
    var lines = ["# \(card.title ?? card.name)", ""]
    if let summary = card.summary { lines += [summary, ""] }
    if let paper = card.paper {
      let title = paper.url.map { "[\(paper.title)](\($0))" } ?? paper.title
      let details = [paper.authors, paper.year.map(String.init)].compactMap { $0 }.joined(separator: ", ")
      lines += ["Paper: \(title)\(details.isEmpty ? "" : " (\(details))").", ""]
    }
    return lines
  }

  private var numbers: [String] {
    let (network, totals) = (facts.network, facts.network.totals)
    var rows: [(String, String)] = [
      ("input", "\(network.input)"), ("classes", "\(facts.classes)"),
      ("answer", network.knownAnswer.map { "\($0)" } ?? "none"), ("parameters", "\(totals.parameters)"),
      ("multiply-accumulates", "\(totals.multiplyAccumulates)"),
      ("stored as", facts.elementTypes.map(\.rawValue).joined(separator: ", ")),
      ("preprocessing", network.preprocessing.map { "\($0)" } ?? "none"),
    ]
    if facts.isSynthetic {
      rows.append(("weights", "made up by a formula: they recognise nothing"))
    } else if let file = facts.provenance[Provenance.fileKey] {
      rows.append(("weights from", "`\(file)`" + (facts.published?.url.map { ", <\($0)>" } ?? "")))
      if let digest = facts.provenance[Provenance.digestKey] { rows.append(("its SHA-256", "`\(digest)`")) }
    }
    if let published = facts.published {
      let scores = [published.top1.map { "top-1 \($0) %" }, published.top5.map { "top-5 \($0) %" }].compactMap { $0 }
      let details = scores + [published.protocolText].compactMap { $0 }
      if !scores.isEmpty { rows.append(("published accuracy", details.joined(separator: ", "))) }
    }
    if let license = facts.license { rows.append(("license", license)) }
    return ["| | |", "|---|---|"] + rows.map { "| \($0) | \(Self.cell($1)) |" } + [""]
  }

  private var layers: [String] {
    let table = LayerTable(graph: facts.network.graph, cost: facts.cost)
    return [
      "## Layers", "", "| layer | operation | output | parameters | multiply-accumulates |", "|---|---|---|---:|---:|",
    ]
      + table.rows.filter { !$0.isTrainingOnly }.map { row in
        "| \(Self.cell(row.path)) | \(Self.cell(row.operation)) | \(row.output) | \(row.parameters) | \(row.multiplyAccumulates) |"
      } + [""]
  }

  private var use: [String] {
    [
      "## Use", "", "With zoo, this folder being `DIR`:", "", "```console", "$ zoo infer IMAGE -m DIR",
      "$ zoo build DIR", "```", "",
      "`model.safetensors` has the tensors under the names of a PyTorch `state_dict`:", "", "```python",
      "from safetensors.torch import load_file", "state_dict = load_file(\"DIR/model.safetensors\")", "```",
    ]
  }

  /// Text that cannot end a cell of a table.
  private static func cell(_ text: String) -> String {
    text.replacing("|", with: "\\|").replacing("\n", with: " ")
  }

  /// A string of JSON, which is one of YAML too.
  private static func quoted(_ text: String) -> String {
    (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}
