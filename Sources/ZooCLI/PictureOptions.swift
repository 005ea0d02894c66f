import ArgumentParser
import ZooKit

/// `--heatmap`, `--boxes` and `-o`: a picture of what sliding found.
struct PictureOptions: ParsableArguments {
  /// What `--heatmap` says for the likeliest class of the whole picture.
  private static let best = "top1"

  @Option(
    help: ArgumentHelp(
      "With --sliding: colour the picture by the probability of a class, given by its name, WordNet identifier or number, or of \(PictureOptions.best), the likeliest of the whole picture.",
      valueName: "CLASS"))
  var heatmap: String?
  @Flag(help: "With --sliding: frame the best places, as many as --top says.") var boxes = false
  @Option(
    name: .short, help: ArgumentHelp("Where to write the picture of --heatmap and --boxes.", valueName: "F.png"),
    completion: .file(extensions: ["png"]))
  var output: String?

  /// The options that ask for a picture.
  var given: [String] { (heatmap == nil ? [] : ["--heatmap"]) + (boxes ? ["--boxes"] : []) }

  func validate() throws {
    if let output {
      guard !given.isEmpty else {
        throw ValidationError("-o is for the picture of --heatmap and --boxes; add one of them")
      }
      guard output.lowercased().hasSuffix(".png") else { throw ValidationError("'\(output)' should end in .png") }
    } else if let option = given.first {
      throw ValidationError("\(option) draws a picture; say where to write it with -o F.png")
    }
  }

  /// - Throws: `ValidationError` unless there is one picture to draw on.
  func validate(sources: [String], isSliding: Bool) throws {
    guard let option = given.first else { return }
    if !isSliding { throw ValidationError("\(option) is for --sliding; add that, or leave \(option) out") }
    if sources.count != 1 {
      throw ValidationError("\(option) draws one picture; give one image, not \(sources.count)")
    }
    if sources[0].hasSuffix(".npy") {
      throw ValidationError("\(option) draws on a picture; give a JPEG or PNG file, not a tensor")
    }
  }

  /// The class that is to be drawn; `nil` for the likeliest.
  func classIndex(_ classifier: SlidingClassifier) throws -> Int? {
    guard let heatmap, heatmap != Self.best else { return nil }
    return try Classification.index(
      of: heatmap, labels: classifier.labels, count: try classifier.network.logits()[0])
  }

  /// Draws and writes what was asked for. `classIndex`: the class of the heat map.
  func draw(
    _ result: SlidingResult, on picture: PixelImage, _ classifier: SlidingClassifier, classIndex: Int,
    places: [Detection]
  ) throws {
    guard let output else { return }
    let frames = boxes ? places.map(\.labelledBox) : []
    let drawn: (image: PixelImage, labelsLeftOut: Int)
    if heatmap == nil {
      drawn = picture.labelled(frames)
    } else {
      let map = result.heatMap(ofClass: classIndex)
      let label = classifier.labels?[classIndex]?.name ?? "class \(classIndex)"
      let window = classifier.window
      drawn = picture.labelled(
        frames, over: map,
        title: "\(label): probability in windows of \(window.height)×\(window.width), \(classifier.network.name)",
        range: 0...max(map.range?.upperBound ?? 0, .leastNormalMagnitude))
    }
    try drawn.image.writePNG(to: output)
    Console.message("Wrote \(output)")
    if drawn.labelsLeftOut > 0 {
      Console.message(
        "The picture has no room for \(drawn.labelsLeftOut) of \(frames.count) labels; their boxes are drawn")
    }
  }
}
