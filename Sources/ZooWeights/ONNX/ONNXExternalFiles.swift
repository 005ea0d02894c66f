import ZooTensor

/// The files beside an ONNX model that hold elements of its tensors.
///
/// Their names come from the model, which a stranger wrote: a file must lie in the model's directory or below, under a path
/// without `..` and without symbolic links, which are not followed at any of its steps. A second hard link is no reason to
/// refuse a file: whoever could make the link could have named the file, nothing is written through it, and stores that
/// keep equal files once are full of them.
struct ONNXExternalFiles {
  private let model: InputFile
  private var files: [String: ONNXExternalFile] = [:]

  init(model: InputFile) {
    self.model = model
  }

  /// Where a tensor's elements are, by its `external_data`.
  mutating func place(
    _ external: [String: String], of entry: Checkpoint.Entry
  ) throws(WeightsProblem) -> (file: ONNXExternalFile, offset: Int) {
    guard !model.isInMemory else { throw .onnx(.externalInMemory(tensor: entry.name)) }
    let location = external["location"] ?? ""
    let file = try file(location, of: entry.name)
    let offset = try number("offset", in: external, of: entry.name) ?? 0
    let rest = file.size - offset
    let length = try number("length", in: external, of: entry.name) ?? max(rest, 0)
    guard length == entry.byteCount else {
      throw .onnx(
        .externalLength(tensor: entry.name, location: location, expected: entry.byteCount, found: length))
    }
    guard length <= rest else {
      throw .onnx(
        .externalPastEnd(
          tensor: entry.name, location: location, offset: offset, length: length, fileSize: file.size))
    }
    return (file, offset)
  }

  private mutating func file(_ location: String, of tensor: String) throws(WeightsProblem) -> ONNXExternalFile {
    if let file = files[location] { return file }
    let components = location.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .map(String.init(path:))
    // A backslash separates on the system that many models are made on.
    let path = components.filter { $0 != "." }
    guard !path.isEmpty, path.count <= 16, !location.contains("\\"), !location.utf8.contains(0),
      path.allSatisfy({ !$0.isEmpty && $0 != ".." })
    else { throw .onnx(.externalPath(tensor: tensor, location: location)) }
    let folder = model.path.folderOfPath
    let file = try ONNXExternalFile(directory: folder.isEmpty ? "./" : folder, components: path)
    files[location] = file
    return file
  }

  private func number(
    _ key: String, in external: [String: String], of tensor: String
  ) throws(WeightsProblem) -> Int? {
    guard let text = external[key] else { return nil }
    guard let number = Int(text), number >= 0 else {
      throw .onnx(.externalNumber(tensor: tensor, key: key, value: text))
    }
    return number
  }
}

/// A file that is opened for each read and not kept open: a model may have one for each of its tensors, and those are more
/// than a process may have open.
struct ONNXExternalFile: Sendable {
  private let directory: String
  private let components: [String]
  let size: Int

  init(directory: String, components: [String]) throws(WeightsProblem) {
    self.directory = directory
    self.components = components
    do throws(WeightsProblem) {
      size = try InputFile(components, below: directory).size
    } catch {
      throw .onnx(.inExternal(location: components.joined(separator: "/"), error))
    }
  }

  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    do throws(WeightsProblem) {
      let file = try InputFile(components, below: directory)
      guard file.size == size else { throw .file(.shrank(expected: size, found: file.size)) }
      try file.read(at: offset, into: target)
    } catch {
      throw .onnx(.inExternal(location: components.joined(separator: "/"), error))
    }
  }
}
