import ZooGraph
import ZooSpec
import ZooTensor
import ZooWeights

/// Makes a graph of a model of Keras', layer by layer, and collects what was decided and what has no counterpart.
struct KerasImporter {
  /// Where a layer's numbers are: the models that it is in, and its place in the last.
  struct Scope {
    /// The names of the models around the layer, for paths.
    var names: [String] = []
    var weights: KerasWeights
  }

  let path: String
  let version: String?
  let checkpoint: Checkpoint
  /// Whether channels come first, by the layers that say it.
  private(set) var isChannelsFirst = false
  private let layers: [String: [String]]?
  private let givenInput: Shape?

  var graph: Graph
  private(set) var card: Card
  private(set) var notes: [ImportNote] = []
  private var unsupported: [ImportError.UnsupportedPart] = []
  private var names = LayerNames()
  private var tensors: [String: Tensor] = [:]

  /// A model whose models are used again and again can have more nodes than its file has bytes.
  private static let maximumNodes = 50_000
  private static let maximumParts = 1000

  init(file: KerasFile, path: String, name: String, input: Shape?) {
    self.path = path
    version = file.version
    checkpoint = file.weights
    layers = file.layers
    givenInput = input
    graph = Graph(name: name)
    card = Card(name: name)
  }

  /// The whole model.
  mutating func network(of model: KerasModel) throws -> ImportedNetwork {
    refuseUnknown(in: model)
    isChannelsFirst = try format(of: model)
    let scope = Scope(weights: layers.map(KerasWeights.init(layers:)) ?? KerasWeights(archive: checkpoint))
    let input = try input(of: model)
    let outputs = try evaluate(model, inputs: [input], scope: scope)
    guard unsupported.isEmpty else {
      throw ImportError.unsupported(file: path, Array(unsupported.prefix(Self.maximumParts)))
    }
    for output in outputs {
      guard let output else { throw invalid("its outputs", "one of them is not made by any layer") }
      try append(output)
    }
    card.input = graph[graph.inputs[0]].shape
    try graph.verify()
    return ImportedNetwork(graph: graph, weights: try weights(), card: card, notes: notes)
  }

  func invalid(_ place: String, _ reason: String) -> ImportError {
    ImportError.invalid(file: path, place: place.isEmpty ? "the model" : place, reason: reason)
  }

  mutating func note(_ place: String, _ text: String, node: NodeID? = nil) {
    notes.append(ImportNote(place: place, text: text, node: node.map { graph[$0].name }))
  }

  mutating func refuse(_ place: String, _ what: String) {
    let part = ImportError.UnsupportedPart(place: place, what: what)
    if !unsupported.contains(part) { unsupported.append(part) }
  }

  // MARK: What is known beforehand

  /// Names all layers of which zoo has nothing, whatever they read.
  private mutating func refuseUnknown(in model: KerasModel) {
    for layer in model.layers {
      if let inner = layer.model {
        refuseUnknown(in: inner)
      } else if let reason = KerasClass.refusals[layer.type] {
        refuse(layer.name, "\(layer.type): \(reason)")
      } else if KerasClass.all[layer.type] == nil {
        let function = layer.configuration["function"]?.string.map { " of \($0)" } ?? ""
        refuse(layer.name, layer.type + function)
      }
    }
  }

  /// Whether channels come first: all layers must say the same, but for `Flatten`, whose format is that of its result.
  private func format(of model: KerasModel) throws -> Bool {
    var (found, flattened): ([String: String], [String: String]) = ([:], [:])
    func collect(_ model: KerasModel) {
      for layer in model.layers {
        if let inner = layer.model { collect(inner) }
        guard let format = layer.configuration["data_format"]?.string else { continue }
        if layer.type == "Flatten" {
          if flattened[format] == nil { flattened[format] = layer.name }
        } else if found[format] == nil {
          found[format] = layer.name
        }
      }
    }
    collect(model)
    if found.isEmpty { swap(&found, &flattened) }
    let all = flattened.merging(found) { $1 }
    if let other = all.keys.sorted().first(where: { $0 != "channels_last" && $0 != "channels_first" }) {
      throw invalid(all[other] ?? "", "data_format '\(other)' is neither channels_last nor channels_first")
    }
    if let first = found["channels_first"], let last = found["channels_last"] {
      throw invalid(
        first, "its channels come first, and those of '\(last)' last: zoo reads models in which all layers agree")
    }
    return found["channels_first"] != nil
  }

  // MARK: Input and outputs

