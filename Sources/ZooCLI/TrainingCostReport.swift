import ZooKit
import ZooTraining

/// The memory of a step of training as text.
struct TrainingCostReport {
  private let cost: TrainingCost

  /// - Parameters:
  ///   - network: the network to train
  ///   - batch: images of a step; `nil` for as many as the definition's recipe has
  ///   - optimizer: `nil` for that of the recipe
  /// - Throws: `RecipeError`, `DefinitionErrors`; as `TrainingCost.init`.
  init(_ network: Network, batch: Int?, optimizer: String?) throws {
    var recipe = try Recipe(of: network)
    if let optimizer { try recipe.set("optimizer", optimizer) }
    if let batch { recipe.batch = batch }
    cost = try TrainingCost(network, recipe: recipe)
  }

  var answer: TrainingAnswer { TrainingAnswer(cost) }

  /// One row for each layer.
  func table(_ network: Network, shares: Bool) throws -> TextTable {
    let rows = LayerTable(graph: network.graph, cost: try network.cost()).rows
    var table = TextTable(
      [
        .init("LAYER", .left), .init("OPERATION", .left, droppedAs: 3), .init("OUTPUT", .left, droppedAs: 2),
        .init("PARAMETERS", .right, droppedAs: 4), .init("KEPT MB", .right), .init("WEIGHTS MB", .right),
        .init("GRADIENTS MB", .right), .init("OPTIMISER MB", .right), .init("ALL MB", .right, droppedAs: 1),
      ] + (shares ? [.init("ALL %", .right)] : []))
    let whole = cost.layers.reduce(0) { $0 + $1.total }
    for (row, layer) in zip(rows, cost.layers) {
      table.append(
        [
          .text(row.path), .text(row.operation + (row.isTrainingOnly ? " (training only)" : "")),
          .text("\(row.output)"), .count(row.parameters), .megabytes(layer.kept), .megabytes(layer.parameters),
          .megabytes(layer.gradients), .megabytes(layer.optimizerState), .megabytes(layer.total),
        ] + (shares ? [.share(layer.total, of: whole)] : []))
    }
    return table
  }

  /// What a step takes in all, beside inference.
  var totals: [String] {
    let images = cost.batch == 1 ? "1 image" : "\(NumberFormat.grouped(cost.batch)) images"
    let inference = cost.inference
    var table = TextTable([
      .init("MEMORY OF", .left), .init("TRAINING MB", .right), .init("INFERENCE MB", .right),
      .init("WHAT IT IS", .left, droppedAs: 1),
    ])
    table.append(["weights", .megabytes(cost.parameters), .megabytes(inference.weights), "as kernels have them"])
    table.append(["gradients", .megabytes(cost.gradients), "", "of the weights that learn"])
    table.append(["optimiser", .megabytes(cost.optimizerState), "", .text(state)])
    if cost.average > 0 {
      table.append(["average", .megabytes(cost.average), "", "the moving average of the weights"])
    }
    table.append([
      "activations", .megabytes(cost.activations),
      inference.batch.map { .megabytes($0) } ?? "more than there is",
      .text(
        "of \(images), with gradients and scratch; for inference of 1 image \(NumberFormat.bytes(inference.oneImage))"),
    ])
    table.append([
      "of them kept", .megabytes(cost.kept), "", "computed forward, read backward: the column KEPT, and the loss",
    ])
    table.append(["images", .megabytes(cost.images), "", "a batch as tensors"])
    if cost.transformed > 0 {
      table.append(["transformed", .megabytes(cost.transformed), "", "weights for Winograd's algorithm"])
    }
    table.append([
      "all", .megabytes(cost.total), inference.batch.map { .megabytes($0 + inference.weights) } ?? "",
      "the kept activations counted once",
    ])
    return ["", "A step of \(images), \(optimizer):"] + table.lines
  }

  private var optimizer: String {
    switch cost.optimizer {
    case .sgd(let momentum, let nesterov):
      momentum == 0 ? "SGD" : "SGD with momentum \(momentum)\(nesterov ? " (Nesterov)" : "")"
    case .adam: "Adam"
    case .adamW: "AdamW"
    }
  }

  private var state: String {
    switch (cost.numbersOfState, cost.optimizer) {
    case (0, _): "SGD without momentum keeps nothing"
    case (1, _): "a momentum for each number that learns"
    default: "means of gradients and of their squares, for each number that learns"
    }
  }
}

/// The memory of a step of training in JSON.
struct TrainingAnswer: Encodable {
  var batch: Int
  var optimizer: String
  var weightBytes: Int
  var gradientBytes: Int
  var optimizerBytes: Int
  var averageBytes: Int
  var activationBytes: Int
  var keptBytes: Int
  var imageBytes: Int
  var transformedBytes: Int
  var totalBytes: Int
  var inferenceWeightBytes: Int
  var inferenceActivationBytes: Int
  /// For as many images as a step has; left out when it is more than this machine has.
  var inferenceBatchActivationBytes: Int?
  var layers: [Layer]

  struct Layer: Encodable {
    var path: String
    var keptBytes: Int
    var weightBytes: Int
    var gradientBytes: Int
    var optimizerBytes: Int
  }

  init(_ cost: TrainingCost) {
    batch = cost.batch
    optimizer =
      switch cost.optimizer {
      case .sgd: "sgd"
      case .adam: "adam"
      case .adamW: "adamw"
      }
    weightBytes = cost.parameters
    gradientBytes = cost.gradients
    optimizerBytes = cost.optimizerState
    averageBytes = cost.average
    activationBytes = cost.activations
    keptBytes = cost.kept
    imageBytes = cost.images
    transformedBytes = cost.transformed
    totalBytes = cost.total
    inferenceWeightBytes = cost.inference.weights
    inferenceActivationBytes = cost.inference.oneImage
    inferenceBatchActivationBytes = cost.inference.batch
    layers = cost.layers.map {
      Layer(
        path: $0.path, keptBytes: $0.kept, weightBytes: $0.parameters, gradientBytes: $0.gradients,
        optimizerBytes: $0.optimizerState)
    }
  }
}
