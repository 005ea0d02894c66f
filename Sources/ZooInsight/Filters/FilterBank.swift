import ZooGraph
import ZooKit
import ZooTensor

/// The weights of a layer as filters over what it reads, as they are stored: the scale of a batch norm that follows is not in
/// them.
public struct FilterBank: Sendable {
  /// What a filter looks at.
  public enum Reads: Hashable, Sendable {
    /// The network's input, whose channels are colours.
    case colour(Preprocessing.Channels)
    /// Anything else: maps, numbers, an input whose channels are no colours.
    case channels
  }

  /// The layer's path.
  public let layer: String
  /// `[out, in, height, width]`: `in` channels of each group for a convolution, the shape of the value that is read for a
  /// fully connected layer.
  public let weights: Tensor
  /// What the filters' channels are.
  public let reads: Reads
  /// The groups of a convolution: filter `o` reads the input's channels from `o / (out / groups) · in` on.
  public let groups: Int

  /// The number of filters: of the layer's outputs.
  public var count: Int { weights.shape[0] }
  /// How many channels a filter reads, in its group.
  public var channels: Int { weights.shape[1] }
  /// Rows and columns of a filter.
  public var kernel: Extent { Extent(height: weights.shape[2], width: weights.shape[3]) }

  /// - Parameters:
  ///   - layer: a convolution or a fully connected layer; the network's first for `nil`.
  ///   - network: the network of the layer.
  ///   - loaded: its weights.
  /// - Throws: `ZooError.layerNotFound`, `ValuesError.noFilters` naming the nearest layers that have some,
  ///   `.withoutFilters`, `WeightsError`.
  public init(_ layer: String? = nil, of network: Network, weights loaded: LoadedWeights) throws {
    let layers = network.filterLayers
    guard let first = layers.first else { throw ValuesError.withoutFilters(model: network.name) }
    let id = try layer.map { try network.layer(named: $0) } ?? first
    guard layers.contains(id) else {
      let nearest = layers.sorted { abs($0.index - id.index) < abs($1.index - id.index) }.prefix(3).sorted()
      throw ValuesError.noFilters(
        layer: network.graph[id].name, what: network.graph[id].operation.kind.word,
        nearest: nearest.map { network.graph[$0].name })
    }
    try self.init(id, of: network, weights: loaded)
  }

  private init(_ id: NodeID, of network: Network, weights loaded: LoadedWeights) throws {
    let (graph, node) = (network.graph, network.graph[id])
    guard let parameter = node.parameter(.weight), case .tensor(let name, let shape) = parameter.value else {
      throw ValuesError.withoutFilters(model: network.name)
    }
    let source = graph.origin(ofElements: node.inputs[0])
    let read = graph[source].shape
    switch node.operation {
    case .convolution(let convolution):
      groups = convolution.groups
      weights = try loaded.tensor(name).convertedToFloat32()
    default:
      groups = 1
      let filter = read.isFeatureMap ? read.dimensions : [read.elementCount, 1, 1]
      weights = try loaded.tensor(name).convertedToFloat32().reshaped(to: Shape([shape[0]] + filter))
    }
    self.layer = node.name
    let preprocessing = loaded.preprocessing ?? network.preprocessing
    let colours = preprocessing.map(\.channels) ?? (read.channels == 1 ? .grey : nil)
    if graph.inputs.contains(source), read.isFeatureMap, let colours, weights.shape[1] == colours.count {
      reads = .colour(colours)
    } else {
      reads = .channels
    }
  }

  /// The banks of all convolutions and fully connected layers, one after the other, so that no two need to be in memory.
  ///
  /// - Throws: `WeightsError`, what `body` throws.
  public static func forEach(
    of network: Network, weights: LoadedWeights, _ body: (FilterBank) throws -> Void
  ) throws {
    for id in network.filterLayers { try body(FilterBank(id, of: network, weights: weights)) }
  }

  /// A filter's weights for one channel of what it reads, row by row.
  public func slice(_ filter: Int, channel: Int) -> [Float] {
    weights.withFloats { numbers in
      let start = (filter * channels + channel) * kernel.area
      return Array(numbers[start..<start + kernel.area])
    }
  }

  /// The largest magnitude of the weights of a filter, or of all.
  public func limit(of filter: Int? = nil) -> Float {
    weights.withFloats { numbers in
      let size = channels * kernel.area
      let range = filter.map { $0 * size..<($0 + 1) * size } ?? 0..<numbers.count
      return numbers[range].reduce(0) { $1.isFinite ? max($0, $1.magnitude) : $0 }
    }
  }
}

extension Network {
  /// The layers of inference whose weights are filters.
  var filterLayers: [NodeID] {
    graph.ids.filter { id in
      guard !graph[id].isTrainingOnly else { return false }
      switch graph[id].operation {
      case .convolution, .fullyConnected: return true
      default: return false
      }
    }
  }
}

extension Graph {
  /// The layer that computes the elements of a value, which flattening and dropout pass on as they are.
  fileprivate func origin(ofElements value: NodeID) -> NodeID {
    var id = value
    while self[id].operation.traits.keepsElements, let input = self[id].inputs.first { id = input }
    return id
  }
}
