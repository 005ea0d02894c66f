/// The file that `torch.save` wrote from version 0.1.10 to 1.5: five pickles one after the other (a magic number, a protocol
/// number, the machine, the object, the keys of the storages), then the number of elements and the elements of each storage.
enum TorchLegacy {
  /// The first pickle.
  static let magic: [UInt8] = [
    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]

  static func open(_ file: InputFile, limits: WeightsLimits) throws(WeightsProblem) -> Checkpoint {
    // How long the pickles are is not written anywhere: try with a little, then with more.
    var length = min(file.size, 1 << 20)
    while true {
      do throws(WeightsProblem) {
        return try open(file, reading: length, limits: limits)
      } catch {
        guard case .pickle(.cutShort) = error, length < file.size, length < PickleMachine.maximumSize else {
          throw error
        }
        length = min(file.size, min(length * 8, PickleMachine.maximumSize))
      }
    }
  }

  private static func open(
    _ file: InputFile, reading length: Int, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    let bytes = try file.bytes(at: magic.count, count: max(0, length - magic.count))
    var machine = PickleMachine(bytes, base: magic.count)
    guard try machine.run() == .integer(1001) else { throw .torch(.legacyHeader) }
    guard case .dictionary(let system) = try machine.run(),
      case .boolean(let isLittleEndian) = machine.dictionaries[system]
        .last(where: { $0.key == .string("little_endian") })?.value
    else { throw .torch(.legacyHeader) }
    let root = try machine.run()
    guard case .list(let keys) = try machine.run() else { throw .torch(.legacyHeader) }
    var sizes: [String: Int] = [:]
    for storage in machine.storages { sizes[storage.key] = storage.elementType.size }
    var storages: [String: TorchCheckpoint.StoragePlace] = [:]
    var offset = magic.count + machine.position
    for key in machine.sequences[keys] {
      guard case .string(let key) = key, let size = sizes[key], file.size - offset >= 8 else {
        throw .torch(.legacyStorages)
      }
      var reader = ByteReader(try file.bytes(at: offset, count: 8))
      offset += 8
      guard let count = reader.offset(), count <= (file.size - offset) / size,
        storages.updateValue(.init(offset: offset, byteCount: count * size, checksum: nil), forKey: key) == nil
      else { throw .torch(.legacyStorages) }
      offset += count * size
    }
    guard offset == file.size else { throw .torch(.legacyStorages) }
    let checkpoint = TorchCheckpoint(
      root: root, machine: machine, storages: storages, isBigEndian: !isLittleEndian)
    return try checkpoint.checkpoint(file, format: .torchLegacy, limits: limits)
  }
}
