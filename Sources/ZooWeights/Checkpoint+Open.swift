import ZooTensor

extension Checkpoint {
  /// Opens a checkpoint of any format zoo reads, which its contents tell; a directory is one of `.npy` files, or holds
  /// weights as the Hugging Face hub has them, in one file or in several with an index. An index stands for its directory.
  ///
  /// Of several dictionaries of tensors in a PyTorch file one is chosen by its keys after a `#`: `F.pth#model_ema`,
  /// `F.pth#ema.model`. A file that has such a name is meant itself.
  ///
  /// Nothing in the file is executed. Every size in it is checked before memory is allocated for what it describes. When
  /// the name of a PyTorch file ends in the first eight digits of its SHA-256, as torchvision's do, they are compared.
  ///
  /// - Throws: `WeightsError` saying what is wrong with the file and, where it is of another kind, what to do with it.
  public static func open(_ path: String, limits: WeightsLimits = WeightsLimits()) throws(WeightsError) -> Checkpoint {
    let reference = CheckpointReference(path)
    let path = reference.path
    do throws(WeightsProblem) {
      if FileKind(path: path) == .directory {
        return try openDirectory(path, dictionary: reference.dictionary, limits: limits)
      }
      if let (folder, index) = HubFolder.split(index: path), FileKind(path: path) == .regular {
        if let dictionary = reference.dictionary { throw .noDictionaries(dictionary) }
        return try HubFolder.open(folder, index: index, limits: limits)
      }
      let file = try InputFile(path)
      var checkpoint = try recognise(file, dictionary: reference.dictionary, limits: limits)
      try checkDigestInName(of: file)
      checkpoint.file = file
      return checkpoint
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// Opens a checkpoint that is in memory, such as one embedded in a program; `name` stands for its path in errors.
  ///
  /// - Throws: `WeightsError` as for a file.
  public static func open(
    bytes: [UInt8], name: String, limits: WeightsLimits = WeightsLimits()
  ) throws(WeightsError) -> Checkpoint {
    do throws(WeightsProblem) {
      return try recognise(InputFile(bytes: bytes, name: name), dictionary: nil, limits: limits)
    } catch {
      throw WeightsError(path: name, error)
    }
  }

  /// Reads the `.npy` files of a directory; where there are none, the files that the Hugging Face hub has.
  private static func openDirectory(
    _ path: String, dictionary: String?, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    if let dictionary { throw .noDictionaries(dictionary) }
    do throws(WeightsProblem) {
      return try NumPyDirectory.open(path, limits: limits)
    } catch .numpy(.noArrays) where HubFolder.isOne(path) {
      return try HubFolder.open(path, limits: limits)
    }
  }

  /// Opens a file of PyTorch's; `nil` when it is none.
  static func openTorch(
    _ file: InputFile, dictionary: String?, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint? {
    let start = try file.bytes(at: 0, count: min(file.size, 512))
    if let length = TorchLegacy.magicLength(start) {
      return try TorchLegacy.open(file, after: length, dictionary: dictionary, limits: limits)
    }
    if start.count > 262, start[257..<262].elementsEqual("ustar".utf8) {
      return try TorchTar.open(file, dictionary: dictionary, limits: limits)
    }
    guard isZip(start) else { return nil }
    let directory = try ZipDirectory(file)
    guard TorchZip.isOne(directory) else { return nil }
    return try TorchZip.open(file, directory: directory, dictionary: dictionary, limits: limits)
  }

  private static func isZip(_ start: [UInt8]) -> Bool {
    start.starts(with: [0x50, 0x4B, 3, 4]) || start.starts(with: [0x50, 0x4B, 5, 6])
  }

  private static func recognise(
    _ file: InputFile, dictionary: String?, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    guard file.size > 0 else { throw .file(.empty) }
    let start = try file.bytes(at: 0, count: min(file.size, 512))
    if isZip(start) { return try openZip(file, dictionary: dictionary, limits: limits) }
    if let checkpoint = try openTorch(file, dictionary: dictionary, limits: limits) { return checkpoint }
    if let dictionary { throw .noDictionaries(dictionary) }
    if start.dropFirst().starts(with: [0x5A, 0x4F, 0x4F]) { return try open(Archive(file: file, limits: limits)) }
    if start.starts(with: HDF5File.magic) {
      return try HDF5File(HDF5Bytes(file), limits: limits).checkpoint(format: .hdf5, path: file.path)
    }
    if start.starts(with: NumPyHeader.magic) { return try NumPyFile.open(file, limits: limits) }
    // The header is an object, and its length takes no more than four bytes.
    let isSafetensors = start.count > 8 && start[8] == UInt8(ascii: "{") && start[4..<8].allSatisfy { $0 == 0 }
    if isSafetensors || file.path.hasSuffix(".safetensors") {
      if let foreign = ForeignFormat(start: start, path: file.path), !isSafetensors { throw .foreign(foreign) }
      return try Safetensors.open(file, limits: limits)
    }
    if let foreign = ForeignFormat(start: start, path: file.path) { throw .foreign(foreign) }
    switch UnmarkedFormat(start: start, path: file.path) {
    case .caffe: return try CaffeModel.open(file, limits: limits)
    case .caffeMean: return try CaffeMean.checkpoint(file, limits: limits)
    case .onnx: return try ONNXModel.open(file, limits: limits)
    case .darknet:
      _ = try DarknetWeights.Header(file)
      throw .darknet(.needsNetwork)
    case nil: break
    }
    throw .unrecognised(start: Array(start.prefix(8)))
  }

  private static func open(_ archive: Archive) throws(WeightsProblem) -> Checkpoint {
    var checkpoint = try Checkpoint(
      format: .archive, path: archive.path,
      entries: archive.order.map {
        let tensor = archive.index.tensors[$0]
        return Entry(name: tensor.name, shape: tensor.shape, elementType: tensor.elementType)
      },
      metadata: archive.metadata, source: archive)
    checkpoint.layers = try Checkpoint.layers(in: archive.metadata)
    return checkpoint
  }

  private static func openZip(
    _ file: InputFile, dictionary: String?, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    let directory = try ZipDirectory(file)
    if TorchZip.isOne(directory) {
      return try TorchZip.open(file, directory: directory, dictionary: dictionary, limits: limits)
    }
    if let dictionary { throw .noDictionaries(dictionary) }
    let names = directory.members.map(\.name)
    if KerasArchive.isOne(directory) {
      return try KerasArchive.weights(file, directory: directory, limits: limits)
        .checkpoint(format: .keras, path: file.path)
    }
    if names.contains("config.json"), names.contains(where: { $0.hasPrefix("model.weights.") }) {
      throw .foreign(.keras)
    }
    guard names.contains(where: { $0.hasSuffix(".npy") }) else { throw .foreign(.otherZip) }
    return try NumPyZip.open(file, directory: directory, limits: limits)
  }

  /// Compares the file with the digest that its name ends in: `resnet18-f37072fd.pth`.
  private static func checkDigestInName(of file: InputFile) throws(WeightsProblem) {
    guard let expected = digest(inName: file.path) else { return }
    let found = try file.digest()
    guard found.hasPrefix(expected) else { throw .digestInName(expected: expected, found: found) }
  }

  /// Eight hexadecimal digits between a hyphen and the end of a PyTorch file's name, unless they are a date.
  package static func digest(inName path: String) -> String? {
    guard let suffix = [".pth", ".pt", ".th"].first(where: path.hasSuffix) else { return nil }
    let digits = path.dropLast(suffix.count).suffix(9)
    guard digits.count == 9, digits.first == "-", digits.dropFirst().allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
      return nil
    }
    let text = digits.dropFirst().lowercased()
    if text.hasPrefix("19") || text.hasPrefix("20"), let month = Int(text.dropFirst(4).prefix(2)),
      let day = Int(text.suffix(2)), Int(text) != nil, (1...12).contains(month), (1...31).contains(day)
    {
      return nil
    }
    return text
  }
}
