import Testing
import ZooGraph
import ZooTensor

@Suite struct GraphInvariantTests {
  private static let input = Node(name: "input", operation: .input([3, 8, 8]), inputs: [], shape: [3, 8, 8])
  private static let relu = Operation.activation(.relu)

  private static func relu(_ name: String, reads input: Int, shape: Shape = [3, 8, 8]) -> Node {
    Node(name: name, operation: relu, inputs: [NodeID(index: input)], shape: shape)
  }

  /// `stride`: of the recorded geometry; the operation's is 1.
  private static func convolution(
    _ name: String, weight: Shape, tensor: String = "conv.weight", stride: Int = 1
  ) -> Node {
    let layer = Convolution(outputChannels: weight[0], kernel: Extent(1), hasBias: false)
    var recorded = layer
    recorded.stride = Extent(stride)
    return Node(
      name: name, operation: .convolution(layer), inputs: [NodeID(index: 0)], shape: [weight[0], 8, 8],
      geometry: (try? recorded.geometry(input: input.shape)).map { .convolution($0) },
      parameters: [Parameter(role: .weight, value: .tensor(tensor, weight))])
  }

  @Test(
    "broken graphs",
    arguments: [
      ([input, relu("a", reads: 0), relu("a", reads: 1)], [], GraphInvariantError.duplicateName("a")),
      ([input, relu("a", reads: 1)], [], .inputOrder(node: "a", input: 1)),
      ([input, relu("a", reads: 2), relu("b", reads: 0)], [], .inputOrder(node: "a", input: 2)),
      ([input, relu("a", reads: -1)], [], .inputOrder(node: "a", input: -1)),
      (
        [input, relu("a", reads: 0, shape: [3, 4, 4])], [],
        .shape(node: "a", recorded: [3, 4, 4], inferred: [3, 8, 8])
      ),
      (
        [input, Node(name: "a", operation: relu, inputs: [], shape: [1])], [],
        .operation(node: "a", .inputCount(expected: 1...1, found: 0))
      ),
      (
        [input, Node(name: "bn", operation: .batchNorm(BatchNorm()), inputs: [NodeID(index: 0)], shape: [3, 8, 8])], [],
        .parameters(node: "bn", recorded: [], inferred: [[3], [3], [3], [3]])
      ),
      (
        [input, convolution("a", weight: [2, 3, 1, 1]), convolution("b", weight: [4, 3, 1, 1])], [],
        .tensorShapes(tensor: "conv.weight", node: "b", [2, 3, 1, 1], [4, 3, 1, 1])
      ),
      ([input, convolution("a", weight: [2, 3, 1, 1], stride: 2)], [], .geometry(node: "a")),
      (
        [input], [Output(name: "logits", role: .logits, value: NodeID(index: 1))],
        .outputRange(output: "logits", value: 1, nodes: 1)
      ),
    ] as [([Node], [Output], GraphInvariantError)])
  func broken(nodes: [Node], outputs: [Output], error: GraphInvariantError) {
    let graph = Graph(name: "broken", unchecked: nodes, outputs: outputs)
    #expect(throws: error) { try graph.verify() }
  }

  @Test func catalogueNetworksAreWellFormed() throws {
    for graph in [try Networks.lenet(), try Networks.googlenet(), try Networks.cifarResnet20()] {
      #expect(throws: Never.self, "\(graph.name)") { try graph.verify() }
    }
  }

  @Test func sharedTensorsAreAllowed() throws {
    let graph = Graph(
      name: "shared",
      unchecked: [
        Self.input, Self.convolution("a", weight: [2, 3, 1, 1]), Self.convolution("b", weight: [2, 3, 1, 1]),
      ])
    try graph.verify()
    #expect(graph.tensors.count == 1)
  }

  @Test func aBrokenPassIsNamed() throws {
    struct Breaking: Pass {
      let name = "break"

      func apply(to graph: Graph) -> Graph {
        var result = graph
        result.outputs = [Output(name: "logits", role: .logits, value: NodeID(index: 99))]
        return result
      }
    }
    #if DEBUG
      let error = #expect(throws: PassError.self) { try Networks.lenet().optimized([Breaking()]) }
      #expect(error?.pass == "break")
      #expect(error?.broken == .outputRange(output: "logits", value: 99, nodes: 10))
    #else
      #expect(try Networks.lenet().optimized([Breaking()]).outputs.first?.value.index == 99)
    #endif
  }
}
