import ZooGraph
import ZooSpec
import ZooTensor
import ZooWeights

/// Makes a graph of a network of darknet's, section after section.
struct DarknetImporter {
  let file: String
  let sections: [DarknetSection]
  let net: DarknetSection
  var graph: Graph
  var card: Card
  var notes: [ImportNote] = []
  var unsupported: [ImportError.UnsupportedPart] = []
  /// What each layer computes, by its number; `nil` for one that is refused.
  var values: [NodeID?] = []
  /// The layers with weights, in their order in the file.
  var layers: [DarknetLayer] = []
  var norms: Set<String> = []

  init(_ configuration: DarknetConfiguration, file: String) {
    self.file = file
    let all = configuration.sections.enumerated().map {
      DarknetSection(file: file, section: $0.element, number: $0.offset - 1)
    }
    net = all[0]
    sections = Array(all.dropFirst())
    let name = LayerNames.model("", or: file)
    graph = Graph(name: name)
    card = Card(name: name)
  }

  mutating func run() throws {
    let channels = try net.integer("channels", or: 0)
    let extent = Extent(height: try net.integer("height", or: 0), width: try net.integer("width", or: 0))
    guard channels > 0, extent.height > 0, extent.width > 0 else {
      throw net.invalid("height, width and channels must be there: zoo's networks take images")
    }
    guard !sections.isEmpty else { throw net.invalid("no layer follows") }
    var input = Shape([channels, extent.height, extent.width])
    var rest = sections
    var crop: DarknetSection?
    if let first = sections.first, first.type == "crop" {
      let size = Extent(
        height: try first.integer("crop_height", or: 1), width: try first.integer("crop_width", or: 1))
      guard (1...extent.height).contains(size.height), (1...extent.width).contains(size.width) else {
        throw first.invalid("it cuts \(size) out of \(extent)")
      }
      input = Shape([channels, size.height, size.width])
      crop = first
      rest.removeFirst()
    }
    let id: NodeID
    do throws(ShapeError) {
      id = try graph.append(.input(input), name: "input")
    } catch {
      throw net.invalid("\(error)")
    }
    card.input = input
    try setPreprocessing(crop, from: extent, to: input.extent, channels: channels)
    if crop != nil { values.append(id) }
    for section in rest {
      do {
        values.append(try append(section, reading: values.isEmpty ? id : values[values.count - 1]))
      } catch let error as ShapeError {
        guard unsupported.isEmpty else { throw ImportError.unsupported(file: file, unsupported) }
        throw section.invalid("\(error)")
      }
    }
    guard unsupported.isEmpty else { throw ImportError.unsupported(file: file, unsupported) }
    guard let last = values.last ?? nil, last != id else { throw net.invalid("no layer computes anything") }
    graph.outputs = [graph.standardOutput(last)]
  }

  /// What darknet's classifier does to each picture, whatever the file says.
  private mutating func setPreprocessing(
    _ crop: DarknetSection?, from extent: Extent, to size: Extent, channels: Int
  ) throws {
    guard channels == 3 || channels == 1 else { return }
    var result = Preprocessing(channels: channels == 3 ? .rgb : .grey, scale: .divided(by: 255))
    if extent.height == extent.width {
      result.resize = .shorterSide(extent.width, .bilinear)
    } else {
      result.resize = .exact(extent, .bilinear)
    }
    result.crop = .centre(size)
    var text = "pictures are \(channels == 3 ? "RGB" : "grey") and divided by 255, as darknet's classifier has it"
    if let crop {
      if try crop.integer("noadjust", or: 0) == 0 {
        result.mean = [Double](repeating: 0.5, count: channels)
        result.standardDeviation = result.mean
        text += "; [crop] cuts the middle \(size) out and takes 2x − 1"
      } else {
        text += "; [crop] cuts the middle \(size) out"
      }
    }
    card.preprocess = result
    note(crop ?? net, text, node: "input")
  }

  // MARK: What sections are appended with

  mutating func note(_ section: DarknetSection, _ text: String, node: String? = nil) {
    notes.append(ImportNote(place: section.place, text: text, node: node))
  }

  mutating func refuse(_ section: DarknetSection, _ what: String) -> NodeID? {
    unsupported.append(.init(place: section.place, what: what))
    return nil
  }

  /// `part`: where a section makes several nodes, which this is.
  mutating func append(
    _ operation: Operation, _ section: DarknetSection, _ inputs: [NodeID], part: String? = nil
  ) throws -> NodeID {
    try graph.append(
      operation, name: "layer\(section.number)" + (part.map { ".\($0)" } ?? ""), inputs: inputs,
      origin: Origin(file: file, line: section.section.line, column: 1))
  }

  /// Appends the function that a section names, if it is any. `nil`: it is refused.
  mutating func activate(
    _ section: DarknetSection, _ value: NodeID, or standard: String, part: String? = "activation"
  ) throws -> NodeID? {
    let word = section.word("activation") ?? standard
    switch Activation.darknet(word) {
    case .success(nil): return value
    case .success(let activation?):
      if section.word("activation") == nil {
        note(section, "no activation is named, and darknet's is then \(word)")
      }
      return try append(.activation(activation), section, [value], part: part)
    case .failure(let unknown): return refuse(section, "[\(section.type)] with activation=\(unknown.word)")
    }
  }

  // MARK: Weights

  /// The network with its weights.
  func network(_ checkpoint: Checkpoint?) throws -> ImportedNetwork {
    guard let checkpoint else { return ImportedNetwork(graph: graph, weights: nil, card: card, notes: notes) }
    var tensors: [(name: String, tensor: Tensor)] = []
    for declaration in graph.tensors {
      let tensor = try checkpoint.tensor(named: declaration.name).convertedToFloat32().reshaped(to: declaration.shape)
      guard declaration.role == .runningVariance else {
        tensors.append((declaration.name, tensor))
        continue
      }
      let values = tensor.floats.map { variance in
        let wide = Double(variance)
        // What has no root stays what it is, for others to complain about.
        return wide > 0 ? Float(wide + 2e-6 * wide.squareRoot()) : variance
      }
      tensors.append((declaration.name, Tensor(shape: declaration.shape, floats: values)))
    }
    return ImportedNetwork(graph: graph, weights: try Checkpoint(tensors), card: card, notes: notes)
  }
}
