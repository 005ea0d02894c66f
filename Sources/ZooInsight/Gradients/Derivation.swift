import Synchronization
import ZooGraph
import ZooKit
import ZooRuntime
import ZooTensor

/// The gradient of a number made of one of a model's values, ready to be computed for images: compiled, or by the
/// interpreter in double precision where the model is interpreted.
///
/// Safe to use from any number of threads, which take turns.
package final class Derivation: Sendable {
  package let gradient: GradientGraph
  /// The images that are computed at once; more are computed so many at a time.
  package let batch: Int
  /// The shape of the value that is derived.
  package let valueShape: Shape
  /// `nil` where the interpreter answers.
  private let compiled: Mutex<CompiledGradient?>
  private let interpreter: Interpreter?
  /// The memory that it keeps for values and their gradients; 0 when it is interpreted.
  package let byteCount: Int

  /// `value`: the layer that is derived, of the model's graph. `sources`: the input or layers on the way to the value;
  /// `nil` for the input. `answersSources`: whether the values of the sources are answered with, too. `batch`: the most
  /// images that are computed at once, which memory grows with. Throws `GradientGraphError`, `RuntimeError`,
  /// `WeightsError`.
  package init(
    _ model: Model, of value: NodeID, objective: GradientGraph.Objective = .weightedSum,
    withRespectTo sources: [NodeID]? = nil, rule: RectifierRule = .derivative, answersSources: Bool = false,
    batch: Int = 1
  ) throws {
    let graph = model.network.graph
    gradient = try GradientGraph(
      graph, of: value, objective: objective, withRespectTo: sources ?? graph.inputs, rule: rule,
      answersSources: answersSources)
    self.batch = batch
    valueShape = graph[value].shape
    if model.options.usesInterpreter {
      interpreter = try Interpreter(graph: gradient.graph, weights: model.weights.tensor)
      compiled = Mutex(nil)
      byteCount = 0
    } else {
      let options = ExecutionOptions(
        instructionSet: model.options.instructionSet, threads: model.options.threads, numerics: model.options.numerics)
      let made = try CompiledGradient(gradient, options: options, batch: batch, weights: model.weights.source)
      byteCount = made.arenaByteCount
      interpreter = nil
      compiled = Mutex(made)
    }
  }

  /// What a run gave, for each of the images.
  package struct Result: Sendable {
    /// `[N, …]`, with the shape of the value that is derived.
    package var value: Tensor
    /// With respect to each source, `[N, …]`.
    package var gradients: [Tensor]
    /// The value of each source, `[N, …]`, where they are answered with.
    package var sources: [Tensor]
  }

  /// `images`: `[N, C, H, W]` or one image `[C, H, W]`, preprocessed. `operand`: what the objective takes beside the
  /// value: `[N, …]`, or one for all images, in the value's shape. Throws `RuntimeError` when they do not fit,
  /// `ZooError.inputShape`.
  package func run(_ images: Tensor, operand: Tensor) throws -> Result {
    let count = images.shape.rank == 4 ? images.shape[0] : 1
    let image = images.shape.rank == 4 ? Shape(Array(images.shape.dimensions.dropFirst())) : images.shape
    let images = images.reshaped(to: Shape([count] + image.dimensions))
    let operand =
      operand.shape.elementCount == count * valueShape.elementCount
      ? operand.reshaped(to: Shape([count] + valueShape.dimensions)) : operand.repeated(count, shape: valueShape)
    var parts: [Result] = []
    for start in stride(from: 0, to: count, by: batch) {
      let range = start..<min(start + batch, count)
      parts.append(try pass(images.rows(range), operand.rows(range)))
    }
    return Result(
      value: Tensor.joined(parts.map(\.value)),
      gradients: parts[0].gradients.indices.map { source in Tensor.joined(parts.map { $0.gradients[source] }) },
      sources: parts[0].sources.indices.map { source in Tensor.joined(parts.map { $0.sources[source] }) })
  }

  private func pass(_ images: Tensor, _ operand: Tensor) throws -> Result {
    if let interpreter {
      let names = gradient.graph
      let outputs = try interpreter.run([
        names[gradient.input].name: images, names[gradient.operand].name: operand,
      ])
      let count = gradient.gradients.count
      return Result(
        value: outputs[0], gradients: Array(outputs.dropFirst().prefix(count)),
        sources: Array(outputs.dropFirst(1 + count)))
    }
    return try compiled.withLock { compiled in
      guard let compiled else { preconditionFailure("neither compiled nor interpreted") }
      let pass = try compiled.run(images: images, operand: operand)
      return Result(value: pass.value, gradients: pass.gradients, sources: pass.sources)
    }
  }
}

extension Tensor {
  /// Rows of a float32 tensor `[N, …]`.
  package func rows(_ range: Range<Int>) -> Tensor {
    if range == 0..<shape[0] { return self }
    let size = shape[0] > 0 ? shape.elementCount / shape[0] : 0
    return withFloats { floats in
      Tensor(
        shape: Shape([range.count] + shape.dimensions.dropFirst()),
        floats: Array(floats[range.lowerBound * size..<range.upperBound * size]))
    }
  }

  /// `[N₁, …]`, `[N₂, …]`, … of float32 as `[N₁ + N₂ + …, …]`.
  package static func joined(_ parts: [Tensor]) -> Tensor {
    if parts.count == 1 { return parts[0] }
    let count = parts.reduce(0) { $0 + $1.shape[0] }
    return Tensor(
      shape: Shape([count] + (parts.first?.shape.dimensions.dropFirst() ?? [])),
      floats: parts.flatMap(\.floats))
  }

  /// The same numbers so many times, `[count, …]`.
  fileprivate func repeated(_ count: Int, shape: Shape) -> Tensor {
    precondition(self.shape.elementCount == shape.elementCount, "\(self.shape) for a value of \(shape)")
    let numbers = floats
    return Tensor(
      shape: Shape([count] + shape.dimensions), floats: (0..<count).flatMap { _ in numbers })
  }
}
