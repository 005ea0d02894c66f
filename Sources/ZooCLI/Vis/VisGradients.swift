import ArgumentParser
import ZooInsight
import ZooKit

/// A command that explains a score by its gradient.
protocol VisGradientCommand: ParsableCommand {
  var gradient: VisGradientOptions { get }
  static var method: AttributionMethod { get }
  func options() -> Attributor.Options
}

extension VisGradientCommand {
  func options() -> Attributor.Options { Attributor.Options() }

  mutating func run() throws { try gradient.run(Self.method, options()) }
}

/// What all commands that explain a score by its gradient take.
struct VisGradientOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A JPEG or PNG file, '-', or an .npy tensor that is fed as it is.", valueName: "IMAGE"), completion: .file())
  var image: String
  @OptionGroup var model: VisModelOptions
  @OptionGroup var target: VisTargetOptions
  @Option(
    help: ArgumentHelp(
      "With --unit: explain a unit of this layer, where it is largest, in place of a class.", valueName: "LAYER"))
  var layer: String?
  @Option(help: ArgumentHelp("The unit of --layer, counted from 0.", valueName: "U")) var unit: Int?
  @OptionGroup var output: VisOutputOptions

  func validate() throws {
    if (layer == nil) != (unit == nil) {
      throw ValidationError("--layer and --unit name a unit together; give both or neither")
    }
    if layer != nil, target.className != nil || target.against != nil {
      throw ValidationError("--unit is explained in place of a class; leave out --class and --against")
    }
  }

  func run(_ method: AttributionMethod, _ options: Attributor.Options) throws {
    try output.check()
    let model = try model.load()
    let input = try ModelInput(image, for: model)
    let attributor = try Attributor(model, method: method, options: options)
    var target = AttributionTarget.score(0)
    if let layer, let unit {
      target = .unit(layer: layer, unit: unit)
    } else {
      target = try self.target.target(model, for: input.tensor)
    }
    var progress = Progress(method.title, total: 1000)
    let found: Attribution?
    do {
      defer { progress.finish() }
      found = try attributor.attribution(of: target, for: input.tensor) { done, total in
        progress.update(done * 1000 / max(total, 1))
        return true
      }
    }
    guard let attribution = found else { return }
    try output.writeNumbers(attribution.values)
    if let path = output.output { try figure(attribution, model, input).write(to: path, overwrite: output.force) }
    try report(attribution, model)
    if let path = output.output { Console.message("Wrote \(path)") }
  }

  private func figure(_ attribution: Attribution, _ model: Model, _ input: ModelInput) throws -> Figure {
    let map = attribution.map
    let what = attribution.target.description(in: model)
    var panels: [Figure.Panel] = []
    if let picture = input.shown(model) {
      panels.append(Figure.Panel(caption: "what the network saw", content: .picture(picture)))
    }
    // A few pixels are far above the rest, which would have no colour beside them.
    let magnitudes = map.floats.map { abs($0) }.sorted()
    let largest = magnitudes.last ?? 0
    let most = magnitudes.isEmpty ? 0 : magnitudes[(magnitudes.count - 1) * 99 / 100]
    let limit = most > 0 ? most : largest
    panels.append(
      Figure.Panel(
        caption: attribution.method.addsUp ? "sum over the channels" : "the channel where it is largest",
        content: .map(GridMap(rows: map.shape[0], columns: map.shape[1], values: map.floats))))
    var facts = ["\(what): \(NumberFormat.score(attribution.score))"]
    if let completeness = attribution.completeness { facts.append(Self.words(completeness)) }
    if attribution.method == .guided || attribution.method == .deconvolution {
      facts.append(
        "negative gradients are clipped at each rectifier: it shows what a unit responds to, less what decides")
    }
    return Figure(
      title: "\(attribution.method.title) of the \(what)", panels: panels,
      scale: .signed(Double(limit), unit: attribution.unit), notes: VisNotes.lines(model, facts))
  }

  static func words(_ completeness: Attribution.Completeness) -> String {
    let percent = NumberFormat.fixed(100 * completeness.error, 2)
    return
      "values add up to \(NumberFormat.score(completeness.sum)); score minus the baseline's: \(NumberFormat.score(completeness.difference)) (off by \(percent) %)"
  }

  private func report(_ attribution: Attribution, _ model: Model) throws {
    let values = attribution.values.floats
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    if output.json {
      let target = attribution.target
      try Console.json(
        Answer(
          method: attribution.method.rawValue, model: model.network.name, weights: model.weights.summary,
          image: image, target: target.description(in: model), score: attribution.score,
          shape: attribution.values.shape.dimensions, unit: attribution.unit, minimum: low, maximum: high,
          largest: attribution.peak.map { Answer.Peak(row: $0.row, column: $0.column, value: $0.value) },
          passes: attribution.passes,
          completeness: attribution.completeness.map {
            Answer.Completeness(sum: $0.sum, difference: $0.difference, baseline: $0.baseline, error: $0.error)
          }))
      return
    }
    Console.result(
      "\(attribution.method.title) of the \(attribution.target.description(in: model)), which is \(NumberFormat.score(attribution.score))"
    )
    Console.result(
      "values  \(NumberFormat.score(low)) to \(NumberFormat.score(high)), \(attribution.unit), \(attribution.values.shape)"
    )
    if let peak = attribution.peak {
      Console.result(
        "largest \(NumberFormat.score(peak.value)), \(attribution.unit), at row \(peak.row), column \(peak.column) of the network's input\(attribution.method.addsUp ? ", summed over the channels" : "")"
      )
    }
    if let completeness = attribution.completeness {
      Console.result("check   \(Self.words(completeness)), \(attribution.passes) gradients")
      if completeness.error > 0.05 {
        Console.message(
          "note: the values miss the difference by more than 5 %: the way from the baseline crosses many kinks; try another --baseline"
        )
      }
    }
  }

  private struct Answer: Encodable {
    var schema = "zoo.vis.attribution/1"
    var method: String
    var model: String
    var weights: String
    var image: String
    var target: String
    var score: Float
    var shape: [Int]
    var unit: String
    var minimum: Float
    var maximum: Float
    /// Where the pixel's value is largest in magnitude, in the network's input, from 0.
    var largest: Peak?
    var passes: Int
    var completeness: Completeness?

    struct Peak: Encodable {
      var row: Int
      var column: Int
      var value: Float
    }

    struct Completeness: Encodable {
      var sum: Double
      var difference: Double
      var baseline: Float
      var error: Double
    }
  }
}

