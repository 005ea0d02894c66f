import ZooGraph
import ZooImages
import ZooKit
import ZooTensor
import ZooWeights

extension Network {
  /// The layers of a report: for each size of map the last layer that computes something at its places, before pooling makes
  /// them fewer. At most six, those of the largest maps.
  package var reportLayers: [String] {
    var last: [Extent: NodeID] = [:]
    for id in mapLayers {
      switch graph[id].operation {
      case .convolution, .locallyConnected, .activation, .prelu, .batchNorm, .normalization, .concat, .join:
        last[graph[id].shape.extent] = id
      default: break
      }
    }
    return last.values.sorted().prefix(6).map { graph[$0].name }
  }
}

extension ReportBuilder {
  mutating func appendAnswer(_ model: Model, _ image: Image) throws {
    let top = try model.classify(image.input, top: 5)
    report.numbers.answer = top.map {
      ReportNumbers.Class(index: $0.index, label: $0.label, probability: $0.probability, logit: $0.logit)
    }
    if let best = top.first {
      report.summary.append("\(network.name) answers \(best.label), probability \(Figure.short(best.probability)).")
    }
    var blocks: [ReportSection.Block] = []
    if let preprocessing = model.preprocessing, preprocessing.problems.isEmpty {
      let picture = preprocessing.picture(from: image.input)
      let panel = Figure.Panel(caption: "\(picture.width)×\(picture.height) pixels", content: .picture(picture))
      let figure = Figure(
        title: "What the network saw", panels: [panel],
        notes: ["After resizing and cropping; its preprocessing undone, rounded to bytes."])
      blocks.append(.figure(figure, .picture))
    }
    let bars = top.map { entry in
      ReportSection.Bar(
        name: entry.label, share: entry.probability,
        numbers: ["probability \(Self.fixed(entry.probability))", "logit \(Figure.short(Double(entry.logit)))"])
    }
    blocks.append(.bars(caption: "The likeliest classes", bars))
    // The figure has the same command.
    if blocks.count == 1 { blocks.append(.command(command(.answer))) }
    report.sections.append(ReportSection(id: "answer", title: "What it answers", blocks))
  }

  /// Four digits after the point.
  private static func fixed(_ probability: Double) -> String {
    let digits = "\(Int((min(max(probability, 0), 1) * 10_000).rounded()) + 10_000)"
    return "\(digits.first == "2" ? "1" : "0").\(digits.dropFirst())"
  }

  mutating func appendActivations(_ model: Model, _ image: Image) throws {
    var blocks: [ReportSection.Block] = [
      .paragraph(
        "For each size of map the last layer that computes something, before there are fewer places. Each layer has a scale of its own, shared by its maps."
      )
    ]
    report.numbers.activations = []
    let values = try model.values(for: image.input)
    for layer in network.reportLayers {
      guard let tensor = values[layer] else { continue }
      let id = try network.layer(named: layer)
      let value = LayerValue(layer: layer, value: tensor.reshaped(to: network.graph[id].shape))
      let drawn = value.strongest(maps)
      let kind = ReportFigure.activations(layer: layer, maps: maps)
      let which = "The \(drawn.count) of \(value.units) units with the largest magnitudes, strongest first."
      let figure = value.figure(
        title: "\(layer), \(value.value.shape)", units: drawn,
        notes: notes(drawn.count < value.units ? [which] : []))
      blocks.append(.figure(figure, kind))
      let numbers = ReportNumbers.Values(
        layer, value.value, unit: "activation", drawn: drawn, command: command(kind))
      report.numbers.activations?.append(numbers)
    }
    report.sections.append(ReportSection(id: "activations", title: "Activations", blocks))
  }

  /// - Returns: `nil` when it was not to go on.
  func attribution(
    _ method: AttributionMethod, _ model: Model, _ image: Image, _ target: AttributionTarget, goesOn: () -> Bool
  ) throws -> Result<Attribution, MethodRefusal>? {
    var options = Attributor.Options()
    options.maximumSteps = maximumSteps
    do {
      let attributor = try Attributor(model, method: method, options: options)
      return try attributor.attribution(of: target, for: image.input) { _, _ in goesOn() }.map { .success($0) }
    } catch {
      guard let refusal = MethodRefusal(error) else { throw error }
      return .failure(refusal)
    }
  }

