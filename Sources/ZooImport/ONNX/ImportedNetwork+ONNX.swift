import ZooGraph
import ZooSpec
import ZooTensor
import ZooWeights

extension ImportedNetwork {
  /// Reads a network from a model in ONNX: opset 7 to 28, as PyTorch's exporters write it, tf2onnx, Paddle and zoo itself.
  ///
  /// What depends on nothing that is fed in is computed, views of values and transpositions disappear, and activations are
  /// recognised by what they compute. Nothing is fused that the file has apart, and what the file has fused stays so.
  ///
  /// - Parameters:
  ///   - path: the model; tensors in files beside it are read from there.
  ///   - input: `[channels, height, width]`, for a model that leaves some of them open.
  ///   - limits: how much its tensors may take.
  /// - Throws: `ImportError` with all that zoo has nothing for, `WeightsError` for a file that cannot be read.
  public init(onnx path: String, input: Shape? = nil, limits: WeightsLimits = WeightsLimits()) throws {
    self = try Self.network(ONNXNetwork.open(path, limits: limits), file: path, input: input)
  }

  /// As `init(onnx:)`, for a model that is in memory; `name` stands for its path.
  public init(onnx bytes: [UInt8], name: String, input: Shape? = nil, limits: WeightsLimits = WeightsLimits()) throws {
    self = try Self.network(ONNXNetwork.open(bytes: bytes, name: name, limits: limits), file: name, input: input)
  }

  private static func network(_ network: ONNXNetwork, file: String, input: Shape?) throws -> ImportedNetwork {
    func invalid(_ place: String, _ reason: String) -> ImportError {
      ImportError.invalid(file: file, place: place, reason: reason)
    }
    guard (ONNXNetwork.firstOperatorSet...ONNXNetwork.lastOperatorSet).contains(network.operatorSet) else {
      throw invalid(
        "opset \(network.operatorSet)",
        "zoo reads \(ONNXNetwork.firstOperatorSet) to \(ONNXNetwork.lastOperatorSet); convert the model with onnx.version_converter"
      )
    }
    guard network.inputs.count == 1 else {
      let names = network.inputs.prefix(8).map(\.name).joined(separator: ", ")
      throw invalid(
        "its inputs",
        network.inputs.isEmpty
          ? "there are none" : "there are \(network.inputs.count) (\(names)), and zoo's networks have one")
    }
    guard !network.outputs.isEmpty else { throw invalid("its outputs", "there are none") }
    var importer = ONNXImporter(network, file: file)
    try importer.readInput(network.inputs[0], given: input)
    try importer.readNodes()
    return try importer.result().withinRanges(file: file)
  }
}

extension ONNXNetwork {
  /// Before it, operators broadcast by attributes.
  fileprivate static let firstOperatorSet = 7
  /// Later versions changed no operator that is read here in what it computes.
  fileprivate static let lastOperatorSet = 28
}

