/// The arithmetic of the optimisers, one number after the other in double precision: what fast kernels are compared with.
///
/// - SGD (PyTorch's): g ← g + λw, v ← μv + g with v = g at first, w ← w − lr · v, and with Nesterov's momentum
///   w ← w − lr · (g + μv). Without momentum v is g.
/// - Adam: g ← g + λw, m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²,
///   w ← w − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε).
/// - AdamW: w ← w − lr · λw, then Adam without λ.
///
/// When the schedule changes β₁, the powers are products of the betas of the steps so far.
public struct OptimizerReference: Hashable, Sendable {
  /// The method, with its numbers.
  public let optimizer: Optimizer
  /// SGD's v or Adam's m; empty before the first step.
  public private(set) var first: [Double] = []
  /// Adam's v.
  public private(set) var second: [Double] = []
  /// Steps taken.
  public private(set) var steps = 0
  /// β₁ᵗ and β₂ᵗ.
  private var powers = (first: 1.0, second: 1.0)

  /// Without any state: moments are given to each call.
  public init(_ optimizer: Optimizer) {
    self.optimizer = optimizer
  }

  /// Takes a step.
  ///
  /// - Parameters:
  ///   - weights: moved in place.
  ///   - gradients: as many as there are weights, in every step as many as in the first.
  ///   - rate: of this step.
  ///   - weightDecay: of these numbers.
  ///   - momentum: that of the schedule, in place of μ or β₁.
  public mutating func step(
    _ weights: inout [Double], gradients: [Double], rate: Double, weightDecay: Double, momentum: Double? = nil
  ) {
    precondition(weights.count == gradients.count, "\(gradients.count) gradients for \(weights.count) weights")
    switch optimizer {
    case .sgd(let standard, let nesterov):
      let momentum = momentum ?? standard
      for index in weights.indices {
        let gradient = gradients[index] + weightDecay * weights[index]
        if steps == 0 { first.append(gradient) } else { first[index] = momentum * first[index] + gradient }
        weights[index] -= rate * (nesterov ? gradient + momentum * first[index] : first[index])
      }
    case .adam(let moments), .adamW(let moments):
      let isDecoupled = if case .adamW = optimizer { true } else { false }
      let beta1 = momentum ?? moments.beta1
      if steps == 0 {
        first = Array(repeating: 0, count: weights.count)
        second = first
      }
      powers = (powers.first * beta1, powers.second * moments.beta2)
      let correction = (1 - powers.second).squareRoot()
      for index in weights.indices {
        var gradient = gradients[index]
        let decay = weightDecay * weights[index]
        if isDecoupled { weights[index] -= rate * decay } else { gradient += decay }
        first[index] = beta1 * first[index] + (1 - beta1) * gradient
        second[index] = moments.beta2 * second[index] + (1 - moments.beta2) * gradient * gradient
        weights[index] -=
          rate / (1 - powers.first) * first[index] / (second[index].squareRoot() / correction + moments.epsilon)
      }
    }
    steps += 1
  }

  /// Whether the optimisers are the same.
  public static func == (left: OptimizerReference, right: OptimizerReference) -> Bool {
    left.optimizer == right.optimizer && left.first == right.first && left.second == right.second
      && left.steps == right.steps && left.powers == right.powers
  }

  /// By the optimiser.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(optimizer)
    hasher.combine(first)
    hasher.combine(steps)
  }
}
