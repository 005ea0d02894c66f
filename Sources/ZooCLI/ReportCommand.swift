import ArgumentParser
import ZooInsight
import ZooKit

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "One page with everything about a network, or about what it makes of a picture.",
    discussion: """
      One HTML file that needs no network and no script, in light and dark, and
      to be printed. Of a picture: what the network saw and answers, activations,
      gradients and contributions with legends and units, a small change that
      changes the answer, and below each figure the command that makes it again. A method that is not defined for the
      network says why in its place. Of a model alone: its card, layers and their
      cost, its graph and first filters.

      IMAGE is a file that begins as JPEG, PNG and .npy files do, or any name that
      ends in .jpg, .jpeg, .png or .npy; with -m it always is one. Anything else
      is a MODEL, as for zoo show.

      Explanations differ, as each answers another question: none of them proves
      that the network used what a person sees in it.

        zoo report zoo/samples/test-007-is-9.png -o nine.html
        zoo report cat.jpg -m resnet18 -w resnet18-f37072fd.pth -o cat.html
        zoo report cat.jpg -m resnet18 -w resnet18-f37072fd.pth --data pets -o cat.html
        zoo report mobilenet_v2 -o mobilenet.html
      """)

  @Argument(help: ArgumentHelp("A picture, or a model to be described.", valueName: "IMAGE|MODEL"), completion: .file())
  var subject: String
  @OptionGroup var model: VisModelOptions
  @OptionGroup var target: VisTargetOptions
  @Option(
    help: ArgumentHelp(
      "Of a picture: other pictures, or a data set. What excites the same units, and the picture among their codes.",
      valueName: "FOLDER"), completion: .directory)
  var data: String?
  @Option(
    name: .short, help: ArgumentHelp("The page to write.", valueName: "F.html"),
    completion: .file(extensions: ["html"]))
  var output: String?
  @Flag(help: "Replace the file if it exists.") var force = false
  @Flag(help: "Print the page's numbers as JSON.") var json = false

  func validate() throws {
    if let output, ![".html", ".htm"].contains(where: output.lowercased().hasSuffix) {
      throw ValidationError("'\(output)' should end in .html")
    }
    if output == nil, !json { throw ValidationError("nothing to write; say where with -o F.html, or use --json") }
  }

  func run() throws {
    if let output { try FileSystem.checkFile(output, overwrite: force) }
    let report = try isPicture ? pictureReport() : modelReport()
    guard let report else { return }
    if let output {
      let page = try report.page(command: command)
      try FileSystem.write(page.html.utf8, to: output, overwrite: force)
      Console.message("Wrote \(output) (\(NumberFormat.bytes(page.html.utf8.count)))")
      if !page.leftOut.isEmpty {
        Console.message(
          "warning: figures left out, as the page would be larger than \(NumberFormat.bytes(Report.pageLimit)): \(page.leftOut.joined(separator: ", "))"
        )
      }
    }
    if json { try Console.json(report.numbers) }
  }

  /// Whether the argument names a picture, by the rule of the help.
  private var isPicture: Bool { model.model != nil || ImageSource.isOne(subject) }

  private func modelReport() throws -> Report? {
    if target.className != nil || target.against != nil {
      throw ValidationError("'\(subject)' is a model, and --class and --against explain a picture; leave them out")
    }
    if data != nil {
      throw ValidationError("'\(subject)' is a model, and --data has what is compared with a picture; leave it out")
    }
    let network = try Network.named(subject)
    var weights: LoadedWeights?
    do {
      weights = try LoadedWeights.load(model.weights.source(), for: network)
    } catch ZooError.weightsUnavailable where model.weights.argument == nil {
      Console.message("note: no weights of \(network.name) on this machine, so the page has no filters")
    }
    weights?.mentionAll()
    var builder = try ReportBuilder(network, weights: weights, line: FigureNotes.command, command: command)
    return try builder.build()
  }

  private func pictureReport() throws -> Report? {
    let reference = self.model.model ?? Catalogue.currentDefault
    let network = try Network.named(reference)
    let outputs = network.reportLayers + (data == nil ? [] : network.reportFolderLayers)
    let model = try self.model.load(outputs: outputs)
    let folder = try data.map { try ReportBuilder.Folder($0, model: model) }
    let (image, tensor) = try input(model)
    let target = try target.target(model, for: tensor)
    var builder = try ReportBuilder(network, weights: model.weights, line: FigureNotes.command, command: command)
    var progress = Progress("report", total: 1000)
    defer { progress.finish() }
    return try builder.build(model, image: image, target: target, folder: folder) { _, done, total in
      progress.update(done * 1000 / max(total, 1))
      return true
    }
  }

  /// The input, and the digest of the bytes that it was made of.
  private func input(_ model: Model) throws -> (ReportBuilder.Image, Tensor) {
    let bytes = try FileSystem.read(subject, limit: ImageLimits.standard.fileSize)
    let read = try ModelInput(subject, for: model)
    let digest = SHA256.digest(of: bytes).hexadecimal
    let image = ReportBuilder.Image(name: subject, sha256: digest, input: read.tensor, picture: read.picture)
    return (image, read.tensor)
  }

  /// The line that makes a figure again.
  private func command(_ figure: ReportFigure) -> String {
    var model = self.model.model.map { ["-m", $0] } ?? []
    if !isPicture { model = ["-m", subject] }
    let weights = self.model.weights.argument.map { ["-w", $0] } ?? []
    var engine: [String] = []
    if self.model.engine.numerics != .fast { engine += ["--numerics", self.model.engine.numerics.rawValue] }
    if let isa = self.model.engine.machine.isa { engine += ["--isa", isa] }
    if self.model.engine.interpreter { engine.append("--interpreter") }
    let all = model + weights + engine
    let explained =
      (target.className.map { ["--class", $0] } ?? []) + (target.against.map { ["--against", $0] } ?? [])
    let words: [String]
    switch figure {
    case .picture, .answer: words = ["infer", subject] + all
    case .activations(let layer, let maps):
      words = ["vis", "activations", subject] + all + ["--layer", layer, "--maps", "\(maps)", "-o", "activations.svg"]
    case .attribution(let method, let steps):
      let limit = method == .integratedGradients ? ["--max-steps", "\(steps)"] : []
      words = ["vis", method.rawValue, subject] + all + explained + limit + ["-o", "\(method.rawValue).svg"]
    case .contributions: words = ["vis", "cam", subject] + all + explained + ["-o", "cam.svg"]
    case .occlusion(let patch, let stride):
      let hidden = ["--patch", "\(patch)", "--stride", "\(stride)"]
      words = ["vis", "occlusion", subject] + all + explained + hidden + ["-o", "occlusion.svg"]
    case .adversarial(let epsilon):
      words = ["vis", "adversarial", subject] + all + ["--eps", "\(epsilon)", "-o", "adversarial.svg"]
    case .top(let layer, let unit, let count):
      let which = ["--layer", layer, "--unit", "\(unit)", "--count", "\(count)"]
      words = ["vis", "top", data ?? ""] + all + which + ["-o", "top.svg"]
    // No other command puts the picture among those of the folder.
    case .codes: return FigureNotes.command
    case .filters(let layer, let maps):
      words = ["vis", "filters"] + all + ["--layer", layer, "--maps", "\(maps)", "-o", "filters.svg"]
    case .layers: words = ["show", isPicture ? reference : subject]
    case .graph: words = ["graph", isPicture ? reference : subject, "-o", "graph.svg"]
    }
    return FigureNotes.line(words)
  }

  private var reference: String { model.model ?? Catalogue.currentDefault }
}