extension ONNXImporter {
  fileprivate mutating func readInput(_ value: ONNXValueInfo, given: Shape?) throws {
    func invalid(_ reason: String) -> ImportError {
      ImportError.invalid(file: file, place: "input '\(value.name)'", reason: reason)
    }
    guard ONNXValueInfo.floatingPointTypes.contains(value.elementType) else {
      throw invalid("its elements are no floating-point numbers; leave out what turns the picture into them")
    }
    guard let dimensions = value.dimensions, (2...4).contains(dimensions.count) else {
      let found = value.dimensions.map { "\($0.count) dimension\($0.count == 1 ? "" : "s")" } ?? "no dimensions"
      throw invalid(
        "it has \(found) where an image has four: the number of images, channels, height and width; "
          + "signals have three of them, and vectors two")
    }
    batch = dimensions[0] ?? 1
    var sides = Array(dimensions.dropFirst())
    // A vector is a map of one position, and a signal one of one row.
    let missing = [2: [2, 3], 3: [2], 4: []][dimensions.count] ?? []
    for axis in missing { sides.insert(1, at: axis - 1) }
    // TensorFlow's order of axes; one of the file's first nodes brings them into ONNX's.
    let isImage = missing.isEmpty && network.producer != "zoo"
    let order = isImage ? axisOrder(value.name, sides, given: given) : .channelsFirst
    if order != .channelsFirst { sides = [sides[2], sides[0], sides[1]] }
    if let given {
      for (side, wanted) in zip(sides, given.dimensions) where side != nil && side != wanted {
        throw invalid("it is \(sides.map { $0.map(String.init) ?? "?" }.joined(separator: "×")), and not \(given)")
      }
      sides = given.dimensions.map { $0 }
    }
    let known = sides.compactMap(\.self)
    guard known.count == 3 else {
      let text = sides.map { $0.map(String.init) ?? "?" }.joined(separator: "×")
      throw invalid("its size is left open (\(text)): say it with the input, channels, height and width")
    }
    guard let shape = Shape(validating: known), shape.elementCount <= 1 << 32, (1...1 << 20).contains(batch) else {
      throw invalid("it is \(known.map(String.init).joined(separator: "×")), which is no image's size")
    }
    if batch > 1 {
      notes.append(
        ImportNote(
          place: "input '\(value.name)'", text: "the file is for \(batch) images at a time; zoo takes any number"))
    }
    do throws(Refusal) {
      let layer = try draft.append(
        .input(shape), [], names: ONNXLayerNames(node: "input", word: "input"), place: value.name)
      var view = ImageView(of: shape, batch: batch)
      if !missing.isEmpty, let narrow = view.removing(Set(missing)) {
        view = narrow
        notes.append(
          ImportNote(
            place: "input '\(value.name)'",
            text: "the file takes \(missing.count == 2 ? "a vector" : "channels of numbers"); zoo's input is \(shape)"))
      }
      if order != .channelsFirst {
        view = view.transposed([0, 2, 3, 1])
        let reason =
          order == .channelsLast
          ? "the file has the channels last"
          : "no node tells where the channels are: the last axis is taken for them, because it is short"
        notes.append(
          ImportNote(place: "input '\(value.name)'", text: "\(reason); zoo's input is \(shape), channels first"))
      }
      set(.map(Map(layer: layer, view: view)), value.name)
    } catch {
      throw invalid(error.what)
    }
  }

  /// Operators whose input has the channels first.
  private static let spatial: Set<String> = [
    "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "BatchNormalization",
    "InstanceNormalization", "GroupNormalization", "LRN",
  ]

  /// The order of an image's axes in the file.
  private enum AxisOrder {
    case channelsFirst, channelsLast
    /// No node tells it.
    case channelsProbablyLast
  }

  /// What the first nodes tell that do not go element by element; else the channels are where few are, and first where
  /// few are in either place.
  private func axisOrder(_ name: String, _ sides: [Int?], given: Shape?) -> AxisOrder {
    if let told = toldAxisOrder(name) { return told }
    let channels = 1...4
    guard let last = sides[2], channels.contains(last), sides[0].map(channels.contains) != true else {
      return .channelsFirst
    }
    func fits(_ sides: [Int?]) -> Bool {
      guard let given, given.rank == sides.count else { return false }
      return zip(sides, given.dimensions).allSatisfy { $0 == nil || $0 == $1 }
    }
    return fits(sides) && !fits([sides[2], sides[0], sides[1]]) ? .channelsFirst : .channelsProbablyLast
  }

  private func toldAxisOrder(_ name: String) -> AxisOrder? {
    var values = [name]
    var seen: Set<String> = [name]
    var next = 0
    while next < values.count {
      for index in readingNodes[values[next]] ?? [] where network.nodes[index].isStandard {
        let node = network.nodes[index]
        switch node.type {
        case "Transpose":
          switch node.integers("perm") {
          case [0, 3, 1, 2]: return .channelsLast
          case [0, 2, 3, 1]: return .channelsFirst
          default: continue
          }
        case _ where Self.spatial.contains(node.type): return .channelsFirst
        case "Pad",
          _ where Self.elementwise.contains(node.type):
          for output in node.outputs where seen.insert(output).inserted { values.append(output) }
        default: continue
        }
      }
      next += 1
    }
    return nil
  }

