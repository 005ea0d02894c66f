import ArgumentParser
import ZooInsight
import ZooKit

extension VisActivations {
  /// The units of a layer, or of every rectifier, over a folder.
  func census() throws {
    if unit != nil {
      throw ValidationError("--unit chooses a map of one picture; zoo vis top shows what excites a unit over a folder")
    }
    let network = try Network.find(self.model.model ?? Catalogue.currentDefault)
    let outputs = try UnitCensus.outputs(of: network, layer: layer)
    let pictures = try PictureSet(source, split: split == .train ? .train : .test)
    let model = try self.model.load(outputs: outputs)
    var progress = Progress("Units of \(network.name)", total: pictures.count)
    let census: UnitCensus
    Interruption.await()
    do {
      defer { progress.finish() }
      census = try UnitCensus(of: model, layer: layer, over: pictures, skipsBad: skipBad) { done, _ in
        progress.update(done)
        return !Interruption.wasRequested
      }
    }
    for picture in census.skipped { Console.message("left out: \(picture.reason ?? picture.name)") }
    guard census.isComplete else {
      Console.message("Interrupted after \(census.pictures) of \(pictures.count) pictures; nothing is written")
      throw Reported(status: .interrupted)
    }
    if let layer = census.layers.first, output.save != nil {
      let numbers =
        layer.units.map { Float($0.mean) } + layer.units.map(\.maximum) + layer.units.map { Float($0.fractionPositive) }
      try output.writeNumbers(Tensor(shape: [3, layer.units.count], floats: numbers))
    }
    if let path = output.output {
      try census.figure(
        title: "How often units of \(network.name) fire",
        notes: FigureNotes.standard(
          network.name, weights: model.weights, ["\(census.pictures) pictures of \(pictures.path)."])
      ).write(to: path, overwrite: output.force)
      Console.message("Wrote \(path)")
    }
    if output.json { return try Console.json(CensusAnswer(census, model, pictures)) }
    report(census)
    if tables.plain { return }
    Console.result("weights  \(model.weights.summary)")
    Console.result(
      "data     \(pictures.path), \(census.pictures) pictures\(census.skipped.isEmpty ? "" : ", \(census.skipped.count) left out")"
    )
  }

  private func report(_ census: UnitCensus) {
    var table = TextTable([
      ("LAYER", .left), ("SHAPE", .left), ("UNITS", .right), ("DEAD", .right), ("ABOVE 0 %", .right),
    ])
    for layer in census.layers {
      table.append([
        layer.counted, "\(layer.shape)", "\(layer.units.count)", "\(layer.neverPositive.count)",
        NumberFormat.fixed(100 * layer.fractionPositive, 1),
      ])
    }
    table.print(plain: tables.plain)
    if tables.plain { return }
    Console.result("")
    let isRectified = census.layers.allSatisfy(\.isRectified)
    let never = census.layers.reduce(0) { $0 + $1.neverPositive.count }
    let units = census.layers.reduce(0) { $0 + $1.units.count }
    if let layer = census.layers.first, self.layer != nil {
      if layer.counted != layer.name {
        Console.result("Counted behind the ReLU of '\(layer.name)', '\(layer.counted)'.")
      }
      if !isRectified {
        Console.result(
          "'\(layer.name)' goes through no ReLU of its own: DEAD counts units whose value was never above 0.")
      }
      if let pairs = layer.duplicates {
        let shown = pairs.prefix(10).map { "\($0.first) and \($0.second) (\(NumberFormat.fixed($0.correlation, 4)))" }
        let more = pairs.count > 10 ? " and \(pairs.count - 10) more pairs" : ""
        Console.result(
          pairs.isEmpty
            ? "No two units answer nearly alike (correlation above 0.99)."
            : "Nearly alike (correlation above 0.99): \(shown.joined(separator: ", "))\(more).")
      } else if layer.units.count > UnitCorrelations.maximumUnits {
        Console.result("More than \(UnitCorrelations.maximumUnits) units are not compared with each other.")
      }
      if never > 0 {
        let shown = layer.neverPositive.prefix(20).map(String.init).joined(separator: ", ")
        Console.result("Never above 0: \(shown)\(never > 20 ? " and \(never - 20) more" : "").")
      }
    }
    if isRectified {
      Console.result(
        never == 0
          ? "All \(units) units fired for at least one picture."
          : "\(never) of \(units) units fired for no picture. Dead units pass no gradient; many of them are the sign of a learning rate that was too high."
      )
    }
    Console.result("")
  }
}

private struct CensusAnswer: Encodable {
  var schema = "zoo.vis.activations.units/1"
  var model: String
  var weights: String
  var data: String
  var pictures: Int
  var skipped: [String]
  var layers: [Layer]

  struct Layer: Encodable {
    var layer: String
    /// The layer whose values were counted.
    var counted: String
    var isRectified: Bool
    var shape: [Int]
    var units: Int
    /// The units whose value was never above zero.
    var dead: [Int]
    var fractionPositive: Double
    /// Of each unit.
    var means: [Double]
    var maxima: [Float]
    var fractionsPositive: [Double]
    /// Absent when units were not compared.
    var duplicates: [Pair]?
  }

  struct Pair: Encodable {
    var units: [Int]
    var correlation: Double
  }

  init(_ census: UnitCensus, _ model: Model, _ pictures: PictureSet) {
    self.model = model.network.name
    weights = model.weights.summary
    data = pictures.path
    self.pictures = census.pictures
    skipped = census.skipped.map(\.name)
    layers = census.layers.map { layer in
      Layer(
        layer: layer.name, counted: layer.counted, isRectified: layer.isRectified, shape: layer.shape.dimensions,
        units: layer.units.count, dead: layer.neverPositive, fractionPositive: layer.fractionPositive,
        means: layer.units.map(\.mean), maxima: layer.units.map(\.maximum),
        fractionsPositive: layer.units.map(\.fractionPositive),
        duplicates: layer.duplicates?.map { Pair(units: [$0.first, $0.second], correlation: $0.correlation) })
    }
  }
}
