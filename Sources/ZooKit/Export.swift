import ZooWeights

/// A network with its weights on its way to other programs, in the format that the output's name asks for.
///
///     let export = try Export(to: "resnet18.onnx")
///     let network = try Network.find("resnet18")
///     try export.write(network, weights: LoadedWeights.load(.automatic, for: network))
public struct Export: Sendable {
  /// Where the model, folder or file will be.
  public let path: String
  /// What the output's name asks for.
  public let format: OutputFormat
  /// Whether an ONNX model's weights go into a file beside it.
  public let hasExternalData: Bool
  /// ONNX's number of the set of operators that a model is written in.
  public let operatorSet: Int
  /// Whether a file of that name is replaced.
  public let overwrite: Bool

  /// What was written.
  public struct Written: Sendable {
    /// How many tensors.
    public var tensors: Int
    /// Their size in bytes.
    public var byteCount: Int
    /// How many nodes an ONNX graph has.
    public var nodes: Int?
    /// The paths of the files; of a folder, the names of those in it.
    public var files: [String]
  }

  /// Finds out, before long work, whether the output could be written.
  ///
  /// - Parameters:
  ///   - path: ending in `.onnx`, `.py` (a PyTorch module, with `.safetensors` beside it), `.safetensors` (the weights alone) or
  ///     `.npz` (as well), or the name of a new folder.
  ///   - hasExternalData: whether the weights of an ONNX model go into a file beside it, as those above 2 GiB must.
  ///   - operatorSet: of an ONNX model: one of `ONNXExport.operatorSets`.
  ///   - overwrite: whether files that exist are replaced.
  /// - Throws: `ZooError.outputFormat`, `.externalData`, `.operatorSet`, `.alreadyExists` or `.cannotWrite`; `WeightsError` for folders.
  public init(to path: String, hasExternalData: Bool = false, operatorSet: Int = 17, overwrite: Bool = false) throws {
    self.path = path
    self.operatorSet = operatorSet
    self.hasExternalData = hasExternalData
    self.overwrite = overwrite
    format = try OutputFormat(path: path)
    guard format == .onnx || !hasExternalData else { throw ZooError.externalData(path) }
    guard ONNXExport.operatorSets.contains(operatorSet) else {
      throw ZooError.operatorSet(operatorSet, known: ONNXExport.operatorSets)
    }
    try format.check(path, overwrite: overwrite)
    if hasExternalData { try FileSystem.checkFile(ONNXExport.dataPath(for: path), overwrite: overwrite) }
  }

  /// Writes the output, whole or not at all.
  ///
  /// - Parameters:
  ///   - network: what is written.
  ///   - weights: its weights.
  ///   - producerVersion: of the program that writes ONNX.
  ///   - progress: told how many of how many bytes of an ONNX model are done.
  /// - Throws: as `ONNXExport`, `PyTorchExport`, `FolderExport` and `Checkpoint.unpack`.
  /// - Returns: What was written.
  @discardableResult
  public func write(
    _ network: Network, weights: LoadedWeights, producerVersion: String = "",
    progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws -> Written {
    let checkpoint = weights.checkpoint
    var written = Written(
      tensors: checkpoint.entries.count, byteCount: checkpoint.byteCount, nodes: nil, files: [path])
    switch format {
    case .onnx:
      let export = try ONNXExport(network, weights: weights, operatorSet: operatorSet)
      try export.write(
        to: path, producerVersion: producerVersion, hasExternalData: hasExternalData, overwrite: overwrite,
        progress: progress)
      written.files += hasExternalData ? [ONNXExport.dataPath(for: path)] : []
      (written.tensors, written.byteCount, written.nodes) = (export.tensorCount, export.byteCount, export.nodeCount)
    case .safetensors, .npz:
      _ = try checkpoint.unpack(to: path, overwrite: overwrite)
    case .pytorch:
      let weightsPath = PyTorchExport.weightsPath(for: path)
      let name = String(weightsPath.dropFirst(weightsPath.folderOfPath.count))
      let export = try PyTorchExport(network, weights: weights, weightsFile: name)
      try export.write(to: path, overwrite: overwrite)
      (written.tensors, written.byteCount) = (export.keys.count, export.byteCount)
      written.files.append(weightsPath)
    case .folder:
      let export = try FolderExport(network, weights: weights)
      try export.write(to: path)
      written.files = export.texts.map(\.name) + ["model.safetensors"]
    }
    return written
  }
}
