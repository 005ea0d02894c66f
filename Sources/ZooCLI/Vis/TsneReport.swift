import ZooInsight

/// What zoo vis tsne says.
struct TsneReport {
  let codes: TsneCodes
  let layout: Embedding
  /// `nil` where classes are not known.
  let outliers: [LabelOutlier]?
  let mosaic: Embedding.Mosaic?
  let files: [String]

  /// More outliers are counted only; JSON has them all.
  private static let listed = 20

  var lines: [String] {
    let share = NumberFormat.fixed(100 * layout.components.share, 2)
    let best = layout.starts > 1 ? ", the best of \(layout.starts) descents" : ""
    let width = codes.tensor.shape.elementCount / layout.count
    var lines = ["\(NumberFormat.grouped(layout.count)) codes of \(NumberFormat.grouped(width)) numbers"] + codes.notes
    lines += [
      "components       \(layout.components.variances.count), \(share) % of the variance",
      "t-SNE            \(layout.method.rawValue), perplexity \(NumberFormat.fixed(layout.perplexity, 1)), \(layout.iterations) iterations\(best)",
      "KL               \(NumberFormat.fixed(layout.divergence, 4)) nats",
      "trustworthiness  \(NumberFormat.fixed(layout.trustworthiness, 4)), of \(layout.neighbours) neighbours",
    ]
    if layout.unreachedPerplexities > 0 {
      lines.append(
        "copies           \(layout.unreachedPerplexities) codes have more equally near neighbours than the perplexity")
    }
    if let mosaic {
      let method = mosaic.isExact ? "the best assignment" : "by halving"
      lines.append("mosaic           \(mosaic.columns)×\(mosaic.rows) cells of \(mosaic.cell) pixels, \(method)")
    }
    return lines + outlierLines
  }

  /// Pictures whose neighbours are mostly of another class, the first so many; no rows without classes.
  func outlierTable(at most: Int) -> TextTable {
    var table = TextTable([
      ("PICTURE", .left), ("CLASS", .left), ("ITS NEIGHBOURS", .left), ("NEAREST OF THEM", .left),
    ])
    for outlier in (outliers ?? []).prefix(most) {
      table.append([
        name(outlier.row), codes.classes[outlier.label],
        "\(codes.classes[outlier.neighbourLabel]), \(outlier.count) of \(layout.neighbours)", name(outlier.nearest),
      ])
    }
    return table
  }

  private var outlierLines: [String] {
    guard let outliers else { return [] }
    guard !outliers.isEmpty else {
      return ["outliers         none: of no code most neighbours are of another class"]
    }
    let table = outlierTable(at: Self.listed)
    let rest = outliers.count - Self.listed
    return ["outliers         \(outliers.count), most of whose neighbours are of another class", ""] + table.lines
      + (rest > 0 ? ["and \(rest) more; --json lists all"] : [])
  }

  private func name(_ row: Int) -> String { codes.names.isEmpty ? "row \(row)" : codes.names[row] }

  var answer: Answer {
    Answer(
      notes: codes.notes, count: layout.count, width: codes.tensor.shape.elementCount / layout.count,
      components: layout.components.variances.count, varianceShare: layout.components.share,
      method: layout.method == .exact ? "exact" : "barnes-hut", perplexity: layout.perplexity,
      iterations: layout.iterations, starts: layout.starts, divergence: layout.divergence,
      trustworthiness: layout.trustworthiness, neighbours: layout.neighbours,
      unreachedPerplexities: layout.unreachedPerplexities, classes: codes.classes,
      mosaic: mosaic.map {
        Answer.Grid(rows: $0.rows, columns: $0.columns, cell: $0.cell, method: $0.isExact ? "exact" : "halving")
      },
      outliers: outliers?.map {
        Answer.Outlier(
          picture: name($0.row), row: $0.row, class: codes.classes[$0.label],
          neighbourClass: codes.classes[$0.neighbourLabel], neighbours: $0.count, nearest: name($0.nearest))
      },
      points: (0..<layout.count).map { row in
        Answer.Point(
          picture: codes.names.isEmpty ? nil : codes.names[row], class: codes.labels.map { codes.classes[$0[row]] },
          x: layout.x[row], y: layout.y[row])
      }, files: files)
  }

  struct Answer: Encodable {
    var schema = "zoo.vis.tsne/1"
    var notes: [String]
    var count: Int
    var width: Int
    var components: Int
    var varianceShare: Double
    var method: String
    var perplexity: Double
    var iterations: Int
    var starts: Int
    /// In nats.
    var divergence: Double
    var trustworthiness: Double
    var neighbours: Int
    var unreachedPerplexities: Int
    var classes: [String]
    var mosaic: Grid?
    var outliers: [Outlier]?
    var points: [Point]
    var files: [String]

    struct Grid: Encodable {
      var rows: Int
      var columns: Int
      /// Pixels.
      var cell: Int
      var method: String
    }

    struct Outlier: Encodable {
      var picture: String
      var row: Int
      var `class`: String
      var neighbourClass: String
      /// How many of the neighbours are of that class.
      var neighbours: Int
      var nearest: String
    }

    struct Point: Encodable {
      var picture: String?
      var `class`: String?
      var x: Double
      var y: Double
    }
  }
}
