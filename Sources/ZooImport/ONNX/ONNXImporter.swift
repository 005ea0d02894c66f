import ZooGraph
import ZooTensor
import ZooWeights

/// Walks the nodes of an ONNX model in their order and says each in zoo's words.
///
/// A value of the file's is a constant, or a layer of the draft under a view, or an expression of one that is not complete
/// yet. What depends on a node that zoo has nothing for is carried along, so that only what an output needs is refused, and
/// all of it at once.
struct ONNXImporter {
  /// A layer's value under a view.
  struct Map: Hashable {
    var layer: Int
    var view: ImageView
  }

  enum Value {
    case constant(ConstantValue)
    case map(Map)
    /// What is made of the map element by element.
    case expression(ScalarExpression, of: Map)
    /// Of nodes that are refused.
    case refused(Set<Int>)
  }

  let network: ONNXNetwork
  let file: String
  var draft = NetworkDraft()
  var values: [String: Value] = [:]
  var notes: [ImportNote] = []
  /// What is wrong with nodes, by their place in the file.
  var refusals: [Int: Refusal] = [:]
  /// The number of images that shapes of the file count.
  var batch = 1
  /// How many nodes and outputs read a value.
  private(set) var readers: [String: Int] = [:]
  /// The node that makes a value.
  private(set) var makers: [String: Int] = [:]
  /// The nodes that read a value, in order.
  private(set) var readingNodes: [String: [Int]] = [:]
  /// Layers whose value is read in more than one place.
  var shared: Set<Int> = []
  /// Expressions that have become layers.
  private(set) var made: [ObjectIdentifier: (expression: ScalarExpression, layer: Int)] = [:]
  private var leaves: [Map: ScalarExpression] = [:]
  /// The place of the node that is read.
  private(set) var position = 0

  init(_ network: ONNXNetwork, file: String) {
    self.network = network
    self.file = file
    for (position, node) in network.nodes.enumerated() {
      for input in node.inputs where !input.isEmpty {
        readers[input, default: 0] += 1
        readingNodes[input, default: []].append(position)
      }
      for output in node.outputs where makers[output] == nil { makers[output] = position }
    }
    for output in network.outputs { readers[output.name, default: 0] += 1 }
  }

  var node: ONNXNode { network.nodes[position] }

  /// The places of the nodes, each after those that make what it reads; as the file has them where they do or cannot.
  var order: [Int] {
    let nodes = network.nodes
    let needs = nodes.map { node in Set(node.inputs.compactMap { makers[$0] }) }
    if nodes.indices.allSatisfy({ index in needs[index].allSatisfy { $0 < index } }) { return Array(nodes.indices) }
    var missing = needs.map(\.count)
    var readers = [[Int]](repeating: [], count: nodes.count)
    for index in nodes.indices {
      for maker in needs[index] { readers[maker].append(index) }
    }
    var order = nodes.indices.filter { missing[$0] == 0 }
    var next = 0
    while next < order.count {
      for reader in readers[order[next]] {
        missing[reader] -= 1
        if missing[reader] == 0 { order.append(reader) }
      }
      next += 1
    }
    return order.count == nodes.count ? order : Array(nodes.indices)
  }

  /// Reads all nodes.
  ///
  /// - Throws: `ImportError.invalid` for a file that contradicts itself, `WeightsError` for tensors that cannot be read.
  mutating func readNodes() throws {
    for index in order {
      position = index
      let node = node
      let refused = try refusedInputs(of: node)
      for output in node.outputs where !output.isEmpty && values[output] != nil {
        throw ImportError.invalid(
          file: file, place: node.label, reason: "it makes the value '\(output)', which another node has made already")
      }
      do {
        if try readWrittenOutNorm() { continue }
        if try readPartMaxima() { continue }
      } catch let refusal as Refusal {
        refusals[index] = refusal
        set(.refused([index]))
        continue
      }
      if !refused.isEmpty {
        if Self.operators[node.type] == nil || !node.isStandard { refusals[index] = Refusal(unknown(node)) }
        set(.refused(refusals[index] == nil ? refused : refused.union([index])))
        continue
      }
      do {
        try read(node)
      } catch let refusal as Refusal {
        refusals[index] = refusal
        set(.refused([index]))
      }
    }
  }

  private mutating func refusedInputs(of node: ONNXNode) throws -> Set<Int> {
    var refused: Set<Int> = []
    for input in node.inputs where !input.isEmpty {
      switch try value(input) {
      case .refused(let nodes)?: refused.formUnion(nodes)
      case nil:
        throw ImportError.invalid(
          file: file, place: node.label,
          reason: "it reads '\(input)', which is no input, no initializer and made by no node before it")
      default: break
      }
    }
    return refused
  }

