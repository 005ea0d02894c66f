import Testing
import ZooGraph
import ZooKernels
import ZooKit
import ZooRuntime
import ZooTensor

@Suite("The first step of training against PyTorch's")
struct PyTorchGradientTests {
  static let networks = ["lenet", "resnet20", "googlenet", "mobilenet_v2"]
  /// Each instruction set with the fastest algorithms, and direct convolutions, which have the same bits with any.
  static let runtimes =
    InstructionSet.available.map { ExecutionOptions(instructionSet: $0) } + [ExecutionOptions(numerics: .direct)]

  @Test("by the interpreter", arguments: networks)
  func interpreter(_ name: String) throws {
    let (fixture, training, weights) = try prepare(name)
    let interpreter = try Interpreter(graph: training.graph, weights: weights)
    let count = fixture.shape[0]
    let inputs = [fixture.images, fixture.targets(classes: training.classes)].map(\.doubles)
    let wanted =
      training.heads.map(\.loss) + training.tensors.compactMap(\.gradient) + training.norms.compactMap(\.statistics)
    let values = interpreter.evaluate(inputs, images: count, needing: wanted)
    func numbers(_ id: NodeID?) throws -> [Double] { try #require(id.flatMap { values[$0.index] }) }

    try expect(losses: training.heads.map { try numbers($0.loss) }, in: training, fixture, within: .exact)
    var gradients: [String: [Double]] = [:]
    for tensor in training.tensors where tensor.gradient != nil {
      gradients[tensor.declaration.name] = try numbers(tensor.gradient)
    }
    expect(gradients, fixture.gradients, "gradients of \(name)", within: .exact)
    var running: [String: [Double]] = [:]
    for norm in training.norms {
      let statistics = try numbers(norm.statistics)
      let population = Double(count * norm.area)
      for (index, tensor) in norm.runningStatistics.enumerated() {
        let new = statistics[index * norm.channels..<(index + 1) * norm.channels]
        let correction = index == 0 ? 1 : population / (population - 1)
        running[tensor] = try zip(weights(tensor).doubles, new).map { 0.9 * $0 + 0.1 * correction * $1 }
      }
    }
    expect(running, fixture.running, "running statistics of \(name)", within: .exact)
  }

  @Test("by the compiled step", arguments: networks, runtimes)
  func compiled(_ name: String, _ options: ExecutionOptions) throws {
    let (fixture, training, weights) = try prepare(name)
    let count = fixture.shape[0]
    let compiled = try CompiledTraining(
      training, options: options, batch: count, weights: ParameterSource(weights))
    compiled.poison()
    let pass = try compiled.run(
      images: fixture.images, targets: fixture.targets(classes: training.classes), at: TrainingPoint())
    compiled.updateRunningStatistics(images: count, momentum: 0.1)

    try expect(losses: pass.losses.map { $0.map(Double.init) }, in: training, fixture, within: .rounded)
    let learning = Set(training.tensors.filter { $0.gradient != nil }.map(\.declaration.name))
    let statistics = Set(training.norms.flatMap(\.runningStatistics))
    var (gradients, running): ([String: [Double]], [String: [Double]]) = ([:], [:])
    for tensor in compiled.tensors {
      if learning.contains(tensor.name), let gradient = tensor.gradient {
        gradients[tensor.name] = tensor.unpacked(gradient).doubles
      } else if statistics.contains(tensor.name) {
        running[tensor.name] = tensor.tensor.doubles
      }
    }
    let place = "\(name) with \(options)"
    expect(gradients, fixture.gradients, "gradients of \(place)", within: .rounded)
    expect(running, fixture.running, "running statistics of \(place)", within: .rounded)
  }

  /// How far a tensor may be from PyTorch's in double precision, relative to its largest magnitude.
  private enum Tolerance {
    /// Double precision on both sides.
    case exact
    /// Float32 on one: 1e-5, or four times as far as PyTorch's own float32 is, where small differences of large numbers make
    /// that more.
    case rounded

    var least: Double { self == .exact ? 1e-9 : 1e-5 }

    func error(for record: PyTorchGradientFixture.Record) -> Double {
      self == .exact ? least : max(least, 4 * record.float32)
    }
  }

  private func prepare(_ name: String) throws -> (PyTorchGradientFixture, TrainingGraph, ParameterSource.Whole) {
    let fixture = try PyTorchGradientFixture(name)
    let network = try Network.find(name, input: Shape(Array(fixture.shape.dropFirst())))
    let training = try TrainingGraph(
      network.graph.withoutDropout(), loss: .softmax, learns: { _ in true }, norm: { _ in .training })
    let weights = try LoadedWeights.load(.synthetic(seed: 0), for: network)
    let shifts = Set(training.tensors.filter { $0.isNorm && $0.declaration.role == .bias }.map(\.declaration.name))
    return (
      fixture, training,
      { name in
        let tensor = try weights.tensor(name)
        guard shifts.contains(name) else { return tensor }
        return Tensor(shape: tensor.shape, floats: tensor.withFloats { $0.map { $0 + 1 } })
      }
    )
  }

  /// `losses`: of each image, for each head, times the head's weight.
  private func expect(
    losses: [[Double]], in training: TrainingGraph, _ fixture: PyTorchGradientFixture, within tolerance: Tolerance
  ) throws {
    let means = losses.map { $0.reduce(0, +) / Double($0.count) }
    #expect(training.heads.map(\.weight) == fixture.heads.map(\.weight), "weights of the losses of \(fixture.network)")
    #expect(training.heads.dropFirst().map(\.output) == fixture.heads.dropFirst().map(\.name))
    try #require(means.count == fixture.heads.count, "heads of \(fixture.network)")
    for (mean, head) in zip(means, fixture.heads) {
      let error = abs(mean / head.weight - head.loss) / head.loss
      #expect(error <= tolerance.least, "the loss '\(head.name)' of \(fixture.network) is off by \(error)")
    }
    let error = abs(means.reduce(0, +) - fixture.loss) / fixture.loss
    #expect(error <= tolerance.least, "the loss of \(fixture.network) is off by \(error)")
  }

  private func expect(
    _ found: [String: [Double]], _ records: [PyTorchGradientFixture.Record], _ what: String, within tolerance: Tolerance
  ) {
    #expect(Set(found.keys) == Set(records.map(\.name)), "names of \(what)")
    let largest = records.map(\.largest).max() ?? 0
    let wrong = records.compactMap { record -> (name: String, error: Double, tolerance: Double)? in
      let numbers = found[record.name] ?? []
      // Shifts that the next norm takes away again have gradients that are zero but for rounding.
      let isZero = record.largest <= 1e-12 * largest
      let error = isZero ? numbers.reduce(0) { max($0, abs($1)) } / largest : record.error(of: numbers)
      let most = isZero ? tolerance.least : tolerance.error(for: record)
      return error <= most && numbers.count == record.count ? nil : (record.name, error, most)
    }
    let furthest = wrong.max { $0.error / $0.tolerance < $1.error / $1.tolerance }
    #expect(
      wrong.isEmpty, "\(wrong.count) of \(records.count) \(what) are off, most of all \(String(describing: furthest))")
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
