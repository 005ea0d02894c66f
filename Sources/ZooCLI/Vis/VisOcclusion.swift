import ArgumentParser
import ZooInsight
import ZooKit

struct VisOcclusion: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "occlusion", abstract: "How a score changes as a patch hides parts of the picture.",
    discussion: """
      A square slides over the network's input and replaces what it covers;
      where the class's logit falls, the network depends on what was hidden.
      Only what the patch reaches is computed again: the numbers are those of
      whole passes, bit for bit, always by the direct algorithms
      (--numerics has no say).

      The patch is at rows and columns 0, N, 2N … at which all of it lies within
      the input, in its pixels (after resizing and cropping).

        zoo vis occlusion cat.jpg -m resnet18 -w resnet18.pth -o cat-o.png
        zoo vis occlusion cat.jpg --class tabby --patch 16 --save cat-o.npy
        zoo vis occlusion cat.jpg --class tabby --against lynx -o why-not.png

      With --against it is the difference of two logits that changes: it falls
      where something speaks for the first class and not as much for the second.

      A patch is itself something to see: its edges and colour may excite a
      class, so that other fills give other pictures. What occurs twice is
      missed by a patch that hides it once.
      """)

  @Argument(
    help: ArgumentHelp("A JPEG or PNG file, - for standard input, or an .npy tensor.", valueName: "IMAGE"),
    completion: .file())
  var image: String
  @OptionGroup var model: VisModelOptions
  @OptionGroup var target: VisTargetOptions
  @Option(
    help: ArgumentHelp("The side of the square in pixels. Default: a seventh of the input's.", valueName: "N"))
  var patch: Int?
  @Option(help: ArgumentHelp("How far it moves. Default: half of the patch.", valueName: "N")) var stride: Int?
  @Option(
    help: ArgumentHelp(
      "What it is filled with: mean (of this picture), black, zero (after preprocessing) or blur (of this picture).",
      valueName: "FILL"))
  var fill = Fill.mean
  @OptionGroup var output: VisOutputOptions

  func validate() throws {
    if model.engine.interpreter {
      throw ValidationError("occlusion computes parts of a compiled plan; leave out --interpreter")
    }
  }

  func run() throws {
    try output.check()
    var options = self.model
    options.engine.numerics = .direct
    let model = try options.load()
    let occlusion = try Occlusion(patch: patch, stride: stride, fill: fill, of: model.network.input)
    let input = try ModelInput(image, for: model)
    let target = try target.target(model, for: input.tensor)
    let clock = ContinuousClock()
    let start = clock.now
    var progress = Progress("Occlusion", total: occlusion.regions.count)
    let found: OcclusionMap?
    do {
      defer { progress.finish() }
      found = try occlusion.map(of: target, for: input.tensor, model) { done, _ in
        progress.update(done)
        return true
      }
    }
    guard let map = found else { return }
    let seconds = (clock.now - start) / .seconds(1)
    let answer = Answer(map, model, file: image, seconds: seconds)
    try output.writeNumbers(map.tensor)
    if let path = output.output {
      let (picture, notes) = (input.shown(model), VisNotes.lines(model, facts(map)))
      try map.figure(on: picture, of: target.description(in: model), notes: notes)
        .write(to: path, overwrite: output.force)
      Console.message("Wrote \(path)")
    }
    if output.json { try Console.json(answer) } else { answer.print() }
  }

  private func facts(_ map: OcclusionMap) -> [String] {
    let occlusion = map.occlusion
    return [
      "patch \(occlusion.patch), stride \(occlusion.stride), fill \(fill.rawValue); without the patch the \(map.against == nil ? "logit" : "difference") is "
        + "\(NumberFormat.fixed(Double(map.score), 3)), the probability \(NumberFormat.fixed(map.probability, 4))",
      "blue: hiding the place lowers it, red: it raises it; a cell stands in the middle of its patch",
    ]
  }

  private struct Answer: Encodable {
    struct Place: Encodable {
      let rows: [Int]
      let columns: [Int]
      let logit: Float
      let probability: Float
    }

    var schema = "zoo.vis.occlusion/1"
    let model: String
    let weights: String
    let file: String
    let index: Int
    let label: String
    let against: String?
    /// With `against`, as all changes of it, the difference of the two classes' logits.
    let logit: Float
    let probability: Double
    let patch: Int
    let stride: Int
    let fill: String
    let rows: Int
    let columns: Int
    var numerics = "direct"
    /// The places where the score falls most: the pixels, from the first to the last, and the changes.
    let strongest: [Place]
    let lowest: Float
    let highest: Float
    let multiplyAccumulates: Int
    let wholeMultiplyAccumulates: Int
    let factor: Double
    let valueBytes: Int
    let seconds: Double

    init(_ map: OcclusionMap, _ model: Model, file: String, seconds: Double) {
      self.model = model.network.name
      weights = model.weights.summary
      self.file = file
      index = map.classIndex
      func name(_ index: Int) -> String { model.labels?[index]?.name ?? "class \(index)" }
      label = name(map.classIndex)
      against = map.against.map(name)
      logit = map.score
      probability = map.probability
      patch = map.occlusion.patch
      stride = map.occlusion.stride
      fill = map.occlusion.fill.rawValue
      rows = map.occlusion.positions.height
      columns = map.occlusion.positions.width
      strongest = map.strongest(5).map { place in
        Place(
          rows: [place.region.rows.lowerBound, place.region.rows.upperBound - 1],
          columns: [place.region.columns.lowerBound, place.region.columns.upperBound - 1], logit: place.scoreChange,
          probability: place.probabilityChange)
      }
      lowest = map.scoreChanges.min() ?? 0
      highest = map.scoreChanges.max() ?? 0
      multiplyAccumulates = map.multiplyAccumulates
      wholeMultiplyAccumulates = map.wholeMultiplyAccumulates
      factor = map.factor
      valueBytes = map.byteCount
      self.seconds = seconds
    }

    func print() {
      Console.result(
        "\(label): \(against.map { "logit minus that of \($0)" } ?? "logit") \(NumberFormat.fixed(Double(logit), 3)), probability \(NumberFormat.fixed(probability, 4))"
      )
      Console.result("weights  \(weights)")
      Console.result("patch    \(patch)×\(patch), stride \(stride), \(rows)×\(columns) places, fill \(fill)")
      Console.result(
        "computed \(NumberFormat.fixed(factor, 2)) times less than \(rows * columns) whole passes "
          + "(\(NumberFormat.short(multiplyAccumulates)) of \(NumberFormat.short(wholeMultiplyAccumulates)) "
          + "multiply-accumulates), directly: the same bits")
      if strongest.isEmpty { return Console.result("the patch lowers the score nowhere") }
      Console.result("the class depends most on")
      for place in strongest {
        Console.result(
          "  rows \(place.rows[0])–\(place.rows[1]), columns \(place.columns[0])–\(place.columns[1])"
            + "  Δ\(against == nil ? "logit" : "difference") \(NumberFormat.fixed(Double(place.logit), 3))"
            + "  Δprobability \(NumberFormat.fixed(Double(place.probability), 4))")
      }
    }
  }
}
