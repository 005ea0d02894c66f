import ZooGraph
import ZooKernels
import ZooKit
import ZooRuntime
import ZooTensor
import ZooWeights

/// Trains a network by a recipe: the same data, network and recipe give the same bits for any number of threads, interrupted
/// or not.
///
/// Not safe to use from two threads at once.
public final class Trainer {
  /// What a run's result does not depend on.
  public struct Options: Sendable {
    /// `nil` for one per processor.
    public var threads: Int?
    /// `nil` for the fastest that this machine has.
    public var instructionSet: InstructionSet?
    /// Whether pictures that cannot be read are left out.
    public var skipsBad: Bool
    /// How many bytes of decoded pictures may be kept.
    public var pictureBudget: Int
    /// Reaches the processes that share the steps with this one; `nil` for none.
    package var communicator: (any Communicator)?

    /// - Parameters:
    ///   - threads: `nil` for as many as there are processors.
    ///   - instructionSet: `nil` for the fastest that this machine has.
    ///   - skipsBad: whether pictures that cannot be read are left out, and not an error.
    ///   - pictureBudget: how many bytes of prepared pictures are kept in memory.
    public init(
      threads: Int? = nil, instructionSet: InstructionSet? = nil, skipsBad: Bool = false,
      pictureBudget: Int = TrainingData.standardBudget
    ) {
      self.threads = threads
      self.instructionSet = instructionSet
      self.skipsBad = skipsBad
      self.pictureBudget = pictureBudget
    }
  }

  /// What the weights are before the first step.
  public enum Start: Sendable {
    /// As the recipe's initialisation has it.
    case initialization
    /// Those of a checkpoint; what only training needs is as the recipe has it where the checkpoint lacks it.
    case weights(LoadedWeights)
  }

  /// That is trained.
  public let network: Network
  /// Everything that decides the result, with the data and the network.
  public let recipe: Recipe
  /// What the result does not depend on.
  public let options: Options
  /// What is learnt from.
  public let data: TrainingData
  /// What is measured with; `nil` for nothing.
  public let validation: TrainingData?
  /// The names of the network's classes.
  public let classes: [String]
  let communicator: any Communicator
  /// Which slices of a batch there are, and who computes them.
  let tree: SliceTree
  let compiled: CompiledTraining
  let update: ParameterUpdate
  let machine: Machine
  let classWeights: [Float]
  /// Whether the weights are the recipe's initialisation.
  let startsAnew: Bool
  /// The tensors that no kernel of training reads: they stay as they began.
  var idle: [String: Tensor]
  var state: TrainingState

  /// Steps of the optimiser in an epoch.
  public var stepsPerEpoch: Int { max(1, data.stepCount / recipe.accumulate) }
  /// Of the optimiser, over all epochs.
  public var totalSteps: Int { stepsPerEpoch * recipe.epochs }
  /// Steps that are over.
  public var step: Int { state.step }

  /// - Parameters:
  ///   - network: with as many classes as the data have
  ///   - recipe: everything that decides the result.
  ///   - parts: as `DataSet.openForTraining` gives them
  ///   - start: what the weights are before the first step.
  ///   - options: what the result does not depend on.
  /// - Throws: `TrainingError`, `TrainingDataError`, `TrainingGraphError`, `ZooError`, `RuntimeError`; what reading
  ///   weights throws; `WorkerError.tooManyWorkers`.
  public init(
    _ network: Network, recipe: Recipe, parts: DataSet.TrainingParts, start: Start = .initialization,
    options: Options = Options()
  ) throws {
    self.network = network
    self.recipe = recipe
    self.options = options
    communicator = options.communicator ?? SingleWorker()
    guard let preprocessing = network.preprocessing else { throw TrainingError.noPreprocessing(model: network.name) }
    let count = try network.answer().classes
    let assignment = try Self.assignment(of: parts.training, network: network, classes: count)
    let labels = network.labels?.labels.map(\.name) ?? parts.training.classNames
    classes = labels.map { $0.count == count ? $0 : nil }?.map { $0 } ?? (0..<count).map { "class \($0)" }
    let threads = options.threads ?? ThreadPool.availableProcessors
    func data(_ set: DataSet, _ variation: TrainingData.Variation?) throws -> TrainingData {
      try TrainingData(
        set, classOfLabel: assignment, classCount: count, input: network.input, preprocessing: preprocessing,
        batchSize: recipe.batch, variation: variation, budget: options.pictureBudget, skipsBad: options.skipsBad,
        threads: threads)
    }
    self.data = try data(
      parts.training,
      TrainingData.Variation(seed: recipe.seed, augmentation: recipe.augmentation, mixing: recipe.mixing))
    validation = try parts.validation.map { try data($0, nil) }
    classWeights = recipe.classWeights(self.data.classCounts)
    startsAnew = if case .initialization = start { true } else { false }

    let layers = Set(network.graph.tensors.map { Recipe.layer(of: $0.name) })
    let unknown = recipe.patternsWithoutLayer(among: Array(layers))
    guard unknown.isEmpty else { throw TrainingError.patternsWithoutLayer(unknown, layers: layers.sorted()) }
    let training = try TrainingGraph(
      network.graph, loss: recipe.kernelLoss, learns: { recipe.learns($0) }, norm: { recipe.normState(of: $0) })
    guard training.tensors.contains(where: { $0.gradient != nil }) else { throw TrainingError.nothingLearns }
    let images = min(recipe.batch, self.data.count)
    tree = try Self.tree(of: recipe, images: images, workers: communicator.count)
    let slice = images / tree.slices
    if let norm = training.norms.first(where: { $0.state == .training && slice * $0.area < 2 }) {
      throw TrainingError.singleValue(layer: norm.layer)
    }
    let tensors = try Self.tensors(of: network, recipe: recipe, start: start)
    compiled = try CompiledTraining(
      training,
      options: ExecutionOptions(
        instructionSet: options.instructionSet, threads: options.threads, numerics: recipe.numerics),
      batch: slice,
      weights: ParameterSource { name in
        guard let tensor = tensors[name] else { preconditionFailure("the network has no tensor '\(name)'") }
        return tensor
      })
    machine = compiled.machine
    update = ParameterUpdate(compiled, recipe: recipe, tree: tree, communicator: communicator)
    let kept = Set(compiled.tensors.map(\.name))
    idle = tensors.filter { !kept.contains($0.key) }
    state = TrainingState(patience: recipe.earlyStop)
  }

