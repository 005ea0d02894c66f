import ArgumentParser
import ZooGraph
import ZooKit

struct GraphCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "Draw a network: SVG, Graphviz or JSON by the file's extension; text without -o.")

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var input: InputOption
  @Option(
    name: .short, help: ArgumentHelp("The picture to write.", valueName: "F.svg|.dot|.json"),
    completion: .file(extensions: ["svg", "dot", "json"]))
  var output: String?
  @Flag(help: "Draw the graph after the passes, as it runs.") var optimized = false
  @Flag(help: "Replace the file if it exists.") var force = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard let output else { return }
    guard [".svg", ".dot", ".json"].contains(where: output.lowercased().hasSuffix) else {
      throw ValidationError("'\(output)' should end in .svg, .dot or .json")
    }
  }

  func run() throws {
    if let output { try FileSystem.checkFile(output, overwrite: force) }
    let network = try Network.named(model, input: input.shape)
    let graph = optimized ? try network.graph.optimized() : network.graph
    guard let output else {
      if json { try Console.json(GraphAnswer(graph)) } else { Console.result("\(graph)") }
      return
    }
    let text =
      output.lowercased().hasSuffix(".svg")
      ? graph.svg() : output.lowercased().hasSuffix(".dot") ? graph.dot() : try Console.encoded(GraphAnswer(graph))
    try FileSystem.write(text.utf8, to: output, overwrite: force)
    Console.message("Wrote \(output)")
  }
}