  /// The network with what its outputs need.
  ///
  /// - Throws: `ImportError.unsupported` with all nodes that an output needs and zoo has nothing for.
  fileprivate mutating func result() throws -> ImportedNetwork {
    var refused: Set<Int> = []
    var maps: [(name: String, map: Map)] = []
    for output in network.outputs {
      switch values[output.name] {
      // A mask or a statistic beside what a node is there for.
      case .refused(let nodes)? where nodes.isEmpty:
        let maker = makers[output.name] ?? 0
        refusals[maker] = Refusal("\(network.nodes[maker].type) whose '\(output.name)' is an output")
        refused.insert(maker)
      case .map(let map): maps.append((output.name, map))
      case .expression(let expression, let leaf):
        do {
          maps.append((output.name, try layer(for: expression, of: leaf)))
        } catch let refusal as Refusal {
          refusals[expression.node] = refusal
          refused.insert(expression.node)
        }
      case .refused(let nodes): refused.formUnion(nodes)
      case .constant, nil:
        throw ImportError.invalid(
          file: file, place: "output '\(output.name)'",
          reason: values[output.name] == nil ? "no node makes it" : "it does not depend on the image")
      }
    }
    guard refused.isEmpty else {
      let parts = refused.sorted().prefix(1000).map { index in
        ImportError.UnsupportedPart(place: network.nodes[index].label, what: refusals[index]?.what ?? "?")
      }
      throw ImportError.unsupported(file: file, parts)
    }
    return try network(of: maps)
  }

