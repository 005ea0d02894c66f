import ArgumentParser
import ZooKit
import ZooTraining

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network from scratch.",
    discussion: """
      RUN gets recipe.yaml, log.csv, curves.svg, confusion.svg, worst.png, TensorBoard
      events, last.zoow (with the optimiser's state) and best.zoow, which
      `zoo infer -m RUN/best.zoow` needs nothing else for.

      The same data, definition and recipe give the same weights, bit for bit, for any
      number of threads, interrupted or not: Ctrl-C writes a checkpoint, and
      --resume goes on within the epoch. With `--numerics direct` they are the same on
      every machine. Data without a val/ part lose a tenth of their pictures to one.

      A network whose classes are not those of the data gets a new last layer with the
      names of the folders.
      """)

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var recipe: RecipeOptions
  @OptionGroup var options: RunOptions

  func run() throws { try run(sharedBy: SingleWorker()) }

  /// `communicator`: reaches the processes that share the run.
  func run(sharedBy communicator: any Communicator) throws {
    let network = try communicator.together { try Network.named(model) }
    try TrainingSession(recipe: recipe, run: options, communicator: communicator).run(network)
  }
}

struct Finetune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train on from weights: a new last layer, the others as they are or frozen.",
    discussion: """
      The last layer is made for the classes of the data, called like their
      folders, and started anew. With --head-only nothing else learns; with
      --freeze-until LAYER what comes before that layer does not. Frozen layers'
      batch norms stay as they are (frozen_norms in the recipe). A rate of 0.001
      is the standard here.
      """)

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var weights: WeightsOption
  @Option(help: ArgumentHelp("What comes before this layer does not learn.", valueName: "LAYER")) var freezeUntil:
    String?
  @Flag(help: "Only the last layer learns.") var headOnly = false
  @Option(help: ArgumentHelp("The learning rate of the last layer.", valueName: "X")) var headLr: Double?
  @OptionGroup var recipe: RecipeOptions
  @OptionGroup var options: RunOptions

  func validate() throws {
    if headOnly, freezeUntil != nil { throw ValidationError("--head-only and --freeze-until exclude each other") }
    if let headLr, !(headLr > 0 && headLr.isFinite) {
      throw ValidationError("--head-lr is \(headLr); expected a positive number")
    }
  }

  func run() throws { try run(sharedBy: SingleWorker()) }

  /// `communicator`: reaches the processes that share the run.
  func run(sharedBy communicator: any Communicator) throws {
    let network = try communicator.together { try Network.named(model) }
    let freezing: Freezing? = headOnly ? .allButHead : freezeUntil.map { .until($0) }
    try TrainingSession(recipe: recipe, run: options, communicator: communicator).run(
      network, .weights(weights.source()), freezing: freezing, headRate: headLr)
  }
}
