import ZooGraph
import ZooImport
import ZooRuntime
import ZooTensor
import ZooWeights

/// What two networks compute for the same input, layer by layer: where they begin to differ.
///
/// The first is a file of another framework's or a network of zoo's, the second a definition, imported from the first and
/// perhaps edited. Their layers are put beside each other by what they read and what they do (names say nothing), and
/// compared in the order of the first.
///
///     let comparison = try ActivationComparison("net.onnx", "net.yaml", input: x, recorded: "values.npz")
///     if let layer = comparison.firstDifference { print(layer.second.name) }
public struct ActivationComparison: Sendable {
  /// Where the numbers of the first network are from.
  public enum Source: Hashable, Sendable {
    /// Its own framework, which stored them in this file.
    case recorded(path: String)
    /// The reference interpreter, in double precision.
    case interpreter
  }

  /// A layer of one of the networks.
  public struct Place: Hashable, Sendable {
    /// The layer's path.
    public let name: String
    /// What it does: `conv`.
    public let operation: String
    /// Where it was written; `nil` for a layer that was imported.
    public let origin: Origin?
    /// What the file of another framework's calls the node that computes it; `nil` where it is of zoo's, or nothing is known.
    public let node: String?
    /// What that file calls its value.
    public let value: String?
    /// Of the value for one image.
    public let shape: Shape

    /// `net.yaml:12:5: layer conv1`
    public var description: String {
      "\(origin.map { "\($0.file):\($0.line):\($0.column): " } ?? "")layer \(name)"
    }
  }

  /// Two layers beside each other.
  public struct Layer: Sendable {
    /// The first network's.
    public let first: Place
    /// The second network's.
    public let second: Place
    /// The largest absolute difference; infinite where one number is finite and the other is not, or the shapes differ.
    public let difference: Double
    /// `difference` relative to the largest magnitude in the first network's value.
    public let relative: Double
    /// Where it is: image, channel, row and column, of those that there are; `nil` where nothing differs.
    public let indices: [Int]?
    /// The numbers there.
    public let numbers: (first: Float, second: Float)?
    /// The attributes of which the networks have different values: the name, and that of each.
    public let attributes: [Attribute]
    /// Whether one network has a batch norm here that the other has in the numbers of the layer before it.
    public let isFolded: Bool
    /// Whether the difference is above the tolerance.
    public let differs: Bool
  }

  /// An attribute of a layer that the networks have different values of.
  public struct Attribute: Hashable, Sendable {
    /// As messages call it.
    public let name: String
    /// What the first network has.
    public let first: String
    /// What the second network has.
    public let second: String
  }

  /// A tensor of a layer's weights that the networks have different numbers in.
  public struct WeightDifference: Hashable, Sendable {
    /// The second network's name for it.
    public let name: String
    /// The first network's, and the second's.
    public let shapes: [Shape]
    /// How many numbers differ; none where the shapes do.
    public let count: Int
    /// The largest absolute difference.
    public let difference: Double
    /// Where it is.
    public let indices: [Int]?
  }

  /// Where the networks are no longer the same; `nil` for one that ends there.
  public struct Parting: Hashable, Sendable {
    /// The first network's layer.
    public let first: Place?
    /// The second network's layer.
    public let second: Place?
  }

  /// Where the first network's numbers are from.
  public let source: Source
  /// Of the second network, in words.
  public let weights: String
  /// How many images were fed.
  public let images: Int
  /// What was compared, in the order of the first network.
  public let layers: [Layer]
  /// How many layers have a counterpart, but no number of the first network's to be compared with.
  public let unrecorded: Int
  /// The first layers that have no counterpart; `nil` when the networks are the same.
  public let parting: Parting?
  /// What may differ, as a part of the largest magnitude in the first network's value.
  public let tolerance: Double
  /// The tensors of the first layer that differs, where its weights do.
  public let weightDifferences: [WeightDifference]

  /// The first layer whose values differ by more than the tolerance.
  public var firstDifference: Layer? { layers.first(where: \.differs) }
  /// Whether each layer has a counterpart, and all values agree.
  public var isSame: Bool { parting == nil && firstDifference == nil }

