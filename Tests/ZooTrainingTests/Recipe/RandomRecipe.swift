import ZooImages
import ZooKernels
import ZooTestSupport
import ZooTraining

/// Recipes that have little in common with the standard one.
extension SplitMix64 {
  mutating func recipe() -> Recipe {
    var recipe = Recipe(
      loss: element([
        .softmax(labelSmoothing: share(), classWeights: element(Recipe.ClassWeights.allCases)), .svm, .svmSquared,
        .oneAgainstAll,
      ]),
      optimizer: element([
        .sgd(momentum: share(), nesterov: flag()), .adam(moments()), .adamW(moments()), .adam(), .sgd(),
      ]),
      learningRate: 1e-9 + share() * element([1e-4, 1, 900]), weightDecay: share() * element([0, 1e-4, 10]),
      decayNorms: flag(),
      rates: (0..<integer(0...3)).map { Recipe.Rate(pattern: "\(name()).\($0)", factor: share() * 10) },
      schedule: element([
        .constant, .cosine, .oneCycle, .poly(power: 0.1 + share()), .step(every: integer(0...99), factor: share()),
        .steps(at: [3, 5, 9 + integer(0...99)], factor: share()),
      ]),
      epochs: integer(1...1000), batch: integer(1...4096), accumulate: integer(1...64), slices: 1 << integer(0...10),
      clipNorm: share() * 100,
      ema: share(), earlyStop: integer(0...50), seed: next(),
      initialization: element([
        .heNormal(.input), .heNormal(.output), .heUniform(.input), .heUniform(.output), .xavierNormal, .xavierUniform,
        .caffeXavier, .gaussian(1e-3 + share()), .truncatedNormal(1e-3 + share()), .pyTorch,
      ]),
      validation: share(), numerics: element([.fast, .direct]), freeze: (0..<integer(0...3)).map { _ in name() },
      norms: element(Recipe.NormState.allCases), frozenNorms: element(Recipe.NormState.allCases))
    recipe.warmup = share() * 5
    recipe.augmentation = Augmentation(
      crop: flag()
        ? Augmentation.Crop(scale: (0.01 + share() / 2)...(0.6 + share() / 3), ratio: (0.1 + share())...(2 + share()))
        : nil,
      flip: share(), shift: integer(0...64),
      color: Augmentation.Color(
        brightness: share(), contrast: flag() ? 0 : share(), saturation: share(), hue: share() / 2),
      erase: share())
    recipe.mixing = Mixing(mixup: share(), cutmix: share() * 3)
    return recipe
  }

  private mutating func moments() -> Optimizer.Moments {
    Optimizer.Moments(beta1: share(), beta2: share(), epsilon: 1e-12 + share() * 1e-6)
  }

  private mutating func flag() -> Bool { next() & 1 == 0 }

  /// From 0 to below 1, with all the digits that a double has.
  private mutating func share() -> Double { Double(next() >> 11) * 0x1p-53 }

  private mutating func name() -> String { element(["layer1", "*.conv?", "fc", "0", "a/b-c_d", "features.1*", "07"]) }
}
