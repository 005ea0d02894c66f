import ZooGraph
import ZooKit
import ZooRuntime
import ZooTensor

/// The gradients of a network checked in three ways: against central differences on the interpreter, the compiled step against
/// the interpreter, and the compiled step's bits on one to three threads.
public struct GradientReport: Sendable {
  /// What was found for one tensor.
  public struct Line: Hashable, Sendable {
    /// The tensor's name in a checkpoint.
    public let tensor: String
    /// The path of its layer.
    public let layer: String
    /// The Euclidean norm of the gradient.
    public let norm: Double
    /// The largest relative difference of a slope from the gradient, and the directions that were compared.
    public let error: Double
    /// In how many directions the slope was compared.
    public let directions: Int
    /// Directions in which the loss has a kink within the step.
    public let kinks: Int
    /// The largest difference of the compiled layer, of its value and its gradients, from what the interpreter makes of the
    /// same inputs; relative to the largest element.
    public let compiledError: Double

    /// Whether nothing contradicts the gradient. Where all directions met kinks, only the compiled one speaks for it.
    public var isRight: Bool { error <= GradientCheck.tolerance && compiledError <= GradientReport.compiledTolerance }
  }

  /// From the loss backwards.
  public let lines: [Line]
  /// The mean loss of the batch.
  public let loss: Double
  /// Whether one to three threads gave the same bits.
  public let hasSameBits: Bool

  /// The difference of float32 from double up to which a gradient counts as right, relative to its largest element.
  public static let compiledTolerance = 1e-5

  /// - Parameters:
  ///   - network: what is checked.
  ///   - recipe: its loss, seed, frozen layers and norms count
  ///   - start: what its weights are.
  ///   - batch: images drawn at random, with classes in turn
  ///   - directions: compared for each tensor
  /// - Throws: as `Trainer.init`.
  public init(
    _ network: Network, recipe: Recipe, start: Trainer.Start = .initialization, batch: Int = 2, directions: Int = 2
  ) throws {
    let training = try TrainingGraph(
      network.graph, loss: recipe.kernelLoss, learns: { recipe.learns($0) }, norm: { recipe.normState(of: $0) })
    if let norm = training.norms.first(where: { $0.state == .training && batch * $0.area < 2 }) {
      throw TrainingError.singleValue(layer: norm.layer)
    }
    let tensors = try Trainer.tensors(of: network, recipe: recipe, start: start)
    let weights: ParameterSource.Whole = { name in
      guard let tensor = tensors[name] else { preconditionFailure("the network has no tensor '\(name)'") }
      return tensor
    }
    let random = CounterRandom(seed: recipe.seed, purpose: .sampling, 1)
    let shape = Shape([batch] + network.input.dimensions)
    let images = Tensor(shape: shape, floats: (0..<shape.elementCount).map { Float(2 * random.uniform($0) - 1) })
    let classes = training.classes
    let targets = Tensor(
      shape: [batch, classes], floats: (0..<batch * classes).map { $0 / classes % classes == $0 % classes ? 1 : 0 })

    let check = try GradientCheck(training, weights: weights)
    let findings = try check.run(images: images, targets: targets, directions: directions, seed: recipe.seed)
    let interpreted = try check.gradients(images: images, targets: targets)
    loss = interpreted.loss
    var bits: [[[UInt32]]] = []
    for threads in 1...3 {
      let compiled = try CompiledTraining(
        training, options: ExecutionOptions(threads: threads, numerics: recipe.numerics), batch: batch,
        weights: ParameterSource(weights))
      _ = try compiled.run(images: images, targets: targets, at: GradientCheck.point)
      bits.append(
        compiled.tensors.compactMap { tensor in
          tensor.gradient.map { tensor.unpacked($0).floats.map(\.bitPattern) }
        })
    }
    hasSameBits = bits.allSatisfy { $0 == bits[0] }
    // Of the nodes of a layer, those of its value and of its gradients.
    var errors: [String: Double] = [:]
    let differences = try check.differences(
      images: images, targets: targets, options: ExecutionOptions(numerics: recipe.numerics),
      weights: ParameterSource(weights))
    for (id, difference) in differences {
      let node = training.graph[id]
      let layer: String = if case .gradient(let gradient) = node.operation { gradient.layer } else { node.name }
      errors[layer] = max(errors[layer] ?? 0, difference)
    }
    others = errors.filter { layer, error in
      error > Self.compiledTolerance && !findings.contains { $0.layer == layer }
    }.keys.sorted()
    lines = findings.map { finding in
      Line(
        tensor: finding.name, layer: finding.layer, norm: finding.norm, error: finding.error,
        directions: finding.directions, kinks: finding.kinks, compiledError: errors[finding.layer] ?? 0)
    }
  }

  /// The first line that is wrong, from the loss backwards.
  public var firstFaulty: Line? { lines.first { !$0.isRight } }

  /// Layers without weights whose compiled values or gradients are wrong.
  public let others: [String]

  /// Whether nothing contradicts any gradient, and bits do not depend on the number of threads.
  public var isRight: Bool { firstFaulty == nil && others.isEmpty && hasSameBits }

  /// In a sentence.
  public var summary: String {
    let kinks = lines.reduce(0) { $0 + $1.kinks }
    let blind = lines.count { $0.directions == 0 }
    var parts = [
      firstFaulty.map { "layer '\($0.layer)' is the first whose gradient is wrong, from the loss backwards" }
        ?? "all \(lines.count) gradients are right",
      "\(kinks) kink\(kinks == 1 ? "" : "s") met",
    ]
    if !others.isEmpty {
      parts.append("compiled layers that differ from the interpreter: \(others.joined(separator: ", "))")
    }
    if blind > 0 { parts.append("\(blind) compared with no slope, since all directions met kinks") }
    parts.append(hasSameBits ? "the same bits for 1, 2 and 3 threads" : "OTHER BITS for another number of threads")
    return parts.joined(separator: "; ")
  }
}
