import ArgumentParser
import ZooInsight
import ZooKit

struct VisInvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invert", abstract: "A picture with the code of another.",
    discussion: """
      Looks for a picture x whose code φ(x), the value of LAYER, is that of
      IMAGE, φ₀: least ½‖φ(x) − φ₀‖² / ‖φ₀‖², with a little of two terms that
      any picture should meet, the mean of |x|⁶ and of squared differences of
      neighbours, over levels from 0 to 255 (Mahendran and Vedaldi, 2015). What
      the layer keeps of IMAGE is in the picture; what it lost is made up.

      The relative code error ‖φ(x) − φ₀‖ / ‖φ₀‖ is printed of the numbers and
      of the picture that is written, whose pixels have 8 bits. Two pictures of
      the same code may look quite unlike: a picture like IMAGE shows that the
      layer keeps it, an odd one does not show that the layer sees it so.

      Of deep layers and of large pictures the search likes fine patterns that
      the layer does not see; --tv 0.1 or more, or --as fourier, calms them.

      Ctrl-C ends the search; the best picture so far is written, and the exit
      status is 130.

        zoo vis invert cat.jpg -m resnet18 --layer layer2.1.relu_2 -o cat.png
      """)

  @Argument(help: "A JPEG or PNG file, - for standard input, or an .npy tensor of one image, preprocessed.")
  var image: String
  @OptionGroup var model: VisModelOptions
  @Option(
    help: ArgumentHelp("The layer whose code is inverted; zoo graph MODEL lists them.", valueName: "LAYER"))
  var layer: String
  @OptionGroup var search: VisSearchOptions
  @OptionGroup var output: VisOutputOptions

  func run() throws {
    try output.check()
    let model = try model.load()
    try search.check(model, force: output.force)
    let input = try ModelInput(image, for: model)
    var options = Inverter.Options()
    search.apply(to: &options.search)
    let inverter = try Inverter(model, layer: layer, options: options)
    Interruption.await()
    var progress = Progress("Inverting \(layer)", total: options.search.iterations)
    let inversion: Inversion
    do {
      defer { progress.finish() }
      inversion = try inverter.inversion(of: input.tensor) { step in
        progress.update(step.iteration)
        return !Interruption.wasRequested
      }
    }
    try write(inversion, model, options)
    try search.report(inversion.end, after: inversion.curve.count, of: options.search.iterations)
  }

  private func write(_ inversion: Inversion, _ model: Model, _ options: Inverter.Options) throws {
    if output.json {
      try Console.json(
        Answer(
          model: model.network.name, weights: model.weights.summary, layer: inversion.layer,
          code: inversion.codeShape.dimensions, seed: options.search.seed, codeError: inversion.codeError,
          pictureCodeError: inversion.pictureCodeError, iteration: inversion.iteration,
          iterations: inversion.curve.count, end: inversion.end.rawValue, loss: inversion.curve.map(\.loss),
          codeErrors: inversion.curve.map(\.measure)))
    } else {
      Console.result("layer       \(inversion.layer), \(inversion.codeShape)")
      Console.result("weights     \(model.weights.summary)")
      Console.result("code error  \(NumberFormat.fixed(inversion.codeError, 4)) of the numbers")
      if let error = inversion.pictureCodeError {
        Console.result("            \(NumberFormat.fixed(error, 4)) of the picture of 8 bits")
      }
      Console.result(
        "iteration   \(inversion.iteration) of \(inversion.curve.count): \(inversion.end.words)")
    }
    try output.writeNumbers(inversion.values)
    try search.writePicture(inversion.picture, force: output.force)
    guard let path = output.output else { return }
    let figure = inversion.figure(
      notes: VisNotes.lines(
        model,
        [
          "layer \(inversion.layer), seed \(options.search.seed), iteration \(inversion.iteration) of \(inversion.curve.count)"
        ]))
    try figure.write(to: path, overwrite: output.force)
    Console.message("Wrote \(path)")
  }

  private struct Answer: Encodable {
    var schema = "zoo.vis.invert/1"
    var model: String
    var weights: String
    var layer: String
    /// The shape of the code.
    var code: [Int]
    var seed: UInt64
    var codeError: Double
    var pictureCodeError: Double?
    /// Which the picture is of.
    var iteration: Int
    var iterations: Int
    var end: String
    /// Of each iteration.
    var loss: [Double]
    var codeErrors: [Double]
  }
}
