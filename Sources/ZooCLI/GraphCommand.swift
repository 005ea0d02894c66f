import ArgumentParser
import ZooKit

struct GraphCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "Draw a network: SVG, PNG, a page, Graphviz or JSON by the file's extension; text without -o.",
    discussion: """
        zoo graph resnet50 --depth 1 -o resnet50.png
        zoo graph resnet50 --block layer1.0 -o block.svg
        zoo graph googlenet -o googlenet.html
        zoo graph resnet50 --collapse --color macs -o resnet50.svg
        zoo graph resnet50 --collapse layer1,layer2.0 -o resnet50.svg
        zoo graph vgg16 --color time --threads 1 -o vgg16.svg

      --depth shows so many levels of blocks, and one box for each block of the
      innermost; --block shows one block alone, opened. A page (.html) can be
      moved, enlarged and searched, needs no other file and asks for none, and
      shows the line of the definition that a box comes from.

      With --color boxes have the colour of what they cost, on a scale that
      begins at 0: macs counts layers with weights, memory is the size of each
      value, time is measured on this machine, on a made-up image. Layers that
      run as one step share a time; the first says which others are in it.
      Few MACs need not be little time: layers that only move numbers are
      bound by memory.
      """)

  private static let extensions = ["svg", "png", "html", "dot", "json"]

  enum Cost: String, ExpressibleByArgument, CaseIterable {
    case time
    case macs
    case memory
  }

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var input: InputOption
  @Option(
    name: .short, help: ArgumentHelp("The picture to write.", valueName: "F.svg|.png|.html|.dot|.json"),
    completion: .file(extensions: Self.extensions))
  var output: String?
  @Flag(help: "Draw the graph after the passes, as it runs.") var optimized = false
  @Option(help: ArgumentHelp("Colour by what each layer costs: time, macs or memory.", valueName: "COST"))
  var color: Cost?
  @Option(
    defaultAsFlag: "1",
    help: ArgumentHelp(
      "One box for each block: all outermost ones, those N levels deep, or those of the paths, separated by commas.",
      valueName: "N|BLOCK,…"))
  var collapse: String?
  @Option(help: ArgumentHelp("Show N levels of blocks; deeper ones are one box each.", valueName: "N"))
  var depth: Int?
  @Option(help: ArgumentHelp("Show only this block, opened; --depth counts from it.", valueName: "BLOCK"))
  var block: String?
  @OptionGroup var weights: WeightsOption
  @OptionGroup var machine: MachineOptions
  @Option(help: ArgumentHelp("Time each step at least so often. Default: 20.", valueName: "N")) var runs: Int?
  @Flag(help: "Replace the file if it exists.") var force = false
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    try tables.check(json: json)
    if tables.plain, let output {
      throw ValidationError("--plain prints a table in place of '\(output)'; leave out -o")
    }
    if let output, !Self.extensions.contains(where: { output.lowercased().hasSuffix(".\($0)") }) {
      throw ValidationError("'\(output)' should end in .svg, .png, .html, .dot or .json")
    }
    if depth != nil, collapse != nil {
      throw ValidationError("--depth and --collapse both say which blocks are one box each; give one of them")
    }
    if let depth, depth < 1 { throw ValidationError("--depth is \(depth); expected 1 or more levels of blocks") }
    if color != .time, weights.argument != nil || machine.threads != nil || machine.isa != nil || runs != nil {
      throw ValidationError("-w, --threads, --isa and --runs are for --color time")
    }
    if let runs, !(1...100_000).contains(runs) { throw ValidationError("--runs is \(runs); expected 1 to 100000") }
    _ = try blocks()
  }

  func run() throws {
    if let output { try FileSystem.checkFile(output, overwrite: force) }
    let network = try Network.named(model, input: input.shape)
    let graph = optimized ? try network.graph.optimized() : network.graph
    let blocks = try blocks()
    // Names are checked before anything is measured.
    _ = try GraphDrawing(graph, within: block, collapsing: blocks)
    let drawing = try GraphDrawing(
      graph, within: block, collapsing: blocks, colouredBy: quantity(of: graph, network))
    guard let output else {
      if json {
        try Console.json(GraphAnswer(drawing, hasBlocks: blocks != nil))
      } else if tables.plain {
        GraphReport(drawing).table().print(plain: true)
      } else if color == nil, blocks == nil, block == nil {
        Console.result("\(graph)")
      } else {
        GraphReport(drawing).lines.forEach(Console.result)
      }
      return
    }
    switch output.lowercased().split(separator: ".").last {
    case "png": try drawing.image().writePNG(to: output)
    case "html":
      try FileSystem.write(drawing.html(sources: network.definition.sources).utf8, to: output, overwrite: force)
    case "svg": try FileSystem.write(drawing.svg().utf8, to: output, overwrite: force)
    case "dot": try FileSystem.write(drawing.dot().utf8, to: output, overwrite: force)
    default:
      let text = try Console.encoded(GraphAnswer(drawing, hasBlocks: blocks != nil))
      try FileSystem.write(text.utf8, to: output, overwrite: force)
    }
    Console.message("Wrote \(output)")
  }

  private func blocks() throws -> BlockSelection? {
    if let depth { return .levels(depth) }
    guard let collapse else { return nil }
    if let depth = Int(collapse) {
      guard depth > 0 else {
        throw ValidationError("--collapse is \(depth); expected 1 or more levels, or paths of blocks")
      }
      return .depth(depth)
    }
    let paths = collapse.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard !paths.contains("") else {
      throw ValidationError("'\(collapse)' is not a number of levels or paths of blocks, such as layer1,layer2.0")
    }
    return .paths(paths)
  }

  private func quantity(of graph: Graph, _ network: Network) throws -> NodeQuantity? {
    switch color {
    case nil: return nil
    case .macs: return graph.multiplyAccumulateQuantity()
    case .memory: return graph.memoryQuantity()
    case .time:
      let source = try weights.argument == nil ? .synthetic(seed: 0) : weights.source()
      let execution = try machine.options()
      let model = try Model(
        network, weights: source,
        options: Model.Options(instructionSet: execution.instructionSet, threads: execution.threads))
      var quantity = try LayerTimes.measure(model, runs: runs ?? 20)?.quantity
      quantity?.caption += weights.argument == nil ? ", synthetic weights" : ""
      return quantity
    }
  }
}