  private func network(of outputs: [(name: String, map: Map)]) throws -> ImportedNetwork {
    // Definitions have no layer for it, and the numbers would come out in another order than the file's.
    let rearranged = outputs.compactMap { output -> ImportError.UnsupportedPart? in
      let (view, size) = (output.map.view, sizes(output.map.view.sizes))
      let what: String
      if !view.hasWholeSides {
        what = "\(size) of parts of rows, columns or channels, as a pixel shuffle makes them"
      } else if !view.isInOrder, view.dimensions.contains(where: { $0.count > 1 }) {
        what = "\(size) of all rows, columns and channels in another order than channels, rows, columns"
      } else {
        return nil
      }
      return ImportError.UnsupportedPart(place: "output '\(output.name)'", what: what)
    }
    guard rearranged.isEmpty else { throw ImportError.unsupported(file: file, rearranged) }
    let isNeeded = draft.needed(for: outputs.map(\.map.layer))
    let kept = draft.layers.indices.filter { isNeeded[$0] }
    let inner = kept.filter { if case .input = draft.layers[$0].operation { false } else { true } }
    guard !inner.isEmpty else {
      throw ImportError.invalid(file: file, place: "its nodes", reason: "none computes anything from the image")
    }
    let places = Dictionary(uniqueKeysWithValues: inner.enumerated().map { ($1, $0) })
    let names = ONNXLayerNaming.names(
      inner.map { draft.layers[$0].names }, inputs: inner.map { draft.layers[$0].inputs.compactMap { places[$0] } },
      hasWeights: inner.map { !draft.layers[$0].tensors.isEmpty }, prefersNodes: network.producer == "zoo")
    var nameOf = Dictionary(uniqueKeysWithValues: zip(inner, names))
    for layer in kept where nameOf[layer] == nil { nameOf[layer] = "input" }
    let card = card()
    var graph = Graph(name: card.name)
    var ids: [Int: NodeID] = [:]
    var tensors: [(name: String, tensor: Tensor)] = []
    var notes = self.notes
    var nodes: [String: String] = [:]
    for layer in kept {
      let draft = draft.layers[layer]
      let name = nameOf[layer] ?? ""
      nodes[draft.place] = name
      do throws(ShapeError) {
        ids[layer] = try graph.append(
          draft.operation, name: name, inputs: draft.inputs.compactMap { ids[$0] },
          origin: nil)
      } catch {
        throw ImportError.invalid(file: file, place: draft.place, reason: "\(error)")
      }
      for (role, tensor) in draft.tensors.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        guard graph.nodes.last?.parameter(role)?.value.tensors.isEmpty == false else { continue }
        tensors.append(("\(name).\(role.rawValue)", tensor))
      }
    }
    var taken: Set<String> = []
    for (index, output) in outputs.enumerated() {
      guard let id = ids[output.map.layer] else { continue }
      let standard = graph.standardOutput(id)
      let isAnswer = index == 0
      let isOwn = network.producer == "zoo"
      var name = outputs.count == 1 && !isOwn ? standard.name : output.name.asOutputName
      while !taken.insert(name).inserted { name += "_" }
      let role: Output.Role = isAnswer || standard.role == .probabilities ? standard.role : .features
      graph.outputs.append(Output(name: name, role: role, value: id))
      if !output.map.view.isInOrder {
        notes.append(
          ImportNote(
            place: "output '\(output.name)'",
            text:
              "the file gives \(sizes(output.map.view.sizes)) with its axes in another order; zoo gives channels, rows, columns",
            node: graph[id].name))
      }
    }
    let values = values(of: draft.layers.indices.map { layer in ids[layer].map { graph[$0].name } })
    let order = Dictionary(uniqueKeysWithValues: graph.tensors.enumerated().map { ($1.name, $0) })
    let sorted = tensors.sorted { order[$0.name] ?? 0 < order[$1.name] ?? 0 }
    var imported = ImportedNetwork(
      graph: graph, weights: try Checkpoint(sorted), card: card,
      notes: notes.map { note in
        var note = note
        note.node = note.node ?? nodes[note.place]
        return note
      })
    imported.values = values
    return imported
  }

  /// The file's values that are layers', in the order of the nodes that make them. `names`: of the layers that are kept.
  private func values(of names: [String?]) -> [ImportedValue] {
    var found: [(maker: Int, value: ImportedValue)] = []
    // When each node was read.
    var ranks = [Int](repeating: 0, count: network.nodes.count)
    for (rank, node) in order.enumerated() { ranks[node] = rank }
    for (name, value) in values {
      let map: Map
      switch value {
      case .map(let known): map = known
      case .expression(let expression, let leaf):
        guard let known = made[ObjectIdentifier(expression)] else { continue }
        map = Map(layer: known.layer, view: leaf.view)
      case .constant, .refused: continue
      }
      // The layer computes more than this value, or nothing that is needed.
      let maker = makers[name] ?? -1
      guard let node = names[map.layer],
        draft.layers[map.layer].changedFor.map({ maker >= 0 && ranks[maker] >= ranks[$0] }) ?? true
      else { continue }
      found.append(
        (
          maker,
          ImportedValue(
            node: node, name: name, place: maker < 0 ? "input" : network.nodes[maker].label, view: map.view)
        ))
    }
    return found.sorted { ($0.maker, $0.value.name) < ($1.maker, $1.value.name) }.map(\.value)
  }

  private func card() -> Card {
    let stem = file.split(separator: "/").last.map(String.init) ?? file
    let base = stem.lastIndex(of: ".").map { String(stem[..<$0]) } ?? stem
    let own = network.producer == "zoo" && !network.name.isEmpty ? network.name : base
    let name = String(
      String.UnicodeScalarView(
        own.unicodeScalars.map { scalar in
          scalar.isASCII
            && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
              || ".-_".unicodeScalars.contains(scalar))
            ? scalar : "_"
        })
    ).prefix(64)
    let isLegal = name.first.map { $0.isLetter || $0.isNumber } ?? false
    return Card(name: isLegal ? String(name) : "imported")
  }
}

extension String {
  /// An identifier, as outputs of definitions have them.
  fileprivate var asOutputName: String {
    let letters = utf8.prefix(60).map { byte -> UInt8 in
      let isLetter = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte & 0xDF)
      let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      return isLetter || isDigit ? byte : UInt8(ascii: "_")
    }
    let name = String(decoding: letters, as: UTF8.self)
    return name.first.map { $0.isNumber } ?? true ? "output_\(name)" : name
  }
}
