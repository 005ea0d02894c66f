import ZooGraph
import ZooTensor

/// Runs any graph, before or after passes, one node at a time with plain loops: the specification that compiled
/// networks are tested against.
///
/// Everything is in NCHW order. Each node computes in double precision and rounds once, so that its error is negligible
/// beside that of arithmetic in float32. One function per operation; the files `Reference+….swift` hold them.
public struct Interpreter: Sendable {
  public let graph: Graph
  /// What `run` answers with, in order.
  public let outputs: [Output]
  private let input: NodeID
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
    input = try graph.singleInput()
    outputs = try graph.selectedOutputs(includingTraining: includingTraining)
    let needed = graph.isNeeded(for: outputs.map(\.value))
    isIncluded = graph.ids.map { needed[$0.index] || includingTraining || !graph[$0].isTrainingOnly }
    let evaluator = ParameterEvaluator(source: ParameterSource(weights))
    parameters = try zip(graph.nodes, isIncluded).map { node, isIncluded in
      isIncluded ? try evaluator.parameters(of: node) : [:]
    }
  }

  /// The outputs for images `[C, H, W]` or `[N, C, H, W]`, each with a batch dimension in front.
  ///
  /// - Throws: `RuntimeError.imageShape`.
  public func run(_ images: Tensor) throws(RuntimeError) -> [Tensor] {
    let batch = try ImageBatch(images, shape: graph[input].shape)
    let needed = graph.isNeeded(for: outputs.map(\.value))
    let readers = graph.readers()
    var kept = Set(outputs.map(\.value))
    kept.insert(input)
    var values = [Tensor?](repeating: nil, count: graph.nodes.count)
    for id in graph.ids where needed[id.index] {
      values[id.index] = value(of: id, values, batch)
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
  /// - Throws: `RuntimeError.imageShape`.
  public func values(_ images: Tensor) throws(RuntimeError) -> [Tensor?] {
    let batch = try ImageBatch(images, shape: graph[input].shape)
    var values = [Tensor?](repeating: nil, count: graph.nodes.count)
    for id in graph.ids where isIncluded[id.index] {
      values[id.index] = value(of: id, values, batch)
    }
    return values
  }

  private func value(of id: NodeID, _ values: [Tensor?], _ batch: ImageBatch) -> Tensor {
    let node = graph[id]
    if case .input = node.operation { return batch.stacked }
    let inputs = node.inputs.map { input in
      guard let value = values[input.index] else { preconditionFailure("'\(node.name)' reads what was not computed") }
      return value
    }
    let reference = Reference(
      node: node, inputShapes: node.inputs.map { graph[$0].shape }, parameters: parameters[id.index])
    return withFloats(of: inputs[...]) { inputs in
      Tensor(shape: Shape([batch.count] + node.shape.dimensions)) { bytes in
        let output = bytes.bindMemory(to: Float.self)
        for image in 0..<batch.count {
          reference.compute(
            inputs.map { $0.image(image, of: batch.count) },
            UnsafeMutableBufferPointer(rebasing: output.image(image, of: batch.count)))
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
