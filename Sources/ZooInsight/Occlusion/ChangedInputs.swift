import ZooGraph
import ZooKit
import ZooRuntime
import ZooTensor

/// The class scores of a model for one input with parts of it replaced: what occlusion, deletion and insertion ask.
///
///     let inputs = try ChangedInputs(model, input: input)
///     let scores = try inputs.scores(of: patches.map { [InputChange($0, values: grey)] })
///
/// Only what a change reaches is computed again, always by the direct algorithms, whatever the model's own numerics are: the
/// scores are the bits of whole passes of that model with `Numerics.direct`. Not safe to use from two threads at once.
public final class ChangedInputs {
  /// The model that is asked.
  public let model: Model
  /// `[C, H, W]`
  public let input: Tensor
  /// The class scores of the input itself; of a network that slides, their means over its positions.
  public let scores: [Float]
  private let runner: WindowedRunner
  /// Which of the network's outputs has the scores.
  private let output: Int

  /// Computes the scores of the input, and keeps every value on the way to them.
  ///
  /// - Parameters:
  ///   - model: the model that is asked.
  ///   - input: `[C, H, W]`, preprocessed
  ///   - memoryLimit: what values may take, in bytes; `nil` for half of this machine's memory. Weights are not counted.
  /// - Throws: `WindowedError.memory` before anything is computed; `ZooError` when the input does not fit, or the
  ///   scores are not finite; `RuntimeError`.
  public init(_ model: Model, input: Tensor, memoryLimit: Int? = nil) throws {
    try model.network.checkInput(input)
    let network = try WindowedNetwork(model)
    guard let output = network.outputs.firstIndex(where: { $0.role == .logits }) else {
      throw ZooError.noLogits(model: model.network.name)
    }
    self.model = model
    self.input = input.reshaped(to: model.network.input)
    self.output = output
    runner = try WindowedRunner(network, image: self.input, memoryLimit: memoryLimit)
    scores = try Self.scores(runner.answers[output], model)[0]
  }

  /// What `scores(of:)` will cost; nothing is computed.
  ///
  /// - Parameter regions: for each changed input the rectangle around its changes
  /// - Throws: `WindowedError.region` or `.memory`.
  /// - Returns: What would be computed, in multiply-accumulate operations, and how much memory that takes.
  public func cost(of regions: [MapRegion]) throws -> WindowedRunner.Cost { try runner.cost(of: regions) }

  /// The scores of each changed input.
  ///
  /// - Parameters:
  ///   - inputs: what is changed in each; where changes overlap, the later one counts
  ///   - progress: is told how many inputs are done, and says whether to go on
  /// - Returns: a list of one score per class for each; `nil` when `progress` said no.
  /// - Throws: `WindowedError` before anything is computed; `ZooError.scoresNotFinite`.
  public func scores(
    of inputs: [[InputChange]], progress: (_ done: Int) -> Bool = { _ in true }
  ) throws -> [[Float]]? {
    guard !inputs.isEmpty else { return [] }
    return try runner.run(inputs, progress: progress).map { try Self.scores($0[output], model) }
  }

  private static func scores(_ values: Tensor, _ model: Model) throws -> [[Float]] {
    let answer = model.answer
    return try Model.scores(
      answer.logits(of: values.reshaped(to: Shape([values.shape[0]] + answer.shape.dimensions))))
  }
}

extension WindowedNetwork {
  /// - Throws: what the passes throw, and `RuntimeError`.
  fileprivate init(_ model: Model) throws {
    let graph = try model.network.graph.computing(model.answer).optimized()
    // With further outputs, other things are computed together.
    let compiled = model.outputs.isEmpty ? model.compiled : nil
    try self.init(
      graph: graph,
      options: ExecutionOptions(instructionSet: model.options.instructionSet, threads: model.options.threads),
      sharing: compiled, weights: model.weights.source)
  }
}
