import ZooGraph
import ZooKit
import ZooTensor

/// The number that is explained.
public enum AttributionTarget: Hashable, Sendable {
  /// A class's score: its logit, of a network that averages probabilities the probability.
  case score(Int)
  /// How far a class's score is above another's: why this one and not that one.
  case contrast(Int, against: Int)
  /// The largest value of a layer's unit: a channel of maps at the place where it is largest, else a number.
  case unit(layer: String, unit: Int)
}

extension AttributionTarget {
  /// The layer whose value the number is taken from.
  ///
  /// - Throws: `ZooError.classNotFound` or `.layerNotFound`, `InsightError.unitNotFound`.
  func value(in model: Model) throws -> NodeID {
    let network = model.network
    func check(_ index: Int) throws {
      guard (0..<model.answer.classes).contains(index) else {
        throw ZooError.classNotFound("\(index)", count: model.answer.classes, suggestions: [])
      }
    }
    switch self {
    case .score(let index):
      try check(index)
      return model.answer.value
    case .contrast(let index, let other):
      try check(index)
      try check(other)
      return model.answer.value
    case .unit(let layer, let unit):
      let id = try network.layer(named: layer)
      try network.checkUnit(unit, of: id)
      return id
    }
  }

  /// What the value's elements are weighted with to give the number, in the value's shape. Of a network that slides, a
  /// class's score is the mean over its positions, as in its answer. `value`: of one image, which says where a unit is
  /// largest.
  func weights(of value: Tensor, shape: Shape) -> Tensor {
    let area = shape.isFeatureMap ? shape.extent.area : 1
    var weights = [Float](repeating: 0, count: shape.elementCount)
    func fill(_ channel: Int, _ weight: Float) {
      for position in 0..<area { weights[channel * area + position] += weight / Float(area) }
    }
    switch self {
    case .score(let index): fill(index, 1)
    case .contrast(let index, let other):
      fill(index, 1)
      fill(other, -1)
    case .unit(_, let unit):
      let numbers = value.floats[unit * area..<(unit + 1) * area]
      let largest = numbers.indices.max { numbers[$0] < numbers[$1] || numbers[$0] == numbers[$1] && $0 > $1 }
      weights[largest ?? unit * area] = 1
    }
    return Tensor(shape: shape, floats: weights)
  }

  /// Whether the weights depend on the value.
  var dependsOnValue: Bool { if case .unit = self { true } else { false } }

  /// What it is, in words: `logit of tabby`, `logit of tabby minus logit of tiger cat`, `unit 3 of conv2`.
  public func description(in model: Model) -> String {
    let kind = model.answer.scores == nil ? "probability" : "logit"
    func name(_ index: Int) -> String { model.labels?[index]?.name ?? "class \(index)" }
    switch self {
    case .score(let index): return "\(kind) of \(name(index))"
    case .contrast(let index, let other): return "\(kind) of \(name(index)) minus \(kind) of \(name(other))"
    case .unit(let layer, let unit): return "unit \(unit) of \(layer)"
    }
  }
}