  /// Runs both networks and compares them.
  ///
  /// - Parameters:
  ///   - first: a model of another framework's, as `NetworkImport` reads them, or a network of zoo's with its weights at hand.
  ///   - second: a network of zoo's.
  ///   - weights: of the second.
  ///   - input: `[C, H, W]` or `[N, C, H, W]`, as the networks take it.
  ///   - recorded: the values of the first network's nodes for that input, as `ActivationScript` stores them.
  ///   - tolerance: what may differ, as a part of the largest magnitude in the first network's value.
  /// - Throws: `ActivationError`; what reading, importing and running the networks throws.
  public init(
    _ first: String, _ second: String, weights: WeightSource = .automatic, input: Tensor, recorded: String? = nil,
    tolerance: Double = 1e-4
  ) throws {
    let other = try Network.find(second)
    let image = Shape(Array(input.shape.dimensions.suffix(3)))
    let one = try Subject(first, input: image, isRecorded: recorded != nil)
    let input = input.convertedToFloat32()
    try other.checkInput(input)
    guard one.input == image else {
      throw ActivationError.inputs(first: first, one.input, second: second, other.input)
    }
    var loading = LoadOptions()
    // To see what an edit did is what a definition is compared for.
    loading.ignoresOperations = true
    let loaded = try LoadedWeights.load(weights, for: other, options: loading)
    images = input.shape.rank == 4 ? input.shape[0] : 1
    let correspondence = GraphCorrespondence(
      one.graph, other.graph, tensors: ({ try? one.tensor($0) }, { try? loaded.tensor($0) }))
    var values: Values
    if let recorded {
      values = try .recorded(RecordedValues(recorded, of: one, images: images))
      try values.check(input, of: one, path: recorded)
      source = .recorded(path: recorded)
    } else {
      values = .computed(try Interpreter(graph: one.graph, weights: one.tensor).values(input))
      source = .interpreter
    }
    let others = try Interpreter(graph: other.graph, weights: loaded.tensor).values(input)
    let names = one.values
    func place(_ id: NodeID) -> Place { Place(one.graph[id], value: names[one.graph[id].name]?.first) }
    func otherPlace(_ id: NodeID) -> Place { Place(other.graph[id], value: nil) }
    var layers: [Layer] = []
    var unrecorded = 0
    var differing: GraphCorrespondence.Pair?
    for pair in correspondence.pairs where !one.graph.inputs.contains(pair.first) {
      guard let tensor = others[pair.second.index] else { continue }
      let node = one.graph[pair.first]
      guard let (numbers, value) = try values.elements(pair.first, node, images: images) else {
        unrecorded += 1
        continue
      }
      let layer = Layer(
        Place(node, value: value ?? names[node.name]?.first), otherPlace(pair.second), numbers, tensor,
        attributes: pair.isFolded
          ? []
          : other.graph[pair.second].operation.differences(from: node.operation).map {
            Attribute(name: $0.attribute, first: $0.other, second: $0.own)
          }, isFolded: pair.isFolded, tolerance: tolerance)
      if layer.differs, differing == nil { differing = pair }
      layers.append(layer)
    }
    if layers.isEmpty, let recorded {
      throw ActivationError.noValues(path: recorded, model: first)
    }
    self.layers = layers
    self.unrecorded = unrecorded
    self.tolerance = tolerance
    self.weights = loaded.summary
    parting = correspondence.parting.map {
      Parting(first: $0.first.map(place), second: $0.second.map(otherPlace))
    }
    weightDifferences =
      try differing.map { pair in
        try Self.weightDifferences(
          (one.graph[pair.first], one.tensor), (other.graph[pair.second], loaded.tensor))
      } ?? []
  }

  private typealias Weighted = (node: Node, tensor: (String) throws -> Tensor)

  private static func weightDifferences(_ first: Weighted, _ second: Weighted) throws -> [WeightDifference] {
    guard first.node.operation.kind == second.node.operation.kind else { return [] }
    return try second.node.parameters.compactMap { parameter in
      guard let name = parameter.value.tensors.first?.name,
        let otherName = first.node.parameter(parameter.role)?.value.tensors.first?.name
      else { return nil }
      let tensors = (try first.tensor(otherName).convertedToFloat32(), try second.tensor(name).convertedToFloat32())
      let shapes = [tensors.0.shape, tensors.1.shape]
      guard shapes[0] == shapes[1] else {
        return WeightDifference(name: name, shapes: shapes, count: 0, difference: .infinity, indices: nil)
      }
      let found = LargestDifference(tensors.0.floats, tensors.1.floats)
      guard found.count > 0 else { return nil }
      return WeightDifference(
        name: name, shapes: shapes, count: found.count, difference: found.difference,
        indices: found.place.map { shapes[0].indices(of: $0) })
    }
  }
}

extension ActivationComparison {
  /// The network that is compared with.
  private struct Subject {
    let path: String
    let graph: Graph
    let tensor: @Sendable (String) throws -> Tensor
    /// What its file calls the values of nodes, by the nodes' names.
    let values: [String: [ImportedValue]]

    var input: Shape { graph.inputs.first.map { graph[$0].shape } ?? [] }

    init(_ path: String, input: Shape, isRecorded: Bool) throws {
      self.path = path
      let isONNX = path.lowercased().hasSuffix(".onnx")
      guard isONNX || !isRecorded else { throw ActivationError.notONNX(path: path) }
      if NetworkImport.isNetworkFile(path) {
        let imported = try NetworkImport.read(
          path, weights: NetworkImport.weightsBeside(path), input: isONNX && input.rank == 3 ? input : nil)
        guard let weights = imported.weights else { throw ActivationError.noWeights(path: path) }
        graph = imported.graph
        tensor = { try weights.tensor(named: $0) }
        values = Dictionary(grouping: imported.values, by: \.node)
      } else {
        let network = try Network.find(path)
        let loaded = try LoadedWeights.load(.automatic, for: network)
        graph = network.graph
        tensor = { try loaded.tensor($0) }
        values = [:]
      }
    }
  }

