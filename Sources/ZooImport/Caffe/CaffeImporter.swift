import ZooGraph
import ZooSpec
import ZooTensor
import ZooWeights

/// Makes a graph of a Caffe network, layer after layer.
struct CaffeImporter {
  /// What a blob is while the layers are walked.
  enum Blob {
    case value(NodeID)
    /// What is fed from outside and no layer has read yet.
    case input(CaffeNet.Input)
    /// Classes, which only losses and accuracies read.
    case labels
    /// The value of a layer that is not supported.
    case unknown
  }

  /// Where a parameter's numbers come from.
  enum Numbers {
    /// A tensor of the checkpoint.
    case stored(String, place: String)
    case constant([Float])
  }

  /// A loss that a classifier was trained with.
  struct Loss {
    let value: NodeID
    let weight: Double
    let name: String
    let isRegression: Bool
  }

  let net: CaffeNet
  let checkpoint: Checkpoint?
  /// In place of what the file says.
  let inputShape: Shape?
  var graph: Graph
  var card: Card
  var notes: [ImportNote] = []
  var unsupported: [ImportError.UnsupportedPart] = []
  var names = LayerNames()
  var blobs: [String: Blob] = [:]
  /// Values that some layer has read, besides losses.
  var consumed: Set<NodeID> = []
  /// What a blob was called whose value a node is.
  var blobNames: [NodeID: String] = [:]
  var losses: [Loss] = []
  var numbers: [String: Numbers] = [:]
  /// Scale layers that become part of the batch norm before them, by its place among the layers.
  var scales: [Int: Int] = [:]

  init(net: CaffeNet, checkpoint: Checkpoint?, input: Shape?) {
    self.net = net
    self.checkpoint = checkpoint
    inputShape = input
    let name = LayerNames.model(net.name, or: net.file)
    graph = Graph(name: name)
    card = Card(name: name)
    if !net.name.isEmpty, net.name != name { card.title = net.name }
  }

  /// Walks all layers.
  mutating func run() throws {
    if !net.omitted.isEmpty {
      note(
        net.omitted[0].place,
        "left out, being for training alone: \(net.omitted.map { "\($0.name) (\($0.type))" }.joined(separator: ", "))")
    }
    for input in net.inputs { blobs[input.name] = .input(input) }
    scales = scalesOfBatchNorms()
    let merged = Set(scales.values)
    for (index, layer) in net.layers.enumerated() {
      do {
        if merged.contains(index) {
          if let value = blobs[layer.bottoms[0]] { define(layer.tops[0], value) }
        } else {
          try append(layer, at: index)
        }
      } catch let error as ShapeError {
        // What a layer that is not supported would have made may be missing; that layer is the news then.
        guard unsupported.isEmpty else { throw ImportError.unsupported(file: net.file, unsupported) }
        throw invalid(layer, "\(error)")
      }
    }
    guard unsupported.isEmpty else { throw ImportError.unsupported(file: net.file, unsupported) }
  }

  /// For each batch norm the Scale layer after it that is its affine part: the only one that reads what it makes.
  private func scalesOfBatchNorms() -> [Int: Int] {
    var result: [Int: Int] = [:]
    for (index, layer) in net.layers.enumerated() where layer.type == "BatchNorm" && layer.tops.count == 1 {
      let blob = layer.tops[0]
      var scale: Int?
      search: for next in (index + 1)..<max(index + 1, net.layers.count) {
        let other = net.layers[next]
        guard other.bottoms.contains(blob) || other.tops.contains(blob) else { continue }
        if scale != nil {
          // Written again before it is read: the value ends there.
          if other.bottoms.contains(blob) { scale = nil }
          break search
        }
        guard other.type == "Scale", other.bottoms == [blob], other.tops.count == 1, isPerChannel(other) else {
          break search
        }
        scale = next
        if other.tops == [blob] { break search }
      }
      if let scale { result[index] = scale }
    }
    return result
  }

  private func isPerChannel(_ scale: CaffeNetLayer) -> Bool {
    let fields = scale.fields.message.merged("scale_param")?.fields ?? []
    return fields.allSatisfy { field in
      switch field.name {
      case "axis", "num_axes": field.value == .word("1")
      default: true
      }
    }
  }