struct VisSaliency: VisGradientCommand {
  static let method = AttributionMethod.saliency
  static let configuration = CommandConfiguration(
    commandName: "saliency",
    abstract: "The gradient of a class's score with respect to the input.",
    discussion: """
      How much the logit would change with each number of the input (Simonyan
      et al., 2014). F.npy has the signed gradient, [C, H, W], with respect to
      the input after preprocessing; the picture shows for each pixel the
      channel where it is largest. Softmax is never part of it: a probability
      near 1 has no gradient. A gradient is about small changes: what decides
      can be elsewhere (see zoo vis occlusion).

        zoo vis saliency zoo/samples/test-103-is-3.png -o why.png
      """)
  @OptionGroup var gradient: VisGradientOptions
}

struct VisGuided: VisGradientCommand {
  static let method = AttributionMethod.guided
  static let configuration = CommandConfiguration(
    commandName: "guided",
    abstract: "Guided backpropagation: the gradient, clipped where it is negative at each ReLU.",
    discussion: """
      Differs from zoo vis saliency by what happens to the gradient on its way
      back: each ReLU, those between fully connected layers too, passes only
      what is positive, where its value was positive (Springenberg et al.,
      2015). Sharp, but much of it stays when the weights are made random:
      zoo vis check guided shows how much. Networks with other functions than
      ReLU do not define it, and are refused.

        zoo vis guided cat.jpg -m resnet18 -w resnet18-f37072fd.pth -o g.png
      """)
  @OptionGroup var gradient: VisGradientOptions
}

