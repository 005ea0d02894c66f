import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A directory with one `.npy` file per tensor.
///
/// The path of a file below the directory, without `.npy`, is the name of its tensor. What a file name cannot hold is
/// written as in a URL: `conv1/7x7_s2.weight` becomes `conv1%2F7x7_s2.weight.npy`. Metadata are a JSON object of strings
/// in `metadata.json`.
package enum NumPyDirectory {
  static let metadataFile = "metadata.json"
  private static let maximumDepth = 16
  /// What Linux and macOS allow, in bytes.
  private static let maximumFileName = 255

  static func open(_ path: String, limits: WeightsLimits) throws(WeightsProblem) -> Checkpoint {
    var files: [String] = []
    try collect(path, below: "", depth: 0, into: &files)
    guard !files.isEmpty else { throw .numpy(.noArrays) }
    files.sort(by: String.bytewisePrecedes)
    var entries: [Checkpoint.Entry] = []
    var items: [NumPySource.Item] = []
    var logicalBytes = 0
    for file in files {
      guard let name = tensorName(forFile: file) else { throw .numpy(.fileName(file)) }
      let header: NumPyHeader
      do throws(WeightsProblem) {
        header = try NumPyHeader(InputFile("\(path)/\(file)", followLinks: false))
      } catch {
        throw .numpy(.inFile(file, error))
      }
      try limits.add(header.byteCount, to: &logicalBytes)
      entries.append(.init(name: name, shape: header.shape, elementType: header.elementType))
      items.append(.init(file: file, header: header))
    }
    return try Checkpoint(
      format: .numpyDirectory, path: path, entries: entries, metadata: try metadata(path),
      source: NumPySource(root: path, items: items))
  }

  /// Names and contents of hidden files, and of links to directories, are of no interest; a link that pretends to be an
  /// array is refused when it is opened.
  private static func collect(
    _ root: String, below relative: String, depth: Int, into files: inout [String]
  ) throws(WeightsProblem) {
    guard depth < maximumDepth else { throw .numpy(.tooDeep(relative)) }
    let path = relative.isEmpty ? root : "\(root)/\(relative)"
    let names: [String]
    do throws(SystemError) {
      names = try directoryNames(path)
    } catch {
      throw .file(.cannotOpen(error))
    }
    for name in names where name.utf8.first != UInt8(ascii: ".") {
      let file = relative.isEmpty ? name : "\(relative)/\(name)"
      if name.hasSuffix(".npy") {
        guard files.count < ArchiveLayout.maximumTensors else { throw .numpy(.tooManyFiles) }
        files.append(file)
      } else if FileKind(path: "\(root)/\(file)", followLinks: false) == .directory {
        try collect(root, below: file, depth: depth + 1, into: &files)
      }
    }
  }

  private static func metadata(_ path: String) throws(WeightsProblem) -> [String: String] {
    let file = "\(path)/\(metadataFile)"
    guard FileKind(path: file, followLinks: false) != nil else { return [:] }
    do throws(WeightsProblem) {
      let input = try InputFile(file, followLinks: false)
      // Escaped, a character takes up to six bytes.
      guard input.size <= 8 * ArchiveLayout.maximumMetadataBytes else { throw .metadata(.tooLarge(input.size)) }
      var scanner = JSONScanner(try input.bytes(at: 0, count: input.size))
      var metadata: [String: String] = [:]
      try scanner.object { (scanner, key) throws(WeightsProblem) in metadata[key] = try scanner.string() }
      try scanner.end()
      return metadata
    } catch {
      throw .numpy(.inFile(metadataFile, error))
    }
  }

  /// Writes the tensors at `positions` into a new directory, which gets its name when it is complete.
  static func write(_ checkpoint: Checkpoint, positions: [Int], to path: String) throws(WeightsProblem) {
    let path = try OutputDirectory.checkedName(path)
    let calls = FileCalls.current
    let temporary = TemporaryFiles.name(for: path, calls: calls)
    TemporaryFiles.removeAbandoned(beside: path, calls: calls)
    do throws(SystemError) {
      _ = try TemporaryFiles.create(temporary, calls.makeDirectory)
    } catch {
      throw .file(.cannotCreate(temporary, error))
    }
    defer { TemporaryFiles.forget(temporary) }
    var written: [String] = []
    do throws(WeightsProblem) {
      if !checkpoint.metadata.isEmpty {
        let pairs = checkpoint.metadata.sorted { String.bytewisePrecedes($0.key, $1.key) }
        let text = pairs.map { "  \($0.key.json): \($0.value.json)" }.joined(separator: ",\n")
        written.append(metadataFile)
        let file = try OutputFile("\(temporary)/\(metadataFile)", overwrite: false, isInsideTemporary: true)
        try file.write(Array("{\n\(text)\n}\n".utf8))
        try file.commit()
      }
      for position in positions {
        let entry = checkpoint.entries[position]
        let name = try fileName(forTensor: entry.name)
        written.append(name)
        let file = try OutputFile("\(temporary)/\(name)", overwrite: false, isInsideTemporary: true)
        try file.write(NumPyHeader(shape: entry.shape, elementType: entry.elementType).encoded())
        try checkpoint.forEachPiece(of: position) { (bytes) throws(WeightsProblem) in try file.write(bytes) }
        try file.commit()
      }
      try OutputFile.flushDirectory(of: "\(temporary)/", calls: calls)
      // An empty directory of that name is replaced.
      guard calls.rename(temporary, path) == 0 else {
        throw errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR
          ? .file(.exists) : .file(.cannotCreate(path, SystemError(errno)))
      }
    } catch {
      for name in written { _ = calls.unlink("\(temporary)/\(name)") }
      _ = calls.removeDirectory(temporary)
      throw error
    }
    try OutputFile.flushDirectory(of: path, calls: calls)
  }

  /// The file of a tensor.
  package static func fileName(forTensor name: String) throws(WeightsProblem) -> String {
    var bytes: [UInt8] = []
    for (position, byte) in name.utf8.enumerated() {
      let isSafe =
        byte >= 0x20 && byte != 0x7F && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "%")
        && byte != UInt8(ascii: "\\") && byte != UInt8(ascii: ":")
        // A leading dot would hide the file.
        && !(position == 0 && byte == UInt8(ascii: "."))
      bytes += isSafe ? [byte] : Array("%\([byte].hexadecimal.uppercased())".utf8)
    }
    guard !bytes.isEmpty else { throw .name(.empty) }
    let file = String(path: bytes) + ".npy"
    guard file.pathBytes.count <= maximumFileName else { throw .numpy(.nameTooLongForFile(name)) }
    return file
  }

  /// The tensor of a file; `nil` when the name stands for bytes that are not UTF-8.
  package static func tensorName(forFile file: String) -> String? {
    var bytes: [UInt8] = []
    var rest = file.pathBytes.dropLast(4)
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
      if byte == UInt8(ascii: "%"), digits.count == 2 {
        bytes.append(UInt8(16 * digits[0] + digits[1]))
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(utf8: bytes)
  }
}