  mutating func appendAttributions(
    _ found: [(AttributionMethod, Result<Attribution, MethodRefusal>)], _ model: Model, _ target: AttributionTarget
  ) {
    let what = target.description(in: model)
    var blocks: [ReportSection.Block] = [
      .paragraph(
        "What the \(what) has to do with each pixel. Figures of the same unit share a scale, which ends at the 99th percentile of their magnitudes; a command alone gives its figure a scale of its own."
      )
    ]
    var magnitudes: [String: [Float]] = [:]
    for case (_, .success(let attribution)) in found {
      magnitudes[attribution.unit, default: []] += attribution.map.floats.map(\.magnitude).filter(\.isFinite)
    }
    let limits = magnitudes.mapValues { numbers -> Double in
      let sorted = numbers.sorted()
      guard let largest = sorted.last else { return 0 }
      let most = sorted[(sorted.count - 1) * 99 / 100]
      return Double(most > 0 ? most : largest)
    }
    report.numbers.attributions = []
    for (method, result) in found {
      let kind = ReportFigure.attribution(method, maximumSteps: maximumSteps)
      switch result {
      case .failure(let refusal):
        blocks.append(.refusal(title: method.title, reason: refusal.reason))
        report.numbers.refusals.append(.init(what: method.rawValue, reason: refusal.reason))
      case .success(let attribution):
        report.numbers.score = attribution.score
        var values = ReportNumbers.Values(
          method.rawValue, attribution.values, unit: attribution.unit, drawn: nil, command: command(kind))
        values.error = attribution.completeness?.error
        report.numbers.attributions?.append(values)
        var facts = ["\(what): \(Figure.short(Double(attribution.score)))"]
        if let sum = attribution.completeness {
          facts.append(
            "The values add up to \(Figure.short(sum.sum)); the score minus the baseline's is \(Figure.short(sum.difference)), off by \(Figure.short(100 * sum.error)) %, with \(attribution.passes) gradients."
          )
        }
        let map = attribution.map
        let panel = Figure.Panel(
          caption: method.addsUp ? "sum over the channels" : "the channel where it is largest",
          content: .map(GridMap(rows: map.shape[0], columns: map.shape[1], values: map.floats)))
        let scale = ColourScale.signed(limits[attribution.unit] ?? 0, unit: attribution.unit)
        let title = method.title.prefix(1).uppercased() + method.title.dropFirst()
        blocks.append(.figure(Figure(title: title, panels: [panel], scale: scale, notes: notes(facts)), kind))
      }
    }
    report.sections.append(ReportSection(id: "gradients", title: "Why: by gradients", blocks))
  }

  /// - Returns: whether to go on.
  mutating func appendOcclusion(
    _ model: Model, _ image: Image, _ target: AttributionTarget, progress: () -> Bool
  ) throws -> Bool {
    let title = "Why: by hiding places"
    let occlusion = try Occlusion(of: network.input)
    let found: OcclusionMap?
    do {
      found = try occlusion.map(of: target, for: image.input, model, progress: { _, _ in progress() })
    } catch {
      guard let refusal = MethodRefusal(error) else { throw error }
      report.numbers.refusals.append(.init(what: "occlusion", reason: refusal.reason))
      report.sections.append(
        ReportSection(id: "occlusion", title: title, [.refusal(title: "Occlusion", reason: refusal.reason)]))
      return true
    }
    guard let map = found else { return false }
    let kind = ReportFigure.occlusion(patch: occlusion.patch, stride: occlusion.stride)
    let facts = [
      "A patch of \(occlusion.patch)×\(occlusion.patch) pixels, every \(occlusion.stride), of the picture's mean colour.",
      "Computed \(Figure.short(map.factor)) times less than a whole pass for each place, with the same bits.",
    ]
    let picture = model.preprocessing.flatMap { $0.problems.isEmpty ? $0.picture(from: image.input) : nil }
    let line = command(kind)
    report.numbers.occlusion = ReportNumbers.Occlusion(
      patch: occlusion.patch, stride: occlusion.stride, fill: occlusion.fill.rawValue,
      shape: [occlusion.positions.height, occlusion.positions.width], values: map.scoreChanges, command: line)
    let figure = map.figure(on: picture, of: target.description(in: model), notes: notes(facts))
    report.sections.append(ReportSection(id: "occlusion", title: title, [.figure(figure, kind)]))
    return true
  }

  mutating func appendContributions(_ model: Model, _ image: Image, _ target: AttributionTarget) throws {
    let title = "Why: by places"
    do {
      let activation = try ClassActivation(model)
      let map = try activation.map(of: target, for: image.input)
      let shape = map.contributions.shape
      let grid = GridMap(
        rows: shape[0], columns: shape[1], values: map.contributions.floats,
        placement: map.placement(on: network.input.extent))
      let limit = grid.values.reduce(0) { $1.isFinite ? max($0, $1.magnitude) : $0 }
      let picture = model.preprocessing.flatMap { $0.problems.isEmpty ? $0.picture(from: image.input) : nil }
      let rest = map.bias.map { "\(Figure.short($0)) bias" } ?? "\(Figure.short(map.remainder)) from what follows"
      let figure = Figure(
        title: "Contributions of the places of \(activation.layer)",
        panels: [
          .init(
            caption: map.target.description(in: model), content: picture.map { .overlay(grid, on: $0) } ?? .map(grid))
        ],
        scale: .signed(
          Double(limit), unit: "contribution to the \(model.answer.scores == nil ? "probability" : "logit")"),
        notes: notes([
          "\(Figure.short(Double(map.score))) = \(Figure.short(map.sum)) from the places + \(rest)",
          "Layer \(activation.layer), the last with places that all of the network passes through.",
        ]))
      report.numbers.contributions = ReportNumbers.Contributions(
        layer: activation.layer, shape: shape.dimensions, values: grid.values, sum: map.sum, bias: map.bias,
        command: command(.contributions))
      report.sections.append(ReportSection(id: "cam", title: title, [.figure(figure, .contributions)]))
    } catch {
      guard let refusal = MethodRefusal(error) else { throw error }
      report.numbers.refusals.append(.init(what: "cam", reason: refusal.reason))
      report.sections.append(
        ReportSection(id: "cam", title: title, [.refusal(title: "Contributions of places", reason: refusal.reason)]))
    }
  }
}

extension ReportNumbers.Values {
  init(_ name: String, _ tensor: Tensor, unit: String, drawn: [Int]?, command: String) {
    let numbers = tensor.floats
    var hash = SHA256()
    tensor.withUnsafeBytes { hash.update($0) }
    self.init(
      name: name, shape: tensor.shape.dimensions, unit: unit, minimum: numbers.min() ?? 0, maximum: numbers.max() ?? 0,
      sha256: hash.digest.hexadecimal, drawn: drawn, command: command)
  }
}
