import ZooGraph
import ZooKit

/// A network in JSON.
struct NetworkDescription: Encodable {
  var schema: String
  var model: String
  var title: String?
  var input: [Int]
  var parameters: Int
  var macs: Int
  var peakActivationBytes: Int
  var preprocessing: String?
  var classes: Int?
  var outputs: [OutputDescription]
  /// Shape by name, those that only training uses left out.
  var tensors: [String: [Int]]
  var trainingOnlyTensors: [String: [Int]]
  var layers: [LayerDescription]
  var notes: [String]
  /// What became of the tensors of the weights, when there are some.
  var weights: MatchAnswer?

  struct OutputDescription: Encodable {
    var name: String
    var role: String
    var shape: [Int]
  }

  struct LayerDescription: Encodable {
    var path: String
    var operation: String
    var output: [Int]
    var parameters: Int
    var weights: Int
    var macs: Int
    var receptiveField: [Int]?
    var trainingOnly: Bool
  }

  init(_ network: Network, schema: String, report: MatchAnswer? = nil) {
    weights = report
    let graph = network.graph
    self.schema = schema
    model = network.name
    title = network.card.title
    input = network.input.dimensions
    parameters = network.cost.inference.parameters
    macs = network.cost.inference.multiplyAccumulates
    peakActivationBytes = network.cost.peakActivationBytes
    preprocessing = network.preprocessing.map { "\($0)" }
    classes = network.labels?.count
    outputs = graph.outputs.map {
      OutputDescription(name: $0.name, role: $0.role.rawValue, shape: graph[$0.value].shape.dimensions)
    }
    func shapes(_ tensors: [TensorDeclaration]) -> [String: [Int]] {
      Dictionary(tensors.map { ($0.name, $0.shape.dimensions) }, uniquingKeysWith: { first, _ in first })
    }
    tensors = shapes(graph.tensors.filter { !$0.isTrainingOnly })
    trainingOnlyTensors = shapes(graph.tensors.filter(\.isTrainingOnly))
    layers = LayerTable(graph: graph, cost: network.cost).rows.map { row in
      LayerDescription(
        path: row.path, operation: row.operation, output: row.output.dimensions, parameters: row.parameters,
        weights: row.weights, macs: row.multiplyAccumulates,
        receptiveField: row.receptiveField.map { [$0.size.height, $0.size.width] }, trainingOnly: row.isTrainingOnly)
    }
    notes = graph.notes().map { "\($0)" }
  }
}
