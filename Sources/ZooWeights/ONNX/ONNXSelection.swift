import ZooTensor

/// The tensors of a graph that a checkpoint has, with their names, and what it says about its layers.
struct ONNXSelection {
  /// In `ONNXValues.items`, in their order.
  let tensors: [Int]
  private(set) var transformed: [TransformedTensor] = []
  private(set) var layers: [StoredLayer] = []
  /// The names of the entries.
  private var names: [String]
  private let shapes: [Shape]

  /// Inputs by which operators are told what to do: integers there are no weights.
  private static let argumentOperators: Set<String> = [
    "ConstantOfShape", "Dropout", "Expand", "Gather", "OneHot", "Pad", "Range", "ReduceL2", "ReduceMean", "ReduceSum",
    "Reshape", "Resize", "ScatterND", "Slice", "Split", "Squeeze", "Tile", "TopK", "Unsqueeze",
  ]

  init(_ graph: ONNXLayers) {
    let values = graph.values
    tensors = values.items.indices.filter { Self.isTensor($0, graph) }
    var positions: [Int: Int] = [:]
    for (position, tensor) in tensors.enumerated() {
      positions[tensor] = position
      transformed.append(
        TransformedTensor(position: position, steps: graph.presented[tensor]?.weight.steps ?? []))
    }
    names = tensors.map { values.name(of: $0) }
    shapes = tensors.map { graph.presented[$0]?.weight.shape ?? values.items[$0].entry.shape }
    layers = (graph.layers + graph.others).map { layer in
      var stored = layer.stored
      for (role, use) in layer.uses {
        if let position = positions[use.weight.tensor] { stored.tensors[role] = names[position] }
      }
      return stored
    }
    nameAfterLayers()
  }

  /// Whether names, shapes or numbers are others than in the file.
  var changesTensors: Bool {
    transformed.contains { !$0.steps.isEmpty } || renamed
  }

  private var renamed = false

  func entries(of stored: Checkpoint) -> [Checkpoint.Entry] {
    tensors.indices.map { position in
      Checkpoint.Entry(
        name: names[position], shape: shapes[position],
        elementType: transformed[position].elementType(stored.entries[position].elementType))
    }
  }

  /// Initializers but for operators' arguments, and what is constant and used as a weight would be.
  private static func isTensor(_ tensor: Int, _ graph: ONNXLayers) -> Bool {
    let values = graph.values
    if graph.presented[tensor] != nil { return true }
    let entry = values.items[tensor].entry
    let readers = (values.readers[entry.name] ?? []).map { values.nodes[$0] }
    let isArgument = !readers.isEmpty && readers.allSatisfy { argumentOperators.contains($0.type) && $0.isStandard }
    if tensor < values.initializerCount {
      return !isArgument || (entry.elementType.isFloatingPoint && entry.shape.elementCount > 1)
    }
    return entry.elementType.isFloatingPoint && entry.shape.elementCount > 1 && !isArgument && !readers.isEmpty
  }

  // MARK: Names

  /// Gives tensors whose names an exporter made up those of their layers.
  private mutating func nameAfterLayers() {
    var taken = Set(names)
    var chosen: [String: String] = [:]
    for alias in TensorAlias.all(of: layers) where Self.isMadeUp(alias.tensor) && chosen[alias.tensor] == nil {
      if !Self.isMadeUp(alias.name), taken.insert(alias.name).inserted { chosen[alias.tensor] = alias.name }
    }
    guard !chosen.isEmpty else { return }
    renamed = true
    names = names.map { chosen[$0] ?? $0 }
    for index in layers.indices { layers[index].tensors = layers[index].tensors.mapValues { chosen[$0] ?? $0 } }
  }

  /// Whether a name is a number, or one that stands for a node: `onnx::Conv_25`, `val_3`, `/conv1/Constant_output_0`.
  private static func isMadeUp(_ name: String) -> Bool {
    let digits = name.hasPrefix("val_") ? name.dropFirst(4) : name[...]
    return NameProblem(name) != nil || name.hasPrefix("onnx::") || digits.utf8.allSatisfy { (48...57).contains($0) }
  }
}
