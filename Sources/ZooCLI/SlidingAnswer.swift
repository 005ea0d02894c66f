import ZooKit

/// What sliding adds to the answer for a picture, for programs.
struct SlidingAnswer: Encodable {
  /// Height and width of what one score is about, in pixels of the network's input.
  var window: [Int]
  /// Down and to the right, in pixels of the network's input.
  var stride: [Int]
  /// Whether each score is exactly that of its window alone.
  var matchesCrops: Bool
  var passes: [Run]
  var best: [Place]

  struct Run: Encodable {
    var scale: Int?
    var mirrored: Bool
    var input: [Int]
    var rows: Int
    var columns: Int
    /// The scores of the classes that the picture as a whole was recognised as.
    var classes: [Scores]
  }

  struct Scores: Encodable {
    var index: Int
    var label: String
    var meanLogit: Double
    var maxLogit: Float
  }

  struct Place: Encodable {
    var index: Int
    var label: String
    var wnid: String?
    var probability: Double
    var logit: Float
    var pass: Int
    var row: Int
    var column: Int
    /// In pixels of the picture.
    var box: Box
  }

  struct Box: Encodable {
    var left: Double
    var top: Double
    var right: Double
    var bottom: Double
  }

  init(_ result: SlidingResult, _ classifier: SlidingClassifier, top: [Classification], places: [Detection]) {
    window = [classifier.window.height, classifier.window.width]
    stride = [classifier.step.height, classifier.step.width]
    matchesCrops = classifier.matchesCrops
    passes = result.runs.map { run in
      let (means, maxima) = (run.map.means, run.map.maxima)
      return Run(
        scale: run.scale, mirrored: run.map.isMirrored, input: [run.map.input.height, run.map.input.width],
        rows: run.map.rows, columns: run.map.columns,
        classes: top.map {
          Scores(index: $0.index, label: $0.label, meanLogit: means[$0.index], maxLogit: maxima[$0.index])
        })
    }
    best = places.map { place in
      let (what, box) = (place.classification, place.box)
      return Place(
        index: what.index, label: what.label, wnid: what.wordNetID, probability: what.probability, logit: what.logit,
        pass: place.run, row: place.row, column: place.column,
        box: Box(left: box.left, top: box.top, right: box.right, bottom: box.bottom))
    }
  }

  /// The scores before softmax over all windows: their mean and their maximum.
  private var scores: TextTable {
    var table = TextTable([("SCORES", .left), ("MEAN", .right), ("MAXIMUM", .right)])
    for (index, first) in (passes.first?.classes ?? []).enumerated() {
      let all = passes.map { $0.classes[index] }
      let mean = all.reduce(0) { $0 + $1.meanLogit } / Double(all.count)
      let maximum = all.map(\.maxLogit).max() ?? first.maxLogit
      table.append([first.label, NumberFormat.fixed(mean, 2), NumberFormat.fixed(Double(maximum), 2)])
    }
    return table
  }

  /// The same for people.
  var lines: [String] {
    let described = passes.map { pass in
      let size = "\(pass.rows)×\(pass.columns) windows of \(window[0])×\(window[1])"
      let scale = pass.scale.map { ", shorter side \($0)" } ?? ""
      return "over \(pass.input[0])×\(pass.input[1])\(scale)\(pass.mirrored ? ", mirrored" : ""): \(size)"
    }
    let step = stride[0] == stride[1] ? "\(stride[0])" : "\(stride[0])×\(stride[1])"
    var lines = described + ["one window per \(step) pixels"]
    if !matchesCrops {
      lines.append("the network pads: a window alone, with zeros around it, scores a little differently")
    }
    lines += scores.lines
    var table = TextTable([("BEST PLACES", .left), ("PROBABILITY", .right), ("X", .left), ("Y", .left)])
    for place in best {
      func pixels(_ from: Double, _ to: Double) -> String {
        "\(NumberFormat.fixed(from, 0))–\(NumberFormat.fixed(to, 0))"
      }
      table.append([
        place.label, NumberFormat.fixed(place.probability, 4), pixels(place.box.left, place.box.right),
        pixels(place.box.top, place.box.bottom),
      ])
    }
    return lines + table.lines
  }
}
