import ArgumentParser
import ZooKit

struct Build: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a definition, count what it costs, and with -o make a self-contained package.",
    discussion: """
      Without -w only the definition is checked. With -w the weights are
      loaded, checked against it and compiled.

        zoo build resnet18.yaml
        zoo build my-net.yaml --expand
        zoo build vgg16 -w synthetic --explain
        zoo build resnet18 --training --batch 64
        zoo build resnet18 -w resnet18-f37072fd.pth -o resnet18.zoo
      """)

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var weights: WeightsOption
  @OptionGroup var input: InputOption
  @OptionGroup var loading: LoadingOptions
  @Option(
    name: .short,
    help: ArgumentHelp("Write a package: definition, preprocessing, labels, weights.", valueName: "OUT.zoo"),
    completion: .file(extensions: ["zoo"]))
  var output: String?
  @Flag(help: "Print the flat definition instead of the table.") var expand = false
  @Flag(
    help:
      "Print the graph after the passes and, with -w, the steps that run: the algorithm chosen, the time predicted and the least possible on this machine."
  ) var explain = false
  @Flag(help: "Print what became of every tensor of the weights.") var verbose = false
  @Flag(help: "Replace OUT.zoo if it exists.") var force = false
  @Flag(
    help:
      "The memory of a step of training beside that of inference, by the definition's recipe: what layers keep, gradients, the optimiser's state."
  ) var training = false
  @Option(help: ArgumentHelp("With --training: images of a step. Default: the recipe's.", valueName: "N")) var batch:
    Int?
  @Option(
    help: ArgumentHelp("With --training: sgd, adam or adamw. Default: the recipe's.", valueName: "NAME"),
    completion: .list(["sgd", "adam", "adamw"])) var optimizer: String?
  @Flag(help: "Also each layer's part of the totals, in per cent.") var share = false
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    try tables.check(json: json)
    if expand, tables.plain { throw ValidationError("--expand prints YAML and --plain a table; choose one") }
    if expand, training || share {
      throw ValidationError("--expand prints YAML alone; leave out --training and --share")
    }
    if explain, tables.plain { throw ValidationError("--plain prints the table of layers alone; leave out --explain") }
    if !training, let option = batch != nil ? "--batch" : optimizer != nil ? "--optimizer" : nil {
      throw ValidationError("\(option) says how a network is trained; add --training")
    }
    if let batch, !(1...65536).contains(batch) { throw ValidationError("--batch is \(batch); expected 1 to 65536") }
    if expand, json { throw ValidationError("--expand prints YAML and --json JSON; choose one") }
    if weights.argument == nil, output == nil {
      if loading.isGiven { throw ValidationError("--partial and --head are for weights: pass -w or -o") }
      if verbose { throw ValidationError("--verbose is for weights: pass -w or -o") }
    }
    if let output, !output.hasSuffix(".zoo") {
      throw ValidationError("'\(output)' should end in .zoo, so that others see what it is")
    }
  }

  func run() throws {
    if let output { try FileSystem.checkFile(output, overwrite: force) }
    let network = try Network.named(model, input: input.shape)
    let loaded = try load(network)
    loading.mention(loaded?.weights.report)
    loaded?.weights.mentionStaleLabels()
    if !loading.isGiven { loaded?.weights.mentionUntrained() }
    let cost = try training ? TrainingCostReport(network, batch: batch, optimizer: optimizer) : nil
    if expand {
      Console.raw(Array(try network.expandedDefinition().utf8))
    } else if json {
      try Console.json(
        try NetworkDescription(
          network, schema: "zoo.build/1", report: loaded.map { MatchAnswer($0.weights.report) }, shares: share,
          training: cost?.answer))
    } else if tables.plain {
      try table(of: network, cost).print(plain: true)
    } else {
      try report(network, loaded, cost)
    }
    if let output, let loaded {
      var progress = Progress("Packing", total: loaded.weights.checkpoint.byteCount)
      do {
        defer { progress.finish() }
        try Package.write(network, weights: loaded.weights, to: output, overwrite: force) { done, _ in
          progress.update(done)
        }
      }
      Console.message("Wrote \(NumberFormat.bytes(FileSystem.size(of: output))) to \(output)")
      Console.message("Next: zoo infer IMAGE -m \(output)")
    }
  }

  private func load(_ network: Network) throws -> Model? {
    guard weights.argument != nil || output != nil else { return nil }
    return try reportingMismatch(verbose) {
      try Model(network, weights: weights.source(), loading: loading.options)
    }
  }

  /// The layers, with what training takes of memory where that is asked for.
  private func table(of network: Network, _ cost: TrainingCostReport?) throws -> TextTable {
    try cost.map { try $0.table(network, shares: share) } ?? LayerReport(network, shares: share).table
  }

  private func report(_ network: Network, _ loaded: Model?, _ cost: TrainingCostReport?) throws {
    let optimized = try network.graph.optimized()
    Console.result(
      "\(network.name): ok, \(network.graph.nodes.count) nodes, \(optimized.nodes.count) after the passes")
    if network.definition.card.expected.parameters != nil, input.shape == nil {
      Console.result("parameters and MACs are what the definition expects")
    }
    Console.result("")
    if let cost {
      try table(of: network, cost).print()
      cost.totals.forEach(Console.result)
    } else {
      try LayerReport(network, shares: share).lines.forEach(Console.result)
    }
    for note in network.graph.notes() {
      Console.result("\(note.isWarning ? "warning" : "note"): \(note)")
    }
    if explain {
      Console.result("\nAfter the passes:\n\(optimized)")
      if let compiled = loaded?.compiled {
        try printSteps(compiled)
        Console.result("\nThe plan, with the memory that steps read and write:\n\(compiled.plan)")
      }
    }
    if let loaded {
      Console.result("\nweights: \(loaded.weights.summary)")
      Console.result(verbose ? "\(loaded.weights.report)" : "tensors: \(loaded.weights.report.summary)")
    }
  }

  private func printSteps(_ compiled: CompiledNetwork) throws {
    let rates = compiled.measureRates()
    func milliseconds(_ duration: Duration) -> String { NumberFormat.fixed(duration / .milliseconds(1), 3) }
    var table = TextTable([
      .init("STEP", .left), .init("KERNEL", .left), .init("READS", .left, droppedAs: 2),
      .init("WRITES", .left, droppedAs: 1), .init("PACKED WEIGHTS MB", .right, droppedAs: 3),
      .init("PREDICTED MS", .right), .init("ROOFLINE MS", .right, droppedAs: 4),
    ])
    for step in compiled.steps {
      table.append([
        .text(step.name), .text(step.kernel.description),
        .text(step.inputs.map(\.description).joined(separator: " and ")), .text("\(step.output)"),
        step.weightByteCount > 0 ? .megabytes(step.weightByteCount) : "",
        .text(milliseconds(step.cost.time(on: rates))), .text(milliseconds(step.cost.roofline(on: rates))),
      ])
    }
    Console.result("\nSteps:")
    table.lines.forEach(Console.result)
    Console.result("")
    Console.result("runs on       \(compiled.instructionSet.rawValue), \(compiled.threadCount) threads")
    Console.result("weights       \(NumberFormat.bytes(compiled.weightByteCount)) packed")
    Console.result("activations   \(NumberFormat.bytes(try compiled.arenaByteCount(batch: 1))) in one arena")
    Console.result(RatesReport.line(rates, threads: compiled.threadCount))
    let predicted = compiled.steps.reduce(Duration.zero) { $0 + $1.cost.time(on: rates) }
    Console.result("predicted     \(milliseconds(predicted)) ms; zoo bench \(model) --layers measures")
  }
}
