import ZooImages
import ZooKernels

/// Everything that decides a training run: two runs of one recipe on the same data and network end with the same bits.
///
/// Its fields with names, ranges and meanings are listed once, in `RecipeField+Table.swift`: reading and writing recipes,
/// their schema, overrides and comparisons go by it.
public struct Recipe: Hashable, Sendable {
  /// What is minimised.
  public var loss: Loss
  /// How weights move.
  public var optimizer: Optimizer
  /// The largest learning rate; the schedule says which share of it a step gets.
  ///
  /// 0.01 with a momentum of 0.9 takes the steps that 0.1 takes without: safe for networks without batch normalisation,
  /// which 0.1 makes diverge (AlexNet's and VGG's rate).
  public var learningRate: Double
  /// λ. SGD and Adam add λw to the gradient; AdamW takes lr · λw off the weight (Loshchilov & Hutter, 2017).
  ///
  /// 1e-4 is that of He et al. (2015); AdamW's decay is not multiplied by the gradient's scale, so that its own is 0.01.
  public var weightDecay: Double
  /// Whether biases and the scales and shifts of norms decay too. They have no reason to be small, and small scales only
  /// raise the rate of the layer before (He et al., 2018, "bag of tricks").
  public var decayNorms: Bool
  /// Factors of the learning rate for layers; the first pattern that fits decides.
  public var rates: [Rate]
  /// Cosine by default: it needs no number of its own, and ends low however long the run is (Loshchilov & Hutter, 2016).
  public var schedule: Schedule.Policy {
    didSet { if schedule == .oneCycle { warmup = 0 } }
  }
  /// Epochs in which the rate rises in a straight line to where the schedule starts; 0 with `oneCycle`, which has a rise of
  /// its own.
  public var warmup: Double {
    didSet { if schedule == .oneCycle, warmup != 0 { warmup = 0 } }
  }
  /// How often every picture is seen. A recipe that does not say wants an answer soon.
  public var epochs: Int
  /// Pictures that a step of the optimiser averages over, before `accumulate`.
  public var batch: Int
  /// Batches whose gradients are averaged for one step.
  public var accumulate: Int
  /// The slices of a batch, a power of two: each has statistics of batch norm of its own, and their gradients are added in a
  /// binary tree. Any number of workers up to it can share a step, and the bits do not depend on how many do.
  public var slices: Int
  /// The greatest Euclidean norm of all gradients together; longer ones are scaled down to it. 0 for none.
  public var clipNorm: Double
  /// The decay of a moving average of the weights per step; the average is what is evaluated and kept. 0 for none.
  public var ema: Double
  /// Epochs without a better validation metric after which the run ends. 0 for never.
  public var earlyStop: Int
  /// Of everything that is drawn: first weights, order, augmentation, dropout.
  public var seed: UInt64
  /// What is drawn for each picture.
  public var augmentation: Augmentation {
    didSet { if augmentation.color == Augmentation.Color() { augmentation.color = nil } }
  }
  /// What is drawn for each batch.
  public var mixing: Mixing
  /// What weights start as. He's by fan-in keeps the size of values on their way through layers of any kind, the last too.
  public var initialization: Initializer
  /// The share of the training pictures that is set aside to choose by, of data without a part of its own for it.
  public var validation: Double
  /// Which algorithms may be used; with `direct` the bits do not depend on the instruction set.
  public var numerics: Numerics
  /// Patterns of layers whose parameters do not learn.
  public var freeze: [String]
  /// What the batch norms of layers do that learn.
  public var norms: NormState
  /// What the batch norms of layers do that `freeze` names. `frozen` by default: statistics that move under weights that do
  /// not change a network that was meant to stay as it is.
  public var frozenNorms: NormState

