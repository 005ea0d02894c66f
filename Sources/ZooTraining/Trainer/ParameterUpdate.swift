import ZooKernels
import ZooRuntime
import ZooTensor

/// The optimiser of a run with its state, in the order in which kernels have the numbers.
final class ParameterUpdate {
  /// A tensor that learns.
  struct Item {
    let tensor: TrainedTensor
    let numbers: UpdatedNumbers
    /// A moving average of the numbers, where the recipe keeps one.
    let average: FloatBuffer?
  }

  let items: [Item]
  private let recipe: Recipe
  private let machine: Machine
  private let norms: [SquareSum]

  init(_ compiled: CompiledTraining, recipe: Recipe) {
    self.recipe = recipe
    machine = compiled.machine
    let learned = Dictionary(uniqueKeysWithValues: compiled.tensors.map { ($0.name, $0) })
    items = compiled.training.tensors.compactMap { tensor in
      guard let learned = learned[tensor.declaration.name], let gradient = learned.gradient else { return nil }
      let decays = recipe.decayNorms || !(tensor.isNorm || tensor.declaration.role == .bias)
      let count = learned.numbers.count
      let average = recipe.ema > 0 ? FloatBuffer(count: count) : nil
      average?.floats.update(from: learned.numbers.floats, count: count)
      return Item(
        tensor: learned,
        numbers: UpdatedNumbers(
          weights: learned.numbers, gradients: gradient,
          state: (0..<recipe.optimizer.rule(momentum: recipe.schedule == .oneCycle ? 0.9 : nil).stateCount).map {
            _ in FloatBuffer(count: count)
          },
          rateFactor: recipe.rateFactor(of: tensor.layer), weightDecay: decays ? recipe.weightDecay : 0),
        average: average)
    }
    norms = items.map { _ in SquareSum() }
  }

  /// What a step did.
  struct Outcome {
    /// The Euclidean norm of all gradients together, before clipping.
    let gradientNorm: Double
  }

  /// Moves all numbers by their gradients. `number`: of the step, from 1. `rate`: the learning rate. `momentum`: in
  /// place of the optimiser's own.
  func step(_ number: Int, rate: Double, momentum: Double?) -> Outcome {
    let rule = recipe.optimizer.rule(momentum: momentum)
    return machine.pool.run {
      for (item, norm) in zip(items, norms) { machine.squareSum(of: item.numbers.gradients, into: norm) }
      let norm = zip(items, norms).reduce(0) { sum, pair in
        let (item, norm) = pair
        let first = Double(item.numbers.gradients.floats[0])
        return sum + (item.tensor.isRepeated ? first * first : norm.value)
      }.squareRoot()
      let step = UpdateStep()
      step.learningRate = rate
      step.number = number
      if recipe.clipNorm > 0, norm > recipe.clipNorm { step.gradientScale = recipe.clipNorm / norm }
      for item in items { machine.update(item.numbers, by: rule, step) }
      let decay = recipe.ema
      for item in items {
        if let average = item.average { machine.average(item.tensor.numbers, into: average) { decay } }
      }
      return Outcome(gradientNorm: norm)
    }
  }

  /// The Euclidean norm of the last update relative to that of the numbers, for each tensor that was not all zeros.
  /// `before`: the numbers before the update.
  func ratios(to before: [FloatBuffer]) -> [(tensor: String, ratio: Double)] {
    machine.pool.run {
      zip(items, before).compactMap { item, before in
        let (update, size) = (SquareSum(), SquareSum())
        machine.squareSum(of: item.tensor.numbers, minus: before, into: update)
        machine.squareSum(of: before, into: size)
        return size.value > 0 ? (item.tensor.name, (update.value / size.value).squareRoot()) : nil
      }
    }
  }

  /// Copies of all numbers.
  func copies() -> [FloatBuffer] {
    items.map { item in
      let copy = FloatBuffer(count: item.tensor.numbers.count)
      copy.floats.update(from: item.tensor.numbers.floats, count: copy.count)
      return copy
    }
  }
}

extension Optimizer {
  /// `momentum`: in place of its own, or of Adam's first beta.
  func rule(momentum: Double?) -> UpdateRule {
    switch self {
    case .sgd(let own, let nesterov): .gradientDescent(momentum: momentum ?? own, isNesterov: nesterov)
    case .adam(let moments):
      .adam(
        firstMomentum: momentum ?? moments.beta1, secondMomentum: moments.beta2, epsilon: moments.epsilon,
        isDecoupled: false)
    case .adamW(let moments):
      .adam(
        firstMomentum: momentum ?? moments.beta1, secondMomentum: moments.beta2, epsilon: moments.epsilon,
        isDecoupled: true)
    }
  }
}
