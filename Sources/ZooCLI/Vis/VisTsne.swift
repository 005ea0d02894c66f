import ArgumentParser
import ZooInsight
import ZooKit

struct VisTsne: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tsne",
    abstract: "CNN codes in the plane, neighbours near each other.",
    discussion: """
      CODES.npy is what zoo features wrote, DATA a folder of pictures, which are
      run through the model. The codes are reduced to their principal
      components, exactly, and laid out by t-SNE: with the gradient of all pairs
      up to 5,000 pictures, by Barnes and Hut's tree above. Nothing is random:
      the layout begins with the first two components, and the same codes give
      the same bits on any number of threads.

      KL is the divergence that is minimised, in nats. The trustworthiness says
      whether neighbours in the plane are neighbours of each other's codes, by
      their distances in the principal components that are kept: 1 if all are. Which pictures lie together means something; how large groups
      are, how far from each other and in which direction, does not.

      Outliers are pictures of whose nearest codes, by the same distances, most
      are of one other class: wrong labels, and what the network takes for
      something else.

        zoo features lenet -w lenet.caffemodel --data mnist --split test -o codes.npy
        zoo vis tsne codes.npy -o map.svg --mosaic map.png --csv map.csv
        zoo vis tsne photos -m resnet18 -w resnet18.pth --layer layer3.1.relu_2 --pool -o map.svg
      """)

  @Argument(
    help: ArgumentHelp("Codes that zoo features wrote, or a folder as for zoo eval.", valueName: "CODES.npy|DATA"),
    completion: .file())
  var source: String
  @OptionGroup var model: VisModelOptions
  @OptionGroup var data: TsneDataOptions
  @Option(
    help: ArgumentHelp(
      "How many neighbours each code has, about. Default: 30, or a third of the others.", valueName: "X"))
  var perplexity: Double?
  @Option(help: ArgumentHelp("Of each descent, at least 250.", valueName: "N")) var iterations = 1000
  @Option(
    help: ArgumentHelp(
      "Descents, of which the best is taken: 1 to 4. Default: 4 up to 1,000 pictures, else 1.", valueName: "N"))
  var starts: Int?
  @Option(help: ArgumentHelp("Principal components of the codes that are kept.", valueName: "N")) var pca = 50
  @Option(
    name: .short, help: ArgumentHelp("The picture to write, a point for each code.", valueName: "F.svg"),
    completion: .file(extensions: ["svg"]))
  var output: String?
  @Option(
    help: ArgumentHelp(
      """
      The pictures themselves, each in the cell of a grid near its point. Up to 1,500 pictures the sum of squared \
      distances to the cells is the least that there is; of more, the grid is halved again and again.
      """, valueName: "F.png"), completion: .file(extensions: ["png"]))
  var mosaic: String?
  @Option(
    help: ArgumentHelp("A table: picture, class, x, y.", valueName: "F.csv"), completion: .file(extensions: ["csv"]))
  var csv: String?
  @Option(
    help: ArgumentHelp("The places, [pictures, 2], float32.", valueName: "F.npy"),
    completion: .file(extensions: ["npy"]))
  var save: String?
  @Flag(help: "Replace files that exist.") var force = false
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    try tables.check(json: json)
    for (path, ending) in [(output, ".svg"), (mosaic, ".png"), (csv, ".csv"), (save, ".npy")] {
      if let path, !path.lowercased().hasSuffix(ending) { throw ValidationError("'\(path)' should end in \(ending)") }
    }
    if source.hasSuffix(".npy") {
      let given = [
        ("-m", model.model != nil), ("-w", model.weights.argument != nil), ("--layer", data.layer != nil),
        ("--pool", data.pool), ("--interpreter", model.engine.interpreter), ("--cache", model.engine.cache),
        ("--isa", model.engine.machine.isa != nil), ("--numerics", model.engine.numerics != .fast),
      ]
      if let option = given.first(where: \.1)?.0 {
        throw ValidationError("'\(source)' has codes already; leave out \(option), or give a folder of pictures")
      }
      if data.split != nil, mosaic == nil {
        throw ValidationError("--split says where the pictures of codes are; without --mosaic none is looked at")
      }
      if data.pictures != nil, mosaic == nil {
        throw ValidationError("--pictures is for --mosaic; give both or neither")
      }
    } else if data.pictures != nil {
      throw ValidationError("--pictures says where the pictures of codes are; '\(source)' has them itself")
    }
  }

  func run() throws {
    for path in [output, mosaic, csv, save].compactMap(\.self) { try FileSystem.checkFile(path, overwrite: force) }
    let codes = try TsneCodes(source, model, data, needsPictures: mosaic != nil)
    var progress = TsneProgress()
    let layout: Embedding
    do {
      defer { progress.finish() }
      layout = try TSNE(perplexity: perplexity, iterations: iterations, components: pca, starts: starts)
        .embed(codes.tensor, threads: model.engine.machine.options().threads) { progress.update($0, $1, $2) }
    }
    let outliers = try codes.labels.map { try layout.labelOutliers(labels: $0, classes: codes.classes.count) }
    let drawn = try write(layout, codes)
    let report = TsneReport(codes: codes, layout: layout, outliers: outliers, mosaic: drawn, files: files)
    if json {
      try Console.json(report.answer)
    } else if tables.plain {
      report.outlierTable(at: .max).print(plain: true)
    } else {
      report.lines.forEach(Console.result)
    }
    for path in files { Console.message("Wrote \(path)") }
  }

  private var files: [String] { [output, mosaic, csv, save].compactMap(\.self) }

  /// - Returns: the mosaic, if there is one.
  private func write(_ layout: Embedding, _ codes: TsneCodes) throws -> Embedding.Mosaic? {
    if let output {
      let legend = Embedding.Legend(
        title: codes.title, labels: codes.labels ?? [Int](repeating: 0, count: layout.count),
        classes: codes.labels == nil ? ["pictures"] : codes.classes, names: codes.names,
        notes: codes.notes + [FigureNotes.command])
      try FileSystem.write(layout.svg(legend).utf8, to: output, overwrite: force)
    }
    if let csv {
      let classes = codes.labels?.map { codes.classes[$0] } ?? []
      try FileSystem.write(layout.csv(names: codes.names, classes: classes).utf8, to: csv, overwrite: force)
    }
    if let save { try NumPyFile.write(layout.tensor, to: save, overwrite: force) }
    guard let mosaic else { return nil }
    var progress = Progress("Mosaic", total: layout.count)
    let drawn: Embedding.Mosaic
    do {
      defer { progress.finish() }
      drawn = try layout.mosaic(labels: codes.labels, picture: codes.picture) {
        progress.update($0)
        return true
      }
    }
    try FileSystem.write(drawn.image.encodedAsPNG(), to: mosaic, overwrite: force)
    return drawn
  }
}

/// What the codes are made of, or their pictures.
struct TsneDataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "For DATA: the layer whose values are the codes. Default: what the last layer reads.", valueName: "LAYER"))
  var layer: String?
  @Flag(help: "For DATA: take the mean of each map, a number for each channel.") var pool = false
  @Option(
    help: "Which part of DATA, or of the pictures of codes: test or train. Default: test, or that of the codes.")
  var split: Eval.Split?
  @Option(
    help: ArgumentHelp(
      "For CODES.npy with --mosaic: the folder with the pictures. Default: where they were when the codes were made.",
      valueName: "DATA"), completion: .directory)
  var pictures: String?

  /// `nil` when nothing is said.
  var part: DataSet.Split? { split.map { $0 == .train ? .train : .test } }
}

/// A bar for each part of the work.
private struct TsneProgress {
  private var stage: TSNE.Stage?
  private var bar: Progress?

  mutating func update(_ stage: TSNE.Stage, _ done: Int, _ total: Int) -> Bool {
    if stage != self.stage {
      bar?.finish()
      (self.stage, bar) = (stage, Progress(stage.rawValue, total: total))
    }
    bar?.update(done)
    return true
  }

  func finish() { bar?.finish() }
}
