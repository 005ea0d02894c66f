import ZooKit

/// A run of training, set up and not begun: the recipe, the parts of the data, and the network as it is trained, with a last
/// layer for the data's classes.
///
///     let run = try TrainingRun(Network.find("lenet"), data: "mnist", options: TrainingRun.Options(folder: "run"))
///     let outcome = try run.run()
public struct TrainingRun {
  /// What the weights are before the first step.
  public enum Start: Sendable {
    /// Drawn as the recipe's initialisation has it.
    case scratch
    /// Those of a checkpoint, for fine-tuning; a last layer that is made for the data's classes is drawn.
    case weights(WeightSource)
  }

  /// What a run reads and writes.
  public struct Options: Sendable {
    /// The folder of the run; `nil` to keep nothing.
    public var folder: String?
    /// Whether to go on where the run in the folder stopped, with its recipe.
    public var resumes: Bool
    /// Whether to go on, too, when the folder has a run that was begun, and else to begin one.
    package var resumesIfBegun = false
    /// Learn only the first so many pictures, by heart, and validate with none that are held out.
    public var memorized: Int?
    /// Which layers do not learn; of a run that is resumed its recipe says so.
    public var freezing: Freezing?
    /// The learning rate of the last layer; as above.
    public var headRate: Double?
    /// What the result does not depend on, such as threads.
    public var trainer: Trainer.Options

    /// What a run reads and writes; by itself, nothing is kept.
    ///
    /// - Parameters:
    ///   - folder: the folder of the run; `nil` to keep nothing.
    ///   - resumes: whether to go on where the run in the folder stopped.
    ///   - memorized: learn only the first so many pictures, by heart.
    ///   - freezing: which layers do not learn.
    ///   - headRate: the learning rate of the last layer.
    ///   - trainer: what the result does not depend on.
    public init(
      folder: String? = nil, resumes: Bool = false, memorized: Int? = nil, freezing: Freezing? = nil,
      headRate: Double? = nil, trainer: Trainer.Options = Trainer.Options()
    ) {
      self.folder = folder
      self.resumes = resumes
      self.memorized = memorized
      self.freezing = freezing
      self.headRate = headRate
      self.trainer = trainer
    }
  }

  /// What takes the steps.
  public let trainer: Trainer
  /// The data to learn from and to validate with.
  public let parts: DataSet.TrainingParts
  /// Whether the network's last layer is new, as its classes were not those of the data.
  public let isAdapted: Bool
  /// The weights that it starts from; `nil` from scratch.
  public let weights: LoadedWeights?
  /// What the run reads and writes.
  public let options: Options
  /// Whether the run goes on where that in the folder stopped.
  public let isResumed: Bool
  private let resumed: RunFolder?

