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

  /// Under these keys a training script keeps the weights among other things.
  private static let wrappers = [
    "state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params", "state_dict_ema",
    "ema_state_dict", "model_ema", "ema", "params_ema",
  ]
  private static let maximumWrapping = 3
  private static let parallelPrefix = "module."

  func checkpoint(
    _ file: InputFile, format: CheckpointFormat, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    var skipped: [String] = []
    let named = try stateDictionary(root, wrapped: 0, skipped: &skipped)
    var entries: [Checkpoint.Entry] = []
    var items: [TorchSource.Item] = []
    var logicalBytes = 0
    // What PyTorch's DataParallel puts before every name; where one name lacks it, it means something else.
    let prefix = named.allSatisfy { $0.name.hasPrefix(Self.parallelPrefix) } ? Self.parallelPrefix.count : 0
    for (name, tensor) in named {
      let (entry, item) = try place(tensor, name: String(name.dropFirst(prefix)))
      try limits.add(entry.byteCount, to: &logicalBytes)
      entries.append(entry)
      items.append(item)
    }
    return try Checkpoint(
      format: format, path: file.path, entries: entries, skipped: skipped,
      source: TorchSource(file: file, items: items, storages: storages, isBigEndian: isBigEndian))
  }

  private func stateDictionary(
    _ value: PickleMachine.Value, wrapped: Int, skipped: inout [String]
  ) throws(WeightsProblem) -> [(name: String, tensor: PickleMachine.Tensor)] {
    guard case .dictionary(let position) = value else { throw .torch(.notADictionary) }
    let members = machine.dictionaries[position]
    if wrapped < Self.maximumWrapping, let wrapper = try wrapper(in: members) {
      skipped += members.compactMap { $0.key == wrapper.key ? nil : name($0.key) }
      return try stateDictionary(wrapper.value, wrapped: wrapped + 1, skipped: &skipped)
    }
    var tensors: [(name: String, tensor: PickleMachine.Tensor)] = []
    for (key, value) in members {
      if case .tensor(let tensor) = value {
        guard case .string(let name) = key else { throw .torch(.nameNotText(name(key))) }
        tensors.append((name, machine.tensors[tensor]))
      } else {
        skipped.append(name(key))
      }
    }
    guard !tensors.isEmpty else { throw .torch(.noTensors(keys: members.prefix(8).map { name($0.key) })) }
    return tensors
  }

  /// The member that holds the weights: the one dictionary of tensors under a key of training scripts, or, where there are no
  /// tensors beside them, under any key. `nil` when the tensors are members themselves.
  private func wrapper(
    in members: [(key: PickleMachine.Value, value: PickleMachine.Value)]
  ) throws(WeightsProblem) -> (key: PickleMachine.Value, value: PickleMachine.Value)? {
    var candidates = members.filter { holdsTensors($0.value) }
    let known = candidates.filter { candidate in Self.wrappers.contains { candidate.key == .string($0) } }
    if !known.isEmpty {
      candidates = known
    } else if members.contains(where: { if case .tensor = $0.value { true } else { false } }) {
      return nil
    }
    // Python scripts file one dictionary under several keys.
    guard Set(candidates.map(\.value)).count <= 1 else {
      throw .torch(.severalDictionaries(candidates.map { name($0.key) }))
    }
    return candidates.last
  }

  /// Whether a value is a dictionary of tensors, or one that holds such a dictionary under a known key.
  private func holdsTensors(_ value: PickleMachine.Value) -> Bool {
    guard case .dictionary(let position) = value else { return false }
    return machine.dictionaries[position].contains { key, value in
      switch value {
      case .tensor: true
      case .dictionary: Self.wrappers.contains { key == .string($0) }
      default: false
      }
    }
  }

  private func name(_ key: PickleMachine.Value) -> String {
    switch key {
    case .string(let text): text
    case .integer(let number): "\(number)"
    default: "?"
    }
  }

  /// Checks that a tensor lies within its storage, and the storage within the file.
  private func place(
    _ tensor: PickleMachine.Tensor, name: String
  ) throws(WeightsProblem) -> (Checkpoint.Entry, TorchSource.Item) {
    let storage = tensor.storage
    guard let place = storages[storage.key] else {
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
    return (entry, TorchSource.Item(entry: entry, storage: storage.key, offset: offset, span: span, layout: layout))
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
  case tarMember(missing: String)
  /// A member of a tar file that is not as PyTorch writes it.
  case tarPart(String, offset: Int)
  case bigEndianTar
  case legacyHeader
  case legacyStorages
}
