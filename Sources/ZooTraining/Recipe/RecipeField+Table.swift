import ZooGraph
import ZooKernels

extension RecipeField {
  /// All fields, in the order in which they are written and applied: a choice comes before what belongs to it.
  public static let all: [RecipeField] = loss + optimizer + rate + length + pictures + start

  /// The field that `recipe.yaml` spells `name`; `nil` where there is none.
  public static func named(_ name: String) -> RecipeField? { byName[name] }

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  private static let share = NumberRange(0, 1, includesUpper: false)
  private static let epochs = 1...1_000_000

  private static let loss: [RecipeField] = [
    choice(
      "loss", "Loss",
      "softmax (cross-entropy), svm (Weston-Watkins, the hinge loss of CS231n), svm-squared (the same, squared) or "
        + "one-against-all (a hinge loss for each class).",
      \.loss,
      [
        ("softmax", .softmax()), ("svm", .svm), ("svm-squared", .svmSquared), ("one-against-all", .oneAgainstAll),
      ]
    ) {
      switch $0 {
      case .softmax: "softmax"
      case .svm: "svm"
      case .svmSquared: "svm-squared"
      case .oneAgainstAll: "one-against-all"
      }
    },
    number(
      "label_smoothing", "Label smoothing", "The share of the target that all classes have equally.",
      \.loss.labelSmoothing, share, owner: ("loss", ["softmax"])),
    choice(
      "class_weights", "Class weights",
      "Weights of the classes in the loss: none, balanced (in inverse proportion to the pictures of a class) or sqrt (to "
        + "the root of their number).",
      \.loss.classWeights, owner: ("loss", ["softmax"])),
  ]

  private static let optimizer: [RecipeField] = [
    choice(
      "optimizer", "Optimiser", "sgd, adam or adamw. Another one than before brings its own lr and weight_decay.",
      \.chosenOptimizer, [("sgd", .sgd()), ("adam", .adam()), ("adamw", .adamW())]
    ) {
      switch $0 {
      case .sgd: "sgd"
      case .adam: "adam"
      case .adamW: "adamw"
      }
    },
    number(
      "momentum", "Momentum", "How much of the step before is taken again.", \.optimizer.momentum, share,
      owner: ("optimizer", ["sgd"])),
    boolean(
      "nesterov", "Nesterov", "Whether the gradient is that of where momentum leads.", \.optimizer.nesterov,
      owner: ("optimizer", ["sgd"])),
    number(
      "beta1", "Beta 1", "The decay of the gradient's mean.", \.optimizer.beta1, share,
      owner: ("optimizer", ["adam", "adamw"])),
    number(
      "beta2", "Beta 2", "The decay of the mean of the gradient's square.", \.optimizer.beta2, share,
      owner: ("optimizer", ["adam", "adamw"])),
    number(
      "epsilon", "Epsilon", "Added to the root of the mean square.", \.optimizer.epsilon,
      NumberRange(0, 1, includesLower: false), owner: ("optimizer", ["adam", "adamw"])),
  ]

