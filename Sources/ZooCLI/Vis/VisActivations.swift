import ArgumentParser
import ZooInsight
import ZooKit

struct VisActivations: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "activations", abstract: "The maps of a layer; over a folder, which units never fire.",
    discussion: """
      The values of a layer as the definition has it, before a ReLU or batch norm
      that follows as a layer of its own: a map for each unit, all in one scale,
      signed where there are negative values. Of a fully connected layer each
      unit is a cell.

      Over a folder the mean, the maximum and the fraction above zero of each unit
      are counted behind its ReLU. A unit that fired for no picture is dead: no
      gradient gets through it, and training cannot wake it. Many of them are the
      sign of a learning rate that was too high. Of a named layer, units that
      answer nearly alike (correlation above 0.99) are listed too. Without
      --layer, every ReLU of the network gets a line.

      That a map is bright says what the unit answers, and not what the class
      score owes to it; zoo vis cam does.

        zoo vis activations cat.jpg -m alexnet -w alexnet.pth --layer conv1 -o maps.png
        zoo vis activations mnist -m lenet -w lenet.caffemodel
      """)

  @Argument(
    help: ArgumentHelp(
      "A JPEG or PNG file, - or an .npy tensor; or a folder of pictures, or a data set.", valueName: "IMAGE|DATA"),
    completion: .file())
  var source: String
  @OptionGroup var model: VisModelOptions
  @Option(
    help: ArgumentHelp("The layer, by its path in the definition. Default: a table of every ReLU.", valueName: "LAYER"))
  var layer: String?
  @Option(help: ArgumentHelp("One unit of the layer: a map, or a number of a vector.", valueName: "U")) var unit: Int?
  @Option(help: ArgumentHelp("Draw at most so many maps; where there are more, the strongest first.", valueName: "N"))
  var maps = 64
  @Option(help: "Of a folder with parts: test or train.") var split = Eval.Split.test
  @Flag(help: "Of a folder: leave out pictures that cannot be read, and list them.") var skipBad = false
  @OptionGroup var tables: TableOptions
  @OptionGroup var output: VisOutputOptions

  func validate() throws {
    try tables.check(json: output.json)
    if maps < 1 { throw ValidationError("--maps is \(maps); expected at least 1") }
    if layer == nil {
      if unit != nil { throw ValidationError("--unit needs --layer") }
      if output.save != nil { throw ValidationError("--save writes the values of one layer; name it with --layer") }
    }
  }

  func run() throws {
    try output.check()
    if FileSystem.isDirectory(source) { try census() } else { try picture() }
  }

  private func picture() throws {
    if skipBad { throw ValidationError("--skip-bad is for folders") }
    guard let layer else {
      if output.output != nil { throw ValidationError("-o draws one layer of a picture; name it with --layer") }
      return try table()
    }
    let model = try model.load(outputs: [layer])
    if let unit { try model.network.checkUnit(unit, of: model.network.layer(named: layer)) }
    let value = try LayerValue(layer, of: model, for: ModelInput(source, for: model).tensor)
    let isVector = value.extent.area == 1
    let drawn = unit.map { [$0] } ?? (isVector ? Array(0..<value.units) : value.strongest(maps))
    try output.writeNumbers(unit.map { value.tensor(of: $0) } ?? value.value)
    let isCut = drawn.count < value.units && unit == nil
    if let path = output.output {
      let which =
        isCut ? ["The \(drawn.count) of \(value.units) units with the largest magnitudes, strongest first."] : []
      try value.figure(
        title: "\(layer) of \(model.network.name), \(value.value.shape)", units: drawn,
        notes: FigureNotes.standard(model.network.name, weights: model.weights, which + ["Picture: \(source)."])
      ).write(to: path, overwrite: output.force)
      Console.message("Wrote \(path)")
    }
    let summaries = drawn.map { unit in
      Answer.Unit(unit: unit, value.map(of: unit))
    }
    if output.json {
      let range = value.range
      try Console.json(
        Answer(
          model: model.network.name, weights: model.weights.summary, image: source, layer: layer,
          shape: value.value.shape.dimensions, minimum: range?.lowerBound ?? 0, maximum: range?.upperBound ?? 0,
          units: summaries, drawn: isCut ? "strongest" : "all"))
      return
    }
    if !tables.plain { Console.result("\(layer)  \(value.value.shape), \(value.units) units") }
    if isVector { return report(value) }
    var table = TextTable([("UNIT", .right), ("MIN", .right), ("MEAN", .right), ("MAX", .right), ("ABOVE 0 %", .right)])
    for row in summaries.prefix(maps) {
      table.append([
        "\(row.unit)", Figure.short(Double(row.minimum)), Figure.short(row.mean), Figure.short(Double(row.maximum)),
        NumberFormat.fixed(100 * row.fractionPositive, 1),
      ])
    }
    table.print(plain: tables.plain)
    if !tables.plain, isCut || summaries.count > maps {
      Console.result("\(min(drawn.count, maps)) of \(value.units) units; --maps shows more")
    }
  }

  /// A vector has one number for each unit.
  private func report(_ value: LayerValue) {
    let shown = unit.map { [$0] } ?? value.strongest(maps)
    var table = TextTable([("UNIT", .right), ("VALUE", .right)])
    for unit in shown { table.append(["\(unit)", Figure.short(Double(value.map(of: unit)[0]))]) }
    table.print(plain: tables.plain)
    if !tables.plain, shown.count < value.units, unit == nil {
      Console.result("The \(shown.count) of \(value.units) units with the largest magnitudes; --maps shows more")
    }
  }

  /// Every rectifier, for one picture.
  private func table() throws {
    let network = try Network.find(self.model.model ?? Catalogue.currentDefault)
    let names = try UnitCensus.outputs(of: network, layer: nil)
    let model = try self.model.load(outputs: names)
    let values = try model.values(for: ModelInput(source, for: model).tensor)
    let layers = try names.map { name in
      let shape = model.network.graph[try model.network.layer(named: name)].shape
      let numbers = values[name]?.floats ?? []
      let area = max(1, shape.elementCount / shape.unitCount)
      let silent = (0..<shape.unitCount).count { unit in numbers[unit * area..<(unit + 1) * area].allSatisfy { $0 <= 0 }
      }
      return Layers.Layer(
        layer: name, shape: shape.dimensions, units: shape.unitCount, silent: silent,
        fractionPositive: Double(numbers.count { $0 > 0 }) / Double(max(1, numbers.count)))
    }
    if output.json {
      return try Console.json(
        Layers(model: network.name, weights: model.weights.summary, image: source, layers: layers))
    }
    var table = TextTable([
      ("LAYER", .left), ("SHAPE", .left), ("UNITS", .right), ("SILENT", .right), ("ABOVE 0 %", .right),
    ])
    for layer in layers {
      table.append([
        layer.layer, "\(Shape(layer.shape))", "\(layer.units)", "\(layer.silent)",
        NumberFormat.fixed(100 * layer.fractionPositive, 1),
      ])
    }
    table.print(plain: tables.plain)
    if tables.plain { return }
    Console.result("")
    Console.result("Silent units did not fire for this picture; whether they are dead, a folder of pictures tells.")
  }

  private struct Layers: Encodable {
    var schema = "zoo.vis.activations.layers/1"
    var model: String
    var weights: String
    var image: String
    var layers: [Layer]

    struct Layer: Encodable {
      var layer: String
      var shape: [Int]
      var units: Int
      /// Units without a value above zero.
      var silent: Int
      var fractionPositive: Double
    }
  }

  private struct Answer: Encodable {
    var schema = "zoo.vis.activations/1"
    var model: String
    var weights: String
    var image: String
    var layer: String
    var shape: [Int]
    var minimum: Float
    var maximum: Float
    /// Those that are drawn.
    var units: [Unit]
    /// `all`, or `strongest` where there are more.
    var drawn: String

    struct Unit: Encodable {
      var unit: Int
      var minimum: Float
      var mean: Double
      var maximum: Float
      var fractionPositive: Double

      init(unit: Int, _ map: [Float]) {
        self.unit = unit
        minimum = map.min() ?? 0
        maximum = map.max() ?? 0
        mean = map.reduce(0.0) { $0 + Double($1) } / Double(max(1, map.count))
        fractionPositive = Double(map.count { $0 > 0 }) / Double(max(1, map.count))
      }
    }
  }
}
