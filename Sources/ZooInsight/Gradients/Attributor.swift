import Synchronization
import ZooGraph
import ZooKit
import ZooRuntime
import ZooTensor

/// Explains the scores of a model by gradients with respect to its input.
///
///     let attributor = try Attributor(model, method: .saliency)
///     let map = try attributor.attribution(of: .score(281), for: model.input(for: picture)).map
///
/// Safe to use from any number of threads, which take turns.
public final class Attributor: Sendable {
  /// The model that is explained.
  public let model: Model
  /// What is computed of the gradient.
  public let method: AttributionMethod
  /// Steps, samples and the seed of a method that draws.
  public let options: Options
  private let derivations = Mutex<[NodeID: Derivation]>([:])

  /// Steps, samples and the seed of a method that draws.
  public struct Options: Hashable, Sendable {
    /// Of SmoothGrad: how many noisy copies.
    public var samples = 25
    /// Of SmoothGrad: the standard deviation of the noise, as a share of the input's range (its authors take 0.1 to 0.2).
    public var noise = 0.15
    /// Of the noise of SmoothGrad.
    public var seed: UInt64 = 0
    /// Of integrated gradients: what the way begins with.
    public var baseline = Fill.black
    /// Of integrated gradients: the places on the way at first; twice as many until the values add up to `tolerance`.
    public var steps = 32
    /// The most steps that integrated gradients make to add up to the score.
    public var maximumSteps = 1024
    /// The share of the score's difference that the values may miss it by.
    public var tolerance = 0.01

    /// The defaults, as each property states.
    public init() {}
  }

  /// - Throws: `GradientGraphError.notARectifier` when the method is not defined for the network.
  public init(_ model: Model, method: AttributionMethod, options: Options = Options()) throws {
    self.model = model
    self.method = method
    self.options = options
    _ = try derivation(of: model.answer.value)
  }

  /// How many images are computed at once: fixed, so that answers do not depend on anything else.
  private var batch: Int {
    switch method {
    case .smoothGrad, .integratedGradients: 4
    case .saliency, .guided, .deconvolution, .inputGradient: 1
    }
  }