  func unknown(_ node: ONNXNode) -> String {
    node.isStandard
      ? node.type
      : "\(node.domain).\(node.type), which is no operator of ONNX's own; where it is a function in the file, "
        + "onnx.inliner.inline_local_functions writes it out"
  }

  // MARK: Values

  /// A value by its name; `nil` where there is none.
  mutating func value(_ name: String) throws -> Value? {
    if let value = values[name] { return value }
    guard let tensor = try network.tensor(named: name) else { return nil }
    let value = Value.constant(ConstantValue(tensor, name: name))
    // What is read once need not stay.
    if readers[name] ?? 0 > 1 { values[name] = value }
    return value
  }

  /// Whether a node has the input.
  func has(_ input: Int) -> Bool { node.input(input) != nil }

  func constant(_ input: Int) throws -> ConstantValue? {
    guard let name = node.input(input) else { return nil }
    if case .constant(let value)? = values[name] { return value }
    return values[name] == nil ? try network.tensor(named: name).map { ConstantValue($0, name: name) } : nil
  }

  /// The constant of an input that must be one; `nil` where it is left out.
  func requiredConstant(_ input: Int, _ what: String) throws -> ConstantValue? {
    guard has(input) else { return nil }
    guard let value = try constant(input) else { throw Refusal("\(node.type) whose \(what) depends on the image") }
    return value
  }

  /// Integers that older operators have as an attribute and newer ones as an input.
  func integers(_ attribute: String, orInput input: Int) throws -> [Int]? {
    if let numbers = node.integers(attribute) { return numbers }
    guard let value = try requiredConstant(input, attribute) else { return nil }
    if let integers = value.integers { return integers }
    throw Refusal("\(node.type) whose \(attribute) are no integers")
  }

  /// The value of an input that is no constant, as a layer's.
  mutating func map(_ input: Int) throws -> Map {
    guard let name = node.input(input), let value = try value(name) else {
      throw Refusal("\(node.type) without its input")
    }
    switch value {
    case .map(let map): return map
    case .expression(let expression, let leaf):
      let map = try layer(for: expression, of: leaf)
      values[name] = .map(map)
      noteSharing(name, map.layer)
      return map
    case .constant: throw Refusal("\(node.type) of a constant")
    case .refused: throw Refusal(node.type)
    }
  }

  /// A map with the elements in zoo's order.
  mutating func mapInOrder(_ input: Int) throws -> Map {
    let map = try inOrder(map(input))
    if let name = node.input(input) { values[name] = .map(map) }
    return map
  }

  mutating func inOrder(_ map: Map, names: ONNXLayerNames? = nil) throws -> Map {
    if map.view.isInOrder { return map }
    let parts = map.view.parts
    let channels = parts.filter { $0.side == .channels }
    let rest = parts.filter { $0.side != .channels }
    let shape = draft.layers[map.layer].shape
    let others = ImageView(rest.map { [$0] })
    guard others.isInOrder, channels.count == 2, channels[0].stride == 1, channels[1].stride == channels[0].size,
      parts.firstIndex(where: { $0.side == .channels }).map({ first in
        parts[..<first].allSatisfy { $0.side == .batch } && parts[(first + 2)...].allSatisfy { $0.side != .batch }
      }) == true,
      let view = ImageView(of: shape, batch: batch).reshaped(to: map.view.sizes)
    else { throw Refusal("\(node.type) of a value whose axes were exchanged, of \(sizes(map.view.sizes))") }
    let layer = try draft.append(
      .selectChannels(.shuffle(groups: channels[1].size)), [map.layer], [:],
      names: names ?? self.names(weight: nil, word: "channel_shuffle"), place: node.label)
    return Map(layer: layer, view: view)
  }

  /// The value of an input as a map `[channels, height, width]` with these as its last dimensions.
  mutating func image(_ input: Int) throws -> Map {
    var map = try mapInOrder(input)
    let sizes = map.view.sizes
    let shape = draft.layers[map.layer].shape
    if shape.rank == 1, sizes.count == 4, sizes[1] == shape.channels, sizes[2] * sizes[3] == 1,
      let promoted = try asMap(map.layer)
    {
      map = Map(layer: promoted, view: map.view)
      if let name = node.input(input) { values[name] = .map(map) }
    }
    guard sizes.count == 4, draft.layers[map.layer].shape.dimensions == Array(sizes.dropFirst()) else {
      let kind = [3: " (one-dimensional)", 5: " (three-dimensional)"][sizes.count] ?? ""
      throw Refusal("\(node.type)\(kind) of \(self.sizes(sizes))")
    }
    return map
  }

