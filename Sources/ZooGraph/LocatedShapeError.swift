import ZooTensor

/// A `ShapeError` with the node that it is about.
public struct LocatedShapeError: Error, Hashable, Sendable {
  /// A node whose value the node reads.
  public struct Producer: Hashable, Sendable {
    public let name: String
    public let shape: Shape

    public init(name: String, shape: Shape) {
      self.name = name
      self.shape = shape
    }
  }

  public let node: NodePlace
  public let error: ShapeError
  /// The nodes that feed it, with the shapes that they produce.
  public let producers: [Producer]

  public init(node: NodePlace, error: ShapeError, producers: [Producer]) {
    self.node = node
    self.error = error
    self.producers = producers
  }
}

/// A node as messages name it: its path and where it was written.
public struct NodePlace: Hashable, Sendable {
  public let name: String
  public let origin: Origin?

  public init(name: String, origin: Origin? = nil) {
    self.name = name
    self.origin = origin
  }
}

extension Node {
  public var place: NodePlace { NodePlace(name: name, origin: origin) }
}
