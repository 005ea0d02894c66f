import ArgumentParser
import ZooKit

struct LayersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "layers",
    abstract: "The layers that a definition can have: attributes, defaults, formula, and an example that builds.",
    discussion: """
      NAME is how definitions spell a layer, or how another program does.

        zoo layers
        zoo layers conv
        zoo layers BatchNorm2d
        zoo layers conv --json

      In the formulas x is what a layer reads and y what it gives; c and k are
      channels, i rows and j columns, counted from 0; capitals are sizes.
      """)

  @Argument(
    help: ArgumentHelp("A layer, such as conv.", valueName: "NAME"),
    completion: .list(LayerReference.words))
  var name: String?
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws { try tables.check(json: json) }

  func run() throws {
    let layers = try name.map { [try find($0)] } ?? LayerReference.all()
    if json { return try Console.json(Answer(layers: layers)) }
    if name != nil {
      let layer = layers[0]
      return tables.plain ? attributes(of: layer).print(plain: true) : show(layer)
    }
    var table = TextTable([
      .init("LAYER", .left), .init("ATTRIBUTES, * REQUIRED", .left), .init("WHAT IT DOES", .left, droppedAs: 1),
    ])
    for layer in layers {
      let attributes = layer.attributes.map { $0.name + ($0.isRequired ? "*" : "") }.joined(separator: ", ")
      table.append([layer.word, attributes, layer.summary])
    }
    table.print(plain: tables.plain)
    if !tables.plain { Console.result("\nNext: zoo layers NAME, such as zoo layers conv") }
  }

  private func find(_ name: String) throws -> LayerReference {
    if let layer = try LayerReference.find(name) {
      if layer.word != name { Console.message("note: definitions call \(name) \(layer.word)") }
      return layer
    }
    let near = LayerReference.suggestions(for: name)
    let hint = near.isEmpty ? "" : " (did you mean \(near.map { "'\($0)'" }.joined(separator: " or "))?)"
    throw ValidationError("no layer is called '\(name)'\(hint); zoo layers lists all")
  }

  private func show(_ layer: LayerReference) {
    let style = Style(1)
    let width = min(Console.width ?? 100, 100)
    Console.result("\(style.bold(layer.word)) - \(layer.title)")
    layer.summary.wrapped(to: width).forEach(Console.result)
    Console.result("")
    var facts = [("shape", layer.shape), ("formula", layer.formula)]
    if let source = layer.source { facts.append(("source", source)) }
    if !layer.synonyms.isEmpty { facts.append(("elsewhere", layer.synonyms.joined(separator: ", "))) }
    for (name, value) in facts {
      for (index, line) in value.wrapped(to: width - 11).enumerated() {
        Console.result(style.dim((index == 0 ? name : "").padded(to: 9)) + "  " + line)
      }
    }
    Console.result("")
    if layer.attributes.isEmpty {
      Console.result("It has no attributes of its own, but for name and from, which every layer has.")
    } else {
      attributes(of: layer).print()
      Console.result("\nEvery layer may have a name, and with from the names of the layers that it reads.")
    }
    Console.result("\nAn example that builds (save it as net.yaml; zoo build net.yaml):\n")
    layer.example.split(separator: "\n").forEach { Console.result("  \($0)") }
    let result = layer.result
    func text(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "×") }
    Console.result(
      "\n  \(text(result.input)) → \(text(result.output)), \(NumberFormat.grouped(result.parameters)) parameters, "
        + "\(NumberFormat.grouped(result.macs)) MACs")
  }

  private func attributes(of layer: LayerReference) -> TextTable {
    var table = TextTable([
      .init("ATTRIBUTE", .left), .init("TYPE AND RANGE", .left), .init("DEFAULT", .left), .init("MEANING", .left),
    ])
    for attribute in layer.attributes {
      table.append([attribute.name, attribute.rangeText, attribute.standardText, attribute.summary])
    }
    return table
  }

  private struct Answer: Encodable {
    var schema = "zoo.layers/1"
    var layers: [LayerReference]
  }
}

extension LayerReference.Attribute {
  /// `integer 1–65536`
  fileprivate var rangeText: String {
    func number(_ value: Double) -> String {
      value == value.rounded() && abs(value) < 1e9 ? NumberFormat.grouped(Int(value)) : "\(value)"
    }
    var range = ""
    if let minimum, let maximum {
      range =
        includesMinimum && includesMaximum
        ? "\(number(minimum)) to \(number(maximum))"
        : "\(includesMinimum ? "from" : "above") \(number(minimum)) \(includesMaximum ? "to" : "below") \(number(maximum))"
    }
    return switch type {
    case "boolean": "true or false"
    case "choice": (choices ?? []).joined(separator: ", ")
    case "extent": "N or [N, N], \(range)"
    case "padding": "rows and columns, \(range)"
    default: "\(type) \(range)"
    }
  }

  fileprivate var standardText: String {
    isRequired ? "required" : standard ?? standardIsOf.map { "that of \($0)" } ?? ""
  }
}