  private static let rate: [RecipeField] = [
    number(
      "lr", "Learning rate", "The largest learning rate. Without it 0.01, for adam and adamw 0.001.", \.learningRate,
      NumberRange(0, 1000, includesLower: false)),
    number(
      "weight_decay", "Weight decay",
      "The factor of the weights that is added to their gradients. For adamw, which takes it off the weights, 0.01 without "
        + "it.", \.weightDecay, NumberRange(0, 10)),
    boolean(
      "decay_norms", "Decay norms", "Whether biases and the scales and shifts of norms decay too.", \.decayNorms),
    RecipeField(
      "rates", "Rates",
      "Factors of the learning rate by pattern of the layers' names, in which * stands for any characters: "
        + "{\"layer4\": 0.1}. A pattern fits what is within a layer too; the first that fits decides.",
      .factors(NumberRange(0, 1e6)), get: { .factors($0.rates) },
      put: { if case .factors(let rates) = $1 { $0.rates = rates } }),
    choice(
      "schedule", "Schedule",
      "How the rate goes down: constant, step (every so many epochs), steps (at given epochs), cosine, poly (a power of "
        + "what is left) or one-cycle (up for a quarter of the run, then down).",
      \.schedule,
      [
        ("constant", .constant), ("step", .step()), ("steps", .steps(at: [])), ("cosine", .cosine),
        ("poly", .poly()), ("one-cycle", .oneCycle),
      ]
    ) {
      switch $0 {
      case .constant: "constant"
      case .step: "step"
      case .steps: "steps"
      case .cosine: "cosine"
      case .poly: "poly"
      case .oneCycle: "one-cycle"
      }
    },
    integer(
      "step_every", "Step every", "Epochs between two steps; 0 for a third of the run.", \.schedule.every,
      0...1_000_000, owner: ("schedule", ["step"])),
    RecipeField(
      "step_at", "Step at", "The epochs of the steps, in ascending order; they must be given.", .ascending(epochs),
      owner: ("schedule", ["steps"]), get: { $0.schedule.milestones.map { .integers($0) } },
      put: { if case .integers(let values) = $1 { $0.schedule.milestones = values } }),
    number(
      "step_factor", "Step factor", "What a step multiplies the rate by.", \.schedule.factor,
      NumberRange(0, 1), owner: ("schedule", ["step", "steps"])),
    number(
      "power", "Power", "Of the share of the run that is left.", \.schedule.power,
      NumberRange(0, 100, includesLower: false), owner: ("schedule", ["poly"])),
    number(
      "warmup", "Warm-up", "Epochs in which the rate rises to where the schedule starts.", \.ownWarmup,
      NumberRange(0, 1e6), owner: ("schedule", ["constant", "step", "steps", "cosine", "poly"])),
    number(
      "clip_norm", "Clip norm", "The greatest norm of all gradients together; 0 for none.", \.clipNorm,
      NumberRange(0, 1e9)),
  ]

  private static let length: [RecipeField] = [
    integer("epochs", "Epochs", "How often every picture is seen.", \.epochs, epochs),
    integer("batch", "Batch", "Pictures in a batch.", \.batch, 1...65536),
    integer("accumulate", "Accumulate", "Batches whose gradients are averaged for one step.", \.accumulate, 1...65536),
    integer(
      "slices", "Slices",
      "Parts of a batch, a power of two, each with statistics of batch norm of its own; as many workers can share a step.",
      \.slices, 1...1024),
    number(
      "ema", "Moving average",
      "The decay, per step, of an average of the weights that is evaluated and kept in their place; 0 for none.", \.ema,
      share),
    integer(
      "early_stop", "Early stop", "Epochs without a better validation after which the run ends; 0 for never.",
      \.earlyStop, 0...1_000_000),
    RecipeField(
      "seed", "Seed", "What all random numbers follow from.", .seed, get: { .seed($0.seed) },
      put: { if case .seed(let seed) = $1 { $0.seed = seed } }),
    number(
      "validation", "Validation",
      "The share of the training pictures that is set aside to choose by, of data without a part for it.", \.validation,
      share),
    choice(
      "numerics", "Numerics",
      "fast, or direct: without Winograd's convolutions, and with the same bits on every machine.", \.numerics),
  ]

