import ZooGraph
import ZooTensor

/// Compares the gradients of a training graph with central differences, in double precision on the interpreter.
///
/// For each tensor, and for the image, the slope of the loss along random directions is measured at two steps, `h` and `h / 2`,
/// and extrapolated (Richardson). Where the two differ, the loss has a kink within the step, such as a rectifier at zero: then
/// there is no slope to compare with, which is counted, and another direction is drawn.
public struct GradientCheck: Sendable {
  /// What was found for one tensor, or for the image.
  public struct Finding: Hashable, Sendable {
    /// The tensor's name, or the input's.
    public let name: String
    /// The layer's path, or `input`.
    public let layer: String
    /// The largest difference of a slope from the gradient, relative to the larger of both.
    public let error: Double
    /// The directions that were compared, and those that met a kink.
    public let directions: Int
    /// How many elements were left out because a kink lies within the step of the difference.
    public let kinks: Int
    /// The Euclidean norm of the gradient.
    public let norm: Double

    /// Whether the gradient is right, as far as can be seen; not where nothing could be compared.
    public func isRight(within tolerance: Double) -> Bool { directions > 0 && error <= tolerance }
  }

  private let training: TrainingGraph
  private let interpreter: Interpreter
  private let tensors: [String: Tensor]
  package static let point = TrainingPoint(seed: 1, step: 0)

  /// The relative error up to which a gradient counts as right.
  public static let tolerance = 1e-6

  /// - Parameters:
  ///   - training: forward and backward.
  ///   - weights: a checkpoint's tensors by the network's names.
  /// - Throws: what the interpreter and `weights` throw.
  public init(_ training: TrainingGraph, weights: @escaping ParameterSource.Whole) throws {
    self.training = training
    interpreter = try Interpreter(graph: training.graph, weights: weights)
    var tensors: [String: Tensor] = [:]
    for tensor in training.tensors where tensor.gradient != nil {
      tensors[tensor.declaration.name] = try weights(tensor.declaration.name).convertedToFloat32()
    }
    self.tensors = tensors
  }

