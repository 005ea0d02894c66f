import ArgumentParser
import ZooInsight
import ZooKit

/// How a picture is searched for.
struct VisSearchOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The most steps. Default: invert 500, class 256.", valueName: "N")) var iterations: Int?
  @Option(
    help: ArgumentHelp(
      "The step's length at first; it falls to zero along a cosine. Default: invert 0.1, class 0.05.", valueName: "X"))
  var rate: Double?
  @Option(
    help: ArgumentHelp(
      "How many pixels the picture is moved at random before each pass, so that it does not hang on single pixels; invert does it in the first half of the steps. Default: invert 0, class a sixteenth of the input's shorter side.",
      valueName: "PX"))
  var jitter: Int?
  @Option(
    help: ArgumentHelp(
      "The weight of the mean squared difference of neighbours; black to white is 2. Default: invert 0.01, class 0.",
      valueName: "X"))
  var tv: Double?
  @Option(
    help: ArgumentHelp(
      "The weight of the mean of |x|⁶; black is −1, white 1. Default: invert 0.00001, class 0.", valueName: "X"))
  var norm: Double?
  @Option(
    name: .customLong("as"),
    help: ArgumentHelp(
      "What is varied: pixels, or fourier: frequencies in decorrelated colours. Default: invert pixels, class fourier.",
      valueName: "pixels|fourier"))
  var parameterization: PictureParameterization?
  @Option(help: ArgumentHelp("Of the noise that the search begins with, and of the jitter.", valueName: "N"))
  var seed: UInt64 = 0
  @Option(
    help: ArgumentHelp("Write the picture alone, at the network's size.", valueName: "F.png"),
    completion: .file(extensions: ["png"]))
  var picture: String?

  func validate() throws {
    if let picture, !picture.lowercased().hasSuffix(".png") {
      throw ValidationError("'\(picture)' should end in .png")
    }
  }

  /// Finds out, before long work, whether the picture could be written.
  func check(_ model: Model, force: Bool) throws {
    guard let picture else { return }
    if model.preprocessing == nil { throw ZooError.noPreprocessing(model: model.network.name) }
    try FileSystem.checkFile(picture, overwrite: force)
  }

  func apply(to options: inout PictureSearchOptions) {
    if let iterations { options.iterations = iterations }
    if let rate { options.rate = rate }
    if let jitter { options.jitter = jitter }
    if let tv { options.totalVariation = tv }
    if let norm { options.alphaNorm = norm }
    if let parameterization { options.parameterization = parameterization }
    options.seed = seed
  }

  func writePicture(_ image: PixelImage?, force: Bool) throws {
    guard let picture, let image else { return }
    try FileSystem.write(image.encodedAsPNG(), to: picture, overwrite: force)
    Console.message("Wrote \(picture)")
  }

  /// Says so when the search was interrupted, and ends with that status.
  func report(_ end: PictureSearchEnd, after iteration: Int, of iterations: Int) throws {
    guard end == .interrupted else { return }
    Console.message("Interrupted at iteration \(iteration) of \(iterations); this is the best so far")
    throw Reported(status: .interrupted)
  }
}

extension PictureParameterization: ExpressibleByArgument {}

extension PictureSearchEnd {
  var words: String {
    switch self {
    case .iterations: "all iterations done"
    case .reached: "near enough"
    case .stalled: "the loss no longer falls"
    case .interrupted: "interrupted"
    }
  }
}
