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
  /// What the network says about classes; left out when it says nothing.
  var answer: AnswerDescription?
  /// Shape by name, those that only training uses left out.
  var tensors: [String: [Int]]
  var trainingOnlyTensors: [String: [Int]]
  var layers: [LayerDescription]
  var notes: [String]
  /// For a network that `convert-fc` made.
  var sliding: SlidingDescription?
  /// What became of the tensors of the weights, when there are some.
  var weights: MatchAnswer?
  /// The memory that training takes, where asked for.
  var training: TrainingAnswer?

  struct SlidingDescription: Encodable {
    var of: String
    var nativeInput: [Int]
    /// Rows and columns between neighbouring scores.
    var stride: [Int]
    var receptiveField: [Int]
    /// The row and the column where the first score's field begins.
    var start: [Int]
    /// The operations of the layers that are others now.
    var was: [LayerDescription]

    struct LayerDescription: Encodable {
      var path: String
      var operation: String
    }

    init(_ record: SlidingRecord) {
      let field = record.receptiveField
      of = record.name
      nativeInput = record.nativeInput.dimensions
      stride = [field.stride.height, field.stride.width]
      receptiveField = [field.size.height, field.size.width]
      start = [field.start.row, field.start.column]
      was = record.rewrittenLayers.map { LayerDescription(path: $0.name, operation: $0.operation.kind.name) }
    }
  }

  struct AnswerDescription: Encodable {
    var output: String
    var classes: Int
    /// What makes probabilities of the class scores: `softmax`, or `sigmoid` where each class is there or not by itself.
    var function: String
    /// Whether the network ends in that itself; else zoo applies it.
    var isApplied: Bool
    var description: String

    init(_ answer: Answer) {
      output = answer.output.name
      classes = answer.classes
      function = answer.function.rawValue
      isApplied = answer.isApplied
      description = "\(answer)"
    }
  }

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
    /// In per cent, where asked for.
    var share: LayerShares?
  }

  /// - Parameters:
  ///   - network: the network
  ///   - schema: the schema's name
  ///   - report: what became of the tensors of the weights
  ///   - shares: whether each layer says what part of the totals it has
  ///   - training: the memory that training takes
  /// - Throws: what passes throw.
  init(
    _ network: Network, schema: String, report: MatchAnswer? = nil, shares: Bool = false,
    training: TrainingAnswer? = nil
  ) throws {
    let cost = try network.cost()
    self.training = training
    weights = report
    let graph = network.graph
    self.schema = schema
    model = network.name
    title = network.card.title
    input = network.input.dimensions
    parameters = cost.inference.parameters
    macs = cost.inference.multiplyAccumulates
    peakActivationBytes = cost.peakActivationBytes
    preprocessing = network.preprocessing.map { "\($0)" }
    classes = network.labels?.count
    outputs = graph.outputs.map {
      OutputDescription(name: $0.name, role: $0.role.rawValue, shape: graph[$0.value].shape.dimensions)
    }
    answer = (try? network.answer()).map(AnswerDescription.init)
    func shapes(_ tensors: [TensorDeclaration]) -> [String: [Int]] {
      Dictionary(tensors.map { ($0.name, $0.shape.dimensions) }, uniquingKeysWith: { first, _ in first })
    }
    tensors = shapes(graph.tensors.filter { !$0.isTrainingOnly })
    trainingOnlyTensors = shapes(graph.tensors.filter(\.isTrainingOnly))
    let table = LayerTable(graph: graph, cost: cost)
    let whole = LayerShares.Whole(table)
    layers = table.rows.map { row in
      LayerDescription(
        path: row.path, operation: row.operation, output: row.output.dimensions, parameters: row.parameters,
        weights: row.weights, macs: row.multiplyAccumulates,
        receptiveField: row.receptiveField.map { [$0.size.height, $0.size.width] }, trainingOnly: row.isTrainingOnly,
        share: shares ? LayerShares(row, of: whole) : nil)
    }
    notes = graph.notes().map { "\($0)" }
    sliding = (network.card.sliding?.record).map(SlidingDescription.init)
  }
}