  /// The findings, from the loss backwards: the first that is not right is of the layer whose rule is wrong.
  ///
  /// - Parameters:
  ///   - images: `[N, C, H, W]`, float32
  ///   - targets: `[N, classes]`, float32
  ///   - directions: how many are compared for each tensor
  ///   - seed: of the directions
  /// - Throws: `RuntimeError` when the images or targets do not fit.
  /// - Returns: A finding for each tensor, and for the image where that is asked for.
  public func run(
    images: Tensor, targets: Tensor, directions: Int = 2, seed: UInt64 = 0
  ) throws(RuntimeError) -> [Finding] {
    let graph = training.graph
    let batches = try interpreter.inputs.batches([
      graph[training.input].name: images, graph[training.target].name: targets,
    ])
    let count = batches[0].count
    let inputs = batches.map { $0.tensor.withFloats { $0.map(Double.init) } }
    let learning = training.tensors.filter { $0.gradient != nil }
    let values = interpreter.evaluate(inputs, images: count, at: Self.point, needing: learning.compactMap(\.gradient))
    func norm(_ numbers: [Double]) -> Double { numbers.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    // A slope that is next to nothing, as a bias's before a batch norm, is what rounding leaves.
    let floor = 1e-3 * (learning.compactMap { $0.gradient.flatMap { values[$0.index] } }.map(norm).max() ?? 0)
    // The later a tensor's gradient comes, the earlier the tensor is in the network.
    return learning.sorted { ($0.gradient?.index ?? 0) < ($1.gradient?.index ?? 0) }.compactMap { tensor in
      let name = tensor.declaration.name
      guard let gradient = tensor.gradient.flatMap({ values[$0.index] }), let start = tensors[name] else { return nil }
      let numbers = start.withFloats { $0.map(Double.init) }
      return finding(
        name: name, layer: tensor.layer, gradient: gradient, floor: floor, directions: directions,
        random: CounterRandom(seed: seed, purpose: .sampling, UInt64(tensor.gradient?.index ?? 0))
      ) { step in
        loss(inputs, count, replacing: [name: zip(numbers, step).map { $0 + $1 }])
      }
    }
  }

  /// The mean loss of the batch and the gradients of all tensors that learn, in double precision.
  ///
  /// - Throws: as `run`.
  package func gradients(
    images: Tensor, targets: Tensor
  ) throws(RuntimeError) -> (loss: Double, gradients: [String: [Double]], largest: Double) {
    let graph = training.graph
    let batches = try interpreter.inputs.batches([
      graph[training.input].name: images, graph[training.target].name: targets,
    ])
    let inputs = batches.map { $0.tensor.withFloats { $0.map(Double.init) } }
    let learning = training.tensors.filter { $0.gradient != nil }
    let values = interpreter.evaluate(
      inputs, images: batches[0].count, at: Self.point, needing: learning.compactMap(\.gradient))
    var gradients: [String: [Double]] = [:]
    for tensor in learning { gradients[tensor.declaration.name] = tensor.gradient.flatMap { values[$0.index] } }
    let largest = gradients.values.joined().reduce(0) { max($0, abs($1)) }
    return (loss(inputs, batches[0].count, replacing: [:]), gradients, largest)
  }

  /// How far each node's value, as the compiled step computes it, is from what the interpreter makes of the compiled values
  /// that the node reads: relative to its largest element. Where a rectifier switches is then the same for both.
  ///
  /// - Returns: by node, for those that can be compared.
  /// - Throws: `RuntimeError`; what `weights` throws.
  package func differences(
    images: Tensor, targets: Tensor, options: ExecutionOptions, weights: ParameterSource
  ) throws -> [NodeID: Double] {
    let compiled = try CompiledTraining(
      training, options: options, batch: images.shape[0], observing: true, weights: weights)
    let values = try compiled.values(images: images, targets: targets, at: Self.point)
    let graph = training.graph
    var expected: [NodeID: [Double]] = [:]
    for id in graph.ids {
      let inputs = graph[id].inputs.map { values[$0.index]?.map(Double.init) }
      guard values[id.index] != nil, !inputs.isEmpty, !inputs.contains(nil) else { continue }
      expected[id] = interpreter.value(
        of: id, reading: inputs.compactMap(\.self), images: images.shape[0], at: Self.point)
    }
    func largest(_ numbers: [Double]) -> Double { numbers.reduce(0) { max($0, abs($1)) } }
    // Gradients that are next to nothing, as a bias's before a batch norm, are what is left of larger terms.
    var floors: [ValueScope: Double] = [:]
    for (id, numbers) in expected where graph[id].isGradient {
      let scope = graph[id].scope
      floors[scope] = max(floors[scope] ?? Double.leastNormalMagnitude, Self.share * largest(numbers))
    }
    var differences: [NodeID: Double] = [:]
    for (id, numbers) in expected {
      guard let found = values[id.index] else { continue }
      let floor = graph[id].isGradient ? floors[graph[id].scope] ?? 0 : Double.leastNormalMagnitude
      let error = zip(found, numbers).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
      differences[id] = found.allSatisfy(\.isFinite) ? error / max(largest(numbers), floor) : .infinity
    }
    return differences
  }

  /// The mean loss of the batch, all heads with their weights.
  private func loss(_ inputs: [[Double]], _ images: Int, replacing parameters: [String: [Double]]) -> Double {
    let values = interpreter.evaluate(
      inputs, images: images, replacing: parameters, at: Self.point, needing: training.heads.map(\.loss))
    return training.heads.reduce(0) { sum, head in
      sum + (values[head.loss.index] ?? []).reduce(0, +) / Double(images)
    }
  }

  private func finding(
    name: String, layer: String, gradient: [Double], floor: Double, directions: Int, random: CounterRandom,
    loss: (_ step: [Double]) -> Double
  ) -> Finding {
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    var (error, compared, kinks, draw) = (0.0, 0, 0, 0)
    search: while compared < directions, draw < 6 * directions + 6 {
      let numbers = random.with(UInt64(draw))
      // All elements, then fewer, of which fewer reach a kink.
      let share = draw < 2 * directions ? 1.0 : 1 / Double(1 << min(draw, 20))
      draw += 1
      var direction = gradient.indices.map { index in
        numbers.uniform(2 * index) < share ? (numbers.bits(2 * index + 1) & 1 == 0 ? 1.0 : -1) : 0
      }
      if direction.allSatisfy({ $0 == 0 }) { direction[numbers.integer(-1, below: direction.count)] = 1 }
      let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let expected = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
      func slope(_ h: Double) -> Double {
        (loss(direction.map { $0 * h }) - loss(direction.map { -$0 * h })) / (2 * h)
      }
      // The shorter a step, the fewer kinks are within it, and the more of a difference of losses is rounding.
      for step in Self.steps {
        let h = step / length
        let (coarse, fine) = (slope(h), slope(h / 2))
        let scale = max(abs(expected), abs(fine), floor, 1e-9 * length)
        if abs(coarse - fine) <= 1e-6 * scale {
          compared += 1
          error = max(error, abs((4 * fine - coarse) / 3 - expected) / scale)
          continue search
        }
      }
      kinks += 1
    }
    return Finding(name: name, layer: layer, error: error, directions: compared, kinks: kinks, norm: norm)
  }

  /// Of the largest gradient of all, what the others count as at least.
  private static let share = 0.1

  /// The lengths of steps that are tried, the best for a smooth loss first.
  private static let steps = [1e-4, 1e-5, 1e-6]
}

extension Node {
  fileprivate var isGradient: Bool {
    if case .gradient = operation { true } else { false }
  }
}
