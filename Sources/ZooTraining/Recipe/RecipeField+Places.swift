import ZooImages

// Where the fields of recipes are that belong to a choice, or are apart in a recipe and one in the program.

extension Recipe.Loss {
  var labelSmoothing: Double? {
    get { if case .softmax(let smoothing, _) = self { smoothing } else { nil } }
    set {
      if let newValue, case .softmax(_, let weights) = self {
        self = .softmax(labelSmoothing: newValue, classWeights: weights)
      }
    }
  }

  var classWeights: Recipe.ClassWeights? {
    get { if case .softmax(_, let weights) = self { weights } else { nil } }
    set {
      if let newValue, case .softmax(let smoothing, _) = self {
        self = .softmax(labelSmoothing: smoothing, classWeights: newValue)
      }
    }
  }
}

extension Optimizer {
  var beta1: Double? {
    get { moments?.beta1 }
    set { if let newValue { moments?.beta1 = newValue } }
  }

  var beta2: Double? {
    get { moments?.beta2 }
    set { if let newValue { moments?.beta2 = newValue } }
  }

  var epsilon: Double? {
    get { moments?.epsilon }
    set { if let newValue { moments?.epsilon = newValue } }
  }
}

extension Recipe {
  /// A rate and a decay that were meant for another optimiser mean nothing for this one.
  var chosenOptimizer: Optimizer {
    get { optimizer }
    set {
      optimizer = newValue
      learningRate = newValue.standardLearningRate
      weightDecay = newValue.standardWeightDecay
    }
  }

  /// `nil` for a schedule that has its own.
  var ownWarmup: Double? {
    get { schedule == .oneCycle ? nil : warmup }
    set { if let newValue, schedule != .oneCycle { warmup = newValue } }
  }

  var crops: Bool {
    get { augmentation.crop != nil }
    set { augmentation.crop = newValue ? augmentation.crop ?? Augmentation.Crop() : nil }
  }

  var color: Augmentation.Color {
    get { augmentation.color ?? Augmentation.Color() }
    set { augmentation.color = newValue }
  }

  var cropScale: Bounds {
    get { Bounds(augmentation.crop?.scale) }
    set { if let range = newValue.range { augmentation.crop?.scale = range } }
  }

  var cropRatio: Bounds {
    get { Bounds(augmentation.crop?.ratio) }
    set { if let range = newValue.range { augmentation.crop?.ratio = range } }
  }
}

/// The ends of a range, one of which can be moved after the other.
struct Bounds {
  private(set) var range: ClosedRange<Double>?

  init(_ range: ClosedRange<Double>?) { self.range = range }

  var lower: Double? {
    get { range?.lowerBound }
    set { if let newValue, let range { self.range = newValue...max(newValue, range.upperBound) } }
  }

  var upper: Double? {
    get { range?.upperBound }
    set { if let newValue, let range { self.range = min(newValue, range.lowerBound)...newValue } }
  }
}
