import ZooGraph
import ZooImages
import ZooKit
import ZooRuntime
import ZooTensor
import ZooWeights

/// Puts a report together, one figure after the other, so that no two need their memory at once.
public struct ReportBuilder {
  /// A picture that the network is shown.
  public struct Image: Sendable {
    /// Without folders.
    public var name: String
    /// Of the file's bytes.
    public var sha256: String
    /// `[C, H, W]`, preprocessed.
    public var input: Tensor
    /// What the file has; `nil` of a tensor.
    public var picture: PixelImage?

    /// - Parameters:
    ///   - name: for the page, without folders.
    ///   - sha256: of the file, in hexadecimal digits.
    ///   - input: the network's input that was made of it, `[channels, height, width]`.
    ///   - picture: to be shown; `nil` where there is nothing but the tensor.
    public init(name: String, sha256: String, input: Tensor, picture: PixelImage? = nil) {
      (self.name, self.sha256, self.input, self.picture) = (name, sha256, input, picture)
    }
  }

  /// That the report is about.
  public let network: Network
  /// `nil` where there are none.
  public let weights: LoadedWeights?
  /// How many maps of a layer are drawn.
  public var maps = 16
  /// Of integrated gradients: the most places on the way.
  public var maximumSteps = 128
  let command: (ReportFigure) -> String
  var report: Report

  /// - Parameters:
  ///   - network: what the report is about.
  ///   - weights: its weights; `nil` for a report without what they show.
  ///   - line: what makes the whole report again
  ///   - command: what makes a figure of it again
  /// - Throws: what passes throw.
  public init(
    _ network: Network, weights: LoadedWeights?, line: String, command: @escaping (ReportFigure) -> String
  ) throws {
    (self.network, self.weights, self.command) = (network, weights, command)
    let cost = try network.cost()
    let table = LayerTable(graph: network.graph, cost: cost)
    var numbers = ReportNumbers(
      model: network.name, command: line, input: network.input.dimensions, parameters: cost.inference.parameters,
      macs: cost.inference.multiplyAccumulates, peakActivationBytes: cost.peakActivationBytes)
    numbers.preprocessing = (weights?.preprocessing ?? network.preprocessing).map { "\($0)" }
    numbers.weights = try weights.map {
      ReportNumbers.Source(name: $0.summary, sha256: try $0.fileDigest())
    }
    numbers.layers = table.rows.map { row in
      ReportNumbers.Layer(
        path: row.path, operation: row.operation, output: row.output.dimensions, parameters: row.parameters,
        macs: row.multiplyAccumulates)
    }
    let title = network.card.title ?? network.name
    report = Report(title: title, summary: [], command: line, sections: [], numbers: numbers)
  }

  /// What the network is: its card, what it costs, its layers, its graph and the filters of its first layer.
  ///
  /// - Throws: `WeightsError`.
  public mutating func build() throws -> Report {
    if let summary = network.card.summary { report.summary.append(summary) }
    report.sections = [cardSection(nil)]
    try appendFilters()
    report.sections += [layersSection(isOpen: true), graphSection(isOpen: true)]
    return report
  }

  /// What the network makes of a picture, and what it is.
  ///
  /// - Parameters:
  ///   - model: answers with the values of `Network.reportLayers`, and with a folder of `Network.reportFolderLayers`
  ///   - image: what the network is shown.
  ///   - target: what is explained
  ///   - folder: other pictures, which the picture is seen among
  ///   - progress: what is under way, and which of how many parts are done; whether to go on
  /// - Throws: `ZooError`, `ImageError`, `WeightsError`, `RuntimeError`.
  /// - Returns: `nil` when it was not to go on.
  public mutating func build(
    _ model: Model, image: Image, target: AttributionTarget, folder: Folder? = nil,
    progress: (_ title: String, _ done: Int, _ total: Int) -> Bool
  ) throws -> Report? {
    report.title = "\(image.name), as \(network.name) sees it"
    report.numbers.image = ReportNumbers.Source(name: image.name, sha256: image.sha256)
    report.numbers.target = target.description(in: model)
    let methods: [AttributionMethod] = [.saliency, .smoothGrad, .guided, .inputGradient, .integratedGradients]
    let total = methods.count + (folder == nil ? 5 : 7)
    guard progress("activations", 0, total) else { return nil }
    report.sections = [cardSection(image)]
    try appendAnswer(model, image)
    try appendActivations(model, image)
    var found: [(AttributionMethod, Result<Attribution, MethodRefusal>)] = []
    for (index, method) in methods.enumerated() {
      guard progress(method.title, index + 1, total) else { return nil }
      let result = try attribution(method, model, image, target) { progress(method.title, index + 1, total) }
      guard let result else { return nil }
      found.append((method, result))
    }
    appendAttributions(found, model, target)
    guard progress("contributions", methods.count + 1, total) else { return nil }
    try appendContributions(model, image, target)
    guard
      try appendOcclusion(model, image, target, progress: { progress("occlusion", methods.count + 2, total) })
    else { return nil }
    guard
      try appendAdversarial(model, image, progress: { progress("adversarial picture", methods.count + 3, total) })
    else { return nil }
    if let folder {
      let done = methods.count + 4
      guard try appendFolder(model, image, folder, progress: { progress($0, done + $1, total) }) else { return nil }
    } else {
      report.sections.append(Self.folderHint)
    }
    guard progress("filters", total - 1, total) else { return nil }
    try appendFilters()
    report.sections += [layersSection(isOpen: false), graphSection(isOpen: false)]
    return report
  }

  /// What every figure carries besides what it shows.
  func notes(_ facts: [String]) -> [String] {
    var lines = facts
    if let weights = report.numbers.weights {
      lines.append("\(network.name), weights \(weights.name)" + (weights.sha256.map { ", SHA-256 \($0)" } ?? ""))
    } else {
      lines.append(network.name)
    }
    if let image = report.numbers.image { lines.append("Picture \(image.name), SHA-256 \(image.sha256 ?? "")") }
    return lines
  }
}

/// Why a method is not defined for a network or a picture, in words.
struct MethodRefusal: Error {
  let reason: String

  /// `nil` for an error that is none of the method's: those of files and of memory.
  init?(_ error: any Error) {
    switch error {
    case is GradientGraphError, is InsightError, is ValuesError, is WindowedError, is AdversaryError, is EmbeddingError,
      is TopIndexError, ZooError.noPreprocessing, ZooError.nothingToRank, ZooError.noHead, ZooError.noLogits:
      reason = "\(error)"
    default: return nil
    }
  }
}
