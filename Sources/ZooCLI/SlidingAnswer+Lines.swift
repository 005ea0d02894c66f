import ZooKit

extension SlidingAnswer {
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
