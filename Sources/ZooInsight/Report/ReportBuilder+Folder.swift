import ZooGraph
import ZooImages
import ZooKit
import ZooTensor

extension Network {
  /// The layer whose units a report compares over a folder: the last of `reportLayers` whose units see at most half of the
  /// input's height and width, so that patches are parts of pictures; the first where there is none.
  package var patchLayer: String? {
    let (fields, layers) = (graph.receptiveFields(), reportLayers)
    let local = layers.last { name in
      guard let id = graph.ids.first(where: { graph[$0].name == name }), let field = fields[id.index] else {
        return false
      }
      return 2 * field.size.height <= input.extent.height && 2 * field.size.width <= input.extent.width
    }
    return local ?? layers.first
  }

  /// The layers that a report with a folder needs besides `reportLayers`: what the last layer reads, if there is such.
  package var reportFolderLayers: [String] {
    guard let layer = try? codeLayer(), !reportLayers.contains(layer) else { return [] }
    return [layer]
  }
}

extension ReportBuilder {
  /// How many units are shown, and how many patches of each.
  private static let units = 4
  private static let patches = 6
  /// How many of the nearest pictures are listed.
  private static let near = 5

  static let folderHint = ReportSection(
    id: "folder", title: "Among other pictures",
    [
      .paragraph(
        "With a folder of pictures there are also the patches of the folder's pictures that excite the same units most, and the picture's place among their codes."
      )
    ])

  /// The codes of a folder's pictures.
  private struct Codes {
    var layer: String
    /// The places of the pictures that were read.
    var places: [Int] = []
    /// Picture by picture.
    var numbers: [Float] = []
  }

  /// What excites the picture's units most, and where it is among the codes. `progress`: what is under way and the part
  /// of the work that it is, from 0; whether to go on. Returns whether to go on.
  mutating func appendFolder(
    _ model: Model, _ image: Image, _ folder: Folder, progress: (_ title: String, _ part: Int) -> Bool
  ) throws -> Bool {
    guard let layer = network.patchLayer else {
      refuse("top", "What excites the same units", "no layer of \(network.name) has maps")
      return true
    }
    let own = try model.values(for: image.input)
    let codeLayer: Result<String, any Error> = Result { try network.codeLayer() }
    var codes = (try? codeLayer.get()).map { Codes(layer: $0) }
    let top = try TopPatches(model, layer: layer, capacity: Self.patches)
    let outcome: TopPatches.Outcome
    do {
      outcome = try top.pass(
        over: folder.pictures, to: nil, skipsBad: true, progress: { _, _ in progress("pictures of the folder", 0) }
      ) { batch in
        guard let values = codes.flatMap({ batch.values[$0.layer] }) else { return }
        codes?.places += batch.read
        codes?.numbers += values.floats
      }
    } catch {
      guard let refusal = MethodRefusal(error) else { throw error }
      refuse("top", "What excites the same units", refusal.reason)
      return true
    }
    guard outcome.index.isComplete else { return false }
    if let value = own[layer] { try appendTop(model, outcome, value, folder) }
    let title = "Among the codes of other pictures"
    do {
      let name = try codeLayer.get()
      guard let codes, let code = own[name]?.floats else { return true }
      return try appendCodes(codes, code, image, folder, threads: model.threadCount) { progress("t-SNE", 1) }
    } catch EmbeddingError.stopped {
      return false
    } catch {
      guard let refusal = MethodRefusal(error) else { throw error }
      refuse("codes", title, refusal.reason)
      return true
    }
  }

  private mutating func refuse(_ what: String, _ title: String, _ reason: String) {
    report.numbers.refusals.append(.init(what: what, reason: reason))
    report.sections.append(ReportSection(id: what, title: title, [.refusal(title: title, reason: reason)]))
  }

