import ZooTensor

/// A network: what it computes, independent of any machine.
///
/// Nodes are in topological order and each produces one value, so a node's identifier is its value's. The graph is a
/// value: passes return a new one.
public struct Graph: Hashable, Sendable {
  /// The network's name, such as `resnet18`.
  public var name: String
  /// In topological order: each reads only what comes before it. They are added with `append`.
  public private(set) var nodes: [Node] = []
  /// What the network answers with, the main output among them. `verify` checks their names and values.
  public var outputs: [Output] = []

  /// An empty graph; `name` is the network's, for messages and files.
  public init(name: String) {
    self.name = name
  }

  /// Creates a graph without checking anything, so that `verify()` can be tested.
  package init(name: String, unchecked nodes: [Node], outputs: [Output] = []) {
    self.name = name
    self.nodes = nodes
    self.outputs = outputs
    names = Set(nodes.map(\.name))
  }

  /// The node; `id` must be of this graph.
  public subscript(id: NodeID) -> Node { nodes[id.index] }

  /// Of all nodes, in their order.
  public var ids: [NodeID] { nodes.indices.map(NodeID.init(index:)) }

  /// The nodes that feed images in; a catalogue network has exactly one.
  public var inputs: [NodeID] {
    ids.filter { if case .input = self[$0].operation { true } else { false } }
  }

  /// The output with the given role, the first if there are several.
  public func output(role: Output.Role) -> Output? {
    outputs.first { $0.role == role }
  }

  /// For each node, the nodes that read its value, in order; a reader that uses it twice is listed twice.
  public func readers() -> [[NodeID]] {
    var readers = [[NodeID]](repeating: [], count: nodes.count)
    for id in ids {
      for input in self[id].inputs { readers[input.index].append(id) }
    }
    return readers
  }

  /// Appends a node, infers its shape and gives it the parameters that the operation needs, named after its path.
  ///
  /// - Parameters:
  ///   - operation: what it computes.
  ///   - name: the node's path, such as `layer1.0.conv1`; unique, and the prefix of its parameters' names.
  ///   - inputs: what it reads, in the operation's order.
  ///   - isTrainingOnly: whether only training uses the node, as an auxiliary classifier.
  ///   - origin: where it was written.
  /// - Throws: `ShapeError` when the inputs do not fit the operation or the name is taken.
  /// - Returns: The new node's value.
  @discardableResult
  public mutating func append(
    _ operation: Operation, name: String, inputs: [NodeID] = [], isTrainingOnly: Bool = false, origin: Origin? = nil
  ) throws(ShapeError) -> NodeID {
    let shapes = inputs.map { self[$0].shape }
    let parameters = try operation.signature(inputs: shapes).parameters.map { needed in
      Parameter(
        role: needed.role,
        value: needed.constant.map { .constant($0, needed.shape) }
          ?? .tensor("\(name).\(needed.role.rawValue)", needed.shape))
    }
    return try append(
      operation, name: name, inputs: inputs, parameters: parameters, isTrainingOnly: isTrainingOnly, origin: origin)
  }

  /// Appends a node with parameters given by the caller: how a pass builds its result.
  ///
  /// - Throws: `ShapeError` when the inputs or the parameters do not fit the operation or the name is taken.
  @discardableResult
  public mutating func append(
    _ operation: Operation, name: String, inputs: [NodeID], parameters: [Parameter], isTrainingOnly: Bool = false,
    origin: Origin? = nil
  ) throws(ShapeError) -> NodeID {
    guard !names.contains(name) else { throw .duplicateName(name) }
    let shapes = inputs.map { self[$0].shape }
    let signature = try operation.signature(inputs: shapes)
    let expected = signature.parameters
    guard parameters.map(\.role) == expected.map(\.role), parameters.map(\.shape) == expected.map(\.shape) else {
      throw .parametersDiffer(expected: expected.map(\.shape), found: parameters.map(\.shape))
    }
    names.insert(name)
    nodes.append(
      Node(
        name: name, operation: operation, inputs: inputs, shape: signature.shape,
        scope: scope(of: operation, inputs: inputs), geometry: signature.geometry, parameters: parameters,
        isTrainingOnly: isTrainingOnly, origin: origin))
    return NodeID(index: nodes.count - 1)
  }

