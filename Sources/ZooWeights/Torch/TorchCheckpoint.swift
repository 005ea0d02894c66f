import ZooTensor

/// What the files of `torch.save` have in common: a pickle that describes tensors and storages that hold their elements.
struct TorchCheckpoint {
  /// The elements of a storage in the file.
  struct StoragePlace: Sendable {
    let offset: Int
    let byteCount: Int
    /// CRC-32; `nil` when the file has none.
    let checksum: UInt32?
  }

  /// The value of the pickle and the machine that holds what it refers to.
  let root: PickleMachine.Value
  let machine: PickleMachine
  let storages: [String: StoragePlace]
  let isBigEndian: Bool

  /// What PyTorch's `DataParallel` puts before every name; where one name lacks it, it means something else.
  private static let parallelPrefix = "module."

  /// `dictionary`: the keys, with dots between them, of the one that is meant; `nil` for the only one.
  func checkpoint(
    _ file: InputFile, format: CheckpointFormat, dictionary: String?, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    let found = try TorchDictionaries(root: root, machine: machine).find(dictionary)
    var entries: [Checkpoint.Entry] = []
    var items: [TorchSource.Item] = []
    var logicalBytes = 0
    let prefix = found.tensors.allSatisfy { $0.name.hasPrefix(Self.parallelPrefix) } ? Self.parallelPrefix : ""
    for (name, tensor) in found.tensors {
      let (entry, item) = try place(tensor, name: String(name.dropFirst(prefix.count)))
      try limits.add(entry.byteCount, to: &logicalBytes)
      entries.append(entry)
      items.append(item)
    }
    var checkpoint = try Checkpoint(
      format: format, path: file.path, entries: entries, skipped: found.skipped,
      source: TorchSource(file: file, items: items, storages: storages, isBigEndian: isBigEndian))
    checkpoint.removedPrefix = prefix
    checkpoint.dictionary = dictionary
    return checkpoint
  }

  /// Checks that a tensor lies within its storage, and the storage within the file.
  private func place(
    _ tensor: PickleMachine.Tensor, name: String
  ) throws(WeightsProblem) -> (Checkpoint.Entry, TorchSource.Item) {
    let storage = tensor.storage
    let place = storage.inline.map { StoragePlace(offset: 0, byteCount: $0.bytes.count, checksum: nil) }
    guard let place = place ?? storages[storage.key] else {
      throw .torch(.storageMissing(tensor: name, key: storage.key))
    }
    let (byteCount, overflow) = storage.elementCount.multipliedReportingOverflow(by: storage.elementType.size)
    guard !overflow, byteCount == place.byteCount else {
      throw .torch(
        .storageLength(
          tensor: name, key: storage.key, expected: overflow ? .max : byteCount, found: place.byteCount))
    }
    guard let shape = Shape(checking: tensor.sizes, elementType: storage.elementType) else {
      throw .torch(.tooManyElements(tensor: name, tensor.sizes))
    }
    let layout = StridedLayout(sizes: tensor.sizes, strides: tensor.strides)
    guard tensor.offset >= 0, tensor.strides.allSatisfy({ $0 >= 0 }), let span = layout.span,
      tensor.offset <= storage.view.count, span <= storage.view.count - tensor.offset
    else { throw .torch(.outsideStorage(tensor: name, key: storage.key)) }
    // With stride 0 a few bytes can pretend to be any number of elements.
    guard shape.elementCount <= storage.elementCount else { throw .torch(.expandedView(tensor: name)) }
    let entry = Checkpoint.Entry(name: name, shape: shape, elementType: storage.elementType)
    let offset = place.offset + (storage.view.lowerBound + tensor.offset) * storage.elementType.size
    let item = TorchSource.Item(
      entry: entry, storage: storage.key, offset: offset, span: span, layout: layout, inline: storage.inline)
    return (entry, item)
  }
}

/// What is wrong with a PyTorch checkpoint beside its zip file and its pickle.
public enum TorchProblem: Hashable, Sendable {
  case noPickle
  case severalPickles
  case byteOrder(String)
  case notADictionary
  case noTensors(keys: [String])
  case nameNotText(String)
  case storageMissing(tensor: String, key: String)
  case storageLength(tensor: String, key: String, expected: Int, found: Int)
  case storageChecksum(key: String)
  case tooManyElements(tensor: String, [Int])
  case outsideStorage(tensor: String, key: String)
  case expandedView(tensor: String)
  /// Several dictionaries of tensors, any of which could be meant.
  case severalDictionaries([String])
  /// None lies where it was said to; `nearest` is like what was said.
  case noDictionary(String, nearest: String?, there: [String])
  /// A tensor of a kind that PyTorch or NumPy has and zoo does not, in words.
  case unsupportedTensor(String, what: String)
  /// A tensor that takes a Python object to make.
  case tensorOfPythonObject(String, object: String)
  case tarMember(missing: String)
  /// A member of a tar file that is not as PyTorch writes it.
  case tarPart(String, offset: Int)
  case bigEndianTar
  case legacyHeader
  case legacyStorages
}
