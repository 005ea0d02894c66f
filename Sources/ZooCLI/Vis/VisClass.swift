import ArgumentParser
import ZooInsight
import ZooKit

struct VisClass: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "class", abstract: "A picture that a class, or a unit, likes.",
    discussion: """
      Climbs, from grey noise, the score of CLASS or the mean of unit U of LAYER
      over its places. What is varied are frequencies in decorrelated colours
      (Olah et al., Feature visualization, 2017), the lower ones in larger
      steps; before each pass the picture is moved at random by up to --jitter
      pixels. The score is printed of the picture of 8 bits, with the
      probability and what the network takes the picture for.

      Such a picture shows something that makes the score large. It does not
      show what the class looks like, what photographs of it have in common, or
      all that the unit answers to: other seeds and other options give others,
      and no photograph is near most of them. A probability near 1 says as
      little: a network is easily sure of pictures that mean nothing.

      Ctrl-C ends the search; the picture so far is written, and the exit
      status is 130.

        zoo vis class -m resnet18 --class tabby -o tabby.png
        zoo vis class -m resnet18 --layer layer3.1.relu_2 --unit 7 -o unit.png
      """)

  @OptionGroup var model: VisModelOptions
  @Option(
    name: .customLong("class"),
    help: ArgumentHelp("The class, by its name, WordNet identifier or number.", valueName: "CLASS"))
  var className: String?
  @Option(help: ArgumentHelp("The layer, with --unit; zoo graph MODEL lists them.", valueName: "LAYER"))
  var layer: String?
  @Option(help: ArgumentHelp("The channel of maps, or the number of a vector, from 0.", valueName: "U")) var unit: Int?
  @OptionGroup var search: VisSearchOptions
  @OptionGroup var output: VisOutputOptions

  func validate() throws {
    if (layer == nil) != (unit == nil) { throw ValidationError("--layer and --unit go together") }
    if (className == nil) == (layer == nil) { throw ValidationError("give --class, or --layer with --unit") }
  }

  func run() throws {
    try output.check()
    let model = try model.load()
    try search.check(model, force: output.force)
    let target: AttributionTarget
    if let className {
      target = .score(try VisTargetOptions.index(of: className, model))
    } else {
      target = .unit(layer: layer ?? "", unit: unit ?? 0)
    }
    var options = ActivationMaximizer.defaultOptions(for: model)
    search.apply(to: &options)
    let maximizer = try ActivationMaximizer(model, of: target, options: options)
    Interruption.await()
    var progress = Progress("Climbing the \(maximizer.name)", total: options.iterations)
    let found: PreferredPicture
    do {
      defer { progress.finish() }
      found = try maximizer.picture { step in
        progress.update(step.iteration)
        return !Interruption.wasRequested
      }
    }
    try write(found, model, options)
    try search.report(found.end, after: found.curve.count, of: options.iterations)
  }

  private func write(_ found: PreferredPicture, _ model: Model, _ options: PictureSearchOptions) throws {
    if output.json {
      try Console.json(
        Answer(
          model: model.network.name, weights: model.weights.summary, target: found.name, seed: options.seed,
          score: found.score, pictureScore: found.pictureScore, probability: found.wanted?.probability,
          iterations: found.curve.count, end: found.end.rawValue, scores: found.curve.map(\.measure),
          top: found.classes.prefix(5).map {
            Answer.Class(index: $0.index, label: $0.label, probability: $0.probability, logit: $0.logit)
          }))
    } else {
      Console.result("target       \(found.name)")
      Console.result("weights      \(model.weights.summary)")
      Console.result("score        \(NumberFormat.fixed(found.score, 4)) of the numbers")
      Console.result("             \(NumberFormat.fixed(found.pictureScore, 4)) of the picture of 8 bits")
      if let wanted = found.wanted { Console.result("probability  \(NumberFormat.fixed(wanted.probability, 4))") }
      let top = found.classes.prefix(3).map { "\($0.label) \(NumberFormat.fixed($0.probability, 4))" }
      Console.result("taken for    \(top.joined(separator: ", "))")
      Console.result("iterations   \(found.curve.count): \(found.end.words)")
    }
    try output.writeNumbers(found.values)
    try search.writePicture(found.picture, force: output.force)
    guard let path = output.output else { return }
    let figure = found.figure(
      notes: VisNotes.lines(model, ["seed \(options.seed), \(found.curve.count) iterations, jitter \(options.jitter)"]))
    try figure.write(to: path, overwrite: output.force)
    Console.message("Wrote \(path)")
  }

  private struct Answer: Encodable {
    var schema = "zoo.vis.class/1"
    var model: String
    var weights: String
    /// What was made large.
    var target: String
    var seed: UInt64
    var score: Double
    var pictureScore: Double
    var probability: Double?
    var iterations: Int
    var end: String
    /// Of each iteration, as the picture was moved.
    var scores: [Double]
    var top: [Class]

    struct Class: Encodable {
      var index: Int
      var label: String
      var probability: Double
      var logit: Float
    }
  }
}
