import Testing
import ZooGraph
import ZooKernels
import ZooKit
import ZooRuntime
import ZooTensor

@Suite("The first step of training against PyTorch's in double precision")
struct PyTorchGradientTests {
  /// Each instruction set with the fastest algorithms, and direct convolutions, which have the same bits with any.
  static let runtimes =
    InstructionSet.available.map { ExecutionOptions(instructionSet: $0) } + [ExecutionOptions(numerics: .direct)]

  /// The interpreter computes in double precision too: it must be PyTorch's equal, and then stands for it where PyTorch's
  /// numbers are only recorded in part.
  @Test(arguments: ["lenet", "resnet20", "googlenet", "mobilenet_v2"])
  func firstStep(_ name: String) throws {
    let fixture = try PyTorchGradientFixture(name)
    let network = try Network.find(name, input: Shape(Array(fixture.shape.dropFirst())))
    let training = try TrainingGraph(
      network.graph.withoutDropout(), loss: .softmax, learns: { _ in true }, norm: { _ in .training })
    let weights = try Self.weights(of: network, in: training)
    #expect(training.heads.map(\.weight) == fixture.heads.map(\.weight), "weights of the losses of \(name)")
    #expect(training.heads.dropFirst().map(\.output) == fixture.heads.dropFirst().map(\.name))
    try #require(training.heads.count == fixture.heads.count, "heads of \(name)")

    let exact = try interpreted(training, fixture, weights)
    expect(losses: exact.losses, training, fixture, within: 1e-9, "by the interpreter")
    for (found, records, what) in [
      (exact.gradients, fixture.gradients, "gradients"), (exact.running, fixture.running, "running statistics"),
    ] {
      #expect(Set(found.keys) == Set(records.map(\.name)), "names of \(what) of \(name)")
      expectNone(
        records.map { record in
          // Shifts that the next norm takes away again have gradients that are zero but for rounding.
          let numbers = found[record.name] ?? []
          let isZero = record.isZero(beside: fixture.largest)
          let error = isZero ? Self.largest(numbers) / fixture.largest : record.error(of: numbers)
          return (record.name, numbers.count == record.count ? error : .infinity, 1e-9)
        }, "\(what) of \(name) by the interpreter")
    }
    for options in Self.runtimes {
      let place = "\(name) with \(options)"
      let rounded = try compiled(training, fixture, weights, options)
      expect(losses: rounded.losses, training, fixture, within: 1e-5, "with \(options)")
      compare(rounded.gradients, exact.gradients, fixture.gradients, fixture.largest, "gradients of \(place)")
      compare(rounded.running, exact.running, fixture.running, fixture.largest, "running statistics of \(place)")
    }
  }

  /// Float32 against double precision, in all elements, relative to the largest magnitude of a tensor: at most 1e-5, or four
  /// times as far as PyTorch's float32 is off in that tensor, where it is off further; half of the tensors at most twice as
  /// far. Sums of as many numbers in another order differ so much, and what cancels in a tensor decides how much that is.
  private func compare(
    _ found: [String: [Double]], _ exact: [String: [Double]], _ records: [PyTorchGradientFixture.Record],
    _ scale: Double, _ what: String
  ) {
    #expect(Set(found.keys) == Set(records.map(\.name)), "names of \(what)")
    let errors = records.map { record -> (name: String, error: Double, most: Double) in
      let (numbers, expected) = (found[record.name] ?? [], exact[record.name] ?? [])
      guard numbers.count == record.count, expected.count == record.count else { return (record.name, .infinity, 0) }
      let difference = Self.largest(zip(numbers, expected).map { $0 - $1 })
      return record.isZero(beside: scale)
        ? (record.name, difference / scale, 1e-5)
        : (record.name, difference / record.largest, max(1e-5, 4 * record.float32))
    }
    expectNone(errors, what)
    let further = zip(errors, records).count { !($0.error <= max(1e-6, 2 * $1.float32)) }
    #expect(further * 2 <= records.count, "\(further) of \(records.count) \(what) are twice as far off as PyTorch's")
  }

  /// The losses of the images for each head, times the head's weight; gradients and new running statistics by name.
  private struct Step {
    var losses: [[Double]] = []
    var gradients: [String: [Double]] = [:]
    var running: [String: [Double]] = [:]
  }