  private mutating func input(of model: KerasModel) throws -> KerasValue {
    let layers =
      model.isSequential
      ? [model.layers[0]]
      : model.inputs.compactMap { reference in
        model.layers.first { $0.name == reference.layer }
      }
    guard layers.count == 1 else {
      throw invalid("its inputs", "there are \(layers.count), and zoo's networks have one")
    }
    let layer = layers[0]
    // A model may begin with a model.
    var first = layer
    while first.inputShape == nil, let inner = first.model { first = inner.layers[0] }
    guard let sides = first.inputShape ?? model.builtShape ?? layer.model?.builtShape else {
      throw invalid(layer.name, "the file does not say what is fed in: build the model in Keras and save it again")
    }
    let image = Array(sides.dropFirst())
    var dimensions: [Int?]
    switch image.count {
    case 1: dimensions = [image[0], 1, 1]
    case 3: dimensions = isChannelsFirst ? image : [image[2], image[0], image[1]]
    default:
      throw invalid(layer.name, "what is fed in has \(sides.count) dimensions where an image has four, or a vector two")
    }
    if let givenInput {
      guard zip(dimensions, givenInput.dimensions).allSatisfy({ $0 == nil || $0 == $1 }),
        givenInput.rank == dimensions.count
      else {
        throw invalid(layer.name, "what is fed in is \(text(dimensions)), and not \(givenInput)")
      }
      dimensions = givenInput.dimensions.map { $0 }
    }
    let known = dimensions.compactMap(\.self)
    guard known.count == dimensions.count else {
      throw invalid(layer.name, "its size is left open (\(text(dimensions))): say it, channels, height and width")
    }
    guard let shape = Shape(validating: known), shape.elementCount > 0, shape.elementCount <= 1 << 32 else {
      throw invalid(layer.name, "\(text(dimensions)) is no image's size")
    }
    let node: NodeID
    do throws(ShapeError) {
      node = try graph.append(.input(shape), name: "input")
    } catch {
      throw invalid(layer.name, "\(error)")
    }
    if image.count == 3, !isChannelsFirst {
      note(layer.name, "Keras has the channels last; zoo's input is \(shape), channels first", node: node)
    }
    return KerasValue(node: node, isVector: image.count == 1)
  }

  private func text(_ dimensions: [Int?]) -> String {
    dimensions.map { $0.map(String.init) ?? "?" }.joined(separator: "×")
  }

  private mutating func append(_ output: KerasValue) throws {
    var value = output
    let place = graph[value.node].name
    if value.isVector {
      do throws(KerasRefusal) { value = try vector(value, named: "\(place)_flatten") } catch {
        throw invalid(place, error.what)
      }
    }
    if !value.order.isPlain {
      note(place, "the elements of this output are in zoo's order: channels, rows, columns", node: value.node)
    }
    let role: Output.Role =
      isProbability(value.node) ? .probabilities : graph[value.node].shape.rank == 1 ? .logits : .features
    let isMain = graph.outputs.isEmpty
    var name = isMain ? role.rawValue : graph[value.node].name
    while graph.outputs.contains(where: { $0.name == name }) { name += "_2" }
    graph.outputs.append(Output(name: name, role: isMain ? role : .features, value: value.node))
  }

  /// Whether a value is made by softmax or, for a vector, by the logistic function.
  private func isProbability(_ node: NodeID) -> Bool {
    switch graph[node].operation {
    case .softmax: true
    case .activation(.sigmoid): graph[node].shape.rank == 1
    case .flatten: isProbability(graph[node].inputs[0])
    default: false
    }
  }

  // MARK: Models

  /// What a model makes of its inputs; a value is `nil` where something that it needs was refused.
  mutating func evaluate(
    _ model: KerasModel, inputs: [KerasValue?], scope: Scope
  ) throws -> [KerasValue?] {
    let parts = scope.weights.parts(of: model)
    func inner(_ index: Int) -> Scope { Scope(names: scope.names, weights: parts[index]) }
    guard !model.isSequential else {
      guard inputs.count == 1 else {
        throw invalid(model.name, "a sequential model reads one value, found \(inputs.count)")
      }
      var value = inputs[0]
      for (index, layer) in model.layers.enumerated() {
        value = try apply(layer, [value], isRepeated: false, constants: [], scope: inner(index)).first ?? nil
      }
      return [value]
    }
    guard model.inputs.count == inputs.count else {
      throw invalid(model.name, "it reads \(model.inputs.count) values, found \(inputs.count)")
    }
    var values: [KerasModel.Reference: KerasValue?] = [:]
    for (reference, input) in zip(model.inputs, inputs) { values[reference] = .some(input) }
    for call in model.order {
      let layer = model.layers[call.layer]
      let reads = layer.calls[call.number]
      // A call is in the order only when everything that it reads comes before it.
      let found = reads.inputs.map { values[$0] ?? nil }
      let made = try apply(
        layer, found, isRepeated: call.number > 0, constants: reads.constants, scope: inner(call.layer))
      for (output, value) in made.enumerated() {
        values[.init(layer: layer.name, call: call.number + call.offset, output: output)] = .some(value)
      }
    }
    return try model.outputs.map { reference in
      guard let value = values[reference] else {
        throw invalid(reference.layer, "the model answers with it, and nothing computes it")
      }
      return value
    }
  }

