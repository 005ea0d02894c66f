import ZooGraph
import ZooKit
import ZooRuntime

/// The memory that training a network takes beside that of inference, from the plan of a step as `Trainer` runs it. Nothing is
/// trained, and no weights are read.
///
/// All figures are bytes of float32 as kernels have them, whose maps and weights fill blocks of channels. The pictures of the
/// data set, which `TrainingData` keeps decoded up to a budget, are not counted.
public struct TrainingCost: Hashable, Sendable {
  /// A row of `LayerTable`.
  public struct Layer: Hashable, Sendable {
    /// The path of the row's first node.
    public let path: String
    /// What is computed forward and kept until the backward pass has read it, for all images of a step. 0 where a value is
    /// overwritten, or needed no more.
    public let kept: Int
    /// The layer's numbers in the checkpoint, running means and variances included.
    public let parameters: Int
    /// Their gradients, of what learns.
    public let gradients: Int
    /// What the optimiser keeps for each of the numbers that learn.
    public let optimizerState: Int

    /// All of them.
    public var total: Int { kept + parameters + gradients + optimizerState }
  }

  /// What inference takes of the same network.
  public struct Inference: Hashable, Sendable {
    /// Packed weights, after the passes.
    public let weights: Int
    /// The arena for one image.
    public let oneImage: Int
    /// The arena for as many images as a step has; `nil` when that is more than this machine has.
    public let batch: Int?
  }

  /// The images of a step.
  public let batch: Int
  /// The recipe's.
  public let optimizer: Optimizer
  /// How many numbers the optimiser keeps for each that learns: one for SGD with momentum, two for Adam.
  public let numbersOfState: Int
  /// In the order of `LayerTable`, those for training only included.
  public let layers: [Layer]
  /// The numbers of all layers, in bytes.
  public let parameters: Int
  /// The gradients of those that learn, in bytes.
  public let gradients: Int
  /// What the optimiser keeps for those that learn, in bytes.
  public let optimizerState: Int
  /// The moving average of the numbers, where the recipe keeps one.
  public let average: Int
  /// What all layers keep from the forward pass for the backward one.
  public let kept: Int
  /// The arena of a step, or of one of its slices: what is kept, gradients of activations and what kernels need while they run, in as little memory as
  /// is in use at once.
  public let activations: Int
  /// Weights as Winograd's algorithm has them, made anew for each layer.
  public let transformed: Int
  /// The pictures of a step as tensors.
  public let images: Int
  /// What inference takes.
  public let inference: Inference

  /// All that training keeps.
  public var total: Int {
    parameters + gradients + optimizerState + average + activations + transformed + images
  }

  /// - Parameters:
  ///   - network: with class scores
  ///   - recipe: what learns, the loss, the optimiser and the images of a step
  ///   - options: of the machine; the recipe says what numerics
  /// - Throws: `TrainingGraphError` when the network cannot be trained as a classifier; `RuntimeError`; what passes throw.
  public init(_ network: Network, recipe: Recipe, options: ExecutionOptions = ExecutionOptions()) throws {
    var options = options
    options.numerics = recipe.numerics
    let training = try TrainingGraph(
      network.graph, loss: recipe.kernelLoss, learns: { recipe.learns($0) }, norm: { recipe.normState(of: $0) })
    let footprint = try TrainingFootprint(
      training, options: options, batch: max(1, recipe.batch / max(1, recipe.slices)))
    let state = recipe.optimizer.rule(momentum: recipe.schedule == .oneCycle ? 0.9 : nil).stateCount
    batch = recipe.batch
    optimizer = recipe.optimizer
    numbersOfState = state

    let rows = LayerTable(graph: network.graph, cost: try network.cost()).rows
    let layerOfTensor = Dictionary(
      training.tensors.map { ($0.declaration.name, $0.layer) }, uniquingKeysWith: { first, _ in first })
    layers = rows.map { row in
      let nodes = Set(row.layers)
      let tensors = footprint.tensors.filter { layerOfTensor[$0.name].map(nodes.contains) ?? false }
      let learning = tensors.filter(\.learns).reduce(0) { $0 + $1.byteCount }
      return Layer(
        path: row.path, kept: row.layers.reduce(0) { $0 + footprint.kept(by: $1) },
        parameters: tensors.reduce(0) { $0 + $1.byteCount }, gradients: learning, optimizerState: state * learning)
    }
    parameters = footprint.tensors.reduce(0) { $0 + $1.byteCount }
    gradients = footprint.tensors.reduce(0) { $0 + ($1.learns ? $1.byteCount : 0) }
    optimizerState = state * gradients
    average = recipe.ema > 0 ? gradients : 0
    kept = footprint.kept.values.reduce(0, +)
    activations = footprint.arenaByteCount
    transformed = footprint.transformedByteCount
    images = network.input.elementCount * recipe.batch * MemoryLayout<Float>.stride
    let optimized = try network.graph.optimized()
    let one = try CompiledNetwork.memory(of: optimized, options: options, batch: 1)
    let many = try? CompiledNetwork.memory(of: optimized, options: options, batch: recipe.batch)
    inference = Inference(weights: one.weights, oneImage: one.activations, batch: many?.activations)
  }
}
