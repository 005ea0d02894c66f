import ZooGraph
import ZooKernels
import ZooTensor

/// Runs any graph, before or after passes, one node at a time with plain loops: the specification that compiled
/// networks are tested against.
///
/// Everything is in NCHW order; what there is one of for the batch has no batch dimension. It computes in double precision
/// from end to end and rounds only its answers. The loops are those of `Reference`.
public struct Interpreter: Sendable {
  /// What is run.
  public let graph: Graph
  /// What `run` answers with, in order.
  public let outputs: [Output]
  /// What `run` reads, in order.
  public let inputs: [NetworkInput]
  /// Which of the inputs a node is.
  private let inputIndices: [NodeID: Int]
  private let isIncluded: [Bool]
  private let parameters: [[Parameter.Role: Tensor]]

  /// - Parameters:
  ///   - graph: what is run.
  ///   - includingTraining: whether to compute nodes and outputs that only training needs, such as auxiliary
  ///     classifiers. (Dropout is the identity all the same.)
  ///   - weights: looks up a checkpoint's tensor by the network's name for it; throws when there is none.
  /// - Throws: `RuntimeError` when the graph cannot be run or a tensor cannot be used; what `weights` throws.
  public init(
    graph: Graph, includingTraining: Bool = false, weights: @escaping ParameterSource.Whole
  ) throws {
    self.graph = graph
    outputs = try graph.selectedOutputs(includingTraining: includingTraining)
    let inputs = try graph.selectedInputs(for: outputs, includingTraining: includingTraining)
    self.inputs = inputs.map { graph.networkInput($0) }
    inputIndices = Dictionary(uniqueKeysWithValues: zip(inputs, inputs.indices))
    let needed = graph.isNeeded(for: outputs.map(\.value))
    isIncluded = graph.ids.map { needed[$0.index] || includingTraining || !graph[$0].isTrainingOnly }
    let evaluator = ParameterEvaluator(source: ParameterSource(weights))
    parameters = try zip(graph.nodes, isIncluded).map { node, isIncluded in
      isIncluded ? try evaluator.parameters(of: node) : [:]
    }
  }

  /// The outputs for images `[C, H, W]` or `[N, C, H, W]`, each with a batch dimension in front.
  ///
  /// - Throws: `RuntimeError.imageShape` or `.imageNotFinite`; `.inputCount` for a network with several inputs.
  public func run(_ images: Tensor) throws(RuntimeError) -> [Tensor] {
    run([try inputs.batch(images)], until: nil)
  }

  /// As above, unless it is cancelled, which is looked for before each node.
  ///
  /// - Returns: `nil` when the cancellation is set by the end.
  /// - Throws: as above.
  public func run(_ images: Tensor, until cancellation: Cancellation) throws(RuntimeError) -> [Tensor]? {
    let outputs = run([try inputs.batch(images)], until: cancellation)
    return cancellation.isCancelled ? nil : outputs
  }

  /// As above, with images for each input by its name, as many for one as for another.
  ///
  /// - Throws: `RuntimeError` when an input is missing, unknown or not what the network reads.
  public func run(_ images: [String: Tensor]) throws(RuntimeError) -> [Tensor] {
    run(try inputs.batches(images), until: nil)
  }

  /// - Returns: nothing when it was cancelled in time
  private func run(_ batches: [ImageBatch], until cancellation: Cancellation?) -> [Tensor] {
    let needed = graph.isNeeded(for: outputs.map(\.value))
    let readers = graph.readers()
    let kept = Set(outputs.map(\.value)).union(inputIndices.keys)
    let (images, inputs) = (batches.first?.count ?? 1, batches.map(\.doubles))
    var values = [[Double]?](repeating: nil, count: graph.nodes.count)
    for id in graph.ids where needed[id.index] {
      if let cancellation, cancellation.isSetBeforeNextLoop() { return [] }
      values[id.index] = value(of: id, values, inputs, images: images)
      for used in graph[id].inputs where !kept.contains(used) && !readers[used.index].contains(where: { $0 > id }) {
        values[used.index] = nil
      }
    }
    return outputs.map { output in
      guard let value = values[output.value.index] else { preconditionFailure("an output was not computed") }
      return rounded(value, of: output.value, images: images)
    }
  }

