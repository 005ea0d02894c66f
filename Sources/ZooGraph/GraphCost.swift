import ZooTensor

/// What a network costs: numbers to store, work to do, memory for values.
public struct GraphCost: Hashable, Sendable {
  /// One per node, in the graph's order.
  public let nodes: [NodeCost]
  /// The sums over the nodes that inference needs.
  public let inference: CostTotals
  /// The sums over all nodes, those that only training uses included.
  public let training: CostTotals
  /// The memory in bytes for all values of one image when values that are not needed any more make room for others:
  /// the size of the arena that `MemoryPlan` gives the graph after `Graph.inferencePasses`.
  public let peakActivationBytes: Int
  /// The memory in bytes for all values of that graph when each has a place of its own.
  public let totalActivationBytes: Int
}

/// What one node costs, for one image.
public struct NodeCost: Hashable, Sendable {
  /// Trainable numbers: weights and biases, with the scale and shift of batch norm.
  public let parameters: Int
  /// Trainable numbers without biases.
  public let weights: Int
  /// Numbers that are stored but not trained: running means and variances.
  public let buffers: Int
  /// Multiply-accumulate operations with weights: convolutions, locally connected and fully connected layers. Biases,
  /// pooling, normalisation and activations are not counted. One is two floating-point operations.
  public let multiplyAccumulates: Int
  /// The number of elements of the value.
  public let outputElements: Int
  /// The part of the image that one element of the value depends on; `nil` for all of it.
  public let receptiveField: ReceptiveField?

  /// The size of the value in float32.
  public var activationBytes: Int { outputElements.multipliedSaturated(by: ElementType.float32.size) }
}

/// Sums of costs. A sum that does not fit is `Int.max`.
public struct CostTotals: Hashable, Sendable {
  /// Trainable numbers, as `NodeCost.parameters`.
  public var parameters = 0
  /// Trainable numbers without biases.
  public var weights = 0
  /// Numbers that are stored but not trained.
  public var buffers = 0
  /// As `NodeCost.multiplyAccumulates`, for one image.
  public var multiplyAccumulates = 0

  static func + (totals: CostTotals, node: NodeCost) -> CostTotals {
    CostTotals(
      parameters: totals.parameters.addingSaturated(node.parameters),
      weights: totals.weights.addingSaturated(node.weights),
      buffers: totals.buffers.addingSaturated(node.buffers),
      multiplyAccumulates: totals.multiplyAccumulates.addingSaturated(node.multiplyAccumulates))
  }
}

extension Graph {
  /// The sums over the nodes that inference needs, or over all; memory is not planned for them.
  public func totals(includingTraining: Bool = false) -> CostTotals {
    nodes.reduce(CostTotals()) { totals, node in
      includingTraining || !node.isTrainingOnly ? totals + cost(of: node, seeing: nil) : totals
    }
  }

  func cost(of node: Node, seeing field: ReceptiveField?) -> NodeCost {
    NodeCost(
      parameters: node.count { $0.isTrainable }, weights: node.count { $0 == .weight },
      buffers: node.count { !$0.isTrainable }, multiplyAccumulates: multiplyAccumulates(of: node),
      outputElements: node.shape.elementCount, receptiveField: field)
  }

  /// Counts exactly, from shapes alone. On the graph as it was defined, parameters are those of the checkpoint.
  ///
  /// - Throws: what the passes throw that the memory figures need.
  public func cost() throws -> GraphCost {
    let plan = MemoryPlan.plan(try optimized().activationRequests())
    return GraphCost(
      nodes: zip(nodes, receptiveFields()).map(cost), inference: totals(), training: totals(includingTraining: true),
      peakActivationBytes: plan.total, totalActivationBytes: plan.naive)
  }

  /// The memory that the values of a batch need, in float32: one request per node, in order. A step is a node. Outputs stay
  /// until the end.
  public func activationRequests(images: Int = 1) -> [MemoryRequest] {
    var lastUses = nodes.indices.map { $0 }
    for id in ids {
      for input in self[id].inputs { lastUses[input.index] = id.index }
    }
    for output in outputs { lastUses[output.value.index] = nodes.count - 1 }
    return ids.map { id in
      MemoryRequest(
        size: self[id].shape.elementCount.multipliedSaturated(by: ElementType.float32.size)
          .multipliedSaturated(by: self[id].scope == .image ? images : 1), firstUse: id.index,
        lastUse: lastUses[id.index])
    }
  }

  func multiplyAccumulates(of node: Node) -> Int {
    guard let weight = node.parameter(.weight)?.shape.elementCount else { return 0 }
    switch node.operation.traits.reach {
    // A locally connected layer has weights for each position.
    case .window(let kernel, _, _, _):
      guard case .convolution(let geometry)? = node.geometry else { return 0 }
      let perPosition = geometry.inputChannelsPerGroup.multipliedSaturated(by: kernel.area)
      return node.shape.elementCount.multipliedSaturated(by: perPosition)
    case .everything: return weight
    case .geometry:
      guard case .transposedConvolution(let geometry)? = node.geometry else { return 0 }
      return geometry.output.area.multipliedSaturated(by: weight)
    case .nothing, .position, .share, .map, .elements: return 0
    }
  }
}

extension Node {
  fileprivate func count(where isCounted: (Parameter.Role) -> Bool) -> Int {
    parameters.reduce(0) { count, parameter in
      if case .constant = parameter.value { return count }
      return isCounted(parameter.role) ? count.addingSaturated(parameter.shape.elementCount) : count
    }
  }
}
