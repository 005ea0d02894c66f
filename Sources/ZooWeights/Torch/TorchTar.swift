import ZooTensor

/// The tar file that `torch.save` wrote before version 0.1.10.
///
/// Three members count. `storages`: a pickled number of storages; for each a pickled `(key, device, class)`, the number of
/// its elements as an i64, and the elements; then a pickled list of `(key, key of the storage it is part of, offset,
/// number of elements)`. `tensors`: a pickled number of tensors; for each a pickled `(key, key of its storage, class)`, the
/// number of dimensions as an i32 in eight bytes, then i64 sizes, strides and offset. `pickle`: the object, in which tensors
/// stand as their keys. As `legacy_load` in PyTorch's `torch/serialization.py` reads it.
enum TorchTar {
  static func open(
    _ file: InputFile, dictionary: String?, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    let directory = try TarDirectory(file)
    let names = ["storages", "tensors", "pickle"]
    var members: [TarDirectory.Member] = []
    for name in names {
      guard let member = try directory.member(named: name) else {
        throw directory.members.contains { names.contains($0.name) }
          ? .torch(.tarMember(missing: name)) : .foreign(.tarArchive)
      }
      members.append(member)
    }
    if let system = try directory.member(named: "sys_info") {
      var part = Part(system, in: file)
      let (machine, value) = try part.pickle()
      guard case .dictionary(let position) = value else { throw part.malformed }
      let order = machine.dictionaries[position].last { $0.key == .string("little_endian") }
      guard order?.value != .boolean(false) else { throw .torch(.bigEndianTar) }
    }
    let storages = try storages(Part(members[0], in: file))
    let tensors = try tensors(Part(members[1], in: file), storages: storages)
    let pickle = members[2]
    guard pickle.size <= PickleMachine.maximumSize else { throw .pickle(.tooLarge(pickle.size)) }
    var machine = PickleMachine(
      try file.bytes(at: pickle.offset, count: pickle.size), base: pickle.offset, tensors: tensors,
      storages: Set(storages.keys))
    let root = try machine.run()
    let checkpoint = TorchCheckpoint(
      root: root, machine: machine, storages: storages.mapValues(\.place), isBigEndian: false)
    return try checkpoint.checkpoint(file, format: .torchTar, dictionary: dictionary, limits: limits)
  }

  private struct Storage {
    let elementType: ElementType
    let elementCount: Int
    let place: TorchCheckpoint.StoragePlace
  }

  private static func storages(_ part: Part) throws(WeightsProblem) -> [String: Storage] {
    var part = part
    var storages: [String: Storage] = [:]
    for _ in 0..<(try part.count()) {
      let (machine, value) = try part.pickle()
      guard case .tuple(let tuple) = value, machine.sequences[tuple].count == 3,
        let key = key(machine.sequences[tuple][0]), case .symbol(.storage(let type)) = machine.sequences[tuple][2],
        let count = try part.integer(), count >= 0, count <= part.remaining / type.size, storages[key] == nil
      else { throw part.malformed }
      storages[key] = Storage(
        elementType: type, elementCount: count,
        place: .init(offset: part.offset, byteCount: count * type.size, checksum: nil))
      part.skip(count * type.size)
    }
    let (machine, value) = try part.pickle()
    guard case .list(let views) = value, part.remaining == 0 else { throw part.malformed }
    let roots = storages
    for view in machine.sequences[views] {
      guard case .tuple(let tuple) = view, machine.sequences[tuple].count == 4,
        let key = key(machine.sequences[tuple][0]), let rootKey = self.key(machine.sequences[tuple][1]),
        case .integer(let offset) = machine.sequences[tuple][2], case .integer(let count) = machine.sequences[tuple][3],
        let root = roots[rootKey], storages[key] == nil, offset >= 0, count >= 0, offset <= root.elementCount,
        count <= root.elementCount - offset
      else { throw part.malformed }
      let size = root.elementType.size
      storages[key] = Storage(
        elementType: root.elementType, elementCount: count,
        place: .init(offset: root.place.offset + offset * size, byteCount: count * size, checksum: nil))
    }
    return storages
  }

  private static func tensors(
    _ part: Part, storages: [String: Storage]
  ) throws(WeightsProblem) -> [String: PickleMachine.Tensor] {
    var part = part
    var tensors: [String: PickleMachine.Tensor] = [:]
    for _ in 0..<(try part.count()) {
      let (machine, value) = try part.pickle()
      guard case .tuple(let tuple) = value, machine.sequences[tuple].count == 3,
        let key = key(machine.sequences[tuple][0]), tensors[key] == nil, let rank = try part.integer(),
        // The upper four bytes were never set.
        case let rank = Int(Int32(truncatingIfNeeded: rank)), (0...PickleMachine.maximumRank).contains(rank)
      else { throw part.malformed }
      var numbers: [Int] = []
      for _ in 0..<(2 * rank + 1) {
        guard let number = try part.integer() else { throw part.malformed }
        numbers.append(number)
      }
      // A tensor without a storage has `None` for its key, and is missed when it is used.
      let storageKey = self.key(machine.sequences[tuple][1]) ?? "None"
      let storage = storages[storageKey]
      tensors[key] = PickleMachine.Tensor(
        storage: .init(
          key: storageKey, elementType: storage?.elementType ?? .float32, elementCount: storage?.elementCount ?? 0),
        offset: numbers[2 * rank], sizes: Array(numbers[..<rank]), strides: Array(numbers[rank..<(2 * rank)]))
    }
    guard part.remaining == 0 else { throw part.malformed }
    return tensors
  }

  /// Keys are addresses: numbers where they are listed, their digits in the object.
  private static func key(_ value: PickleMachine.Value) -> String? {
    switch value {
    case .integer(let number): "\(number)"
    case .string(let text): text
    default: nil
    }
  }

  /// A member that is read from front to back.
  private struct Part {
    private let file: InputFile
    private let name: String
    private(set) var offset: Int
    private let end: Int

    init(_ member: TarDirectory.Member, in file: InputFile) {
      self.file = file
      name = member.name
      offset = member.offset
      end = member.end
    }

    var remaining: Int { end - offset }

    var malformed: WeightsProblem { .torch(.tarPart(name, offset: offset)) }

    mutating func skip(_ count: Int) { offset += count }

    /// `nil` at the end.
    mutating func integer() throws(WeightsProblem) -> Int? {
      guard remaining >= 8 else { return nil }
      var reader = ByteReader(try file.bytes(at: offset, count: 8))
      offset += 8
      return reader.integer(UInt64.self).map { Int(Int64(bitPattern: $0)) }
    }

    /// One pickle. How long it is is not written anywhere: try with a little, then with more.
    mutating func pickle() throws(WeightsProblem) -> (PickleMachine, PickleMachine.Value) {
      var length = min(remaining, 4096)
      while true {
        do throws(WeightsProblem) {
          var machine = PickleMachine(try file.bytes(at: offset, count: length), base: offset)
          let value = try machine.run()
          offset += machine.position
          return (machine, value)
        } catch {
          guard case .pickle(.cutShort) = error, length < remaining, length < PickleMachine.maximumSize else {
            throw error
          }
          length = min(remaining, min(length * 8, PickleMachine.maximumSize))
        }
      }
    }

    /// The pickled number of what follows, each of which takes some bytes.
    mutating func count() throws(WeightsProblem) -> Int {
      guard case .integer(let count) = try pickle().1, (0...remaining).contains(count),
        count <= ArchiveLayout.maximumTensors
      else { throw malformed }
      return count
    }
  }
}
