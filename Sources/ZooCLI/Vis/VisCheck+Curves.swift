import ZooInsight
import ZooKit

extension VisCheck {
  /// Follows a class's probability as places of the input are removed in the order of a method's map.
  func runCurves(_ method: ExplanationMethod, _ model: Model, _ input: ModelInput) throws {
    let extent = model.network.input.extent
    let index =
      try target.className.map { try VisTargetOptions.index(of: $0, model) }
      ?? VisTargetOptions.likeliest(model, input.tensor)
    var options = DeletionCurves.Options()
    options.cell = cell ?? max(1, min(extent.height, extent.width) / 28)
    options.fill = fill ?? options.fill
    options.steps = steps ?? options.steps
    options.orders = orders ?? options.orders
    options.seed = seed
    let curves = try DeletionCurves(model, options: options)
    let target = AttributionTarget.score(index)
    let made = try Self.showingProgress(method.title) { try method.explain(model, input.tensor, target, $0) }
    guard let map = made else { return }
    let found = try Self.showingProgress("deletion and insertion") { progress in
      try curves.run(map, isSigned: method.isSigned, class: index, for: input.tensor, progress: progress)
    }
    guard let result = found else { return }
    let subject = "\(method.title) of the \(target.description(in: model))"
    try output.writeNumbers(result.numbers)
    if let path = output.output {
      let preprocessing = model.preprocessing.flatMap { $0.problems.isEmpty ? $0 : nil }
      let picture: (Tensor) -> PixelImage? = { preprocessing?.picture(from: $0) }
      try result.write(
        to: path, title: subject, unit: "value of the map",
        notes: VisNotes.lines(model, ["\(subject), seed \(seed)"]), overwrite: output.force, picture: picture)
    }
    if output.json {
      try Console.json(CurvesAnswer(result, method, model, image: image, target: target.description(in: model)))
      return
    }
    let size = options.cell == 1 ? "pixels" : "cells of \(options.cell)×\(options.cell) pixels"
    if !tables.plain {
      Console.result("\(subject), seed \(seed)")
      Console.result("\(NumberFormat.grouped(result.cells)) \(size), filled with \(options.fill.rawValue)")
    }
    // In the reverse order the areas are those of the other curve.
    var table = TextTable([
      ("area below", .left), ("deletion", .right), ("insertion", .right), ("random orders", .right),
    ])
    for (name, area, random) in [
      ("probability", { $0.area }, result.randomArea), ("logit", { $0.logitArea }, result.randomLogitArea),
    ] as [(String, (DeletionCurves.Curve) -> Double, Double)] {
      let areas = [area(result.deletion), area(result.insertion), random]
      table.append([name] + areas.map { NumberFormat.fixed($0, 3) })
    }
    table.print(plain: tables.plain)
    if tables.plain { return }
    for line in result.summary { Console.result(line) }
  }
}

/// The JSON of `zoo vis check --curves`.
struct CurvesAnswer: Encodable {
  var schema = "zoo.vis.curves/1"
  var method: String
  var model: String
  var weights: String
  var image: String
  var target: String
  var seed: UInt64
  var cell: Int
  var cells: Int
  var fill: String
  var deletion: Curve
  var insertion: Curve
  var random: [Curve]
  var summary: [String]

  struct Curve: Encodable {
    var area: Double
    var logitArea: Double
    var shares: [Double]
    var logits: [Float]
    var probabilities: [Double]

    init(_ curve: DeletionCurves.Curve) {
      (area, logitArea) = (curve.area, curve.logitArea)
      shares = curve.points.map(\.share)
      logits = curve.points.map(\.logit)
      probabilities = curve.points.map(\.probability)
    }
  }

  init(
    _ result: DeletionCurves.Result, _ method: ExplanationMethod, _ model: Model, image: String, target: String
  ) {
    self.method = method.name
    self.model = model.network.name
    weights = model.weights.summary
    (self.image, self.target) = (image, target)
    (seed, cell, cells) = (result.options.seed, result.options.cell, result.cells)
    fill = result.options.fill.rawValue
    (deletion, insertion) = (Curve(result.deletion), Curve(result.insertion))
    random = result.random.map { Curve($0) }
    summary = result.summary
  }
}