  // MARK: What layers are appended with

  mutating func note(_ place: String, _ text: String, node: String? = nil) {
    notes.append(ImportNote(place: place, text: text, node: node))
  }

  mutating func refuse(_ layer: CaffeNetLayer, _ what: String) {
    unsupported.append(.init(place: "\(layer.place), \(layer.name)", what: what))
    for top in layer.tops { blobs[top] = .unknown }
  }

  func invalid(_ layer: CaffeNetLayer, _ reason: String) -> ImportError {
    .invalid(file: net.file, place: "\(layer.place), \(layer.name)", reason: reason)
  }

  mutating func define(_ top: String, _ blob: Blob) {
    blobs[top] = blob
    if case .value(let id) = blob { blobNames[id] = top }
  }

  /// The values that a layer reads; `nil` where one of them is that of a layer that was refused.
  mutating func values(of layer: CaffeNetLayer, consuming: Bool = true) throws -> [NodeID]? {
    var values: [NodeID] = []
    for bottom in layer.bottoms {
      switch blobs[bottom] {
      case .value(let id): values.append(id)
      case .input(let input):
        guard let id = try feed(input, to: layer) else { return nil }
        values.append(id)
      case .labels:
        refuse(layer, "\(layer.type) of the classes in \"\(bottom)\"")
        return nil
      case .unknown:
        for top in layer.tops { blobs[top] = .unknown }
        return nil
      case nil:
        // The file of weights of a network that was fed from outside says nothing of what it was fed.
        guard inputShape != nil, graph.inputs.isEmpty,
          let id = try feed(CaffeNet.Input(name: bottom, dimensions: [], place: layer.place), to: layer)
        else { throw invalid(layer, "no layer before it makes the blob \"\(bottom)\" that it reads") }
        values.append(id)
      }
    }
    if consuming { consumed.formUnion(values) }
    return values
  }

  /// The node for what is fed; a network has one.
  private mutating func feed(_ input: CaffeNet.Input, to layer: CaffeNetLayer) throws -> NodeID? {
    if let first = graph.inputs.first {
      refuse(layer, "a second input, \"\(input.name)\", beside \"\(blobNames[first] ?? "input")\"")
      return nil
    }
    let shape: Shape
    if let inputShape {
      shape = inputShape
    } else {
      guard input.dimensions.count == 4, let own = Shape(validating: Array(input.dimensions.dropFirst())) else {
        throw ImportError.invalid(
          file: net.file, place: input.place,
          reason:
            "\"\(input.name)\" has the dimensions \(input.dimensions.map(String.init).joined(separator: "×")); zoo's "
            + "networks take images, which are N×channels×height×width. Give the size of one yourself")
      }
      shape = own
    }
    let id: NodeID
    do throws(ShapeError) {
      id = try graph.append(.input(shape), name: "input", origin: nil)
    } catch {
      throw ImportError.invalid(file: net.file, place: input.place, reason: "\(error)")
    }
    card.input = shape
    define(input.name, .value(id))
    return id
  }

  /// Appends a node for a layer and defines its only top.
  @discardableResult
  mutating func append(
    _ operation: Operation, _ layer: CaffeNetLayer, _ inputs: [NodeID], suffix: String = "", top: Int? = 0
  ) throws -> NodeID {
    let name = names.unique(layer.name + suffix)
    let id = try graph.append(operation, name: name, inputs: inputs, origin: origin(layer))
    consumed.formUnion(inputs)
    for parameter in graph[id].parameters {
      numbers["\(name).\(parameter.role.rawValue)"] = .stored(
        "\(layer.name).\(parameter.role.rawValue)", place: "\(layer.place), \(layer.name)")
    }
    if let top {
      guard layer.tops.indices.contains(top) else { throw invalid(layer, "it has no top, so nothing can read it") }
      define(layer.tops[top], .value(id))
    }
    return id
  }

  private func origin(_ layer: CaffeNetLayer) -> Origin? {
    guard case .text(let line, let column) = layer.fields.message.place else { return nil }
    return Origin(file: net.file, line: line, column: column)
  }
}