  /// The layer that gives the numbers of a vector as a map of one position; `nil` where there is none.
  private mutating func asMap(_ layer: Int) throws -> Int? {
    guard case .mean(.space) = draft.layers[layer].operation else { return nil }
    let names = draft.layers[layer].names
    return try draft.append(
      .globalAveragePool, draft.layers[layer].inputs, names: names, place: draft.layers[layer].place)
  }

  /// The value of an input as a vector of zoo's.
  mutating func vector(_ map: Map) throws -> Map {
    let map = try inOrder(map)
    let shape = draft.layers[map.layer].shape
    guard shape.rank != 1 else { return map }
    let layer = try append(.flatten, [map.layer], word: "flatten")
    guard let view = ImageView(of: draft.layers[layer].shape, batch: batch).reshaped(to: map.view.sizes) else {
      throw Refusal("\(node.type) of \(sizes(map.view.sizes))")
    }
    return Map(layer: layer, view: view)
  }

  func sizes(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: "×") }

  func shape(_ map: Map) -> Shape { draft.layers[map.layer].shape }

  // MARK: Results

  /// Sets the node's first output, and the others to the same.
  mutating func set(_ value: Value) {
    for output in node.outputs where !output.isEmpty { set(value, output) }
  }

  mutating func set(_ value: Value, _ name: String) {
    values[name] = value
    if case .map(let map) = value { noteSharing(name, map.layer) }
  }

  private mutating func noteSharing(_ name: String, _ layer: Int) {
    if readers[name] ?? 0 > 1 { shared.insert(layer) }
  }

  /// Appends a layer under the node's names; `weight`: the name of the tensor that it is called after.
  mutating func append(
    _ operation: Operation, _ inputs: [Int], _ tensors: [Parameter.Role: Tensor] = [:], weight: String? = nil,
    word: String? = nil
  ) throws -> Int {
    let names = names(weight: weight, word: word ?? operation.kind.word)
    return try draft.append(operation, inputs, tensors, names: names, place: node.label)
  }

  func names(weight: String?, word: String) -> ONNXLayerNames {
    ONNXLayerNames(
      weight: weight.flatMap(ownPath(ofTensor:)), module: node.module?.path,
      node: node.name.isEmpty ? nil : node.name, word: word, tellsModule: node.tellsModule)
  }

  /// The path that a tensor's name tells; `nil` when several layers share the tensor and the file tells their modules.
  func ownPath(ofTensor name: String) -> String? {
    // Exporters store equal tensors once, under the name of one of them.
    let isShared = readers[name] ?? 0 > 1 && node.module != nil
    return isShared ? nil : ONNXLayerNames.path(ofTensor: name)
  }

  /// Appends a layer that makes a map of the shape that it says itself, in order.
  mutating func setLayer(
    _ operation: Operation, _ inputs: [Int], _ tensors: [Parameter.Role: Tensor] = [:], weight: String? = nil
  ) throws {
    let layer = try append(operation, inputs, tensors, weight: weight)
    set(.map(Map(layer: layer, view: ImageView(of: draft.layers[layer].shape, batch: batch))))
  }

  mutating func note(_ text: String) { notes.append(ImportNote(place: node.label, text: text)) }

  // MARK: Expressions

  func leaf(_ map: Map) -> ScalarExpression? { leaves[map] }

  mutating func expression(of map: Map) -> ScalarExpression {
    if let leaf = leaves[map] { return leaf }
    let leaf = ScalarExpression(.leaf, node: position)
    leaves[map] = leaf
    return leaf
  }

  /// The layers that compute an expression.
  ///
  /// - Throws: `Refusal`.
  mutating func layer(for expression: ScalarExpression, of leaf: Map) throws -> Map {
    if case .leaf = expression.form { return leaf }
    if let known = made[ObjectIdentifier(expression)] { return Map(layer: known.layer, view: leaf.view) }
    let layer = try newLayer(for: expression, of: leaf)
    made[ObjectIdentifier(expression)] = (expression, layer)
    return Map(layer: layer, view: leaf.view)
  }

  private mutating func newLayer(for expression: ScalarExpression, of leaf: Map) throws -> Int {
    let cuts = expression.cuts
    for cut in cuts {
      guard let function = expression.activation(of: cut) else { continue }
      let below = try self.layer(for: cut, of: leaf).layer
      let nodes = expression.nodes(above: cut).map { network.nodes[$0] }
      return try draft.append(
        .activation(function), [below], names: names(of: nodes, word: function.spelling.word),
        place: network.nodes[expression.node].label)
    }
    // A line, of the leaf or of what is a function of zoo's, and of something else where there is no such.
    let lines = cuts.reversed().filter { expression.line(of: $0) != nil }
    if let cut = lines.first(where: { $0.isFunction }) ?? lines.first, let line = expression.line(of: cut) {
      let below = try self.layer(for: cut, of: leaf).layer
      if line == (1, 0) { return below }
      let channels = draft.layers[below].shape.channels
      let nodes = expression.nodes(above: cut).map { network.nodes[$0] }
      return try scale(
        below, [Float](repeating: Float(line.factor), count: channels),
        [Float](repeating: Float(line.summand), count: channels), names: names(of: nodes, word: "scale"),
        end: expression.node)
    }
    for cut in cuts {
      guard let upper = expression.minimum(of: cut) else { continue }
      let below = try self.layer(for: cut, of: leaf).layer
      guard draft.layers[below].operation == .activation(.relu) else { continue }
      let nodes = expression.nodes(above: cut).map { network.nodes[$0] }
      return try draft.append(
        .activation(.clamp(lower: 0, upper: upper)), isShared(below) ? [below] : draft.layers[below].inputs,
        names: names(of: nodes, word: "clamp"), place: network.nodes[expression.node].label)
    }
    if let join = expression.join {
      let inputs = try [join.left, join.right].map { try self.layer(for: $0, of: leaf).layer }
      let operation = Operation.join(join.how)
      return try draft.append(
        operation, inputs, names: names(of: [network.nodes[expression.node]], word: operation.kind.word),
        place: network.nodes[expression.node].label)
    }
    let types = Set(expression.nodes(above: cuts.last ?? expression)).sorted().map { network.nodes[$0].type }
    throw Refusal(
      types.count == 1
        ? "\(types[0]), which is no function that zoo has"
        : "\(types.joined(separator: ", ")) together, which are no function that zoo has")
  }

  /// What several nodes are called that are one layer: the module that all are in, and the shortest name.
  func names(of nodes: [ONNXNode], word: String) -> ONNXLayerNames {
    let modules = Set(nodes.map { $0.module?.path })
    let node = nodes.map(\.name).filter { !$0.isEmpty }.min { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    return ONNXLayerNames(
      module: modules.count == 1 ? modules.first ?? nil : nil, node: node, word: word,
      tellsModule: nodes.contains(where: \.tellsModule))
  }

  /// A layer that multiplies and adds numbers per channel; what was multiplied or added just before is taken in. `end`: the
  /// last of the nodes that do it; the one that is read where nothing else is said.
  mutating func scale(
    _ layer: Int, _ factors: [Float], _ summands: [Float], names: ONNXLayerNames, weight: String? = nil, end: Int? = nil
  ) throws -> Int {
    let below = draft.layers[layer]
    let (shape, channels): (Shape, Int) = ([below.shape.channels], below.shape.channels)
    let takesIn: Bool
    switch below.operation {
    case .batchNorm(let norm): takesIn = !norm.hasStatistics
    case .normalization: takesIn = true
    default: takesIn = false
    }
    if takesIn, !shared.contains(layer) {
      let factor = below.tensors[.weight]?.floats ?? [Float](repeating: 1, count: channels)
      let summand = below.tensors[.bias]?.floats ?? [Float](repeating: 0, count: channels)
      let newFactor = (0..<channels).map { factor[$0] * factors[$0] }
      let newSummand = (0..<channels).map { summand[$0] * factors[$0] + summands[$0] }
      var operation = below.operation
      if case .batchNorm(let norm) = operation {
        operation = .batchNorm(.scale(shift: norm.hasShift || summands.contains { $0 != 0 }))
      }
      let hasBias: Bool
      if case .batchNorm(let norm) = operation { hasBias = norm.hasShift } else { hasBias = true }
      var tensors: [Parameter.Role: Tensor] = [.weight: Tensor(shape: shape, floats: newFactor)]
      if hasBias { tensors[.bias] = Tensor(shape: shape, floats: newSummand) }
      draft.change(layer, to: operation, tensors, for: end ?? position)
      if let path = weight.flatMap(ownPath(ofTensor:)), draft.layers[layer].names.weight == nil {
        var names = draft.layers[layer].names
        names.weight = path
        draft.rename(layer, names)
      }
      return layer
    }
    let hasShift = summands.contains { $0 != 0 }
    var tensors: [Parameter.Role: Tensor] = [.weight: Tensor(shape: shape, floats: factors)]
    if hasShift { tensors[.bias] = Tensor(shape: shape, floats: summands) }
    return try draft.append(
      .batchNorm(.scale(shift: hasShift)), [layer], tensors, names: names, place: node.label)
  }
}
