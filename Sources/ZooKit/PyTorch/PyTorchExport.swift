import ZooGraph
import ZooSpec
import ZooTensor
import ZooWeights

/// A network as a PyTorch module, `NAME.py`, with its weights beside it, `NAME.safetensors`.
///
/// The module is written from the definition: a block becomes a method with its parameters, a repetition a loop, and the keys of
/// its `state_dict` are zoo's names of tensors, so that the weights load into it with `strict=True`. A definition that has
/// something of which there is no such form is written layer by layer. What only training uses is left out.
public struct PyTorchExport: Sendable {
  /// The source of the module.
  public let text: String
  /// The module's class.
  public let className: String
  /// The keys of the `state_dict`, in order, which are the names of the tensors in the file of weights.
  public let keys: [String]
  /// Whether the text has the blocks of the definition, rather than one layer after the other.
  public let hasBlocks: Bool
  private let weights: LoadedWeights

  /// The file of weights beside a module at `path`.
  public static func weightsPath(for path: String) -> String { "\(path.dropLast(3)).safetensors" }

  /// - Parameters:
  ///   - network: what is written.
  ///   - weights: its weights.
  ///   - weightsFile: what the text calls the file of weights.
  /// - Throws: `ZooError.noLogits`; `ZooError.notForPyTorch`, with all layers that there is no form of.
  public init(_ network: Network, weights: LoadedWeights, weightsFile: String = "model.safetensors") throws {
    let inference = try network.graph.optimized([SelectInference(), RemoveDeadNodes()])
    guard let answer = inference.answer else { throw ZooError.noLogits(model: network.name) }
    var outputs = inference.outputs
    if let first = outputs.firstIndex(of: answer.output) { outputs.insert(outputs.remove(at: first), at: 0) }
    let obstacles = inference.nodes.compactMap(\.pytorchObstacle) + inference.nestedLayers
    guard obstacles.isEmpty else { throw ZooError.notForPyTorch(model: network.name, obstacles) }
    keys = inference.tensors.map(\.name)
    className = PythonText.className(network.name)
    self.weights = weights
    let names = network.graph.nodes.filter { !$0.isTrainingOnly }.flatMap { $0.parameters.flatMap(\.value.tensors) }
    let module: PyTorchModule
    var isWhole = false
    if Set(names.map(\.name)) == Set(keys), let written = try? PyTorchModule(network, inference, outputs) {
      (module, isWhole) = (written, true)
    } else {
      module = try PyTorchModule(flat: inference, outputs)
    }
    hasBlocks = isWhole
    let card = PyTorchCard(
      network: network, preprocess: weights.preprocess ?? network.card.preprocess, className: className,
      weightsFile: weightsFile, outputs: outputs.map { ($0, inference[$0.value].shape) }, answer: answer)
    text = module.text(className: className, card: card, input: network.input)
  }

  /// The size of the tensors.
  public var byteCount: Int { keys.reduce(0) { $0 + (weights.checkpoint.entry(named: $1)?.byteCount ?? 0) } }

  /// Writes the module and, beside it, the weights.
  ///
  /// - Parameters:
  ///   - path: where the module will be; ends in `.py`.
  ///   - overwrite: whether files of these names are replaced.
  /// - Throws: `WeightsError`, `ZooError.alreadyExists` or `.cannotWrite`.
  public func write(to path: String, overwrite: Bool = false) throws {
    for file in [path, Self.weightsPath(for: path)] { try FileSystem.checkFile(file, overwrite: overwrite) }
    let all = weights.checkpoint.metadata
    var metadata = all.filter { $0.key.hasPrefix("source.") || $0.key == "license" }
    try metadata.merge(weights.checkpoint.provenance()) { first, _ in first }
    // What PyTorch's own files say, and readers of them look for.
    metadata["format"] = "pt"
    try weights.checkpoint.replacingMetadata(metadata).unpack(
      to: Self.weightsPath(for: path), only: keys, overwrite: overwrite)
    try FileSystem.write(text.utf8, to: path, overwrite: overwrite)
  }
}

extension Node {
  /// What of the node PyTorch's layers do not have, in words.
  fileprivate var pytorchObstacle: String? {
    for parameter in parameters {
      if case .tensor("\(name).\(parameter.role.rawValue)", _) = parameter.value { continue }
      // Batch norms without scale and shift have numbers that are no tensors.
      if case .constant = parameter.value, case .batchNorm = operation { continue }
      return "\(name): its \(parameter.role.rawValue) is not stored as a tensor of its own"
    }
    switch operation {
    case .selectChannels(.listed), .parameter, .batchMean, .randomMask, .batchStatistics, .loss, .gradient:
      return "\(name): \(operation.kind.name)"
    case .batchNorm(let norm) where norm.hasScale != norm.hasShift && norm.hasStatistics:
      return "\(name): batch norm with a scale or a shift alone"
    default: return nil
    }
  }
}

extension Graph {
  /// Layers with weights whose path is the start of another's: one module cannot be both. And those within something that is
  /// called as a module's own state is.
  fileprivate var nestedLayers: [String] {
    let paths = Set(nodes.filter { !$0.parameters.isEmpty }.map(\.name))
    return paths.sorted().compactMap { path in
      if path.split(separator: ".").contains("training") {
        return "\(path): PyTorch's modules have another use for the name training"
      }
      var parent = path[...]
      while let dot = parent.lastIndex(of: ".") {
        parent = parent[..<dot]
        if paths.contains(String(parent)) { return "\(path): inside of \(parent), which is a layer itself" }
      }
      return nil
    }
  }
}