  /// - Parameters:
  ///   - target: which class's score, or a unit's value.
  ///   - input: `[C, H, W]`, preprocessed
  ///   - progress: how many of how many gradients are done; whether to go on
  /// - Throws: `ZooError` when the target is not there or the input does not fit, `GradientGraphError`, `RuntimeError`.
  /// - Returns: `nil` when it was not to go on.
  public func attribution(
    of target: AttributionTarget, for input: Tensor, progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
  ) throws -> Attribution? {
    try model.network.checkInput(input)
    let shape = model.network.input
    let input = input.reshaped(to: shape)
    let derivation = try derivation(of: target.value(in: model))
    var operand = target.weights(of: Tensor(zeros: derivation.valueShape), shape: derivation.valueShape)
    if target.dependsOnValue {
      let value = try derivation.run(input, operand: operand).value
      operand = target.weights(of: value, shape: derivation.valueShape)
    }
    func score(_ value: Tensor) -> Float {
      Float(zip(value.floats, operand.floats).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
    }
    switch method {
    case .saliency, .guided, .deconvolution, .inputGradient:
      let result = try derivation.run(input, operand: operand)
      let gradient = result.gradients[0].reshaped(to: shape)
      let values =
        method == .inputGradient
        ? Tensor(shape: shape, floats: zip(gradient.floats, input.floats).map { $0 * $1 }) : gradient
      return Attribution(
        values: values, method: method, target: target, score: score(result.value), completeness: nil, passes: 1)
    case .smoothGrad:
      let numbers = input.floats
      let range = Double(numbers.max() ?? 0) - Double(numbers.min() ?? 0)
      var sums = [Double](repeating: 0, count: numbers.count)
      for start in stride(from: 0, to: options.samples, by: batch) {
        guard progress(start, options.samples) else { return nil }
        let copies = (start..<min(start + batch, options.samples)).map { sample in
          let random = CounterRandom(seed: options.seed, purpose: .noise, UInt64(sample))
          return Tensor(
            shape: shape,
            floats: numbers.indices.map { Float(Double(numbers[$0]) + options.noise * range * random.normal($0)) })
        }
        try derivation.run(try Model.stacked(copies), operand: operand).gradients[0].add(to: &sums)
      }
      let value = try derivation.run(input, operand: operand).value
      return Attribution(
        values: Tensor(shape: shape, floats: sums.map { Float($0 / Double(options.samples)) }), method: method,
        target: target, score: score(value), completeness: nil, passes: options.samples)
    case .integratedGradients:
      return try integrated(
        Way(from: options.baseline.tensor(for: input, model), to: input), derivation, operand, target, score, progress)
    }
  }

  /// The trapezoidal sum, with twice as many places until it adds up.
  private func integrated(
    _ way: Way, _ derivation: Derivation, _ operand: Tensor, _ target: AttributionTarget, _ score: (Tensor) -> Float,
    _ progress: (_ done: Int, _ total: Int) -> Bool
  ) throws -> Attribution? {
    var passes = 0
    /// The sum of the gradients at places of the way, in order.
    func gradients(at places: [Double], of total: Int) throws -> [Double]? {
      var sums = [Double](repeating: 0, count: way.from.count)
      for start in stride(from: 0, to: places.count, by: batch) {
        guard progress(passes, total) else { return nil }
        let part = places[start..<min(start + batch, places.count)]
        let images = try Model.stacked(part.map { Tensor(shape: model.network.input, floats: way.at($0)) })
        try derivation.run(images, operand: operand).gradients[0].add(to: &sums)
        passes += part.count
      }
      return sums
    }
    let ends = try derivation.run(
      Model.stacked([0, 1].map { Tensor(shape: model.network.input, floats: way.at($0)) }), operand: operand)
    let (first, last) = (score(ends.value.rows(0..<1)), score(ends.value.rows(1..<2)))
    var sums = [Double](repeating: 0, count: way.from.count)
    for end in 0..<2 { ends.gradients[0].rows(end..<end + 1).add(to: &sums, times: 0.5) }
    passes = 2
    var steps = options.steps
    guard let inner = try gradients(at: (1..<steps).map { Double($0) / Double(steps) }, of: steps + 1) else {
      return nil
    }
    for index in sums.indices { sums[index] += inner[index] }
    while true {
      let values = sums.indices.map { sums[$0] / Double(steps) * (Double(way.to[$0]) - Double(way.from[$0])) }
      let completeness = Attribution.Completeness(
        sum: values.reduce(0, +), difference: Double(last) - Double(first), baseline: first)
      if completeness.error <= options.tolerance || steps * 2 > options.maximumSteps {
        return Attribution(
          values: Tensor(shape: model.network.input, floats: values.map { Float($0) }), method: method, target: target,
          score: last, completeness: completeness, passes: passes)
      }
      let places = (0..<steps).map { (Double($0) + 0.5) / Double(steps) }
      steps *= 2
      guard let between = try gradients(at: places, of: steps + 1) else { return nil }
      for index in sums.indices { sums[index] += between[index] }
    }
  }

  /// The straight way between two inputs.
  private struct Way {
    let from: [Float]
    let to: [Float]

    init(from: Tensor, to: Tensor) {
      self.from = from.floats
      self.to = to.floats
    }

    func at(_ place: Double) -> [Float] {
      zip(from, to).map { Float(Double($0) + (Double($1) - Double($0)) * place) }
    }
  }

  private func derivation(of value: NodeID) throws -> Derivation {
    try derivations.withLock { derivations in
      if let derivation = derivations[value] { return derivation }
      let derivation = try Derivation(model, of: value, rule: method.rule, batch: batch)
      derivations[value] = derivation
      return derivation
    }
  }
}

extension Tensor {
  init(zeros shape: Shape) {
    self.init(shape: shape, floats: [Float](repeating: 0, count: shape.elementCount))
  }

  /// Adds rows of numbers to sums, one after the other.
  fileprivate func add(to sums: inout [Double], times factor: Double = 1) {
    withFloats { floats in
      for index in floats.indices { sums[index % sums.count] += Double(floats[index]) * factor }
    }
  }
}
