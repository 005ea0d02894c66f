import ZooGraph
import ZooKit
import ZooTensor

/// Says what each place of a picture contributes to a class's score, in the score's unit.
///
///     let map = try ClassActivation(model).map(of: .score(281), for: model.input(for: picture))
///     print(map.sum + (map.bias ?? 0), map.score)
///
/// Safe to use from any number of threads, which take turns.
public final class ClassActivation: Sendable {
  /// The model that is explained.
  public let model: Model
  /// The layer whose places are told apart.
  public let layer: String
  /// Whether it was chosen by the rule of `Graph.activationLayer`.
  public let isChosen: Bool
  private let source: NodeID
  private let derivation: Derivation
  private let field: ReceptiveField?
  /// The biases of the classes, where the scores are linear in the means over the layer's maps.
  private let biases: [Float]?

  /// - Parameters:
  ///   - model: the model that is explained.
  ///   - layer: `nil` for the last one with maps that all of the network passes through.
  /// - Throws: `InsightError.noActivationLayer` when there is none, `.notAMap`; `ZooError.layerNotFound`,
  ///   `GradientGraphError`, `RuntimeError`.
  public init(_ model: Model, layer: String? = nil) throws {
    let network = model.network
    let scores = model.answer.value
    guard let source = try layer.map(network.mapLayer) ?? network.graph.activationLayer(of: scores) else {
      let maps = network.mapLayers.suffix(3).map { network.graph[$0].name }
      throw InsightError.noActivationLayer(model: network.name, maps: maps)
    }
    self.model = model
    self.source = source
    self.layer = network.graph[source].name
    isChosen = layer == nil
    field = network.graph.receptiveFields()[source.index]
    // The scores themselves, of a network that ends in maps.
    derivation = try Derivation(model, of: scores, withRespectTo: [source], answersSources: true)
    let observed = network.graph
    if let head = observed.linearHead(from: source, to: scores) {
      let bias = observed[head].parameter(.bias)
      let hasWeights = head != source
      if hasWeights, let bias, case .tensor(let name, _) = bias.value {
        biases = try model.weights.tensor(name).floats
      } else {
        biases = [Float](repeating: 0, count: model.answer.classes)
      }
    } else {
      biases = nil
    }
  }

  /// - Parameters:
  ///   - target: which score, or difference of two.
  ///   - input: `[C, H, W]`, preprocessed.
  /// - Throws: `ZooError` when the target is not there or the input does not fit, `InsightError.notAScore` for a unit,
  ///   `RuntimeError`.
  /// - Returns: The map, in the score's unit.
  public func map(of target: AttributionTarget, for input: Tensor) throws -> ClassActivationMap {
    guard !target.dependsOnValue else { throw InsightError.notAScore }
    _ = try target.value(in: model)
    try model.network.checkInput(input)
    let shape = model.network.graph[source].shape
    let weights = target.weights(of: Tensor(zeros: derivation.valueShape), shape: derivation.valueShape)
    let result = try derivation.run(input, operand: weights)
    let area = shape.extent.area
    let (values, slopes) = (result.sources[0].floats, result.gradients[0].floats)
    let contributions = (0..<area).map { place in
      Float(
        (0..<shape.channels).reduce(0.0) { sum, channel in
          sum + Double(values[channel * area + place]) * Double(slopes[channel * area + place])
        })
    }
    let score = zip(result.value.floats, weights.floats).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    return ClassActivationMap(
      layer: layer, target: target,
      contributions: Tensor(shape: [shape.extent.height, shape.extent.width], floats: contributions),
      score: Float(score), bias: biases.map { target.sum(of: $0) }, field: field)
  }
}

extension AttributionTarget {
  /// The target's number of numbers for the classes.
  fileprivate func sum(of numbers: [Float]) -> Double {
    switch self {
    case .score(let index): Double(numbers[index])
    case .contrast(let index, let other): Double(numbers[index]) - Double(numbers[other])
    case .unit: 0
    }
  }
}
