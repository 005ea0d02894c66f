import ArgumentParser
import ZooInsight
import ZooKit

struct VisTop: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top", abstract: "The pictures and patches of a folder that excite each unit of a layer most.",
    discussion: """
      One pass over the pictures keeps the K largest values of each unit, at most
      one for each picture, with its mean, its maximum, how often it is above zero
      and a histogram. A patch is the receptive box at that place, exactly what the
      unit sees of the network's input, cut out of the picture as it was before it
      was resized and cropped.

      With --index what was found is kept in a file. A run that was interrupted
      goes on when the same command is given again, and ends in the same bytes; a
      complete index is read and not made again. --part lets several machines
      share the work, and --merge puts their indexes together.

      Patches show what excites a unit, and not what it is for: a unit is used
      together with others, and its weaker answers count too.

        zoo vis top pets -m alexnet -w alexnet.pth --layer conv5_relu -o top.png
        zoo vis top pets -m vgg16 -w vgg16.pth --layer conv5_3 --index a.zootop --part 1/2
        zoo vis top --merge a.zootop b.zootop -o all.zootop
      """)

  @Argument(help: ArgumentHelp("A folder of pictures, or a data set.", valueName: "DATA"), completion: .directory)
  var data: String?
  @OptionGroup var model: VisModelOptions
  @Option(help: ArgumentHelp("The layer, by its path in the definition.", valueName: "LAYER")) var layer: String?
  @Option(help: ArgumentHelp("Draw one unit.", valueName: "U")) var unit: Int?
  @Option(help: ArgumentHelp("Draw at most so many units, from the first on.", valueName: "N")) var units = 12
  @Option(help: ArgumentHelp("Patches that are kept for each unit.", valueName: "K")) var count = 9
  @Option(help: "Of a folder with parts: test or train.") var split = Eval.Split.test
  @Option(help: ArgumentHelp("Only part I of N parts, of neighbours in the order of names.", valueName: "I/N"))
  var part: String?
  @Flag(help: "Leave out pictures that cannot be read, and list them.") var skipBad = false
  @Option(
    help: ArgumentHelp("Keep what is found in a file.", valueName: "F.zootop"),
    completion: .file(extensions: ["zootop"]))
  var index: String?
  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("Merge indexes of other pictures into -o.", valueName: "F.zootop"),
    completion: .file(extensions: ["zootop"]))
  var merge: [String] = []
  @Option(
    name: .short,
    help: ArgumentHelp("The picture to write; with --merge, the index.", valueName: "F.png|F.svg|F.zootop"),
    completion: .file(extensions: ["png", "svg", "zootop"]))
  var output: String?
  @Option(
    help: ArgumentHelp("Write the values, units by patches, float32.", valueName: "F.npy"),
    completion: .file(extensions: ["npy"]))
  var save: String?
  @Flag(help: "Replace files that exist, and begin anew what was begun of something else.") var force = false
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    try tables.check(json: json)
    if let index, !index.hasSuffix(".zootop") { throw ValidationError("'\(index)' should end in .zootop") }
    if let save, !save.hasSuffix(".npy") { throw ValidationError("'\(save)' should end in .npy") }
    if units < 1 { throw ValidationError("--units is \(units); expected at least 1") }
    if merge.isEmpty {
      if data == nil { throw ValidationError("name a folder of pictures, or indexes with --merge") }
      if layer == nil { throw ValidationError("name the layer with --layer; zoo graph MODEL lists the layers") }
      if let output, ![".png", ".svg"].contains(where: output.lowercased().hasSuffix) {
        throw ValidationError("'\(output)' should end in .png or .svg")
      }
      if part != nil { _ = try place() }
      return
    }
    guard let output, output.hasSuffix(".zootop") else {
      throw ValidationError("--merge needs -o with a name that ends in .zootop")
    }
    if data != nil || layer != nil || index != nil || save != nil || unit != nil || part != nil || tables.plain {
      throw ValidationError("--merge takes only indexes, -o, --force and --json")
    }
  }

  private func place() throws -> (number: Int, count: Int) {
    let numbers = (part ?? "").split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1], count >= 1, (1...count).contains(number)
    else {
      throw ValidationError("--part is '\(part ?? "")'; expected I/N, such as 1/4")
    }
    return (number, count)
  }

  func run() throws {
    if merge.isEmpty { try find() } else { try join() }
  }

  private func join() throws {
    guard let output else { return }
    try FileSystem.checkFile(output, overwrite: force)
    let merged = try TopIndex.merged(merge.map { (path: $0, index: try TopIndex(path: $0)) })
    try FileSystem.write(merged.bytes, to: output, overwrite: force)
    if json {
      try Console.json(Answer(merged, weights: nil, data: nil, continuedFrom: 0, patches: []))
    } else {
      Console.result(
        "\(merge.count) indexes of '\(merged.source.layer)' of \(merged.source.model), \(merged.readCount) pictures")
    }
    Console.message("Wrote \(output)")
  }

  private func find() throws {
    guard let data, let layer else { return }
    for path in [output, save].compactMap(\.self) { try FileSystem.checkFile(path, overwrite: force) }
    var pictures = try PictureSet(data, split: split == .train ? .train : .test)
    if part != nil {
      let place = try place()
      pictures = try pictures.part(place.number, of: place.count)
    }
    let model = try model.load(outputs: [layer])
    if let unit { try model.network.checkUnit(unit, of: model.network.layer(named: layer)) }
    let top = try TopPatches(model, layer: layer, capacity: count)
    var progress = Progress("Top patches of \(layer)", total: pictures.count)
    Interruption.await()
    let outcome: TopPatches.Outcome
    do {
      defer { progress.finish() }
      outcome = try top.run(over: pictures, to: index, skipsBad: skipBad, overwrite: force) { done, _ in
        progress.update(done)
        return !Interruption.wasRequested
      }
    }
    let found = outcome.index
    for picture in outcome.skipped {
      Console.message("left out: \(picture.reason ?? "\(picture.name), which an earlier run could not read")")
    }
    guard found.isComplete else {
      let next = index == nil ? "; with --index it can go on" : "; the same command goes on"
      Console.message("Interrupted after \(found.done) of \(found.pictures.count) pictures\(next)")
      throw Reported(status: .interrupted)
    }
    if let index {
      if outcome.continuedFrom == found.done {
        Console.message("\(index) is complete; nothing was run")
      } else {
        if outcome.continuedFrom > 0 {
          Console.message("Went on after \(outcome.continuedFrom) pictures that were done")
        }
        Console.message("Wrote \(index)")
      }
    }
    let drawn = unit.map { [$0] } ?? Array(0..<min(units, found.units.count))
    var patches = try drawn.flatMap { try found.patches(of: $0, model: model, pictures: pictures) }
    if let save {
      let width = found.units.first?.entries.count ?? 0
      let values = found.units.flatMap { $0.entries.map(\.value) }
      try NumPyFile.write(Tensor(shape: [found.units.count, width], floats: values), to: save, overwrite: force)
      Console.message("Wrote \(save)")
    }
    if let output {
      let which =
        drawn.count < found.units.count && unit == nil
        ? ["The first \(drawn.count) of \(found.units.count) units."] : []
      try TopPatch.figure(
        title: "What excites \(layer) of \(model.network.name) most", patches,
        columns: found.units.first?.entries.count ?? 1,
        notes: FigureNotes.standard(
          model.network.name, weights: model.weights, which + ["\(found.readCount) pictures of \(pictures.path)."])
      ).write(to: output, overwrite: force)
      Console.message("Wrote \(output)")
    }
    if json {
      return try Console.json(
        Answer(
          found, weights: model.weights.summary, data: pictures.path, continuedFrom: outcome.continuedFrom,
          patches: patches))
    }
    // One unit with all its patches, or the best of each.
    if unit == nil { patches = patches.filter { $0.isBest(in: found) } }
    report(found, patches)
    if tables.plain { return }
    Console.result("weights  \(model.weights.summary)")
    Console.result(
      "data     \(pictures.path), \(found.readCount) pictures\(found.skipped.isEmpty ? "" : ", \(found.skipped.count) left out")"
    )
  }

  private func report(_ index: TopIndex, _ patches: [TopPatch]) {
    if !tables.plain {
      Console.result(
        "\(index.source.layer)  \(index.shape), \(index.units.count) units, \(index.capacity) patches each")
    }
    var table = TextTable([
      ("UNIT", .right), ("MEAN", .right), ("ABOVE 0 %", .right), ("VALUE", .right), ("AT", .left), ("PATCH", .left),
      ("PICTURE", .left),
    ])
    for patch in patches {
      let statistics = index.units[patch.unit].statistics
      table.append([
        "\(patch.unit)", Figure.short(statistics.mean), NumberFormat.fixed(100 * statistics.fractionPositive, 1),
        Figure.short(Double(patch.value)), "\(patch.row), \(patch.column)",
        patch.pictureBox.map { "\($0.extent.width)×\($0.extent.height) at x \($0.column), y \($0.row)" }
          ?? "padding only",
        patch.picture,
      ])
    }
    table.print(plain: tables.plain)
    if tables.plain { return }
    let shown = Set(patches.map(\.unit)).count
    if shown < index.units.count, unit == nil {
      Console.result("\(shown) of \(index.units.count) units; --units shows more, --unit all patches of one")
    }
    let dead = index.units.indices.filter { index.units[$0].statistics.isDead }
    if !dead.isEmpty {
      let names = dead.prefix(20).map(String.init).joined(separator: ", ")
      Console.result("Never above 0: \(names)\(dead.count > 20 ? " and \(dead.count - 20) more" : "")")
    }
    Console.result("")
  }
}

