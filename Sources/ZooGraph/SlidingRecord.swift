import ZooTensor

/// What a network was before its fully connected layers became convolutions, and how it slides since.
///
/// Layers up to `lastShared` are as they were; those that followed are listed, training-only ones with the others. Names
/// stand for values, so that the record can be written down beside the new layers.
public struct SlidingRecord: Hashable, Sendable {
  /// A layer of the original.
  public struct Layer: Hashable, Sendable {
    /// Its path.
    public var name: String
    /// What it was.
    public var operation: Operation
    /// The names of the layers that it reads.
    public var inputs: [String]
    /// Whether inference did without it.
    public var isTrainingOnly: Bool

    /// A layer by its path, what it was, and the paths of those that it read.
    public init(name: String, operation: Operation, inputs: [String], isTrainingOnly: Bool = false) {
      self.name = name
      self.operation = operation
      self.inputs = inputs
      self.isTrainingOnly = isTrainingOnly
    }
  }

  /// An output of the original.
  public struct Output: Hashable, Sendable {
    /// How programs call it.
    public var name: String
    /// What it is for.
    public var role: ZooGraph.Output.Role
    /// The name of the layer that it shows.
    public var value: String
    /// What its loss counts when the network is trained.
    public var lossWeight: Double

    /// An output by its name, what it is for, and the path of the layer whose value it is.
    public init(name: String, role: ZooGraph.Output.Role, value: String, lossWeight: Double = 1) {
      self.name = name
      self.role = role
      self.value = value
      self.lossWeight = lossWeight
    }
  }

  /// The name of the original.
  public var name: String
  /// The shape of the images that it was made for, `[channels, height, width]`: what one score stands for.
  public var nativeInput: Shape
  /// What one score depends on, in pixels and padding included, and the distance to the next score's.
  public var receptiveField: ReceptiveField
  /// The last layer that both networks have in common, all before it included; `input` when there is no other.
  public var lastShared: String
  /// The layers of the original behind it, in order.
  public var layers: [Layer]
  /// Empty for the output that a network has when none is named.
  public var outputs: [Output]

  /// The recorded layers that inference uses and that are others now, or gone.
  public var rewrittenLayers: [Layer] {
    layers.filter { layer in
      guard !layer.isTrainingOnly else { return false }
      return switch layer.operation.traits.reach {
      case .everything, .elements, .share: true
      case .window(_, _, let padding, _): padding == .same
      case .nothing, .position, .map, .geometry: false
      }
    }
  }

  /// The distance in pixels between neighbouring scores.
  public var stride: Extent { receptiveField.stride }

  /// - Parameters:
  ///   - name: the name of the network as it was.
  ///   - nativeInput: the input that it was made for, `[channels, height, width]`.
  ///   - receptiveField: what one cell of the new output sees.
  ///   - lastShared: the path of the last layer that is as it was.
  ///   - layers: the original's layers from there on.
  ///   - outputs: the original's outputs.
  public init(
    name: String, nativeInput: Shape, receptiveField: ReceptiveField, lastShared: String, layers: [Layer],
    outputs: [Output]
  ) {
    self.name = name
    self.nativeInput = nativeInput
    self.receptiveField = receptiveField
    self.lastShared = lastShared
    self.layers = layers
    self.outputs = outputs
  }

  /// The record of a network and its rewritten form, both at the native size.
  ///
  /// - Precondition: both have at least one node, and the first is the input.
  init(original: Graph, converted: Graph, receptiveField: ReceptiveField) {
    let shared = zip(original.nodes, converted.nodes).prefix { $0.isSame(as: $1) }.count
    name = original.name
    nativeInput = original.nodes[0].shape
    self.receptiveField = receptiveField
    lastShared = original.nodes[max(shared, 1) - 1].name
    layers = original.nodes.dropFirst(max(shared, 1)).map { node in
      Layer(
        name: node.name, operation: node.operation, inputs: node.inputs.map { original[$0].name },
        isTrainingOnly: node.isTrainingOnly)
    }
    outputs = original.outputs.map {
      Output(name: $0.name, role: $0.role, value: original[$0.value].name, lossWeight: $0.lossWeight)
    }
  }
}

extension Node {
  /// Whether both are one layer of one network, wherever it was written.
  fileprivate func isSame(as other: Node) -> Bool {
    name == other.name && operation == other.operation && inputs == other.inputs && parameters == other.parameters
      && isTrainingOnly == other.isTrainingOnly
  }
}
