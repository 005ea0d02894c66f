import ZooGraph
import ZooKit
import ZooTensor

/// What the units of layers answered over a folder of pictures: how strongly, how often, and whether ever.
///
/// A unit behind a ReLU that fired for no picture is dead: it passes no gradient, and training cannot wake it. Many of them
/// are the sign of a learning rate that was set too high (Karpathy's notes for CS231n).
public struct UnitCensus: Sendable {
  /// The units of one layer.
  public struct Layer: Sendable {
    /// The layer that was asked for.
    public let name: String
    /// The layer whose values were counted: the rectifier that the value goes through, else the layer itself.
    public let counted: String
    /// Whether those values come out of a rectifier, so that a unit without a positive value is dead.
    public let isRectified: Bool
    /// Of the value that was counted.
    public let shape: Shape
    /// In the order of the layer's channels.
    public let units: [UnitStatistics]
    /// Pairs of units that answer nearly alike; `nil` when they were not compared.
    public let duplicates: [UnitCorrelations.Pair]?

    /// The units whose value was never above zero.
    public var neverPositive: [Int] { units.indices.filter { units[$0].isDead } }
    /// Of all values of all units.
    public var fractionPositive: Double {
      let count = units.reduce(0) { $0 + $1.count }
      return count == 0 ? 0 : Double(units.reduce(0) { $0 + $1.positive }) / Double(count)
    }
  }

  /// In the network's order.
  public let layers: [Layer]
  /// How many pictures were looked at.
  public let pictures: Int
  /// The pictures that could not be read or prepared.
  public let skipped: [SkippedPicture]
  /// Whether all pictures were looked at; not when `progress` ended it.
  public let isComplete: Bool
}

/// A picture that was left out.
public struct SkippedPicture: Hashable, Sendable {
  /// The file's name within the folder.
  public let name: String
  /// What is wrong with it; `nil` when an earlier run found that.
  public let reason: String?
}

extension UnitCensus {
  /// The layers to ask `Model` for, so that the census of `layer` can be taken: the rectifier that its value goes through, else
  /// the layer; every rectifier of the network for `nil`.
  ///
  /// - Throws: `ZooError.layerNotFound`, `ValuesError.noRectifier`.
  public static func outputs(of network: Network, layer: String?) throws -> [String] {
    guard let layer else {
      guard !network.rectifiers.isEmpty else { throw ValuesError.noRectifier(model: network.name) }
      return network.rectifiers.map { network.graph[$0].name }
    }
    let id = try network.layer(named: layer)
    return [network.graph[network.rectifier(of: id) ?? id].name]
  }

  /// Shows all pictures to the network, in bounded memory.
  ///
  /// - Parameters:
  ///   - model: with `outputs(of:layer:)` as its outputs.
  ///   - layer: `nil` for every rectifier of the network. Near-duplicates are looked for only in a layer that is named.
  ///   - pictures: what is shown to the network.
  ///   - skipsBad: whether pictures that cannot be read are left out and listed.
  ///   - progress: told how many of how many pictures are done; returns whether to go on.
  /// - Throws: `ValuesError.noPictureLeft` or `.notFinite`; `ImageError`, naming the picture; as `Model.values`.
  public init(
    of model: Model, layer: String? = nil, over pictures: PictureSet, skipsBad: Bool = false,
    progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
  ) throws {
    let names = try Self.outputs(of: model.network, layer: layer)
    let nodes = try names.map { model.network.graph[try model.network.layer(named: $0)] }
    var states = nodes.map { UnitBlock.blocks(of: $0.shape.unitCount).map(UnitBlock.init) }
    var correlations = layer == nil ? nil : UnitCorrelations(of: nodes[0].shape)
    var (count, skipped) = (0, [SkippedPicture]())
    let pass = PicturePass(model: model, pictures: pictures, skipsBad: skipsBad)
    let isComplete = try pass.run(goesOn: { progress($0, pictures.count) }) { batch in
      skipped += batch.skipped.map { SkippedPicture(name: pictures.names[$0.place], reason: $0.reason) }
      count += batch.read.count
      for (index, node) in nodes.enumerated() {
        guard let value = batch.values[node.name] else { continue }
        let (blocks, area) = (states[index], node.shape.unitExtent.area)
        let counted = concurrentResults(blocks.count, threads: model.threadCount) { number in
          var block = blocks[number]
          if let place = block.add(value, area: area) {
            let name = pictures.names[batch.read[place.image]]
            throw ValuesError.notFinite(layer: node.name, unit: place.unit, picture: name)
          }
          return block
        }
        states[index] = try counted.map { try $0.get() }
        correlations?.add(value, threads: model.threadCount)
      }
    }
    guard count > 0 || !isComplete else { throw ValuesError.noPictureLeft(path: pictures.path) }
    layers = zip(nodes, states).map { node, blocks in
      Layer(
        name: layer ?? node.name, counted: node.name,
        isRectified: model.network.rectifiers.contains { model.network.graph[$0].name == node.name }, shape: node.shape,
        units: blocks.flatMap(\.statistics), duplicates: correlations?.duplicates)
    }
    (self.pictures, self.skipped, self.isComplete) = (count, skipped, isComplete)
  }
}