  /// What is not given has the default that the field's documentation states; `zoo schema recipe` lists all. Nothing
  /// is checked here but by `check` and when a trainer is made.
  public init(
    loss: Loss = .softmax(), optimizer: Optimizer = .sgd(), learningRate: Double? = nil, weightDecay: Double? = nil,
    decayNorms: Bool = false, rates: [Rate] = [], schedule: Schedule.Policy = .cosine, warmup: Double = 0,
    epochs: Int = 10, batch: Int = 64, accumulate: Int = 1, slices: Int = 1, clipNorm: Double = 0, ema: Double = 0,
    earlyStop: Int = 0, seed: UInt64 = 0, augmentation: Augmentation = Augmentation(), mixing: Mixing = Mixing(),
    initialization: Initializer = .heNormal(.input), validation: Double = 0.1, numerics: Numerics = .fast,
    freeze: [String] = [], norms: NormState = .train, frozenNorms: NormState = .frozen
  ) {
    self.loss = loss
    self.optimizer = optimizer
    self.learningRate = learningRate ?? optimizer.standardLearningRate
    self.weightDecay = weightDecay ?? optimizer.standardWeightDecay
    self.decayNorms = decayNorms
    self.rates = rates
    self.schedule = schedule
    self.warmup = schedule == .oneCycle ? 0 : warmup
    self.epochs = epochs
    self.batch = batch
    self.accumulate = accumulate
    self.slices = slices
    self.clipNorm = clipNorm
    self.ema = ema
    self.earlyStop = earlyStop
    self.seed = seed
    self.augmentation = augmentation
    self.mixing = mixing
    self.initialization = initialization
    self.validation = validation
    self.numerics = numerics
    self.freeze = freeze
    self.norms = norms
    self.frozenNorms = frozenNorms
    if augmentation.color == Augmentation.Color() { self.augmentation.color = nil }
  }
}

extension Recipe {
  /// What is made small. All are means over the pictures of a batch.
  public enum Loss: Hashable, Sendable {
    /// −Σ t log softmax(s), where the targets t are (1 − ε) of the class and ε / K of each of the K classes.
    case softmax(labelSmoothing: Double = 0, classWeights: ClassWeights = .none)
    /// Σ over wrong classes of max(0, s_j − s_y + 1) (Weston & Watkins, 1999; the notes of CS231n).
    case svm
    /// The same with each term squared.
    case svmSquared
    /// Σ over all classes of max(0, 1 ∓ s_j): as many yes-or-no classifiers as there are classes.
    case oneAgainstAll
  }

  /// Weights of the classes in the loss, whose mean over the pictures is 1.
  public enum ClassWeights: String, Hashable, Sendable, CaseIterable {
    case none
    /// In inverse proportion to how many pictures a class has.
    case balanced
    /// In inverse proportion to the square root of it.
    case sqrt
  }

  /// What a batch norm does while its network trains.
  public enum NormState: String, Hashable, Sendable, CaseIterable {
    /// Normalises by the batch, and learns.
    case train
    /// Normalises by the stored statistics, which stay; scale and shift learn.
    case statisticsFixed = "statistics-fixed"
    /// As in inference; nothing changes.
    case frozen
  }

  /// A factor of the learning rate for the layers that a pattern names.
  public struct Rate: Hashable, Sendable {
    /// As `LayerPattern` has it.
    public var pattern: String
    /// At least 0; with 0 the parameters stay, as `freeze` has it.
    public var factor: Double

    /// A factor for the layers that the pattern fits.
    public init(pattern: String, factor: Double) {
      self.pattern = pattern
      self.factor = factor
    }
  }

  /// The factor of the learning rate for a layer.
  public func rateFactor(of layer: String) -> Double {
    rates.first { LayerPattern($0.pattern).fits(layer) }?.factor ?? 1
  }

  /// Whether `freeze` names the layer, or something that it is within.
  public func isFrozen(_ layer: String) -> Bool { freeze.contains { LayerPattern($0).fits(layer) } }

  /// The patterns of `rates` and `freeze` that fit none of the layers: most likely misspellings.
  public func patternsWithoutLayer(among layers: [String]) -> [String] {
    (rates.map(\.pattern) + freeze).filter { pattern in !layers.contains { LayerPattern(pattern).fits($0) } }
  }
}
