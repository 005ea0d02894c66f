import ArgumentParser
import ZooInsight
import ZooKit

struct VisCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Whether an attribution depends on the weights, and whether what it names matters.",
    discussion: """
      Some methods draw the edges of a picture whatever the network learnt. The
      sanity check of Adebayo et al. (2018): the weights are made random layer
      by layer from the top, and the map is compared with that of the trained
      network by Spearman's rank correlation, of values and of magnitudes, and
      by SSIM. A map that stays explains nothing of the model; one that changes
      may explain it, or not. The verdict is by the rank correlation that is left
      when the upper half of the layers is random, the larger of the two in
      magnitude: 0.5 and more is much, below 0.3 is little (guided and deconv
      lose theirs only with the first layers, whose filters find edges). It is
      one picture and one draw of random numbers; try others, and --seed. F.npy
      has the maps, that of the trained network first, [1 + steps, rows, columns].

        zoo vis check guided zoo/samples/test-103-is-3.png -o check.png

      With --curves the other question: do the places that it names matter?
      Cells of the picture are removed, the most important first (deletion), or
      put back into nothing (insertion; Petsiuk et al., 2018), and the areas
      below the class's probability printed beside those of random orders and of
      the reverse order. Gradients are ordered by magnitude, contributions by
      value. The answer depends on --fill and --cell: what is left is no picture
      that the network has learnt from, and single pixels here and there disturb
      a network for colour pictures more than any connected place does. F.npy
      then has for each curve (most important first, least, random orders) and
      point the share that is removed, the logit and the probability,
      [2 + orders, points, 3].

        zoo vis check cam zoo/samples/test-103-is-3.png --curves --fill black -o curves.png

      METHOD is one of \(ExplanationMethod.all.map(\.name).joined(separator: ", ")).
      """)

  @Argument(help: ArgumentHelp("What is checked.", valueName: "METHOD")) var method: String
  @Argument(
    help: ArgumentHelp(
      "A JPEG or PNG file, '-', or an .npy tensor that is fed as it is.", valueName: "IMAGE"), completion: .file())
  var image: String
  @OptionGroup var model: VisModelOptions
  @OptionGroup var target: VisTargetOptions
  @Option(
    help: ArgumentHelp(
      "The most steps (default: 12, of curves 50); of more layers, several become random in a step.", valueName: "N"))
  var steps: Int?
  @Option(
    help: ArgumentHelp(
      "How weights become random: normal numbers with each tensor's mean and deviation, or its own in another order (default: normal).",
      valueName: "normal|permuted"))
  var random: WeightRandomization?
  @Flag(help: "Remove and put back places of the picture in place of randomising weights.") var curves = false
  @Option(
    help: ArgumentHelp(
      "With --curves: the side of the cells that are removed, in pixels (default: a 28th of the shorter side).",
      valueName: "K"))
  var cell: Int?
  @Option(
    help: ArgumentHelp("With --curves: what is put in their place (default: mean).", valueName: "mean|black|zero|blur"))
  var fill: Fill?
  @Option(help: ArgumentHelp("With --curves: how many random orders (default: 5).", valueName: "N")) var orders: Int?
  @Option(help: ArgumentHelp("Of the random numbers.", valueName: "S")) var seed: UInt64 = 0
  @OptionGroup var tables: TableOptions
  @OptionGroup var output: VisOutputOptions

  func validate() throws {
    try tables.check(json: output.json)
    if curves {
      if random != nil { throw ValidationError("--random is about weights, which --curves leaves as they are") }
      if target.against != nil {
        throw ValidationError("--curves follow one class's probability; leave out --against")
      }
    } else if cell != nil || fill != nil || orders != nil {
      throw ValidationError("--cell, --fill and --orders are about removing places; give --curves with them")
    }
  }

  func run() throws {
    try output.check()
    let method = try ExplanationMethod.named(method)
    let model = try model.load()
    let input = try ModelInput(image, for: model)
    if curves {
      try runCurves(method, model, input)
    } else {
      try runRandomization(method, model, input)
    }
    if let path = output.output { Console.message("Wrote \(path)") }
  }

  private func runRandomization(_ method: ExplanationMethod, _ model: Model, _ input: ModelInput) throws {
    let target = try target.target(model, for: input.tensor)
    var options = RandomizationCheck.Options()
    options.steps = steps ?? options.steps
    options.randomization = random ?? options.randomization
    options.seed = seed
    let check = try RandomizationCheck(model, method: method, options: options)
    let found = try Self.showingProgress("randomisation") { try check.run(target, for: input.tensor, progress: $0) }
    guard let result = found else { return }
    let what = "\(method.title) of the \(target.description(in: model)), seed \(seed)"
    try output.writeNumbers(result.maps)
    if let path = output.output {
      try result.write(
        to: path, picture: input.shown(model), notes: VisNotes.lines(model, [what]), overwrite: output.force)
    }
    if output.json {
      try Console.json(CheckAnswer(result, model, image: image))
    } else {
      report(result, what)
    }
  }

  static func showingProgress<Found>(
    _ title: String, _ body: ((_ done: Int, _ total: Int) -> Bool) throws -> Found
  ) rethrows -> Found {
    var progress = Progress(title, total: 1000)
    defer { progress.finish() }
    return try body { done, total in
      progress.update(done * 1000 / max(total, 1))
      return true
    }
  }

  private func report(_ result: RandomizationCheck.Result, _ what: String) {
    if !tables.plain { Console.result(what) }
    var table = TextTable([
      ("layers", .right), ("random down to", .left), ("rank", .right), ("of magnitudes", .right), ("SSIM", .right),
    ])
    for step in result.steps {
      let similarity = step.similarity
      table.append([
        "\(step.layers)/\(result.layers)", step.changed.last ?? "", Self.word(similarity.rank),
        Self.word(similarity.magnitudeRank), Self.word(similarity.structure),
      ])
    }
    table.print(plain: tables.plain)
    if tables.plain { return }
    Console.result(result.summary)
  }

  private static func word(_ value: Double?) -> String { value.map { NumberFormat.fixed($0, 3) } ?? "undefined" }
}

extension WeightRandomization: ExpressibleByArgument {}
