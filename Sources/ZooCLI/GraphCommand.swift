import ArgumentParser
import ZooKit

struct GraphCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "Draw a network: SVG, Graphviz or JSON by the file's extension; text without -o.",
    discussion: """
        zoo graph resnet50 -o resnet50.svg
        zoo graph resnet50 --collapse --color macs -o resnet50.svg
        zoo graph resnet50 --collapse layer1,layer2.0 -o resnet50.svg
        zoo graph vgg16 --color time --threads 1 -o vgg16.svg

      With --color boxes have the colour of what they cost, on a scale that
      begins at 0: macs counts layers with weights, memory is the size of each
      value, time is measured on this machine, on a made-up image. Layers that
      run as one step share a time; the first says which others are in it.
      Few MACs need not be little time: layers that only move numbers are
      bound by memory.
      """)

  enum Cost: String, ExpressibleByArgument, CaseIterable {
    case time
    case macs
    case memory
  }

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var input: InputOption
  @Option(
    name: .short, help: ArgumentHelp("The picture to write.", valueName: "F.svg|.dot|.json"),
    completion: .file(extensions: ["svg", "dot", "json"]))
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
  @OptionGroup var weights: WeightsOption
  @OptionGroup var machine: MachineOptions
  @Option(help: ArgumentHelp("Time each step at least so often. Default: 20.", valueName: "N")) var runs: Int?
  @Flag(help: "Replace the file if it exists.") var force = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if let output, ![".svg", ".dot", ".json"].contains(where: output.lowercased().hasSuffix) {
      throw ValidationError("'\(output)' should end in .svg, .dot or .json")
    }
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
    _ = try GraphDrawing(graph, collapsing: blocks)
    let drawing = try GraphDrawing(graph, collapsing: blocks, colouredBy: quantity(of: graph, network))
    guard let output else {
      if json {
        try Console.json(GraphAnswer(drawing, hasBlocks: blocks != nil))
      } else if color == nil, blocks == nil {
        Console.result("\(graph)")
      } else {
        GraphReport(drawing).lines.forEach(Console.result)
      }
      return
    }
    let text =
      output.lowercased().hasSuffix(".svg")
      ? drawing.svg()
      : output.lowercased().hasSuffix(".dot")
        ? drawing.dot() : try Console.encoded(GraphAnswer(drawing, hasBlocks: blocks != nil))
    try FileSystem.write(text.utf8, to: output, overwrite: force)
    Console.message("Wrote \(output)")
  }

  private func blocks() throws -> BlockSelection? {
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