  /// Each image has a value of its own as soon as it has one of an input.
  func scope(of operation: Operation, inputs: [NodeID]) -> ValueScope {
    if operation.traits.joinsBatch { return .batch }
    return inputs.isEmpty || inputs.contains { self[$0].scope == .image } ? .image : .batch
  }

  private var names: Set<String> = []
}

/// The position of a node in its graph.
public struct NodeID: Hashable, Sendable, Comparable {
  /// From 0.
  public let index: Int

  /// The node at this place of `Graph.nodes`; nothing is checked.
  public init(index: Int) {
    self.index = index
  }

  /// In the order of the graph.
  public static func < (left: NodeID, right: NodeID) -> Bool { left.index < right.index }
}

/// What there is one value for.
public enum ValueScope: Hashable, Sendable {
  /// Each image of a batch.
  case image
  /// All images together: parameters, statistics, losses.
  case batch
}

/// One operation of a network, with its place in the definition.
public struct Node: Hashable, Sendable {
  /// The path in the definition, such as `layer1.0.conv1`.
  public let name: String
  /// What it computes, with its attributes.
  public let operation: Operation
  /// What it reads, in the operation's order.
  public let inputs: [NodeID]
  /// The shape of the value, for one image without the batch dimension.
  public let shape: Shape
  /// Whether each image has a value of its own.
  public let scope: ValueScope
  /// Of what looks through windows, for the shape of its first input.
  public let geometry: Geometry?
  /// The numbers that it needs, one for each role.
  public let parameters: [Parameter]
  /// Whether only training uses the node.
  public let isTrainingOnly: Bool
  /// `nil` for a node that no definition wrote, as a pass makes them.
  public let origin: Origin?

  package init(
    name: String, operation: Operation, inputs: [NodeID], shape: Shape, scope: ValueScope = .image,
    geometry: Geometry? = nil, parameters: [Parameter] = [], isTrainingOnly: Bool = false, origin: Origin? = nil
  ) {
    self.name = name
    self.operation = operation
    self.inputs = inputs
    self.shape = shape
    self.scope = scope
    self.geometry = geometry
    self.parameters = parameters
    self.isTrainingOnly = isTrainingOnly
    self.origin = origin
  }

  /// Its parameter in this role; `nil` where the operation has none, as a convolution without bias.
  public func parameter(_ role: Parameter.Role) -> Parameter? {
    parameters.first { $0.role == role }
  }
}

/// Where a node was written.
public struct Origin: Hashable, Sendable {
  /// The path as it was given, or the catalogue's name of the file.
  public var file: String
  /// Counted from 1.
  public var line: Int
  /// Counted from 1, in characters.
  public var column: Int

  /// Line and column count from 1.
  public init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }
}

/// A value that the network answers with.
public struct Output: Hashable, Sendable {
  /// What an output is for.
  public enum Role: String, Hashable, Sendable, CaseIterable {
    /// Class scores before softmax or sigmoid.
    case logits
    /// Class scores after softmax or sigmoid.
    case probabilities
    /// The scores of an auxiliary classifier, for training only.
    case auxiliary
    /// Anything else worth reading.
    case features
  }

  /// How programs and JSON call it; unique in its graph.
  public var name: String
  /// Whether it is the answer, or what only training looks at.
  public var role: Role
  /// The node whose value it is.
  public var value: NodeID
  /// The weight of an auxiliary classifier's loss.
  public var lossWeight: Double

  /// - Parameters:
  ///   - name: how programs call it; unique in its graph.
  ///   - role: what it is for.
  ///   - value: the node whose value it is.
  ///   - lossWeight: what its loss counts when the network is trained.
  public init(name: String, role: Role, value: NodeID, lossWeight: Double = 1) {
    self.name = name
    self.role = role
    self.value = value
    self.lossWeight = lossWeight
  }
}
