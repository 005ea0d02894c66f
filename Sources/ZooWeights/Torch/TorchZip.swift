/// The zip file that `torch.save` writes since version 1.6: `NAME/data.pkl` and one member per storage.
enum TorchZip {
  static func isOne(_ directory: ZipDirectory) -> Bool {
    directory.members.contains { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
  }

  static func open(
    _ file: InputFile, directory: ZipDirectory, dictionary: String?, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    let pickles = directory.members.filter { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
    guard let pickle = pickles.first else { throw .torch(.noPickle) }
    guard pickles.count == 1 else { throw .torch(.severalPickles) }
    let root = pickle.name.dropLast("data.pkl".count)
    if directory["\(root)constants.pkl"] != nil { throw .foreign(.torchScript) }
    guard pickle.size <= PickleMachine.maximumSize else { throw .pickle(.tooLarge(pickle.size)) }
    var machine = PickleMachine(try contents(of: pickle, in: file), base: pickle.dataOffset)
    let value = try machine.run()
    var storages: [String: TorchCheckpoint.StoragePlace] = [:]
    for member in directory.members where member.name.hasPrefix("\(root)data/") {
      guard member.method == 0 else { throw .zip(.compressedMember(member.name)) }
      storages[String(member.name.dropFirst(root.count + 5))] = TorchCheckpoint.StoragePlace(
        offset: member.dataOffset, byteCount: member.size, checksum: checksum(of: member))
    }
    let checkpoint = TorchCheckpoint(
      root: value, machine: machine, storages: storages,
      isBigEndian: try isBigEndian(directory["\(root)byteorder"], in: file))
    return try checkpoint.checkpoint(file, format: .torchZip, dictionary: dictionary, limits: limits)
  }

  /// PyTorch writes 0 where it was told not to compute checksums.
  private static func checksum(of member: ZipDirectory.Member) -> UInt32? {
    member.checksum == 0 ? nil : member.checksum
  }

  private static func contents(
    of member: ZipDirectory.Member, in file: InputFile
  ) throws(WeightsProblem) -> [UInt8] {
    guard member.method == 0 else { throw .zip(.compressedMember(member.name)) }
    let bytes = try file.bytes(at: member.dataOffset, count: member.size)
    if let checksum = checksum(of: member), crc32(bytes) != checksum { throw .zip(.memberChecksum(member.name)) }
    return bytes
  }

  /// Files from before version 2.1 do not say and are little-endian.
  private static func isBigEndian(
    _ member: ZipDirectory.Member?, in file: InputFile
  ) throws(WeightsProblem) -> Bool {
    guard let member else { return false }
    guard member.size <= 16 else { throw .torch(.byteOrder("…")) }
    switch String(decoding: try contents(of: member, in: file), as: UTF8.self) {
    case "little": return false
    case "big": return true
    case let other: throw .torch(.byteOrder(other))
    }
  }
}
