import ZooGraph
import ZooSpec

/// Parses a definition and builds its graph. One that is accepted must survive being written flat.
func checkDefinition(_ bytes: [UInt8]) {
  do throws(DefinitionErrors) {
    let definition = try Definition.parse(SourceFile(path: "input.yaml", bytes: bytes))
    let graph = try definition.graph()
    guard graph.nodes.count < 200, let text = try? DefinitionWriter(graph: graph, card: definition.card).text() else {
      return
    }
    checkSame(graph, text)
  } catch {
    expect(!error.description.isEmpty, "no words")
  }
}

private func checkSame(_ graph: Graph, _ text: String) {
  do throws(DefinitionErrors) {
    let again = try Definition.parse(SourceFile(path: "flat.yaml", text: text)).graph()
    expect(again.nodes.map(\.shape) == graph.nodes.map(\.shape), "other shapes after\n\(text)")
    expect(again.tensors == graph.tensors, "other tensors after\n\(text)")
  } catch {
    fatalError("written flat it is refused: \(error)\n\(text)")
  }
}