  /// Augmentation and mixing.
  static let pictures: [RecipeField] = [
    boolean("crop", "Crop", "Whether pictures are cropped at random and resized.", \.crops),
    number(
      "crop_area_min", "Crop area from", "The least share of the area. Greater than crop_area_max, it is that too.",
      \.cropScale.lower, NumberRange(0, 1, includesLower: false), owner: ("crop", ["true"])),
    number(
      "crop_area_max", "Crop area to", "The greatest share of the area.", \.cropScale.upper,
      NumberRange(0, 1, includesLower: false), owner: ("crop", ["true"])
    ) { NumberRange($0.cropScale.lower ?? 0, 1) },
    number(
      "crop_ratio_min", "Crop ratio from", "The least width by height. Greater than crop_ratio_max, it is that too.",
      \.cropRatio.lower, NumberRange(0, 100, includesLower: false), owner: ("crop", ["true"])),
    number(
      "crop_ratio_max", "Crop ratio to", "The greatest width by height.", \.cropRatio.upper,
      NumberRange(0, 100, includesLower: false), owner: ("crop", ["true"])
    ) { NumberRange($0.cropRatio.lower ?? 0, 100) },
    number("flip", "Flip", "The probability of a mirror image.", \.augmentation.flip, NumberRange(0, 1)),
    integer(
      "shift", "Shift", "Pixels of the input by which pictures are moved at most, in each direction.",
      \.augmentation.shift, 0...4096),
    number("brightness", "Brightness", "Random factors from 1 - x to 1 + x.", \.color.brightness, NumberRange(0, 1)),
    number("contrast", "Contrast", "Random factors from 1 - x to 1 + x.", \.color.contrast, NumberRange(0, 1)),
    number("saturation", "Saturation", "Random factors from 1 - x to 1 + x.", \.color.saturation, NumberRange(0, 1)),
    number("hue", "Hue", "The greatest turn of the hue, in full turns.", \.color.hue, NumberRange(0, 0.5)),
    number(
      "erase", "Erase", "The probability that a rectangle is replaced by the mean.", \.augmentation.erase,
      NumberRange(0, 1)),
    number(
      "mixup", "Mixup", "The parameter of the Beta distribution of the shares of two blended pictures; 0 for none.",
      \.mixing.mixup, NumberRange(0, 100)),
    number(
      "cutmix", "Cutmix", "The same for a rectangle of one picture in another; 0 for none.", \.mixing.cutmix,
      NumberRange(0, 100)),
  ]

  private static let start: [RecipeField] = [
    choice(
      "initialization", "Initialisation",
      "What weights start as: he-normal, he-uniform (He, by fan-in), the same with -out (by fan-out), xavier-normal, "
        + "xavier-uniform (Glorot), caffe-xavier, gaussian, truncated-normal or pytorch (its layers' own).",
      \.initialization,
      [
        ("he-normal", .heNormal(.input)), ("he-normal-out", .heNormal(.output)), ("he-uniform", .heUniform(.input)),
        ("he-uniform-out", .heUniform(.output)), ("xavier-normal", .xavierNormal), ("xavier-uniform", .xavierUniform),
        ("caffe-xavier", .caffeXavier), ("gaussian", .gaussian(0.01)), ("truncated-normal", .truncatedNormal(0.02)),
        ("pytorch", .pyTorch),
      ]
    ) {
      switch $0 {
      case .heNormal(.input): "he-normal"
      case .heNormal(.output): "he-normal-out"
      case .heUniform(.input): "he-uniform"
      case .heUniform(.output): "he-uniform-out"
      case .xavierNormal: "xavier-normal"
      case .xavierUniform: "xavier-uniform"
      case .caffeXavier: "caffe-xavier"
      case .gaussian: "gaussian"
      case .truncatedNormal: "truncated-normal"
      case .pyTorch: "pytorch"
      }
    },
    number(
      "initialization_std", "Standard deviation", "Of gaussian and truncated-normal; 0.01 and 0.02 without it.",
      \.initialization.deviation, NumberRange(0, 100, includesLower: false),
      owner: ("initialization", ["gaussian", "truncated-normal"])),
    RecipeField(
      "freeze", "Freeze", "Patterns, as those of rates, of layers whose parameters do not learn.", .patterns,
      get: { .patterns($0.freeze) }, put: { if case .patterns(let patterns) = $1 { $0.freeze = patterns } }),
    choice(
      "norms", "Norms",
      "What the batch norms of layers do that learn: train, statistics-fixed (scale and shift learn) or frozen.",
      \.norms),
    choice("frozen_norms", "Frozen norms", "What those of frozen layers do.", \.frozenNorms),
  ]
}

// MARK: - Forms

extension RecipeField {
  typealias Owner = (field: String, choices: [String])

  private static func number(
    _ name: String, _ title: String, _ summary: String, _ path: WritableKeyPath<Recipe, Double> & Sendable,
    _ range: NumberRange
  ) -> RecipeField {
    RecipeField(
      name, title, summary, .number(range), get: { .number($0[keyPath: path]) },
      put: { if case .number(let value) = $1 { $0[keyPath: path] = value } })
  }

