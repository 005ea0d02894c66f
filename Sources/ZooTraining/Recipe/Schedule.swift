/// The learning rate and the momentum as a pure function of the step, so that a run that was interrupted goes on with the
/// same ones. Nothing here has a state.
public struct Schedule: Hashable, Sendable {
  /// How the rate goes from the largest to the last. p is the share of the run that is over, without the warm-up.
  public enum Policy: Hashable, Sendable {
    /// lr
    case constant
    /// lr · factor^⌊e / every⌋ at epoch e (Caffe's `step`); 0 stands for a third of the run, rounded up, as the 30 of 90
    /// epochs of the ResNets.
    case step(every: Int = 0, factor: Double = 0.1)
    /// lr · factor^n after n of the epochs, which ascend (Caffe's `multistep`).
    case steps(at: [Int], factor: Double = 0.1)
    /// lr · (1 + cos πp) / 2 (Loshchilov & Hutter, 2016).
    case cosine
    /// lr · (1 − p)^power (Caffe's `poly`).
    case poly(power: Double = 1)
    /// Along a half cosine from lr / 25 to lr over a quarter of the run, then to lr / 1e5, and the momentum from 0.95 to 0.85
    /// and back (Smith, 2018; fastai's `fit_one_cycle`). It has a warm-up of its own.
    case oneCycle
  }

  /// How the rate falls.
  public var policy: Policy
  /// The largest rate.
  public var learningRate: Double
  /// In epochs; the steps of it are rounded to the nearest number.
  public var warmup: Double
  /// Over which it falls.
  public var epochs: Int

  /// - Parameters:
  ///   - policy: how the rate falls.
  ///   - learningRate: the largest rate.
  ///   - warmup: over how many epochs it rises to that.
  ///   - epochs: over which it falls, the warm-up included.
  public init(policy: Policy, learningRate: Double, warmup: Double = 0, epochs: Int) {
    self.policy = policy
    self.learningRate = learningRate
    self.warmup = warmup
    self.epochs = epochs
  }

  /// The learning rate of a step.
  ///
  /// In the W steps of a warm-up it is (step + 1) / W of the rate that the schedule starts with.
  ///
  /// - Parameters:
  ///   - step: steps of the optimiser before this one; those past the end have the last rate.
  ///   - stepsPerEpoch: positive.
  /// - Returns: What the step's update is multiplied with.
  public func rate(step: Int, stepsPerEpoch: Int) -> Double {
    let total = max(1, stepsPerEpoch * epochs)
    let step = min(max(step, 0), total - 1)
    if policy == .oneCycle {
      return cycle(Double(step) / Double(total), learningRate / 25, learningRate, learningRate / 1e5)
    }
    let warm = warmupSteps(stepsPerEpoch)
    if step < warm { return learningRate * (Double(step + 1) / Double(warm)) }
    let progress = Double(step - warm) / Double(max(1, total - warm))
    return learningRate * factor(epoch: step / max(1, stepsPerEpoch), progress: progress)
  }

  /// The momentum of a step, or Adam's first beta; `nil` where the optimiser's own stays.
  public func momentum(step: Int, stepsPerEpoch: Int) -> Double? {
    guard policy == .oneCycle else { return nil }
    let total = max(1, stepsPerEpoch * epochs)
    return cycle(Double(min(max(step, 0), total - 1)) / Double(total), 0.95, 0.85, 0.95)
  }

  private func warmupSteps(_ stepsPerEpoch: Int) -> Int {
    Int((min(warmup, Double(epochs)) * Double(stepsPerEpoch)).rounded())
  }

  private func factor(epoch: Int, progress: Double) -> Double {
    switch policy {
    case .constant, .oneCycle: 1
    case .step(let every, let factor): Self.power(factor, epoch / (every > 0 ? every : max(1, (epochs + 2) / 3)))
    case .steps(let epochs, let factor): Self.power(factor, epochs.count { $0 <= epoch })
    case .cosine: (1 + PortableMath.cosine(halfTurns: progress)) / 2
    case .poly(let power): PortableMath.power(1 - progress, power)
    }
  }

  private static func power(_ factor: Double, _ exponent: Int) -> Double {
    var result = 1.0
    for _ in 0..<exponent where result > 0 && factor < 1 { result *= factor }
    return result
  }

  /// fastai's `combined_cos` with a quarter of ascent.
  private func cycle(_ progress: Double, _ start: Double, _ middle: Double, _ end: Double) -> Double {
    let (from, to, share) =
      progress < 0.25 ? (start, middle, progress / 0.25) : (middle, end, (progress - 0.25) / 0.75)
    return from + (1 - PortableMath.cosine(halfTurns: share)) / 2 * (to - from)
  }
}

extension Schedule.Policy {
  /// The epochs between two steps.
  var every: Int? {
    get { if case .step(let every, _) = self { every } else { nil } }
    set { if let newValue, case .step(_, let factor) = self { self = .step(every: newValue, factor: factor) } }
  }

  /// The epochs of the steps.
  var milestones: [Int]? {
    get { if case .steps(let epochs, _) = self { epochs } else { nil } }
    set { if let newValue, case .steps(_, let factor) = self { self = .steps(at: newValue, factor: factor) } }
  }

  /// What a step multiplies by, from 0 to 1.
  var factor: Double? {
    get {
      switch self {
      case .step(_, let factor), .steps(_, let factor): factor
      case .constant, .cosine, .poly, .oneCycle: nil
      }
    }
    set {
      guard let newValue else { return }
      switch self {
      case .step(let every, _): self = .step(every: every, factor: newValue)
      case .steps(let epochs, _): self = .steps(at: epochs, factor: newValue)
      case .constant, .cosine, .poly, .oneCycle: break
      }
    }
  }

  var power: Double? {
    get { if case .poly(let power) = self { power } else { nil } }
    set { if let newValue, case .poly = self { self = .poly(power: newValue) } }
  }
}

extension Recipe {
  /// The schedule, for networks and data of any size.
  public var rateSchedule: Schedule {
    Schedule(policy: schedule, learningRate: learningRate, warmup: warmup, epochs: epochs)
  }
}
