/// The file that `torch.save` wrote from version 0.1.10 to 1.5: five pickles one after the other (a magic number, a protocol
/// number, the machine, the object, the keys of the storages), then the number of elements and the elements of each storage.
enum TorchLegacy {
  /// The first pickle, but for the protocol and the frame.
  private static let magic: [UInt8] = [
    0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]

  /// The length of the first pickle; `nil` when the file begins with something else.
  static func magicLength(_ start: [UInt8]) -> Int? {
    guard start.count > 2, start[0] == 0x80, (2...5).contains(start[1]) else { return nil }
    // Protocols from 4 on say how many bytes follow.
    let head = start[1] >= 4 && start[2] == 0x95 ? 11 : 2
    return start.dropFirst(head).starts(with: magic) ? head + magic.count : nil
  }

  static func open(
    _ file: InputFile, after magicLength: Int, dictionary: String?, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    // How long the pickles are is not written anywhere: try with a little, then with more.
    var length = min(file.size, 1 << 20)
    while true {
      do throws(WeightsProblem) {
        return try open(file, after: magicLength, reading: length, dictionary: dictionary, limits: limits)
      } catch {
        guard case .pickle(.cutShort) = error, length < file.size, length < PickleMachine.maximumSize else {
          throw error
        }
        length = min(file.size, min(length * 8, PickleMachine.maximumSize))
      }
    }
  }

  private static func open(
    _ file: InputFile, after magicLength: Int, reading length: Int, dictionary: String?, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    let bytes = try file.bytes(at: magicLength, count: max(0, length - magicLength))
    var machine = PickleMachine(bytes, base: magicLength)
    guard try machine.run() == .integer(1001) else { throw .torch(.legacyHeader) }
    guard case .dictionary(let system) = try machine.run(),
      case .boolean(let isLittleEndian) = machine.dictionaries[system]
        .last(where: { $0.key == .string("little_endian") })?.value
    else { throw .torch(.legacyHeader) }
    let root = try machine.run()
    guard case .list(let keys) = try machine.run() else { throw .torch(.legacyHeader) }
    var sizes: [String: Int] = [:]
    for storage in machine.storages { sizes[storage.key] = storage.elementSize }
    var storages: [String: TorchCheckpoint.StoragePlace] = [:]
    var offset = magicLength + machine.position
    for key in machine.sequences[keys] {
      guard case .string(let key) = key, let size = sizes[key], size > 0, file.size - offset >= 8 else {
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
    return try checkpoint.checkpoint(file, format: .torchLegacy, dictionary: dictionary, limits: limits)
  }
}
