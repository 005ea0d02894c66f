import ZooTensor
import ZooWeights

extension WeightsGuess.Neighbour {
  private static let maximumCount = 3

  /// The networks that are most like some tensors; none of which less than two fifths are alike.
  static func nearest(to tensors: [GuessedTensors.Tensor], among networks: [Network]) -> [Self] {
    let shapes = Dictionary(tensors.map { ($0.name, $0.shape) }) { first, _ in first }
    let weights = tensors.map(\.shape).filter { $0.rank > 1 }
    guard !tensors.isEmpty else { return [] }
    let found = networks.map { Self($0, shapes, order: tensors.map(\.name), weights) }
    return
      found.filter { $0.likeness >= 0.4 }.sorted { ($1.likeness, $0.name) < ($0.likeness, $1.name) }
      .prefix(maximumCount).map(\.self)
  }

  /// From 0 to 1.
  var likeness: Double {
    let all = expected + extra.count
    let names = all > 0 ? Double(same) / Double(all) : 0
    let form = allShapes > 0 ? Double(sameShapes) / Double(allShapes) : 0
    return max(names, (hasSameOrder ? 0.99 : 0.95) * form)
  }

  private init(_ network: Network, _ shapes: [String: Shape], order: [String], _ weights: [Shape]) {
    let expected = network.graph.tensors.filter { !$0.isTrainingOnly }
    var (same, missing, other): (Int, [String], [OtherShape]) = (0, [], [])
    for tensor in expected {
      switch shapes[tensor.name] {
      case nil: missing.append(tensor.name)
      case tensor.shape?: same += 1
      case let found?: other.append(OtherShape(name: tensor.name, found: found, expected: tensor.shape))
      }
    }
    // Parts for training only may be there or not.
    let known = Set(network.graph.tensors.map(\.name))
    let ownWeights = expected.map(\.shape).filter { $0.rank > 1 }
    var left: [Shape: Int] = [:]
    for shape in ownWeights { left[shape, default: 0] += 1 }
    var common = 0
    for shape in weights where left[shape, default: 0] > 0 {
      left[shape, default: 0] -= 1
      common += 1
    }
    self.init(
      name: network.name, same: same, expected: expected.count, missing: missing,
      extra: order.filter { !known.contains($0) }, otherShapes: other, sameShapes: common,
      allShapes: weights.count + ownWeights.count - common, hasSameOrder: weights == ownWeights)
  }
}