  /// Values that another framework stored.
  private struct RecordedValues {
    let checkpoint: Checkpoint
    /// By the file's names for them, what they are called in the checkpoint.
    let names: [String: String]
    let values: [String: [ImportedValue]]

    init(_ path: String, of subject: Subject, images: Int) throws {
      checkpoint = try Checkpoint.open(path)
      let names = checkpoint.entries.compactMap { entry in
        ActivationScript.valueName(ofStored: entry.name).map { ($0, entry.name) }
      }
      self.names = Dictionary(names) { first, _ in first }
      values = subject.values
    }

    /// In the order of the layer's elements.
    func elements(_ node: Node, images: Int) throws -> (numbers: [Float], value: ImportedValue)? {
      for value in values[node.name] ?? [] {
        guard let name = names[value.name] else { continue }
        let tensor = try checkpoint.tensor(named: name)
        guard let numbers = value.elements(of: tensor, shape: node.shape, images: images) else {
          throw ActivationError.valueShape(
            path: checkpoint.path, value: value.name, expected: "\(node.shape)", images: images,
            found: "\(tensor.shape)")
        }
        return (numbers, value)
      }
      return nil
    }
  }

  private enum Values {
    case recorded(RecordedValues)
    case computed([Tensor?])

    /// Throws `ActivationError.otherInput` where the values are known to be for another input.
    func check(_ input: Tensor, of subject: Subject, path: String) throws {
      guard case .recorded(let recorded) = self, let id = subject.graph.inputs.first else { return }
      let images = input.shape.elementCount / max(1, subject.input.elementCount)
      guard let found = try recorded.elements(subject.graph[id], images: images) else { return }
      // Models in half precision round it.
      let difference = LargestDifference(found.numbers, input.floats)
      guard difference.relative <= 1e-2 else { throw ActivationError.otherInput(path: path) }
    }

    func elements(_ id: NodeID, _ node: Node, images: Int) throws -> (numbers: [Float], value: ImportedValue?)? {
      switch self {
      case .recorded(let recorded): try recorded.elements(node, images: images)
      case .computed(let tensors): tensors[id.index].map { ($0.floats, nil) }
      }
    }
  }

  /// Where two lists of numbers differ most.
  private struct LargestDifference {
    private(set) var difference = 0.0
    private(set) var place: Int?
    /// How many differ.
    private(set) var count = 0
    private var magnitude = 0.0

    var relative: Double { difference == 0 ? 0 : magnitude > 0 ? difference / magnitude : .infinity }

    /// As many numbers.
    init(_ numbers: [Float], _ others: [Float]) {
      for (index, (number, other)) in zip(numbers, others).enumerated() {
        if number.isFinite { magnitude = max(magnitude, Double(abs(number))) }
        if number == other || number.isNaN && other.isNaN { continue }
        count += 1
        let distance = number.isFinite && other.isFinite ? abs(Double(number) - Double(other)) : .infinity
        if place == nil || distance > difference { (difference, place) = (distance, index) }
      }
    }
  }
}

extension ActivationComparison.Place {
  fileprivate init(_ node: Node, value: ImportedValue?) {
    self.init(
      name: node.name, operation: node.operation.kind.word, origin: node.origin, node: value?.place,
      value: value?.name, shape: node.shape)
  }
}

extension ActivationComparison.Layer {
  fileprivate init(
    _ first: ActivationComparison.Place, _ second: ActivationComparison.Place, _ numbers: [Float], _ tensor: Tensor,
    attributes: [ActivationComparison.Attribute], isFolded: Bool, tolerance: Double
  ) {
    self.isFolded = isFolded
    self.first = first
    self.second = second
    self.attributes = attributes
    guard first.shape.elementCount == second.shape.elementCount else {
      (difference, relative, indices, self.numbers, differs) = (.infinity, .infinity, nil, nil, true)
      return
    }
    let others = tensor.floats
    let found = ActivationComparison.LargestDifference(numbers, others)
    difference = found.difference
    relative = found.relative
    indices = found.place.map { tensor.shape.indices(of: $0) }
    self.numbers = found.place.map { (numbers[$0], others[$0]) }
    differs = !(found.relative <= tolerance)
  }
}

extension Shape {
  /// The indices of an element, by its place in the order of elements.
  fileprivate func indices(of place: Int) -> [Int] {
    var rest = place
    var indices: [Int] = []
    for size in dimensions.reversed() {
      indices.append(rest % max(1, size))
      rest /= max(1, size)
    }
    return indices.reversed()
  }
}