  private static func tree(of recipe: Recipe, images: Int, workers: Int) throws -> SliceTree {
    let slices = recipe.slices
    guard slices == 1 || recipe.accumulate == 1 else {
      throw TrainingError.slicesOfBatches(slices: slices, accumulate: recipe.accumulate)
    }
    guard slices > 0, slices & (slices - 1) == 0, images % slices == 0 else {
      throw TrainingError.slices(slices, images: images)
    }
    guard workers <= slices else { throw WorkerError.tooManyWorkers(workers, slices: slices) }
    return SliceTree(slices: slices, workers: workers)
  }

  /// The class of the network for each class of the data; `nil` where the data number them as the network does.
  private static func assignment(of data: DataSet, network: Network, classes: Int) throws -> [Int]? {
    guard let folders = data.classNames else {
      guard data.classCount <= classes else { throw TrainingError.classes(network: classes, data: data.classCount) }
      return nil
    }
    guard folders.count == classes || network.labels != nil else {
      throw TrainingError.classes(network: classes, data: folders.count)
    }
    do throws(ClassFolderProblem) {
      return try ClassAssignment(
        folders: folders, amongst: data.classNamesOfAllParts, labels: network.labels, outputs: classes
      ).classes
    } catch {
      throw ZooError.classFolders(path: data.path, error)
    }
  }

  /// All tensors as they are before the first step.
  static func tensors(of network: Network, recipe: Recipe, start: Start) throws -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for node in network.graph.nodes {
      for parameter in node.parameters {
        guard case .tensor(let name, let shape) = parameter.value else { continue }
        // What only training needs may be missing from weights, or be for other classes.
        if case .weights(let weights) = start,
          !node.isTrainingOnly || weights.checkpoint.entry(named: name)?.shape == shape
        {
          tensors[name] = try weights.tensor(name).convertedToFloat32()
        } else {
          tensors[name] = recipe.initialization.suiting(node.operation).tensor(
            Initializer.Role(parameter.role, of: node.operation), shape: shape, name: name, seed: recipe.seed,
            weightShape: node.parameter(.weight)?.shape)
        }
      }
    }
    return tensors
  }

  /// The norms with what they do, in the network's order.
  public var norms: [TrainingGraph.Norm] { compiled.training.norms }

  /// The tensors of the network with whether they learn, in the definition's order.
  public var tensors: [(name: String, shape: Shape, learns: Bool)] {
    compiled.training.tensors.map { ($0.declaration.name, $0.declaration.shape, $0.gradient != nil) }
  }

  /// The memory for activations and their gradients, weights with gradients and the optimiser's state, in bytes.
  public var memory: (activations: Int, weights: Int) {
    let buffers = update.items.reduce(0) { sum, item in
      sum + item.tensor.numbers.count * (2 + item.numbers.state.count + (item.average == nil ? 0 : 1))
    }
    return (compiled.arenaByteCount, buffers * MemoryLayout<Float>.stride)
  }

  /// The plan of a step: its kernels and their memory, printable.
  public var plan: Plan { compiled.plan }

  /// The graph of a step, printable.
  public var graph: Graph { compiled.training.graph }

  /// The network's tensors as they are now, in the definition's order.
  ///
  /// - Parameter averaged: whether those of the moving average, where the recipe keeps one.
  /// - Returns: Float32, each under the definition's name.
  public func weights(averaged: Bool) -> [(name: String, tensor: Tensor)] {
    let learned = Dictionary(uniqueKeysWithValues: compiled.tensors.map { ($0.name, $0) })
    let averages = Dictionary(uniqueKeysWithValues: update.items.map { ($0.tensor.name, $0.average) })
    return compiled.training.tensors.map { tensor in
      let name = tensor.declaration.name
      guard let learned = learned[name] else { return (name, idle[name] ?? Tensor(shape: [0], floats: [])) }
      if averaged, let average = averages[name] ?? nil { return (name, learned.unpacked(average)) }
      return (name, learned.tensor)
    }
  }
}