  /// What a layer makes of its inputs.
  private mutating func apply(
    _ layer: KerasLayer, _ inputs: [KerasValue?], isRepeated: Bool, constants: [KerasLayer.Constant], scope: Scope
  ) throws -> [KerasValue?] {
    guard graph.nodes.count < Self.maximumNodes else {
      throw invalid(layer.name, "the network has more than \(Self.maximumNodes) nodes")
    }
    if let model = layer.model {
      return try evaluate(
        model, inputs: inputs, scope: Scope(names: scope.names + [layer.name], weights: scope.weights))
    }
    let known = inputs.compactMap(\.self)
    // What was refused has been named, or what it reads has.
    guard known.count == inputs.count, let type = KerasClass.all[layer.type] else { return [nil] }
    let call = KerasCall(layer: layer, names: scope.names, tensors: scope.weights.tensors(of: layer))
    if isRepeated, !call.tensors.isEmpty {
      note(layer.name, "Keras uses the layer more than once; its numbers are there for each use")
    }
    do {
      guard !known.isEmpty else { throw KerasRefusal("\(layer.type) that reads nothing") }
      if !constants.isEmpty { return [try computeWithConstant(call, known, constants)] }
      return [try type.read(&self, call, known)]
    } catch let refusal as KerasRefusal {
      refuse(layer.name, refusal.what)
      return [nil]
    }
  }

  // MARK: Nodes and numbers

  /// Appends a node. `suffix`: of one of several nodes that a layer becomes.
  mutating func append(
    _ operation: Operation, _ call: KerasCall, _ inputs: [NodeID], suffix: String? = nil,
    _ numbers: [Parameter.Role: Tensor] = [:]
  ) throws(KerasRefusal) -> NodeID {
    // One that begins with a dot is a part of the layer.
    let isPart = suffix?.first == "."
    let name =
      isPart
      ? names.unique(String(suffix?.dropFirst() ?? ""), in: call.names + [call.layer.name])
      : names.unique(call.layer.name + (suffix ?? ""), in: call.names)
    return try append(operation, named: name, inputs, numbers)
  }

  private mutating func append(
    _ operation: Operation, named name: String, _ inputs: [NodeID], _ numbers: [Parameter.Role: Tensor] = [:]
  ) throws(KerasRefusal) -> NodeID {
    let node: NodeID
    do throws(ShapeError) {
      node = try graph.append(operation, name: name, inputs: inputs)
    } catch {
      throw KerasRefusal("\(error)")
    }
    for parameter in graph[node].parameters {
      guard case .tensor(let name, let shape) = parameter.value else { continue }
      guard let tensor = numbers[parameter.role], tensor.shape == shape else {
        let found = numbers[parameter.role].map { "\($0.shape)" } ?? "none"
        throw KerasRefusal("\(parameter.role.rawValue) must be \(shape), found \(found)")
      }
      tensors[name] = tensor
    }
    return node
  }

  /// The value as a vector of zoo's, for operations that want one.
  mutating func vector(_ value: KerasValue, named name: String) throws(KerasRefusal) -> KerasValue {
    guard value.isVector, graph[value.node].shape.rank != 1 else { return value }
    var value = value
    value.node = try append(.flatten, named: names.unique(name), [value.node])
    return value
  }

  private func weights() throws -> Checkpoint {
    var list: [(name: String, tensor: Tensor)] = []
    for declaration in graph.tensors {
      guard let tensor = tensors[declaration.name] else {
        throw invalid(declaration.name, "the file has no numbers for it")
      }
      list.append((declaration.name, tensor))
    }
    return try Checkpoint(list)
  }

  mutating func setPreprocessing(_ preprocessing: Preprocessing) { card.preprocess = preprocessing }
}

/// One use of a layer.
struct KerasCall {
  let layer: KerasLayer
  /// The models around it.
  let names: [String]
  /// The names of its tensors in the file, in Keras' order.
  let tensors: [String]

  var attributes: KerasAttributes { KerasAttributes(type: layer.type, json: layer.configuration) }
}
