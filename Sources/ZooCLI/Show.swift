import ArgumentParser
import ZooKit

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A network's card: paper, preprocessing, labels, weights, and the table of layers; or an archive's.",
    discussion: """
      For a file or folder of weights (.zoow, .pth, .safetensors, ...) what it
      holds and the metadata it carries; with --tensors each tensor's shape
      and size.

      With --guess, for weights that come without their network: what of the
      catalogue they fit, else what each layer is likely to be, by names and
      shapes, the family, the classes, and the nearest networks of the
      catalogue with what differs. No number is read.

        zoo show resnet18
        zoo show resnet18.zoow --tensors
        zoo show checkpoint.pth --guess
      """)

  @Argument(
    help: ArgumentHelp("A name of the catalogue, a .yaml file, a .zoo package, or weights.", valueName: "MODEL"),
    completion: .model)
  var model: String
  @OptionGroup var input: InputOption
  @Flag(help: "Also a table of the tensors, of an archive, a package or another file of weights.") var tensors = false
  @Flag(
    help: "What the weights are likely to be of, where they come without their network; with --tensors layer by layer.")
  var guess = false
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON, with every tensor's name and shape.") var json = false

  func validate() throws { try tables.check(json: json) }

  func run() throws {
    if let checkpoint = try Checkpoint.find(model) {
      let report = CheckpointReport(checkpoint: checkpoint)
      if input.shape != nil { throw ValidationError("\(model) holds weights, which have no input; leave --input out") }
      if guess {
        let found = WeightsGuess(checkpoint)
        if json { return try Console.json(GuessAnswer(checkpoint, found)) }
        if tables.plain { return GuessReport.table(of: found.layers).print(plain: true) }
        return GuessReport(checkpoint, found).print(withTensors: tensors)
      }
      if tables.plain { return CheckpointReport.table(of: report.checkpoint).print(plain: true) }
      guard json else { return report.print(withTensors: tensors) }
      return try Console.json(CheckpointReport.Answer(report.checkpoint))
    }
    if guess {
      throw ValidationError(
        "--guess is for files of weights, such as .pth, .safetensors or .npz; '\(model)' is a network, or not there")
    }
    let network = try Network.named(model, input: input.shape)
    let packaged = try network.packagedWeights()
    if tensors, packaged == nil {
      throw ValidationError(
        "--tensors is for files of weights and packages; zoo show \(model) --json lists what \(network.name) asks for")
    }
    if json {
      try Console.json(NetworkDescription(network, schema: "zoo.show/1"))
      return
    }
    if tables.plain {
      if tensors, let packaged { return CheckpointReport.table(of: packaged).print(plain: true) }
      return try LayerReport(network).table.print(plain: true)
    }
    let card = network.card
    let style = Style(1)
    Console.result(style.bold(card.name) + (card.title.map { " - \($0)" } ?? ""))
    if let summary = card.summary { Console.result(summary) }
    Console.result("")
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
    if let record = card.sliding?.record {
      let field = record.receptiveField
      facts.append(
        ("slides", "\(record.name) with its fully connected layers as convolutions, made for \(record.nativeInput)"))
      facts.append(
        (
          "scores",
          "one per \(field.stride) pixels, each looking at \(field.size) from row \(field.start.row), column \(field.start.column)"
        ))
      facts.append(("was", record.rewrittenLayers.map { "\($0.name) \($0.operation.kind)" }.joined(separator: ", ")))
    }
    if let license = card.license { facts.append(("license", license)) }
    for weights in card.weights {
      let accuracy = [weights.top1.map { "top-1 \($0) %" }, weights.top5.map { "top-5 \($0) %" }].compactMap { $0 }
      let details = accuracy + [weights.protocolText, weights.license].compactMap { $0 }
      facts.append(("weights", ([weights.file] + details).joined(separator: ", ")))
      if let url = weights.url { facts.append(("", url)) }
    }
    let isPublished = (try? WeightDownload(for: network)) != nil
    facts.append(
      (
        "at hand",
        WeightLookup.find(for: network)?.description
          ?? "no weights on this machine\(isPublished ? "; zoo pull \(model) fetches them" : "")"
      ))
    if let packaged { facts += CheckpointReport(checkpoint: packaged).facts.filter { $0.0 != "left out" } }
    let width = facts.map(\.0.count).max() ?? 0
    for (name, value) in facts {
      Console.result(style.dim(name + String(repeating: " ", count: width - name.count)) + "  " + value)
    }
    Console.result("")
    try LayerReport(network).lines.forEach(Console.result)
    if tensors, let packaged {
      Console.result("")
      CheckpointReport.table(of: packaged).print()
    }
  }
}
