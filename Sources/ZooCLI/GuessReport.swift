import ZooKit

/// What tensors without structure are likely to be, as text: what is known first, then what is guessed.
struct GuessReport {
  private let checkpoint: Checkpoint
  private let guess: WeightsGuess
  private static let maximumNames = 4
  private static let maximumRows = 40

  init(_ checkpoint: Checkpoint, _ guess: WeightsGuess) {
    self.checkpoint = checkpoint
    self.guess = guess
  }

  func print(withTensors: Bool) {
    let style = Style(1)
    Console.result("\(style.bold(checkpoint.reference)) - \(checkpoint.format)\n")
    Console.result("known")
    show(known, style)
    Console.result("\nguessed by names and shapes")
    show(guessed, style)
    if !guess.groups.isEmpty {
      Console.result("")
      let rows = withTensors ? guess.groups[...] : guess.groups.prefix(Self.maximumRows)
      Self.table(of: rows).print()
      if rows.count < guess.groups.count {
        Console.result("and \(guess.groups.count - rows.count) more; --tensors prints them")
      }
    }
    if withTensors {
      Console.result("")
      Self.table(of: guess.layers).print()
    }
    if guess.fits.isEmpty, !guess.neighbours.isEmpty {
      Console.result("\nnearest networks of the catalogue")
      for neighbour in guess.neighbours { lines(neighbour).forEach(Console.result) }
    }
    Console.result("")
    if let best = guess.fits.first {
      Console.result("Next: zoo infer IMAGE -m \(best) -w \(checkpoint.reference)")
    } else if let near = guess.neighbours.first {
      Console.result(
        "Next: zoo pack \(checkpoint.reference) -o NAME.zoow -m \(near.name) says of each tensor what becomes of it")
    } else {
      Console.result(
        "Next: zoo show \(checkpoint.reference) --guess --tensors; the structure has to be written as a definition (.yaml)"
      )
    }
  }

  private func show(_ facts: [(String, String)], _ style: Style) {
    let width = facts.map(\.0.count).max() ?? 0
    for (name, value) in facts { Console.result("  " + style.dim(name.padded(to: width)) + "  " + value) }
  }

  private var known: [(String, String)] {
    let tensors = "\(guess.tensorCount) \(guess.tensorCount == 1 ? "tensor" : "tensors")"
    var facts = [("tensors", "\(tensors), \(NumberFormat.grouped(guess.parameters)) parameters")]
    if !guess.prefix.isEmpty { facts.append(("prefix", "'\(guess.prefix)' before every name, left out below")) }
    for (number, part) in guess.leftOut.prefix(8).enumerated() {
      facts.append((number == 0 ? "left out" : "", part.count == 1 ? part.what : "\(part.count) × \(part.what)"))
    }
    if guess.leftOut.count > 8 { facts.append(("", "and \(guess.leftOut.count - 8) things more")) }
    facts.append(
      (
        "fits",
        guess.fits.isEmpty
          ? "no network of the catalogue"
          : "\(guess.fits.joined(separator: ", ")) of the catalogue, by all names and shapes"
      ))
    return facts
  }

  private var guessed: [(String, String)] {
    var facts: [(String, String)] = []
    if let family = guess.family { facts.append(("family", "\(family.name): \(family.reason)")) }
    if let channels = guess.inputChannels {
      facts.append(
        ("input", "\(channels) \(channels == 1 ? "channel" : "channels")\(channels == 3 ? ", as of colours" : "")"))
    }
    if let (channels, side) = guess.flattened {
      facts.append(("flattened", "\(channels)×\(side)×\(side), if the map is square"))
    }
    if let (count, layer) = guess.classes { facts.append(("classes", "\(count), if \(layer) is the last layer")) }
    let (count, all) = guess.linked
    if all > 0 {
      facts.append(
        ("order", "the file's, perhaps: \(count) of \(all) layers read what a layer shortly before them makes"))
    }
    if facts.isEmpty { facts.append(("family", "nothing; no layer is recognised")) }
    return facts
  }

  private func lines(_ neighbour: WeightsGuess.Neighbour) -> [String] {
    var lines = [
      "  \(neighbour.name): \(neighbour.same) of its \(neighbour.expected) tensors are there by name and shape"
    ]
    if neighbour.same < neighbour.expected {
      lines[0] +=
        neighbour.hasSameOrder
        ? "; by shape all weights, in its order, under other names"
        : "; by shape alone \(neighbour.sameShapes) of \(neighbour.allShapes) weights"
    }
    for other in neighbour.otherShapes.prefix(Self.maximumNames) {
      lines.append("    other shape  \(other.name): \(other.found), there \(other.expected)")
    }
    if neighbour.otherShapes.count > Self.maximumNames {
      lines.append("    other shape  and \(neighbour.otherShapes.count - Self.maximumNames) more")
    }
    if !neighbour.missing.isEmpty { lines.append("    missing      \(Self.list(neighbour.missing))") }
    if !neighbour.extra.isEmpty { lines.append("    more         \(Self.list(neighbour.extra))") }
    return lines
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(maximumNames).joined(separator: ", ")
    return names.count > maximumNames ? "\(shown) and \(names.count - maximumNames) more" : shown
  }

