import ArgumentParser
import ZooKit
import ZooTraining

struct CheckGradients: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-gradients",
    abstract: "Compare analytic gradients with central differences, layer by layer.",
    discussion: """
      The loss is evaluated in double precision by the interpreter along random
      directions, at two steps. Where both slopes disagree, the loss has a kink there (a
      rectifier at zero, a tie in a maximum): that is counted, and another direction is
      drawn. Then the compiled step is compared with the interpreter, and its bits for 1
      to 3 threads with each other. Layers are listed from the loss backwards: the first
      that fails is the one with the fault.

      Without -w, weights are drawn as `zoo train` does. A small --input keeps it short.
      Exit status 1 when a layer fails.
      """)

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var weights: WeightsOption
  @OptionGroup var input: InputOption
  @Option(help: ArgumentHelp("Images of the batch.", valueName: "N")) var batch = 2
  @Option(help: ArgumentHelp("Directions for each tensor.", valueName: "N")) var directions = 2
  @Option(help: ArgumentHelp("softmax, svm, svm_squared or one_against_all.", valueName: "NAME")) var loss = "softmax"
  @Option(help: ArgumentHelp("Of weights, images and directions.", valueName: "N")) var seed: UInt64 = 0
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    try tables.check(json: json)
    if !(1...64).contains(batch) { throw ValidationError("--batch is \(batch); expected 1 to 64") }
    if !(1...1000).contains(directions) { throw ValidationError("--directions is \(directions); expected 1 to 1000") }
  }

  func run() throws {
    let network = try Network.named(model, input: input.shape)
    var recipe = Recipe(seed: seed)
    try recipe.set("loss", loss)
    let start: Trainer.Start =
      weights.argument == nil
      ? .initialization : .weights(try LoadedWeights.load(weights.source(), for: network))
    let check = try GradientReport(network, recipe: recipe, start: start, batch: batch, directions: directions)
    if json {
      try Console.json(Answer(network.name, check))
    } else {
      var table = TextTable([
        ("TENSOR", .left), ("GRADIENT", .right), ("DIFFERENCE", .right), ("COMPILED", .right), ("KINKS", .right),
        ("VERDICT", .left),
      ])
      for line in check.lines {
        table.append([
          line.tensor, NumberFormat.scientific(line.norm),
          line.directions == 0 ? "–" : NumberFormat.scientific(line.error),
          NumberFormat.scientific(line.compiledError), "\(line.kinks)", line.isRight ? "" : "FAILS",
        ])
      }
      table.print(plain: tables.plain)
      if !tables.plain { Console.result("\n\(check.summary)") }
    }
    if !check.isRight { throw Reported(status: .negative) }
  }

  private struct Answer: Encodable {
    var schema = "zoo.check-gradients/1"
    var model: String
    var isRight: Bool
    var loss: Double
    var firstFaulty: String?
    var sameBitsOnThreads: Bool
    var tensors: [Tensor]

    struct Tensor: Encodable {
      var name: String
      var layer: String
      var norm: Double
      var difference: Double
      var compiledDifference: Double
      var directions: Int
      var kinks: Int
      var isRight: Bool
    }

    init(_ name: String, _ check: GradientReport) {
      model = name
      isRight = check.isRight
      loss = check.loss
      firstFaulty = check.firstFaulty?.layer
      sameBitsOnThreads = check.hasSameBits
      tensors = check.lines.map {
        Tensor(
          name: $0.tensor, layer: $0.layer, norm: $0.norm, difference: $0.error, compiledDifference: $0.compiledError,
          directions: $0.directions, kinks: $0.kinks, isRight: $0.isRight)
      }
    }
  }
}
