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
  /// Of each item: the step of a pass after which its gradient is complete.
  let gradientSteps: [Int]
  /// Adds up gradients over slices, and knows which of the numbers this process moves.
  let exchange: GradientExchange
  private let recipe: Recipe
  private let machine: Machine
  private let shares: [Share]

  /// Numbers of an item that this process moves.
  private struct Share {
    let item: Int
    let range: Range<Int>
    let numbers: UpdatedNumbers
    let average: FloatBuffer?
    let squares = SquareSum()
  }

  init(
    _ compiled: CompiledTraining, recipe: Recipe, tree: SliceTree = SliceTree(slices: 1, workers: 1),
    communicator: any Communicator = SingleWorker()
  ) {
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
    let steps = Dictionary(
      uniqueKeysWithValues: zip(compiled.tensors, compiled.gradientSteps).map { ($0.name, $1 ?? 0) })
    gradientSteps = items.map { steps[$0.tensor.name] ?? 0 }
    exchange = GradientExchange(
      zip(items, gradientSteps).map { ($0.numbers.gradients, $1) }, tree: tree, communicator: communicator,
      pool: compiled.machine.pool)
    shares = exchange.shares.runs(of: communicator.rank).map { [items] run in
      let item = items[run.tensor]
      func part(_ buffer: FloatBuffer) -> FloatBuffer {
        FloatBuffer(UnsafePointer(buffer.floats + run.range.lowerBound), count: run.range.count, owner: buffer)
      }
      return Share(
        item: run.tensor, range: run.range,
        numbers: UpdatedNumbers(
          weights: part(item.numbers.weights), gradients: part(item.numbers.gradients),
          state: item.numbers.state.map(part), rateFactor: item.numbers.rateFactor,
          weightDecay: item.numbers.weightDecay),
        average: item.average.map(part))
    }
  }

  /// The sums of the squares of the gradients of each part of each tensor, in order; 0 for the parts that other processes
  /// move. Of a tensor whose numbers are all one, that one counts once.
  func squareSums() -> [Double] {
    machine.pool.run { for share in shares { machine.squareSum(of: share.numbers.gradients, into: share.squares) } }
    var (sums, starts) = ([Double](), [Int]())
    for item in items {
      starts.append(sums.count)
      let parts = (item.tensor.numbers.count + Machine.partFloats - 1) / Machine.partFloats
      sums += Array(repeating: 0, count: parts)
    }
    for share in shares {
      let first = share.range.lowerBound / Machine.partFloats
      if items[share.item].tensor.isRepeated {
        let number = Double(share.numbers.gradients.floats[0])
        if first == 0 { sums[starts[share.item]] = number * number }
      } else {
        for (index, sum) in share.squares.parts.enumerated() { sums[starts[share.item] + first + index] = sum }
      }
    }
    return sums
  }

  /// The Euclidean norm of all gradients together, by the sums of all processes added up place by place.
  func gradientNorm(_ sums: [Double]) -> Double {
    var rest = sums[...]
    return items.reduce(0) { sum, item in
      let parts = (item.tensor.numbers.count + Machine.partFloats - 1) / Machine.partFloats
      defer { rest = rest.dropFirst(parts) }
      return sum + rest.prefix(parts).reduce(0, +)
    }.squareRoot()
  }

  /// Moves the numbers of this process by their gradients. `number`: of the step, from 1. `rate`: the learning rate.
  /// `momentum`: in place of the optimiser's own. `gradientNorm`: before clipping.
  func step(_ number: Int, rate: Double, momentum: Double?, gradientNorm: Double) {
    let rule = recipe.optimizer.rule(momentum: momentum)
    machine.pool.run {
      let step = UpdateStep()
      step.learningRate = rate
      step.number = number
      if recipe.clipNorm > 0, gradientNorm > recipe.clipNorm { step.gradientScale = recipe.clipNorm / gradientNorm }
      for share in shares { machine.update(share.numbers, by: rule, step) }
      let decay = recipe.ema
      for share in shares {
        if let average = share.average { machine.average(share.numbers.weights, into: average) { decay } }
      }
    }
  }

  /// Gives the numbers that this process has moved to all others, and takes theirs.
  func shareNumbers() throws { try exchange.share(items.map(\.tensor.numbers)) }

  /// Brings what only the process has that moves the numbers, the optimiser's state and averages, to the first one.
  func collectState() throws {
    for buffers in stateBuffers { try exchange.collect(buffers) }
  }

  /// Gives what the first process has of it to those that need it.
  func distributeState() throws {
    for buffers in stateBuffers { try exchange.distribute(buffers) }
  }

  /// Gives all processes the averages of all numbers.
  func shareAverages() throws {
    let averages = items.compactMap(\.average)
    if averages.count == items.count { try exchange.share(averages) }
  }

  /// Of all items, in their order.
  private var stateBuffers: [[FloatBuffer]] {
    let states = items.first?.numbers.state.count ?? 0
    let averages = items.compactMap(\.average)
    return (0..<states).map { index in items.map { $0.numbers.state[index] } }
      + (averages.count == items.count ? [averages] : [])
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