  private static func number(
    _ name: String, _ title: String, _ summary: String, _ path: WritableKeyPath<Recipe, Double?> & Sendable,
    _ range: NumberRange, owner: Owner, narrowed: (@Sendable (Recipe) -> NumberRange)? = nil
  ) -> RecipeField {
    RecipeField(
      name, title, summary, .number(range), owner: owner,
      narrowed: narrowed.map { narrowed in { @Sendable in .number(narrowed($0)) } },
      get: { $0[keyPath: path].map { .number($0) } },
      put: { if case .number(let value) = $1 { $0[keyPath: path] = value } })
  }

  private static func integer(
    _ name: String, _ title: String, _ summary: String, _ path: WritableKeyPath<Recipe, Int> & Sendable,
    _ range: ClosedRange<Int>
  ) -> RecipeField {
    RecipeField(
      name, title, summary, .integer(range), get: { .integer($0[keyPath: path]) },
      put: { if case .integer(let value) = $1 { $0[keyPath: path] = value } })
  }

  private static func integer(
    _ name: String, _ title: String, _ summary: String, _ path: WritableKeyPath<Recipe, Int?> & Sendable,
    _ range: ClosedRange<Int>, owner: Owner
  ) -> RecipeField {
    RecipeField(
      name, title, summary, .integer(range), owner: owner, get: { $0[keyPath: path].map { .integer($0) } },
      put: { if case .integer(let value) = $1 { $0[keyPath: path] = value } })
  }

  private static func boolean(
    _ name: String, _ title: String, _ summary: String, _ path: WritableKeyPath<Recipe, Bool> & Sendable
  ) -> RecipeField {
    RecipeField(
      name, title, summary, .boolean, get: { .boolean($0[keyPath: path]) },
      put: { if case .boolean(let value) = $1 { $0[keyPath: path] = value } })
  }

  private static func boolean(
    _ name: String, _ title: String, _ summary: String, _ path: WritableKeyPath<Recipe, Bool?> & Sendable, owner: Owner
  ) -> RecipeField {
    RecipeField(
      name, title, summary, .boolean, owner: owner, get: { $0[keyPath: path].map { .boolean($0) } },
      put: { if case .boolean(let value) = $1 { $0[keyPath: path] = value } })
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable & SendableMetatype>(
    _ name: String, _ title: String, _ summary: String, _ path: WritableKeyPath<Recipe, Choice> & Sendable
  ) -> RecipeField {
    RecipeField(
      name, title, summary, .choice(Choice.allCases.map(\.rawValue)), get: { .choice($0[keyPath: path].rawValue) },
      put: { if case .choice(let text) = $1, let value = Choice(rawValue: text) { $0[keyPath: path] = value } })
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable & SendableMetatype>(
    _ name: String, _ title: String, _ summary: String, _ path: WritableKeyPath<Recipe, Choice?> & Sendable,
    owner: Owner
  ) -> RecipeField {
    RecipeField(
      name, title, summary, .choice(Choice.allCases.map(\.rawValue)), owner: owner,
      get: { $0[keyPath: path].map { .choice($0.rawValue) } },
      put: { if case .choice(let text) = $1, let value = Choice(rawValue: text) { $0[keyPath: path] = value } })
  }

  /// A choice with what belongs to it, which stays when the same choice is made again.
  private static func choice<Choice: Sendable>(
    _ name: String, _ title: String, _ summary: String, _ path: WritableKeyPath<Recipe, Choice> & Sendable,
    _ choices: [(word: String, value: Choice)], word: @escaping @Sendable (Choice) -> String
  ) -> RecipeField {
    RecipeField(
      name, title, summary, .choice(choices.map(\.word)), get: { .choice(word($0[keyPath: path])) },
      put: { recipe, value in
        guard case .choice(let text) = value, text != word(recipe[keyPath: path]),
          let choice = choices.first(where: { $0.word == text })
        else { return }
        recipe[keyPath: path] = choice.value
      })
  }
}