  /// Every node's value for images `[C, H, W]` or `[N, C, H, W]`, with a batch dimension in front, in the order of
  /// `graph.nodes`; `nil` for nodes that only training needs, unless they were asked for.
  ///
  /// - Throws: as `run`.
  public func values(_ images: Tensor) throws(RuntimeError) -> [Tensor?] {
    values([try inputs.batch(images)])
  }

  /// As above, with images for each input by its name.
  ///
  /// - Throws: as `run`.
  public func values(_ images: [String: Tensor]) throws(RuntimeError) -> [Tensor?] {
    values(try inputs.batches(images))
  }

  private func values(_ batches: [ImageBatch]) -> [Tensor?] {
    let images = batches.first?.count ?? 1
    let values = evaluate(batches.map(\.doubles), images: images)
    return zip(graph.ids, values).map { id, value in value.map { rounded($0, of: id, images: images) } }
  }

  /// Every node's value in double precision, in the order of `graph.nodes`. `inputs`: the numbers of all images for
  /// each of `inputs`, in order. `parameters`: what replaces tensors of the checkpoint, by their names, as central
  /// differences need it. `position`: where in a run of training the pass is, for dropout. `nodes`: which are to be
  /// computed; `nil` for all.
  package func evaluate(
    _ inputs: [[Double]], images: Int, replacing parameters: [String: [Double]] = [:],
    at position: TrainingPoint = TrainingPoint(), needing nodes: [NodeID]? = nil
  ) -> [[Double]?] {
    let needed = nodes.map { graph.isNeeded(for: $0) } ?? isIncluded
    var values = [[Double]?](repeating: nil, count: graph.nodes.count)
    for id in graph.ids where needed[id.index] {
      values[id.index] = value(of: id, values, inputs, images: images, replacing: parameters, at: position)
    }
    return values
  }

  /// One node's value in double precision, given those that it reads.
  package func value(
    of id: NodeID, reading inputs: [[Double]], images: Int, at position: TrainingPoint
  ) -> [Double] {
    var values = [[Double]?](repeating: nil, count: graph.nodes.count)
    for (input, numbers) in zip(graph[id].inputs, inputs) { values[input.index] = numbers }
    return value(of: id, values, [], images: images, at: position)
  }

  private func rounded(_ value: [Double], of id: NodeID, images: Int) -> Tensor {
    let node = graph[id]
    return Tensor(
      shape: Shape((node.scope == .image ? [images] : []) + node.shape.dimensions), floats: value.map { Float($0) })
  }

  /// `values`: those of the nodes before. `batches`: the images of each input.
  private func value(
    of id: NodeID, _ values: [[Double]?], _ batches: [[Double]], images: Int,
    replacing replaced: [String: [Double]] = [:], at position: TrainingPoint = TrainingPoint()
  ) -> [Double] {
    if let input = inputIndices[id] { return batches[input] }
    let node = graph[id]
    let inputs = node.inputs.map { input in
      guard let value = values[input.index] else { preconditionFailure("'\(node.name)' reads what was not computed") }
      return NodeReference.Value(value, count: graph[input].scope == .image ? images : 1)
    }
    let numbers = node.parameters.map { parameter in
      if case .tensor(let name, _) = parameter.value, let numbers = replaced[name] { return (parameter.role, numbers) }
      return (parameter.role, parameters[id.index][parameter.role]?.doubles ?? [])
    }
    let reference = NodeReference(
      node: node, inputShapes: node.inputs.map { graph[$0].shape },
      parameters: Dictionary(uniqueKeysWithValues: numbers), position: position)
    return reference.values(of: inputs, images: images)
  }
}

extension ImageBatch {
  fileprivate var doubles: [Double] { tensor.doubles }
}

extension Tensor {
  /// The numbers of a float32 tensor.
  fileprivate var doubles: [Double] { withFloats { $0.map(Double.init) } }
}