  private func interpreted(
    _ training: TrainingGraph, _ fixture: PyTorchGradientFixture, _ weights: @escaping ParameterSource.Whole
  ) throws -> Step {
    let interpreter = try Interpreter(graph: training.graph, weights: weights)
    let count = fixture.shape[0]
    let wanted =
      training.heads.map(\.loss) + training.tensors.compactMap(\.gradient) + training.norms.compactMap(\.statistics)
    let inputs = [fixture.images, fixture.targets(classes: training.classes)].map(\.doubles)
    let values = interpreter.evaluate(inputs, images: count, needing: wanted)
    func numbers(_ id: NodeID?) throws -> [Double] { try #require(id.flatMap { values[$0.index] }) }

    var step = Step(losses: try training.heads.map { try numbers($0.loss) })
    for tensor in training.tensors where tensor.gradient != nil {
      step.gradients[tensor.declaration.name] = try numbers(tensor.gradient)
    }
    for norm in training.norms {
      let statistics = try numbers(norm.statistics)
      let population = Double(count * norm.area)
      for (index, tensor) in norm.runningStatistics.enumerated() {
        let new = statistics[index * norm.channels..<(index + 1) * norm.channels]
        let correction = index == 0 ? 1 : population / (population - 1)
        step.running[tensor] = try zip(weights(tensor).doubles, new).map { 0.9 * $0 + 0.1 * correction * $1 }
      }
    }
    return step
  }

  private func compiled(
    _ training: TrainingGraph, _ fixture: PyTorchGradientFixture, _ weights: @escaping ParameterSource.Whole,
    _ options: ExecutionOptions
  ) throws -> Step {
    let count = fixture.shape[0]
    let compiled = try CompiledTraining(training, options: options, batch: count, weights: ParameterSource(weights))
    compiled.poison()
    let pass = try compiled.run(
      images: fixture.images, targets: fixture.targets(classes: training.classes), at: TrainingPoint())
    compiled.updateRunningStatistics(images: count, momentum: 0.1)
    var step = Step(losses: pass.losses.map { $0.map(Double.init) })
    let learning = Set(training.tensors.filter { $0.gradient != nil }.map(\.declaration.name))
    let statistics = Set(training.norms.flatMap(\.runningStatistics))
    for tensor in compiled.tensors {
      if learning.contains(tensor.name), let gradient = tensor.gradient {
        step.gradients[tensor.name] = tensor.unpacked(gradient).doubles
      } else if statistics.contains(tensor.name) {
        step.running[tensor.name] = tensor.tensor.doubles
      }
    }
    return step
  }

  /// Those of the formula, with the shifts of norms one greater.
  private static func weights(of network: Network, in training: TrainingGraph) throws -> ParameterSource.Whole {
    let weights = try LoadedWeights.load(.synthetic(seed: 0), for: network)
    let shifts = Set(training.tensors.filter { $0.isNorm && $0.declaration.role == .bias }.map(\.declaration.name))
    return { name in
      let tensor = try weights.tensor(name)
      guard shifts.contains(name) else { return tensor }
      return Tensor(shape: tensor.shape, floats: tensor.withFloats { $0.map { $0 + 1 } })
    }
  }

  private func expect(
    losses: [[Double]], _ training: TrainingGraph, _ fixture: PyTorchGradientFixture, within tolerance: Double,
    _ place: String
  ) {
    let means = losses.map { $0.reduce(0, +) / Double($0.count) }
    for (mean, head) in zip(means, fixture.heads) {
      let error = abs(mean / head.weight - head.loss) / head.loss
      #expect(error <= tolerance, "the loss '\(head.name)' of \(fixture.network) \(place) is off by \(error)")
    }
    let error = abs(means.reduce(0, +) - fixture.loss) / fixture.loss
    #expect(error <= tolerance, "the loss of \(fixture.network) \(place) is off by \(error)")
  }

  private func expectNone(_ errors: [(name: String, error: Double, most: Double)], _ what: String) {
    let wrong = errors.filter { !($0.error <= $0.most) }
    let furthest = wrong.max { $0.error / $0.most < $1.error / $1.most }
    #expect(
      wrong.isEmpty, "\(wrong.count) of \(errors.count) \(what) are off, most of all \(String(describing: furthest))")
  }

  /// The largest magnitude; infinite where there is what is no number.
  private static func largest(_ numbers: [Double]) -> Double {
    numbers.reduce(0) { abs($1) <= $0 ? $0 : $1.isNaN ? .infinity : abs($1) }
  }
}

extension Graph {
  /// The graph with dropout that drops nothing.
  func withoutDropout() throws -> Graph {
    var result = Graph(name: name)
    for node in nodes {
      var operation = node.operation
      if case .dropout = operation { operation = .dropout(probability: 0) }
      try result.append(
        operation, name: node.name, inputs: node.inputs, parameters: node.parameters,
        isTrainingOnly: node.isTrainingOnly, origin: node.origin)
    }
    result.outputs = outputs
    return result
  }
}

extension Tensor {
  fileprivate var doubles: [Double] { withFloats { $0.map(Double.init) } }
}