  private static func table(of groups: ArraySlice<WeightsGuess.Group>) -> TextTable {
    var table = TextTable([
      .init("NAMES", .left), .init("LAYERS", .right, droppedAs: 2), .init("PARAMETERS", .right, droppedAs: 1),
      .init("LIKELY", .left),
    ])
    for group in groups {
      table.append([.text(group.name), .count(group.layers), .count(group.parameters), .text(group.text)])
    }
    return table
  }

  /// One row per layer.
  static func table(of layers: [WeightsGuess.Layer]) -> TextTable {
    var table = TextTable([
      .init("LAYER", .left), .init("LIKELY", .left), .init("PARAMETERS", .right, droppedAs: 1),
      .init("TENSORS", .left, droppedAs: 2),
    ])
    for layer in layers {
      let tensors = layer.tensors.map { "\($0.role.isEmpty ? "" : "\($0.role) ")\($0.shape)" }
      table.append([
        .text(layer.name), .text(layer.text), .count(layer.parameters), .text(tensors.joined(separator: ", ")),
      ])
    }
    return table
  }
}

/// The same in JSON: `zoo.guess/1`. What is known stands apart from what is guessed.
struct GuessAnswer: Encodable {
  var schema = "zoo.guess/1"
  var file: String
  var format: String
  var known: Known
  var guessed: Guessed
  var nearest: [Neighbour]

  struct Known: Encodable {
    var tensors: Int
    var parameters: Int
    var prefix: String
    var leftOut: [LeftOut]
    var fits: [String]
  }

  struct LeftOut: Encodable {
    var what: String
    var count: Int
  }

  struct Guessed: Encodable {
    var family: String?
    var reason: String?
    var inputChannels: Int?
    var flattened: [Int]?
    var classes: Int?
    var lastLayer: String?
    var linkedLayers: Int
    var readingLayers: Int
    var groups: [Group]
    var layers: [Layer]
  }

  struct Group: Encodable {
    var name: String
    var layers: Int
    var parameters: Int
    var blocks: Int
    var likely: String
  }

  struct Layer: Encodable {
    var name: String
    var kind: String
    var likely: String
    var inputs: Int?
    var outputs: Int?
    var kernel: [Int]?
    var parameters: Int
    var tensors: [Tensor]
  }

  struct Tensor: Encodable {
    var role: String
    var shape: [Int]
  }

  struct Neighbour: Encodable {
    var name: String
    var same: Int
    var expected: Int
    var missing: [String]
    var extra: [String]
    var otherShapes: [OtherShape]
    var sameShapes: Int
    var allShapes: Int
    var sameOrder: Bool
  }

  struct OtherShape: Encodable {
    var name: String
    var found: [Int]
    var expected: [Int]
  }

  init(_ checkpoint: Checkpoint, _ guess: WeightsGuess) {
    file = checkpoint.reference
    format = checkpoint.format.description
    known = Known(
      tensors: guess.tensorCount, parameters: guess.parameters, prefix: guess.prefix,
      leftOut: guess.leftOut.map { LeftOut(what: $0.what, count: $0.count) }, fits: guess.fits)
    guessed = Guessed(
      family: guess.family?.name, reason: guess.family?.reason, inputChannels: guess.inputChannels,
      flattened: guess.flattened.map { [$0.channels, $0.side, $0.side] }, classes: guess.classes?.count,
      lastLayer: guess.classes?.layer, linkedLayers: guess.linked.count, readingLayers: guess.linked.of,
      groups: guess.groups.map {
        Group(name: $0.name, layers: $0.layers, parameters: $0.parameters, blocks: $0.blocks, likely: $0.text)
      },
      layers: guess.layers.map { layer in
        Layer(
          name: layer.name, kind: layer.kind.rawValue, likely: layer.text, inputs: layer.inputs, outputs: layer.outputs,
          kernel: layer.kernel.map { [$0.height, $0.width] }, parameters: layer.parameters,
          tensors: layer.tensors.map { Tensor(role: $0.role, shape: $0.shape.dimensions) })
      })
    nearest = guess.neighbours.map { neighbour in
      Neighbour(
        name: neighbour.name, same: neighbour.same, expected: neighbour.expected, missing: neighbour.missing,
        extra: neighbour.extra,
        otherShapes: neighbour.otherShapes.map {
          OtherShape(name: $0.name, found: $0.found.dimensions, expected: $0.expected.dimensions)
        }, sameShapes: neighbour.sameShapes, allShapes: neighbour.allShapes, sameOrder: neighbour.hasSameOrder)
    }
  }
}
