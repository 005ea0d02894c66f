import ArgumentParser
import ZooKit
import ZooTraining

/// What decides a run: a recipe, and what replaces its fields.
struct RecipeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A recipe (zoo schema recipe says what can be in it).", valueName: "F.yaml"), completion: .file()
  )
  var recipe: String?
  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Any field of the recipe, such as step_at=30,60 or freeze=layer1.", valueName: "FIELD=VALUE"))
  var fields: [String] = []
  @Option(help: ArgumentHelp("How often every picture is seen.", valueName: "N")) var epochs: String?
  @Option(help: ArgumentHelp("Pictures of a step.", valueName: "N")) var batch: String?
  @Option(help: ArgumentHelp("The largest learning rate.", valueName: "X")) var lr: String?
  @Option(help: ArgumentHelp("sgd, adam or adamw.", valueName: "NAME")) var optimizer: String?
  @Option(help: ArgumentHelp("Of sgd.", valueName: "X")) var momentum: String?
  @Flag(help: "Nesterov's momentum.") var nesterov = false
  @Option(help: ArgumentHelp("λ; not on biases and norms unless decay_norms says so.", valueName: "X")) var weightDecay:
    String?
  @Option(help: ArgumentHelp("constant, step, steps, cosine, poly or one_cycle.", valueName: "NAME")) var schedule:
    String?
  @Option(help: ArgumentHelp("Epochs in which the rate rises.", valueName: "N")) var warmup: String?
  @Option(help: ArgumentHelp("softmax, svm, svm_squared or one_against_all.", valueName: "NAME")) var loss: String?
  @Option(help: ArgumentHelp("What a target leaves to the other classes.", valueName: "X")) var labelSmoothing: String?
  @Option(
    help: ArgumentHelp("A list such as flip,shift=4,crop,color=0.2,erase,mixup=0.2,cutmix=1.", valueName: "F,…"))
  var augment: String?
  @Option(help: ArgumentHelp("Of everything that is random.", valueName: "N")) var seed: String?
  @Option(help: ArgumentHelp("fast or direct.", valueName: "MODE")) var numerics: String?

  /// The options that are fields, in the table's names.
  private var named: [(field: String, text: String?)] {
    [
      ("optimizer", optimizer), ("epochs", epochs), ("batch", batch), ("lr", lr), ("momentum", momentum),
      ("nesterov", nesterov ? "true" : nil), ("weight_decay", weightDecay), ("schedule", schedule), ("warmup", warmup),
      ("loss", loss), ("label_smoothing", labelSmoothing), ("seed", seed), ("numerics", numerics),
    ]
  }

  /// The recipe of the file, for what it does not say `base`, with the options in place.
  func recipe(base: Recipe = Recipe()) throws -> Recipe {
    var recipe = base
    if let path = self.recipe { recipe = try Recipe.read(path: path, base: base) }
    var values = named.compactMap { field, text in text.map { (field: field, text: $0) } }
    for field in fields {
      let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { throw ValidationError("--set \(field) is not FIELD=VALUE") }
      values.append((parts[0], parts[1]))
    }
    if let augment { try recipe.augment(augment) }
    try recipe.set(values)
    return recipe
  }
}

/// What a run reads and writes, and what its result does not depend on.
struct RunOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A folder: IDX files, CIFAR binaries, or one folder per class, directly or below train/ and val/.",
      valueName: "DATA"), completion: .directory)
  var data: String
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The folder of the run: checkpoints, log, curves.", valueName: "RUN"), completion: .directory)
  var output: String?
  @Flag(help: "Go on where the run in the folder stopped.") var resume = false
  @Flag(help: "Leave out pictures that cannot be read, and count them.") var skipBad = false
  @Option(help: ArgumentHelp("Learn the first N pictures by heart: the loss must come near zero.", valueName: "N"))
  var overfit: Int?
  @Flag(help: "Train nothing: show what would be done, and a sheet of augmented pictures with -o.") var dryRun = false
  @Flag(help: "Train nothing: search a learning rate by steps at rising rates.") var lrFind = false
  @Option(help: ArgumentHelp("Steps of --lr-find.", valueName: "N")) var iterations =
    LearningRateSearch.standardIterations
  @Option(
    help: ArgumentHelp(
      "Train nothing: print how long so many processes of zoo-mpi take, by steps that are timed here.",
      valueName: "W,..."))
  var plan: String?
  @Option(
    help: ArgumentHelp(
      "With --plan: on how many machines like this one. Default: as many as give each thread a processor.",
      valueName: "N"))
  var machines: Int?
  @Option(
    help: ArgumentHelp(
      "With --plan: what a machine's link gives in each direction, and how long a message takes. Default: 1250,0.05, Ethernet of 10 Gbit/s.",
      valueName: "MB/S[,MS]"))
  var network: String?
  @Option(help: ArgumentHelp("Exit with status 1 when the best top-1 is below X %.", valueName: "X")) var minTop1:
    Double?
  @OptionGroup var machine: MachineOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if let overfit, overfit < 1 { throw ValidationError("--overfit is \(overfit); expected at least 1") }
    if let minTop1, !(0...100).contains(minTop1) {
      throw ValidationError("--min-top1 is \(minTop1); expected 0 to 100")
    }
    if resume, output == nil { throw ValidationError("--resume needs the folder of the run: -o RUN") }
    if resume, overfit != nil || dryRun { throw ValidationError("--resume goes with neither --overfit nor --dry-run") }
    if !(20...100_000).contains(iterations) {
      throw ValidationError("--iterations is \(iterations); expected 20 to 100000")
    }
    if iterations != LearningRateSearch.standardIterations, !lrFind {
      throw ValidationError("--iterations are those of --lr-find, which is not there")
    }
    if lrFind, resume || overfit != nil || dryRun || minTop1 != nil {
      throw ValidationError("--lr-find goes with none of --resume, --overfit, --dry-run and --min-top1")
    }
    _ = try planned()
    _ = try plannedNetwork()
    if plan == nil, machines != nil || network != nil {
      throw ValidationError("--machines and --network are for --plan")
    }
    if let machines, machines < 1 { throw ValidationError("--machines is \(machines); expected at least 1") }
    if plan != nil, resume || overfit != nil || dryRun || lrFind || minTop1 != nil || output != nil {
      throw ValidationError(
        "--plan goes with none of -o, --resume, --overfit, --dry-run, --lr-find and --min-top1: it trains nothing")
    }
    if output == nil, overfit == nil, !(dryRun || lrFind || plan != nil) {
      throw ValidationError("the folder of the run is missing: -o RUN")
    }
  }

  /// The numbers of processes that a plan is asked for; `nil` for none.
  func planned() throws -> [Int]? { try PlanArguments.workers(plan, allowed: TrainingPlan.workerCounts) }

  func plannedNetwork() throws -> TrainingPlan.Network {
    try PlanArguments.network(network).map {
      TrainingPlan.Network(bytesPerSecond: $0.bytesPerSecond, latency: $0.latency)
    } ?? .standard
  }

  func options() throws -> Trainer.Options {
    let machine = try machine.options()
    return Trainer.Options(threads: machine.threads, instructionSet: machine.instructionSet, skipsBad: skipBad)
  }
}
