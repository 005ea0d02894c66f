import ZooTensor

/// A `ShapeError` with the node that it is about.
public struct LocatedShapeError: Error, Hashable, Sendable {
  /// A node whose value the node reads.
  public struct Producer: Hashable, Sendable {
    /// Its path.
    public let name: String
    /// Of its value, without the batch.
    public let shape: Shape

    /// A node by its path, and the shape of its value.
    public init(name: String, shape: Shape) {
      self.name = name
      self.shape = shape
    }
  }

  /// The node that cannot be computed.
  public let node: NodePlace
  /// Why not, as data.
  public let error: ShapeError
  /// The nodes that feed it, with the shapes that they produce.
  public let producers: [Producer]

  /// - Parameters:
  ///   - node: the node that cannot be computed.
  ///   - error: why not.
  ///   - producers: the nodes that it reads, with the shapes of their values.
  public init(node: NodePlace, error: ShapeError, producers: [Producer]) {
    self.node = node
    self.error = error
    self.producers = producers
  }
}

/// A node as messages name it: its path and where it was written.
public struct NodePlace: Hashable, Sendable {
  /// Its path: `layer1.0.conv1`.
  public let name: String
  /// `nil` for a node that no definition wrote.
  public let origin: Origin?

  /// A node by its path and, where it was written, its place.
  public init(name: String, origin: Origin? = nil) {
    self.name = name
    self.origin = origin
  }
}

extension Node {
  /// How messages name it.
  public var place: NodePlace { NodePlace(name: name, origin: origin) }
}
