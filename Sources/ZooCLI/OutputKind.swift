import ArgumentParser
import ZooKit

/// What the name of an output asks for.
enum OutputKind {
  case onnx
  /// `.safetensors` or `.npz`.
  case tensors
  case folder

  /// - Parameter endings: of the files that the command writes.
  /// - Throws: `ValidationError` for a name that ends as a file of another kind: a folder of that name is not what is meant.
  init(_ path: String, endings: [String]) throws {
    let name = path.lowercased()
    if let ending = endings.first(where: name.hasSuffix) {
      self = ending == ".onnx" ? .onnx : .tensors
      return
    }
    let extensionName = name.lastIndex(of: ".").map { name[name.index(after: $0)...] } ?? ""
    let isFileName =
      !extensionName.isEmpty && extensionName.allSatisfy { $0.isLetter || $0.isNumber }
      && extensionName.contains(where: \.isLetter) && !name.hasPrefix(".\(extensionName)")
      && !name.hasSuffix("/.\(extensionName)")
    guard !isFileName || FileSystem.isDirectory(path) else {
      throw ValidationError(
        "'\(path)': .\(extensionName) is not written here; give a name that ends in \(endings.joined(separator: ", ")), or a folder's, with a / after it if it has a dot"
      )
    }
    self = .folder
  }

  /// Finds out, before long work, whether the output could be written.
  func check(_ path: String, overwrite: Bool) throws {
    switch self {
    case .onnx, .tensors: try FileSystem.checkFile(path, overwrite: overwrite)
    case .folder: try OutputDirectory.check(path)
    }
  }
}
