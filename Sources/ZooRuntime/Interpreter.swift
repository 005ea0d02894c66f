import ZooGraph
import ZooKernels
import ZooTensor

/// Runs any graph, before or after passes, one node at a time with plain loops: the specification that compiled
/// networks are tested against.
///
/// Everything is in NCHW order; what there is one of for the batch has no batch dimension. Each node computes in double
/// precision and rounds once, so that its error is negligible beside that of arithmetic in float32. The loops are those of
/// `Reference`.
public struct Interpreter: Sendable {
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
    run([try inputs.batch(images)])
  }

  /// As above, with images for each input by its name, as many for one as for another.
  ///
  /// - Throws: `RuntimeError` when an input is missing, unknown or not what the network reads.
  public func run(_ images: [String: Tensor]) throws(RuntimeError) -> [Tensor] {
    run(try inputs.batches(images))
  }

  private func run(_ batches: [ImageBatch]) -> [Tensor] {
    let needed = graph.isNeeded(for: outputs.map(\.value))
    let readers = graph.readers()
    let kept = Set(outputs.map(\.value)).union(inputIndices.keys)
    var values = [Tensor?](repeating: nil, count: graph.nodes.count)
    for id in graph.ids where needed[id.index] {
      values[id.index] = value(of: id, values, batches)
      for used in graph[id].inputs where !kept.contains(used) && !readers[used.index].contains(where: { $0 > id }) {
        values[used.index] = nil
      }
    }
    return outputs.map { output in
      guard let value = values[output.value.index] else { preconditionFailure("an output was not computed") }
      return value
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
    var values = [Tensor?](repeating: nil, count: graph.nodes.count)
    for id in graph.ids where isIncluded[id.index] {
      values[id.index] = value(of: id, values, batches)
    }
    return values
  }

  /// - Parameters:
  ///   - values: those of the nodes before
  ///   - batches: the images of each input
  private func value(of id: NodeID, _ values: [Tensor?], _ batches: [ImageBatch]) -> Tensor {
    if let input = inputIndices[id] { return batches[input].stacked }
    let node = graph[id]
    let images = batches.first?.count ?? 1
    // How many values there are of the result, and of each input.
    let count = node.scope == .image ? images : 1
    let counts = node.inputs.map { graph[$0].scope == .image ? images : 1 }
    let inputs = node.inputs.map { input in
      guard let value = values[input.index] else { preconditionFailure("'\(node.name)' reads what was not computed") }
      return value
    }
    let reference = NodeReference(
      node: node, inputShapes: node.inputs.map { graph[$0].shape }, parameters: parameters[id.index])
    return withFloats(of: inputs[...]) { inputs in
      Tensor(shape: Shape((node.scope == .image ? [count] : []) + node.shape.dimensions)) { bytes in
        let output = bytes.bindMemory(to: Float.self)
        if case .batchMean = node.operation {
          Reference.average((0..<counts[0]).map { inputs[0].image($0, of: counts[0]) }, into: output)
          return
        }
        for image in 0..<count {
          reference.compute(
            zip(inputs, counts).map { $0.image($1 == 1 ? 0 : image, of: $1) },
            UnsafeMutableBufferPointer(rebasing: output.image(image, of: count)))
        }
      }
    }
  }
}

private func withFloats<Result>(
  of tensors: ArraySlice<Tensor>, _ body: ([UnsafeBufferPointer<Float>]) -> Result
) -> Result {
  guard let first = tensors.first else { return body([]) }
  return first.withFloats { floats in
    withFloats(of: tensors.dropFirst()) { body([floats] + $0) }
  }
}

extension UnsafeBufferPointer<Float> {
  fileprivate func image(_ index: Int, of images: Int) -> UnsafeBufferPointer<Float> {
    let size = count / images
    return UnsafeBufferPointer(rebasing: self[index * size..<(index + 1) * size])
  }
}

extension UnsafeMutableBufferPointer<Float> {
  fileprivate func image(_ index: Int, of images: Int) -> Slice<UnsafeMutableBufferPointer<Float>> {
    let size = count / images
    return self[index * size..<(index + 1) * size]
  }
}
