import ZooWeights

/// What the name of an output asks for, where weights are written for other programs.
public enum OutputFormat: Hashable, Sendable, CaseIterable {
  case onnx
  case safetensors
  case npz
  /// A PyTorch module, with its weights beside it.
  case pytorch
  /// A new folder.
  case folder

  /// The ending of the file's name; `nil` for folders, whose names have none.
  public var ending: String? {
    switch self {
    case .onnx: ".onnx"
    case .safetensors: ".safetensors"
    case .npz: ".npz"
    case .pytorch: ".py"
    case .folder: nil
    }
  }

  /// - Parameters:
  ///   - path: the output's name.
  ///   - formats: those that can be written there.
  /// - Throws: `ZooError.outputFormat` for a name that ends as a file of another kind, unless it is a folder: a new
  ///   folder of that name is not what is meant.
  public init(path: String, among formats: [OutputFormat] = allCases) throws(ZooError) {
    let name = path.lowercased()
    if let format = formats.first(where: { $0.ending.map(name.hasSuffix) ?? false }) {
      self = format
      return
    }
    let ending = name.lastIndex(of: ".").map { name[name.index(after: $0)...] } ?? ""
    let isFileName =
      !ending.isEmpty && ending.allSatisfy { $0.isLetter || $0.isNumber }
      && ending.contains(where: \.isLetter) && !name.hasPrefix(".\(ending)")
      && !name.hasSuffix("/.\(ending)")
    guard !isFileName || FileSystem.isDirectory(path) else {
      throw .outputFormat(path, ending: String(ending), endings: formats.compactMap(\.ending))
    }
    self = .folder
  }

  /// Finds out, before long work, whether the output could be written. A folder that is not empty is never replaced.
  ///
  /// - Throws: `ZooError.alreadyExists` or `.cannotWrite` for files, `WeightsError` for folders.
  public func check(_ path: String, overwrite: Bool) throws {
    switch self {
    case .onnx, .safetensors, .npz: try FileSystem.checkFile(path, overwrite: overwrite)
    case .pytorch:
      for file in [path, PyTorchExport.weightsPath(for: path)] { try FileSystem.checkFile(file, overwrite: overwrite) }
    case .folder: try OutputDirectory.check(path)
    }
  }
}