extension TopPatch {
  fileprivate func isBest(in index: TopIndex) -> Bool {
    index.units[unit].entries.first.map { index.pictures[$0.picture].name == picture } ?? false
  }
}

private struct Answer: Encodable {
  var schema = "zoo.vis.top/1"
  var model: String
  /// Absent for a merged index.
  var weights: String?
  var layer: String
  var shape: [Int]
  var data: String?
  /// How many were read.
  var pictures: Int
  var skipped: [String]
  /// How many pictures an earlier run had shown.
  var continuedFrom: Int
  /// How many patches are kept for each unit.
  var count: Int
  /// All units.
  var units: [Unit]
  /// Of the units that are drawn, with their places.
  var patches: [Patch]

  struct Unit: Encodable {
    var unit: Int
    var mean: Double
    var maximum: Float
    var fractionPositive: Double
    /// See `ValueHistogram`: by powers of two around zero.
    var histogram: [Int]
    var top: [Entry]
  }

  struct Entry: Encodable {
    var picture: String
    var row: Int
    var column: Int
    var value: Float
  }

  struct Patch: Encodable {
    var unit: Int
    var picture: String
    var row: Int
    var column: Int
    var value: Float
    /// In the picture's own pixels; absent where the unit saw only padding.
    var box: Box?
    /// In the network's input.
    var inputBox: Box?
  }

  struct Box: Encodable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int

    init(_ box: PixelBox) { (x, y, width, height) = (box.column, box.row, box.extent.width, box.extent.height) }
  }

  init(_ index: TopIndex, weights: String?, data: String?, continuedFrom: Int, patches: [TopPatch]) {
    model = index.source.model
    layer = index.source.layer
    shape = index.shape.dimensions
    pictures = index.readCount
    skipped = index.skipped.map(\.name)
    count = index.capacity
    units = index.units.enumerated().map { number, unit in
      Unit(
        unit: number, mean: unit.statistics.mean, maximum: unit.statistics.maximum,
        fractionPositive: unit.statistics.fractionPositive, histogram: unit.statistics.histogram.counts,
        top: unit.entries.map {
          Entry(picture: index.pictures[$0.picture].name, row: $0.row, column: $0.column, value: $0.value)
        })
    }
    self.patches = patches.map {
      Patch(
        unit: $0.unit, picture: $0.picture, row: $0.row, column: $0.column, value: $0.value,
        box: $0.pictureBox.map(Box.init),
        inputBox: $0.inputBox.map(Box.init))
    }
    (self.weights, self.data, self.continuedFrom) = (weights, data, continuedFrom)
  }
}
