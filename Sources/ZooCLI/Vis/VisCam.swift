import ArgumentParser
import ZooInsight
import ZooKit

struct VisCam: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cam",
    abstract: "What each place of a layer contributes to a class's score, in logits.",
    discussion: """
      Signed contributions: activation times gradient, summed over the channels
      of a layer (CAM, Grad-CAM and HiResCAM are the same where only a mean and
      a linear layer follow; there they and the class's bias add up to the
      logit, and the error is printed). Others clip what is negative and stretch
      each picture to the same colours; here one scale serves all pictures of a
      figure, and --limit fixes it, so that pictures can be compared.

      The layer is the last one with rows and columns that all of the network
      passes through, before pooling; --layer names another.

        zoo vis cam cat.jpg dog.jpg -m resnet18 -w W --class tabby --against 'Egyptian cat' -o why.png
      """)

  @Argument(
    help: ArgumentHelp(
      "JPEG or PNG files, or .npy tensors that are fed as they are.", valueName: "IMAGE"), completion: .file())
  var images: [String]
  @OptionGroup var model: VisModelOptions
  @OptionGroup var target: VisTargetOptions
  @Option(
    help: ArgumentHelp("The layer whose places are told apart. Default: by the rule above.", valueName: "LAYER"))
  var layer: String?
  @Flag(help: "Blend the colours between the centres of cells, which hides how coarse they are.") var smooth = false
  @Option(help: ArgumentHelp("The contribution at the ends of the scale. Default: the largest.", valueName: "X"))
  var limit: Double?
  @Option(
    help: ArgumentHelp(
      "A box of the input, in pixels: the share of the positive contributions inside it is printed.",
      valueName: "LEFT,TOP,WIDTH,HEIGHT"))
  var box: String?
  @OptionGroup var output: VisOutputOptions

  func validate() throws {
    if let limit, !(limit > 0 && limit.isFinite) {
      throw ValidationError("--limit is \(limit); expected a positive number")
    }
    if output.save != nil, images.count > 1 {
      throw ValidationError("--save holds one map; give one image, not \(images.count)")
    }
    _ = try parsedBox()
  }

  private func parsedBox() throws -> (rows: Range<Int>, columns: Range<Int>)? {
    guard let box else { return nil }
    let numbers = box.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 4, let left = numbers[0], let top = numbers[1], let width = numbers[2],
      let height = numbers[3], [left, top].allSatisfy({ (0...65536).contains($0) }),
      [width, height].allSatisfy({ (1...65536).contains($0) })
    else {
      throw ValidationError("'\(box)' is not left, top, width and height in pixels, such as 10,20,100,80")
    }
    return (top..<top + height, left..<left + width)
  }

  private struct Found {
    let source: String
    let map: ClassActivationMap
    let picture: PixelImage?
    let share: Double?
  }

  func run() throws {
    try output.check()
    let model = try model.load()
    let activation = try ClassActivation(model, layer: layer)
    let box = try parsedBox()
    let found = try images.map { source in
      let input = try ModelInput(source, for: model)
      let map = try activation.map(of: target.target(model, for: input.tensor), for: input.tensor)
      let share = box.flatMap {
        map.positiveShare(rows: $0.rows, columns: $0.columns, input: model.network.input.extent)
      }
      return Found(source: source, map: map, picture: input.shown(model), share: share)
    }
    if let first = found.first { try output.writeNumbers(first.map.contributions) }
    if let path = output.output { try figure(found, activation).write(to: path, overwrite: output.force) }
    if output.json {
      try Console.json(answer(found, activation))
    } else {
      Console.result("layer \(activation.layer)\(activation.isChosen ? ", by the rule" : "")")
      for found in found { report(found, model) }
    }
    if let path = output.output { Console.message("Wrote \(path)") }
  }

  private func report(_ found: Found, _ model: Model) {
    let map = found.map
    let name = images.count > 1 ? "\(found.source): " : ""
    Console.result("\(name)\(map.target.description(in: model)) \(NumberFormat.score(map.score)) = \(Self.sum(map))")
    if let share = found.share {
      Console.result("box: \(NumberFormat.fixed(100 * share, 1)) % of what is positive")
    } else if box != nil {
      Console.result("box: nothing is positive")
    }
  }

  /// `9.12 from the places + 0.03 bias (off by 2e-7)`
  private static func sum(_ map: ClassActivationMap) -> String {
    let places = "\(NumberFormat.score(map.sum)) from the places"
    guard let bias = map.bias, let error = map.error else {
      return "\(places) + \(NumberFormat.score(map.remainder)) from biases and what is not linear behind them"
    }
    return "\(places) + \(NumberFormat.score(bias)) bias (off by \(NumberFormat.score(error)) of it)"
  }

  private func figure(_ found: [Found], _ activation: ClassActivation) -> Figure {
    let model = activation.model
    let largest = found.flatMap { $0.map.contributions.floats }.reduce(Float(0)) { max($0, abs($1)) }
    let panels = found.map { found in
      let map = found.map
      let grid = GridMap(
        rows: map.contributions.shape[0], columns: map.contributions.shape[1], values: map.contributions.floats,
        placement: map.placement(on: model.network.input.extent))
      let caption = "\(map.target.description(in: model)) \(NumberFormat.score(map.score))"
      return Figure.Panel(
        caption: images.count > 1 ? "\(found.source): \(caption)" : caption,
        content: found.picture.map { .overlay(grid, on: $0, smooth: smooth) } ?? .map(grid))
    }
    let facts = found.count == 1 ? ["\(NumberFormat.score(found[0].map.score)) = \(Self.sum(found[0].map))"] : []
    return Figure(
      title: "Contributions of \(activation.layer)", panels: panels,
      scale: .signed(limit ?? Double(largest), unit: "contribution to the \(Self.unit(found, model))"),
      notes: VisNotes.lines(model, facts))
  }

  private static func unit(_ found: [Found], _ model: Model) -> String {
    let kind = model.answer.scores == nil ? "probability" : "logit"
    if case .contrast? = found.first?.map.target { return "difference of \(kind)s" }
    return kind
  }

  private func answer(_ found: [Found], _ activation: ClassActivation) -> Answer {
    Answer(
      model: activation.model.network.name, weights: activation.model.weights.summary, layer: activation.layer,
      chosen: activation.isChosen,
      results: found.map { found in
        Answer.Result(
          image: found.source, target: found.map.target.description(in: activation.model), score: found.map.score,
          shape: found.map.contributions.shape.dimensions, sum: found.map.sum, bias: found.map.bias,
          remainder: found.map.remainder, error: found.map.error, box: found.share)
      })
  }

  private struct Answer: Encodable {
    var schema = "zoo.vis.cam/1"
    var model: String
    var weights: String
    var layer: String
    var chosen: Bool
    var results: [Result]

    struct Result: Encodable {
      var image: String
      var target: String
      var score: Float
      var shape: [Int]
      var sum: Double
      var bias: Double?
      var remainder: Double
      var error: Double?
      var box: Double?
    }
  }
}
