import ZooGraph
import ZooKit
import ZooTensor

/// The sanity check for explanations by cascading randomisation (Adebayo et al., 2018): the weights of the layers are made
/// random from the top down, and after each step the map for the same input and target is compared with that of the model
/// as it was trained. An explanation of the model has to change; one that does not shows the picture.
///
///     let check = try RandomizationCheck(model, method: .named("guided"))
///     let found = try check.run(.score(281), for: model.input(for: picture))
///
/// The random numbers are functions of the seed and the tensor, so that the same call gives the same bits.
public struct RandomizationCheck: Sendable {
  /// Whose weights are randomised.
  public let model: Model
  /// What is checked.
  public let method: ExplanationMethod
  /// How weights are randomised.
  public let options: Options
  private let layers: [WeightedLayer]

  /// How weights are randomised.
  public struct Options: Hashable, Sendable {
    /// The most steps; of a network with more layers, several become random in a step. Of the first step, only the top one.
    public var steps = 12
    /// What weights become.
    public var randomization = WeightRandomization.normal
    /// Of the random weights.
    public var seed: UInt64 = 0

    /// The defaults, as each property states.
    public init() {}
  }

  /// - Throws: `CheckError.steps` unless there are 1 to 1000; `.noWeights`.
  public init(_ model: Model, method: ExplanationMethod, options: Options = Options()) throws(CheckError) {
    guard (1...1000).contains(options.steps) else { throw .steps(found: options.steps, expected: 1...1000) }
    layers = model.network.graph.weightedLayers(of: model.answer.value)
    guard !layers.isEmpty else { throw .noWeights(model: model.network.name) }
    self.model = model
    self.method = method
    self.options = options
  }

  /// How many layers are random after each step, the last of them all.
  var counts: [Int] {
    let (total, steps) = (layers.count, min(options.steps, layers.count))
    guard steps > 1 else { return [total] }
    return (0..<steps).map { 1 + ($0 * (total - 1) + (steps - 1) / 2) / (steps - 1) }
  }

  /// - Parameters:
  ///   - target: what is explained.
  ///   - input: `[C, H, W]`, preprocessed
  ///   - progress: how many of how many maps are made; whether to go on
  /// - Throws: what the method throws, as when it is not defined for the network; `CheckError.notFinite`,
  ///   `WeightsError`.
  /// - Returns: `nil` when it was not to go on.
  public func run(
    _ target: AttributionTarget, for input: Tensor, progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
  ) throws -> Result? {
    let counts = counts
    let total = counts.count + 1
    // Asked within a map, too, so that a long one can be interrupted.
    let first = try method.map(model, input, target) { _, _ in progress(0, total) }
    guard progress(0, total), let original = first else { return nil }
    let numbers = model.network.graph.tensors.map(\.name).enumerated()
    let ordinals = Dictionary(numbers.map { ($1, UInt64($0)) }) { first, _ in first }
    var tensors = try Dictionary(
      uniqueKeysWithValues: model.weights.checkpoint.entries.map { ($0.name, try model.weights.tensor($0.name)) })
    var steps: [Result.Step] = []
    var done = 0
    for count in counts {
      guard progress(steps.count + 1, total) else { return nil }
      let changed = layers[layers.count - count..<layers.count - done]
      for layer in changed { randomize(layer, &tensors, ordinals) }
      done = count
      let made = try method.map(randomized(tensors, count), input, target) { _, _ in progress(steps.count + 1, total) }
      guard let map = made else { return nil }
      steps.append(
        Result.Step(
          layers: count, changed: changed.reversed().map(\.name), map: map, similarity: MapSimilarity(original, map)))
    }
    return Result(
      method: method, target: target, layers: layers.count, options: options, original: original, steps: steps)
  }

  private func randomize(_ layer: WeightedLayer, _ tensors: inout [String: Tensor], _ ordinals: [String: UInt64]) {
    func random(_ name: String) -> CounterRandom {
      CounterRandom(seed: options.seed, purpose: .initialization, ordinals[name] ?? 0)
    }
    for name in layer.tensors {
      guard let tensor = tensors[name] else { continue }
      tensors[name] = options.randomization.tensor(tensor, random(name))
    }
    for names in layer.channels {
      let known = names.filter { tensors[$0] != nil }
      guard let first = known.first else { continue }
      let turned = WeightRandomization.channels(known.compactMap { tensors[$0] }, random(first))
      for (name, tensor) in zip(known, turned) { tensors[name] = tensor }
    }
  }

  /// The model with other weights.
  private func randomized(_ tensors: [String: Tensor], _ count: Int) throws -> Model {
    var running = model.options
    running.cache = nil
    let summary = "\(model.weights.summary), \(count) of \(layers.count) layers random, seed \(options.seed)"
    return try Model(
      model.network, loaded: LoadedWeights(model.weights, replacing: tensors, called: summary), options: running)
  }
}

extension RandomizationCheck {
  /// What came of it.
  public struct Result: Sendable {
    /// What was checked.
    public let method: ExplanationMethod
    /// What was explained.
    public let target: AttributionTarget
    /// How many layers have weights.
    public let layers: Int
    /// As it was made.
    public let options: Options
    /// Of the model as it was given.
    public let original: GridMap
    /// At least one; after the last, all layers are random.
    public let steps: [Step]

    /// All maps, the original first, `[1 + steps, rows, columns]`.
    public var maps: Tensor {
      Tensor(
        shape: Shape([1 + steps.count, original.rows, original.columns]),
        floats: original.values + steps.flatMap(\.map.values))
    }

    /// The explanation after one more layer became random.
    public struct Step: Sendable {
      /// How many layers, from the top, are random.
      public let layers: Int
      /// Those that became random in this step, from the top.
      public let changed: [String]
      /// Of the partly random network.
      public let map: GridMap
      /// With the original map.
      public let similarity: MapSimilarity
    }
  }
}
