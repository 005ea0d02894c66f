import ZooGraph
import ZooKit
import ZooRuntime
import ZooTensor

extension Trainer {
  /// How many units of a rectifier are zero wherever they look.
  struct DeadUnits: Equatable {
    let layer: String
    let dead: Int
    let units: Int
  }

  /// How many pictures are looked at.
  private static let watchedPictures = 32

  /// Counts the units of each layer that ends in zeros for what is negative, and that are zero at all places of the first
  /// pictures that the network does not learn from, else of some that it does.
  ///
  /// - Returns: the pictures, and the layers with their counts, in the network's order.
  /// - Throws: as `validate(on:)`.
  func deadUnits() throws -> (pictures: Int, layers: [DeadUnits]) {
    let layers = network.graph.ids.filter {
      !network.graph[$0].isTrainingOnly && network.graph[$0].operation.endsInZero
    }
    let loader = BatchLoader(validation ?? data, steps: 0..<1)
    defer { loader.cancel() }
    guard !layers.isEmpty, let batch = try loader.nextBatch() else { return (0, []) }
    // One by one, as the values of all layers are kept.
    let runner = try inference(computing: layers).makeRunner(batch: 1)
    let size = network.input.elementCount
    let pictures = batch.images.withFloats { floats in
      (0..<min(batch.count, Self.watchedPictures)).map { picture in
        Tensor(shape: network.input, floats: Array(floats[picture * size..<(picture + 1) * size]))
      }
    }
    var fires = layers.map { [Bool](repeating: false, count: network.graph[$0].shape.watchedUnits) }
    for picture in pictures {
      for (place, value) in try runner.run(picture).suffix(layers.count).enumerated() {
        let area = value.shape.elementCount / fires[place].count
        value.withFloats { floats in
          for (index, number) in floats.enumerated() where number > 0 { fires[place][index / area] = true }
        }
      }
    }
    let counts = zip(layers, fires).map { layer, fires in
      DeadUnits(layer: network.graph[layer].name, dead: fires.count { !$0 }, units: fires.count)
    }
    return (pictures.count, counts)
  }
}

extension Shape {
  /// Channels of maps, else numbers.
  fileprivate var watchedUnits: Int { isFeatureMap ? channels : elementCount }
}

extension ZooGraph.Operation {
  /// Whether a unit without a positive value has a gradient of zero, so that it stays as it is.
  fileprivate var endsInZero: Bool {
    switch self {
    case .activation(.relu): true
    case .activation(.clamp(let lower, _)): lower == 0
    default: false
    }
  }
}
