import ZooGraph
import ZooKernels
import ZooTensor

/// The gradient of a number made of one of a network's values, prepared for this machine.
///
/// Not safe to use from two threads at once.
package final class CompiledGradient {
  package let gradient: GradientGraph
  /// The most images of a pass.
  package let batch: Int
  private let network: CompiledNetwork
  private let runner: Runner
  private let names: (input: String, operand: String)

  /// `batch`: the most images of a pass; answers do not depend on it with `direct` numerics. `weights`: a checkpoint's
  /// tensors by the network's names. Throws `RuntimeError` when the graph cannot be run, a tensor cannot be used, there
  /// is not enough memory or an option cannot be met; what `weights` throws.
  package init(
    _ gradient: GradientGraph, options: ExecutionOptions = ExecutionOptions(), batch: Int, weights: ParameterSource
  ) throws {
    self.gradient = gradient
    self.batch = batch
    let graph = gradient.graph
    let memory = TrainingMemory(
      learning: [:], weights: graph.nodes.flatMap { $0.parameters.map(\.shape) }, batch: batch)
    network = try CompiledNetwork(
      graph, options, inputs: [gradient.input, gradient.operand], outputs: graph.outputs, results: [], memory: memory,
      evaluator: ParameterEvaluator(source: weights))
    runner = try network.makeRunner(batch: batch)
    names = (graph[gradient.input].name, graph[gradient.operand].name)
  }

  /// The kernels of a pass, in order, and their memory.
  package var plan: Plan { network.plan }

  /// The memory that it keeps for values and their gradients.
  package var arenaByteCount: Int { runner.arenaByteCount }

  /// What one pass gave.
  package struct Pass: Sendable {
    /// The value that is derived, `[N, …]`.
    package let value: Tensor
    /// The gradient with respect to each source, `[N, …]`, in the order of the sources.
    package let gradients: [Tensor]
    /// The value of each source, `[N, …]`, where the graph answers with them.
    package let sources: [Tensor]
  }

  /// `images`: `[N, C, H, W]`, at most `batch` of them. `operand`: what the objective compares the value with, for each
  /// image: `[N, …]`. Throws `RuntimeError` when they do not fit.
  package func run(images: Tensor, operand: Tensor) throws(RuntimeError) -> Pass {
    let outputs = try runner.run([names.input: images, names.operand: operand])
    return Pass(
      value: outputs[0], gradients: Array(outputs.dropFirst().prefix(gradient.gradients.count)),
      sources: Array(outputs.dropFirst(1 + gradient.gradients.count)))
  }

  /// Fills the arena with NaN, so that a step that reads what it did not write shows it.
  package func poison() { runner.poison() }
}
