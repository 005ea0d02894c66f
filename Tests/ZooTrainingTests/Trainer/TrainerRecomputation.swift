import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor
import ZooTraining

/// The first steps of a run in double precision: gradients of the interpreter, steps of `OptimizerReference`, running
/// statistics by PyTorch's formula.
struct TrainerRecomputation {
  /// All tensors before the first step.
  let start: [String: [Float]]
  private(set) var weights: [String: [Double]]
  /// Of each step, the network's own classifier alone.
  private(set) var losses: [Double] = []

  /// `trainer`: one that has not begun. `decays`: the tensors that weight decay is for.
  init(_ trainer: Trainer, steps: Int, decays: (String) -> Bool) throws {
    let recipe = trainer.recipe
    let training = try TrainingGraph(
      trainer.network.graph, loss: recipe.kernelLoss, learns: { recipe.learns($0) }, norm: { recipe.normState(of: $0) })
    let tensors = Dictionary(uniqueKeysWithValues: trainer.weights(averaged: false).map { ($0.name, $0.tensor) })
    start = tensors.mapValues(\.floats)
    weights = start.mapValues { $0.map(Double.init) }
    let interpreter = try Interpreter(graph: training.graph) { tensors[$0] ?? Tensor(shape: [0], floats: []) }
    let learning = training.tensors.filter { $0.gradient != nil }
    var optimizers = learning.map { _ in OptimizerReference(recipe.optimizer) }
    for step in 0..<steps {
      let (epoch, place) = step.quotientAndRemainder(dividingBy: trainer.stepsPerEpoch)
      let batch = try trainer.data.batch(epoch: epoch, step: place)
      let values = interpreter.evaluate(
        [batch.images, batch.targets].map { $0.floats.map(Double.init) }, images: batch.count, replacing: weights,
        at: TrainingPoint(seed: recipe.seed, step: step),
        needing: learning.compactMap(\.gradient) + [training.heads[0].loss] + training.norms.compactMap(\.statistics))
      func value(_ id: NodeID?) -> [Double] { id.flatMap { values[$0.index] } ?? [] }
      losses.append(value(training.heads[0].loss).reduce(0, +) / Double(batch.count))
      for norm in training.norms where norm.statistics != nil {
        let numbers = value(norm.statistics)
        let population = Double(batch.count * norm.area)
        for (half, name) in norm.runningStatistics.enumerated() {
          let factor = half == 0 ? 1 : population / (population - 1)
          weights[name] = (0..<norm.channels).map {
            0.9 * (weights[name]?[$0] ?? 0) + 0.1 * factor * numbers[half * norm.channels + $0]
          }
        }
      }
      let gradients = learning.map { value($0.gradient) }
      let norm = gradients.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
      let scale = recipe.clipNorm > 0 && norm > recipe.clipNorm ? recipe.clipNorm / norm : 1
      let rate = recipe.rateSchedule.rate(step: step, stepsPerEpoch: trainer.stepsPerEpoch)
      for (index, tensor) in learning.enumerated() {
        let name = tensor.declaration.name
        optimizers[index].step(
          &weights[name, default: []], gradients: gradients[index].map { $0 * scale },
          rate: rate * recipe.rateFactor(of: tensor.layer), weightDecay: decays(name) ? recipe.weightDecay : 0,
          momentum: recipe.rateSchedule.momentum(step: step, stepsPerEpoch: trainer.stepsPerEpoch))
      }
    }
  }

  /// The tensors that differ by more than 1e-5 of their largest element, or of a tenth where all are less, in words.
  func differences(from found: [String: [Float]]) -> [String] {
    weights.keys.sorted().compactMap { name in
      let (expected, numbers) = (weights[name] ?? [], found[name] ?? [])
      let largest = expected.reduce(0.1) { max($0, abs($1)) }
      let error = zip(expected, numbers).reduce(0) { max($0, abs($1.0 - Double($1.1))) }
      return expected.count == numbers.count && error <= 1e-5 * largest ? nil : "\(name) by \(error) of \(largest)"
    }
  }
}
