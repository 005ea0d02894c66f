import ZooTensor

/// An ONNX model as a network: its nodes in their order, what its values are, and its tensors, which are read when they are
/// asked for. What is made of it is for importers; `ONNXModel` reads the same file for its weights.
package struct ONNXNetwork {
  /// The graph's, which exporters often leave as `main_graph`.
  package let name: String
  package let producer: String
  /// The version of ONNX's own operators; 1 where the file says none.
  package let operatorSet: Int
  /// What the producer noted about the model, by key.
  package let properties: [String: String]
  /// What is fed in; initializers that old files list among the inputs are left out.
  package let inputs: [ONNXValueInfo]
  package let outputs: [ONNXValueInfo]
  /// What the file says about other values.
  package let values: [ONNXValueInfo]
  /// In an order in which they can be computed.
  package let nodes: [ONNXNode]
  private let file: InputFile
  private let items: [String: ONNXSource.Item]
  private let files: ONNXExternalFiles

  /// Reads the structure of a model; the elements of its tensors stay where they are.
  ///
  /// - Throws: `WeightsError` for what is no model, or announces more than `limits` allow.
  package static func open(_ path: String, limits: WeightsLimits = WeightsLimits()) throws(WeightsError) -> ONNXNetwork
  {
    do throws(WeightsProblem) {
      return try ONNXNetwork(InputFile(path), limits: limits)
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// As `open`, for a model that is in memory; `name` stands for its path in errors.
  package static func open(
    bytes: [UInt8], name: String, limits: WeightsLimits = WeightsLimits()
  ) throws(WeightsError) -> ONNXNetwork {
    do throws(WeightsProblem) {
      return try ONNXNetwork(InputFile(bytes: bytes, name: name), limits: limits)
    } catch {
      throw WeightsError(path: name, error)
    }
  }

  private init(_ file: InputFile, limits: WeightsLimits) throws(WeightsProblem) {
    guard file.size > 0 else { throw .file(.empty) }
    let contents = try ONNXContents(file, readsStructure: true)
    var files = ONNXExternalFiles(model: file)
    var items: [String: ONNXSource.Item] = [:]
    var bytes = 0
    for tensor in contents.initializers {
      let item = try tensor.item(files: &files)
      try limits.add(item.entry.byteCount, to: &bytes)
      guard items.updateValue(item, forKey: item.entry.name) == nil else { throw .name(.duplicate(item.entry.name)) }
    }
    name = contents.metadata["onnx.graph"] ?? ""
    producer = contents.metadata[ONNXContents.producerKey] ?? ""
    operatorSet = contents.operatorSets[""] ?? 1
    properties = contents.properties
    inputs = contents.inputs.filter { items[$0.name] == nil }
    outputs = contents.outputs
    values = contents.values
    nodes = contents.nodes
    self.file = file
    self.items = items
    self.files = files
  }

  /// What an initializer is; `nil` where there is none of that name.
  package func initializer(named name: String) -> Checkpoint.Entry? { items[name]?.entry }

  /// The elements of an initializer; `nil` where there is none of that name.
  package func tensor(named name: String) throws(WeightsError) -> Tensor? {
    guard let item = items[name] else { return nil }
    return try attempt { () throws(WeightsProblem) in try read(item) }
  }

  /// The tensor that a node has as its attribute `value`, or as one of the other forms that `Constant` has; `nil` where it
  /// has none that can be read.
  package func constant(of node: ONNXNode) throws(WeightsError) -> Tensor? {
    if let numbers = node.integers("value_ints") ?? node.integer("value_int").map({ [$0] }) {
      let shape: Shape = node.has("value_ints") ? [numbers.count] : []
      return Tensor(shape: shape, elementType: .int64) { $0.copyBytes(from: numbers.flatMap(\.littleEndianBytes)) }
    }
    if let number = node.float("value_float") { return Tensor(shape: [], floats: [number]) }
    return try attempt { () throws(WeightsProblem) in
      if let message = node.attributes["value"]?.tensor {
        let tensor = try ONNXTensor(message, name: node.label)
        return tensor.hasReadableType ? try read(tensor) : nil
      }
      return try node.attributes["value_floats"].map { (attribute) throws(WeightsProblem) in
        try read(ONNXTensor(name: node.label, attribute.floats))
      }
    }
  }

  /// The numbers of an attribute that is a list of floats; `nil` where the node has no such attribute.
  package func floats(_ attribute: String, of node: ONNXNode) throws(WeightsError) -> [Float]? {
    guard let floats = node.attributes[attribute]?.floats else { return nil }
    return try attempt { () throws(WeightsProblem) in try read(ONNXTensor(name: node.label, floats)).floats }
  }

  private func read(_ tensor: ONNXTensor) throws(WeightsProblem) -> Tensor {
    var files = files
    return try read(tensor.item(files: &files))
  }

  private func read(_ item: ONNXSource.Item) throws(WeightsProblem) -> Tensor {
    try Checkpoint(
      format: .onnx, path: file.path, entries: [item.entry], source: ONNXSource(file: file, items: [item])
    ).read(0, threads: 1)
  }

  private func attempt<Result>(_ body: () throws(WeightsProblem) -> Result) throws(WeightsError) -> Result {
    do throws(WeightsProblem) {
      return try body()
    } catch {
      throw WeightsError(path: file.path, error)
    }
  }
}

extension Int {
  fileprivate var littleEndianBytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) } }
}
