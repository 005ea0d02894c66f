/// How a gradient becomes a step. The arithmetic is that of `OptimizerReference`.
public enum Optimizer: Hashable, Sendable {
  /// Stochastic gradient descent; with Nesterov's momentum as PyTorch has it. 0.9 is what every published recipe of the
  /// catalogue has.
  case sgd(momentum: Double = 0.9, nesterov: Bool = false)
  /// Kingma & Ba (2014), with corrected biases.
  case adam(Moments = Moments())
  /// Loshchilov & Hutter (2017): weights decay apart from the gradient.
  case adamW(Moments = Moments())

  /// The numbers of Adam, by default the paper's.
  public struct Moments: Hashable, Sendable {
    /// The decay of the gradient's mean.
    public var beta1: Double
    /// The decay of the mean of the gradient's square.
    public var beta2: Double
    /// Added outside the root.
    public var epsilon: Double

    /// By default those of the paper (Kingma and Ba, 2015).
    public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
    }
  }

  /// The learning rate of a recipe that gives none: 0.01, or Adam's 0.001, whose steps have the size of the rate itself.
  public var standardLearningRate: Double { moments == nil ? 0.01 : 0.001 }

  /// The weight decay of a recipe that gives none.
  public var standardWeightDecay: Double { if case .adamW = self { 0.01 } else { 1e-4 } }

  /// Those of Adam and AdamW.
  public var moments: Moments? {
    get {
      switch self {
      case .sgd: nil
      case .adam(let moments), .adamW(let moments): moments
      }
    }
    set {
      guard let newValue else { return }
      switch self {
      case .sgd: break
      case .adam: self = .adam(newValue)
      case .adamW: self = .adamW(newValue)
      }
    }
  }

  /// That of SGD.
  public var momentum: Double? {
    get { if case .sgd(let momentum, _) = self { momentum } else { nil } }
    set { if let newValue, case .sgd(_, let nesterov) = self { self = .sgd(momentum: newValue, nesterov: nesterov) } }
  }

  /// That of SGD.
  public var nesterov: Bool? {
    get { if case .sgd(_, let nesterov) = self { nesterov } else { nil } }
    set { if let newValue, case .sgd(let momentum, _) = self { self = .sgd(momentum: momentum, nesterov: newValue) } }
  }
}