struct VisDeconv: VisGradientCommand {
  static let method = AttributionMethod.deconvolution
  static let configuration = CommandConfiguration(
    commandName: "deconv",
    abstract: "The deconvolutional network: the gradient, with ReLUs applied on the way back.",
    discussion: """
      Each ReLU passes what is positive of the gradient, whatever its value was;
      max pooling puts it back where the maximum was (Zeiler and Fergus, 2014).
      With --layer and --unit it shows what excites a unit most.

        zoo vis deconv cat.jpg -m vgg16 -w vgg16-397923af.pth --layer features.22 --unit 7 -o d.png
      """)
  @OptionGroup var gradient: VisGradientOptions
}

struct VisInputGradient: VisGradientCommand {
  static let method = AttributionMethod.inputGradient
  static let configuration = CommandConfiguration(
    commandName: "input-gradient",
    abstract: "Input times gradient: a first guess at what each number contributes.",
    discussion: """
      In the score's own unit, and added over the channels in the picture. Of a
      network without biases and with nothing but ReLU and max pooling the
      values add up to the score. They depend on what counts as zero: numbers
      that preprocessing made 0 contribute nothing (zoo vis integrated names
      its baseline).

        zoo vis input-gradient zoo/samples/test-103-is-3.png -o c.png
      """)
  @OptionGroup var gradient: VisGradientOptions
}

struct VisSmoothGrad: VisGradientCommand {
  static let method = AttributionMethod.smoothGrad
  static let configuration = CommandConfiguration(
    commandName: "smoothgrad",
    abstract: "SmoothGrad: the mean gradient of noisy copies of the picture.",
    discussion: """
      The gradient of a ReLU network jumps from pixel to pixel; its mean over
      copies with noise (Smilkov et al., 2017) shows what persists. The noise
      is a function of the seed, so that the same command gives the same bits.

        zoo vis smoothgrad cat.jpg -m resnet18 -w W --samples 50 -o s.png
      """)
  @OptionGroup var gradient: VisGradientOptions
  @Option(help: ArgumentHelp("How many noisy copies.", valueName: "N")) var samples = 25
  @Option(
    help: ArgumentHelp(
      "The standard deviation of the noise, as a share of the range of the input's numbers.", valueName: "X"))
  var noise = 0.15
  @Option(help: ArgumentHelp("Of the noise.", valueName: "N")) var seed: UInt64 = 0

  func validate() throws {
    guard (1...10_000).contains(samples) else {
      throw ValidationError("--samples is \(samples); expected 1 to 10000")
    }
    guard noise >= 0, noise <= 10 else { throw ValidationError("--noise is \(noise); expected 0 to 10") }
  }

  func options() -> Attributor.Options {
    var options = Attributor.Options()
    (options.samples, options.noise, options.seed) = (samples, noise, seed)
    return options
  }
}

struct VisIntegrated: VisGradientCommand {
  static let method = AttributionMethod.integratedGradients
  static let configuration = CommandConfiguration(
    commandName: "integrated",
    abstract: "Integrated gradients: contributions that add up to the score minus the baseline's.",
    discussion: """
      The mean gradient on the straight way from a baseline to the picture,
      times the way (Sundararajan et al., 2017). Places on the way are doubled
      until the values add up to within --tolerance; the error is printed.
      What counts as nothing is a choice, and the answer depends on it: black
      pixels, the mean colour, zero after preprocessing, or the picture blurred.

        zoo vis integrated zoo/samples/test-103-is-3.png --baseline zero -o i.png
      """)
  @OptionGroup var gradient: VisGradientOptions
  @Option(help: "What the way begins with: black, mean, zero or blur.") var baseline = Fill.black
  @Option(help: ArgumentHelp("The most places on the way.", valueName: "N")) var maxSteps = 1024
  @Option(help: ArgumentHelp("The share of the difference that the values may miss.", valueName: "X"))
  var tolerance = 0.01

  func validate() throws {
    guard (32...65536).contains(maxSteps) else {
      throw ValidationError("--max-steps is \(maxSteps); expected 32 to 65536")
    }
    guard tolerance > 0, tolerance <= 1 else {
      throw ValidationError("--tolerance is \(tolerance); expected a share above 0, up to 1")
    }
  }

  func options() -> Attributor.Options {
    var options = Attributor.Options()
    (options.baseline, options.maximumSteps, options.tolerance) = (baseline, maxSteps, tolerance)
    return options
  }
}

extension Fill: ExpressibleByArgument {}