  /// Reads the recipe and the data, adapts the network, and loads the weights. Nothing is written yet.
  ///
  /// - Parameters:
  ///   - network: as its definition says.
  ///   - data: a folder, as `DataSet.openForTraining` takes it.
  ///   - start: what the weights are before the first step.
  ///   - base: the recipe; `nil` for that of the network's definition, and from weights for `Recipe.fineTuning`.
  ///   - options: what the run reads and writes.
  ///   - changing: what becomes of the recipe. That of a run that is resumed may not become another.
  /// - Throws: `TrainingError.changed` for another recipe when resuming; `RunError`, what `changing` throws, and as
  ///   `DataSet.openForTraining`, `LoadedWeights.load` and `Trainer`.
  public init(
    _ network: Network, data: String, start: Start = .scratch, recipe base: Recipe? = nil, options: Options = Options(),
    changing: (Recipe) throws -> Recipe = { $0 }
  ) throws {
    self.options = options
    let communicator = options.trainer.communicator ?? SingleWorker()
    // One process reads and checks the recipe, and announces it.
    let (resumed, read) = try communicator.together { () -> (RunFolder?, Recipe?) in
      guard communicator.rank == 0 else { return (nil, nil) }
      let folder = try Self.folderToResume(options)
      let recipe = try folder?.recipe() ?? base ?? Self.standardRecipe(of: network, start)
      let changed = try changing(recipe)
      if folder != nil { try Self.refuse(changed.differences(from: recipe)) }
      return (folder, folder == nil ? changed : recipe)
    }
    self.resumed = resumed
    let isResumed = try communicator.isAny(resumed != nil)
    self.isResumed = isResumed
    let text = String(decoding: try communicator.announced(Array((read?.text ?? "").utf8)), as: UTF8.self)
    (trainer, parts, isAdapted, weights) = try communicator.together {
      var recipe = try read ?? Recipe.read(text)
      var parts = try DataSet.openForTraining(
        data, holdingOut: options.memorized == nil ? recipe.validation : 0, seed: recipe.seed)
      if let count = options.memorized {
        recipe = recipe.memorizing(count)
        parts = parts.memorizing(count)
      }
      let classes = parts.training.classNames ?? []
      let isAdapted = try classes.count > 1 && !network.tellsApart(parts.training)
      let trained = isAdapted ? try network.replacingHead(labels: classes) : network
      if !isResumed {
        recipe = try recipe.adapted(to: trained, freezing: options.freezing, headRate: options.headRate)
      }
      let weights: LoadedWeights? =
        switch start {
        case .scratch: nil
        case .weights(let source):
          try LoadedWeights.load(source, for: trained, options: LoadOptions(hasNewHead: isAdapted))
        }
      let trainer = try Trainer(
        trained, recipe: recipe, parts: parts, start: weights.map { .weights($0) } ?? .initialization,
        options: options.trainer)
      return (trainer, parts, isAdapted, weights)
    }
  }

  private static func folderToResume(_ options: Options) throws(RunError) -> RunFolder? {
    guard let path = options.folder else { return nil }
    if options.resumes { return try RunFolder.open(path) }
    return options.resumesIfBegun ? try? RunFolder.open(path) : nil
  }

  private static func standardRecipe(of network: Network, _ start: Start) throws -> Recipe {
    switch start {
    case .scratch: try Recipe(of: network)
    case .weights: try .fineTuning(of: network)
    }
  }

  private static func refuse(_ differences: [Recipe.Difference]) throws(TrainingError) {
    guard !differences.isEmpty else { return }
    throw TrainingError.changed(
      differences.map {
        TrainingError.Change(
          field: $0.field, before: $0.other.map { "\($0)" } ?? "none", now: $0.value.map { "\($0)" } ?? "none")
      })
  }

  /// The folder of the run, made unless it is resumed; `nil` when none was named.
  ///
  /// - Throws: `RunError.runExists`, and what keeps a folder from being made.
  public func openFolder() throws -> RunFolder? {
    let communicator = options.trainer.communicator ?? SingleWorker()
    return try communicator.together {
      guard communicator.rank == 0 else { return nil }
      return try resumed ?? options.folder.map { try RunFolder.create($0) }
    }
  }

  /// Trains to the end, or until it is interrupted, and keeps in the folder what there is to keep.
  ///
  /// - Parameters:
  ///   - isInterrupted: asked after every step; a checkpoint is written then, from which the run can be resumed.
  ///   - events: told what happens.
  /// - Returns: how it ended, with the log and the best epoch.
  /// - Throws: as `openFolder` and `Trainer.run`.
  public func run(
    isInterrupted: () -> Bool = { false }, events: (Trainer.Event) -> Void = { _ in }
  ) throws -> Trainer.Outcome {
    try trainer.run(
      in: openFolder(), resuming: isResumed, isInterrupted: isInterrupted, events: events)
  }
}

extension Recipe {
  /// The recipe for training on from weights: the standard one with a learning rate of 0.001, and the network's own
  /// initialisation for what is new.
  ///
  /// - Throws: `DefinitionErrors` for what the network's definition has under `train`.
  public static func fineTuning(of network: Network) throws -> Recipe {
    var recipe = Recipe()
    recipe.learningRate = 0.001
    recipe.initialization = try Recipe(of: network).initialization
    return recipe
  }
}
