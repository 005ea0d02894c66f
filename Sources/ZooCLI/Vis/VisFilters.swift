import ArgumentParser
import ZooInsight
import ZooKit

struct VisFilters: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "filters", abstract: "The weights of a layer as pictures, and how smooth they are.",
    discussion: """
      The weights as they are stored; the scale of a batch norm that follows is
      not in them. Filters over the picture are drawn in colour, zero as mid-grey;
      those of deeper layers as a grid, a row for each filter and a column for
      each channel that it reads; fully connected layers in the shape of what they
      read.

      Roughness is Geary's ratio: the mean squared difference of neighbouring
      weights over twice their variance. Shuffled weights have 1, smooth filters
      near 0. Noisy filters in the first layer are the sign of a network that was
      not trained long enough, or with too little regularisation; 3×3 kernels are
      too small to tell. In deeper layers a filter alone says little, as nobody
      knows what its inputs mean.

        zoo vis filters -m alexnet -w alexnet.pth -o filters.png
        zoo vis filters -m lenet -w lenet.caffemodel --layer conv2 -o conv2.svg
      """)

  @OptionGroup var model: VisModelOptions
  @Option(
    help: ArgumentHelp(
      "The layer, by its path in the definition. Default: the first with weights, and a table of all.",
      valueName: "LAYER"))
  var layer: String?
  @Option(help: ArgumentHelp("One filter of the layer.", valueName: "U")) var unit: Int?
  @Option(
    help: ArgumentHelp(
      "Draw at most so many filters, from the first on. Default: 256 in colour, else 12 of 12 channels.", valueName: "N"
    ))
  var maps: Int?
  @Flag(help: "One scale for all filters in colour, in place of one for each; others always share one.")
  var commonScale = false
  @OptionGroup var tables: TableOptions
  @OptionGroup var output: VisOutputOptions

  func validate() throws {
    try tables.check(json: output.json)
    if let maps, maps < 1 { throw ValidationError("--maps is \(maps); expected at least 1") }
  }

  func run() throws {
    try output.check()
    let reference = model.model ?? Catalogue.currentDefault
    let network = try Network.named(reference)
    if let layer { _ = try network.layer(named: layer) }
    let weights = try LoadedWeights.load(model.weights.source(), for: network)
    weights.mentionAll()
    let bank = try FilterBank(layer, of: network, weights: weights)
    if let unit { try network.checkUnit(unit, of: network.layer(named: bank.layer)) }
    try output.writeNumbers(bank.weights)
    let isColour = if case .colour = bank.reads { true } else { false }
    if commonScale, !isColour {
      throw ValidationError(
        "the filters of '\(bank.layer)' read no colours and always share a scale; leave out --common-scale")
    }
    let (filters, channels) = drawn(bank, isColour: isColour)
    let roughness = FilterRoughness(bank)
    if let path = output.output {
      var notes = ["Weights as stored; no batch norm is folded in."]
      if filters.count < bank.count {
        notes.append(
          "\(filters.count == 1 ? "Filter \(filters[0])" : "The first \(filters.count)") of \(bank.count) filters.")
      }
      if !isColour, channels.count < bank.channels {
        notes.append("The first \(channels.count) of \(bank.channels) channels.")
      }
      if let mean = roughness?.mean {
        notes.append("Mean roughness \(NumberFormat.fixed(mean, 2)); shuffled weights have 1.")
      }
      try bank.figure(
        title: "Filters of \(bank.layer), \(network.name): \(bank.weights.shape)", filters: filters, channels: channels,
        scale: commonScale ? .common : .perFilter,
        notes: FigureNotes.standard(network.name, weights: weights, notes)
      ).write(to: path, overwrite: output.force)
      Console.message("Wrote \(path)")
    }
    var rows: [Answer.Layer] = []
    if layer == nil {
      try FilterBank.forEach(of: network, weights: weights) { rows.append(Answer.Layer($0)) }
    } else {
      rows = [Answer.Layer(bank)]
    }
    if output.json {
      return try Console.json(
        Answer(
          model: network.name, weights: weights.summary, layer: bank.layer, shape: bank.weights.shape.dimensions,
          drawn: filters, roughness: roughness?.filters ?? [], layers: rows))
    }
    var table = TextTable([("LAYER", .left), ("WEIGHTS", .left), ("LARGEST", .right), ("ROUGHNESS", .right)])
    for row in rows {
      let rough = row.roughness.map { mean in
        NumberFormat.fixed(mean, 2) + (row.standardError.map { " ± \(NumberFormat.fixed($0, 2))" } ?? "")
      }
      table.append([row.layer, "\(Shape(row.shape))", Figure.short(Double(row.largest)), rough ?? "–"])
    }
    table.print(plain: tables.plain)
    if tables.plain { return }
    Console.result("")
    if let reading = roughness?.reading, isColour {
      Console.result(words(reading, of: bank.layer))
    } else if roughness == nil {
      Console.result("Single weights have no neighbours, and so no roughness.")
    }
    Console.result("weights  \(weights.summary)")
  }

  private func drawn(_ bank: FilterBank, isColour: Bool) -> (filters: [Int], channels: [Int]) {
    let isMatrix = bank.kernel.area == 1 && !isColour
    let side = isMatrix ? FilterBank.maximumMatrixSide : 12
    let filters = unit.map { [$0] } ?? Array(0..<min(bank.count, maps ?? (isColour ? 256 : side)))
    // A filter alone has room for more of its channels.
    let channels = Array(0..<min(bank.channels, unit == nil || isMatrix ? side : 144))
    return (filters, channels)
  }

  private func words(_ reading: FilterRoughness.Reading, of layer: String) -> String {
    switch reading {
    case .smooth:
      "The filters of '\(layer)' are smoother than noise (1), as those of a trained network are."
    case .noisy:
      "The filters of '\(layer)' are nearly as rough as noise: the sign of a network that was not trained long enough, or with too little regularisation."
    case .kernelTooSmall:
      "Kernels as small as those of '\(layer)' alternate in trained networks too; roughness tells little about them."
    }
  }

  private struct Answer: Encodable {
    var schema = "zoo.vis.filters/1"
    var model: String
    var weights: String
    var layer: String
    /// Filters, channels, rows, columns.
    var shape: [Int]
    /// The filters in the picture.
    var drawn: [Int]
    /// Of each filter of the layer; null where all its weights are alike.
    var roughness: [Double?]
    var layers: [Layer]

    struct Layer: Encodable {
      var layer: String
      var shape: [Int]
      var largest: Float
      var roughness: Double?
      var standardError: Double?

      init(_ bank: FilterBank) {
        layer = bank.layer
        shape = bank.weights.shape.dimensions
        largest = bank.limit()
        let rough = FilterRoughness(bank)
        (roughness, standardError) = (rough?.mean, rough?.standardError)
      }
    }
  }
}