  private mutating func appendTop(
    _ model: Model, _ outcome: TopPatches.Outcome, _ own: Tensor, _ folder: Folder
  ) throws {
    let index = outcome.index
    let value = LayerValue(layer: index.source.layer, value: own.reshaped(to: index.shape))
    let count = index.units.first?.entries.count ?? 0
    let skipped = outcome.skipped.count
    let read =
      "\(index.readCount) pictures of \(folder.pictures.path)\(skipped > 0 ? ", \(skipped) left out that cannot be read" : "")"
    var blocks: [ReportSection.Block] = [
      .paragraph(
        "The units of \(index.source.layer) that answer most to this picture, and the patches of \(read), that excite each of them most: what such patches have in common is a guess at what the unit stands for. Of each picture only the best patch is shown."
      )
    ]
    var units: [ReportNumbers.Top.Unit] = []
    for unit in value.strongest(Self.units) {
      let patches = try index.patches(of: unit, model: model, pictures: folder.pictures)
      let here = value.map(of: unit).max() ?? 0
      let mean = index.units[unit].statistics.mean
      let kind = ReportFigure.top(layer: index.source.layer, unit: unit, count: Self.patches)
      let panels = patches.map { patch in
        let crop = patch.crop ?? PixelImage(width: 1, height: 1, layout: .grey, trusted: [255])
        let caption = "\(Figure.short(Double(patch.value))), \(patch.picture)\(patch.crop == nil ? " (padding)" : "")"
        return Figure.Panel(caption: caption, content: .picture(crop))
      }
      let figure = Figure(
        title:
          "Unit \(unit) of \(index.source.layer): \(Figure.short(Double(here))) in this picture, \(Figure.short(mean)) in the mean",
        panels: panels, columns: max(1, count), notes: notes([]))
      blocks.append(.figure(figure, kind))
      units.append(
        ReportNumbers.Top.Unit(
          unit: unit, here: here, mean: mean,
          patches: patches.map {
            ReportNumbers.Top.Patch(picture: $0.picture, row: $0.row, column: $0.column, value: $0.value)
          }, command: command(kind)))
    }
    report.numbers.top = ReportNumbers.Top(
      data: folder.pictures.path, pictures: index.readCount, layer: index.source.layer, units: units)
    report.sections.append(ReportSection(id: "top", title: "What excites the same units", blocks))
  }

  /// - Returns: whether to go on.
  private mutating func appendCodes(
    _ codes: Codes, _ own: [Float], _ image: Image, _ folder: Folder, threads: Int, progress: () -> Bool
  ) throws -> Bool {
    let (width, count) = (own.count, codes.places.count)
    let distances = (0..<count).map { row in
      (0..<width).reduce(0.0) { sum, place in
        let difference = Double(codes.numbers[row * width + place]) - Double(own[place])
        return sum + difference * difference
      }.squareRoot()
    }
    // A picture that the folder has is not put in twice.
    let copy = distances.firstIndex(of: 0)
    let rows = copy == nil ? count + 1 : count
    let numbers = copy == nil ? codes.numbers + own : codes.numbers
    let layout = try TSNE().embed(Tensor(shape: [rows, width], floats: numbers), threads: threads) { _, _, _ in
      progress()
    }
    var classes = folder.labels == nil ? ["pictures"] : folder.classes
    var labels = codes.places.map { folder.labels?[$0] ?? 0 }
    if copy == nil {
      labels.append(classes.count)
      classes.append("this picture")
    }
    let mark = copy ?? count
    let title = "t-SNE of '\(codes.layer)' of \(network.name)"
    let drawn = try layout.scatter(
      Embedding.Legend(
        title: title, labels: labels, classes: classes, marked: mark,
        notes: ["The ring is around \(image.name)."] + notes([])))
    let nearest = distances.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }.prefix(Self.near)
    let near = nearest.map { row in
      ReportNumbers.Codes.Near(
        picture: folder.pictures.names[codes.places[row]],
        class: folder.labels.map { folder.classes[$0[codes.places[row]]] }, distance: distances[row])
    }
    report.numbers.codes = ReportNumbers.Codes(
      layer: codes.layer, count: rows, width: width, perplexity: layout.perplexity, divergence: layout.divergence,
      trustworthiness: layout.trustworthiness, neighbours: layout.neighbours, x: layout.x[mark], y: layout.y[mark],
      nearest: near)
    let columns = [
      ReportSection.Column("Picture"), ReportSection.Column("Class"), ReportSection.Column("Distance", isNumber: true),
    ]
    let table = ReportSection.Block.table(
      caption: "The nearest of \(count) pictures, by the distance of their codes", columns: columns,
      rows: near.map { [$0.picture, $0.class ?? "", Figure.short($0.distance)] })
    report.sections.append(
      ReportSection(
        id: "codes", title: "Among the codes of other pictures",
        [
          .paragraph(
            "A code is what the last layer reads, \(width) numbers of \(codes.layer). Pictures that lie together have codes that are alike; how large groups are, how far from each other and in which direction, means little."
          ),
          .plot(
            svg: drawn.svg, width: drawn.width, height: drawn.height, words: "\(title): \(layout.summary)", .codes),
          table,
        ]))
    return true
  }
}
