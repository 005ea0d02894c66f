import Testing
import ZooGraph
import ZooSpec
import ZooTensor

/// The catalogue's definitions against PyTorch's and Caffe's own lists of weights, and against their `expected` totals.
struct CatalogueTests {
  @Test func `the catalogue is there`() {
    #expect(Repository.catalogue.count >= 96)
  }

  @Test(arguments: Repository.catalogue)
  func `a definition builds and has the totals it expects`(name: String) throws {
    let definition = try Repository.definition(name)
    #expect(definition.card.name == name)
    let graph = try definition.graph()
    let cost = try graph.cost().inference
    let difference = definition.difference(parameters: cost.parameters, macs: cost.multiplyAccumulates)
    #expect(difference == nil, "\(difference?.description ?? "")")
    #expect(definition.card.expected.parameters != nil && definition.card.expected.macs != nil)
    #expect(graph.output(role: .logits) != nil)
    #expect(graph.nodes.allSatisfy { $0.origin?.file.hasPrefix("zoo/") == true })
  }

  @Test(arguments: Repository.names(in: Repository.fixtures + "/tensors", suffix: ".txt"))
  func `tensors have the names, shapes and order of the published checkpoint`(name: String) throws {
    let graph = try Repository.definition(name).graph()
    let reference = try Repository.text(Repository.fixtures + "/tensors/\(name).txt")
      .split(separator: "\n").map(String.init)
    let isComplete = reference.contains { $0.hasPrefix("aux") || $0.hasPrefix("loss1") }
    let tensors = graph.tensors.filter { isComplete || !$0.isTrainingOnly }
      .map { "\($0.name) \($0.shape.dimensions.map(String.init).joined(separator: "x"))" }
    #expect(tensors == reference)
  }
}
