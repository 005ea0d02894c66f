import ArgumentParser
import ZooInsight
import ZooKit
import ZooTensor

struct VisCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Whether an attribution depends on the weights.",
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
      "The most steps; where there are more layers, several become random in a step.", valueName: "N"))
  var steps = 12
  @Option(
    help: ArgumentHelp(
      "How weights become random: normal numbers with each tensor's mean and deviation, or its own in another order.",
      valueName: "normal|permuted"))
  var random = WeightRandomization.normal
  @Option(help: ArgumentHelp("Of the random numbers.", valueName: "S")) var seed: UInt64 = 0
  @OptionGroup var output: VisOutputOptions

  func validate() throws {
    guard (1...1000).contains(steps) else { throw ValidationError("--steps is \(steps); expected 1 to 1000") }
  }

  func run() throws {
    try output.check()
    let method = try ExplanationMethod.named(method)
    let model = try model.load()
    let input = try VisInput(image, for: model)
    let target = try target.target(model, for: input.tensor)
    var options = RandomizationCheck.Options()
    (options.steps, options.randomization, options.seed) = (steps, random, seed)
    let check = try RandomizationCheck(model, method: method, options: options)
    var progress = Progress("randomisation", total: 1000)
    let found: RandomizationCheck.Result?
    do {
      defer { progress.finish() }
      found = try check.run(target, for: input.tensor) { done, total in
        progress.update(done * 1000 / max(total, 1))
        return true
      }
    }
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
    if let path = output.output { Console.message("Wrote \(path)") }
  }

  private func report(_ result: RandomizationCheck.Result, _ what: String) {
    Console.result(what)
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
    for line in table.lines { Console.result(line) }
    Console.result(result.summary)
  }

  private static func word(_ value: Double?) -> String { value.map { NumberFormat.fixed($0, 3) } ?? "undefined" }
}

extension WeightRandomization: ExpressibleByArgument {}
