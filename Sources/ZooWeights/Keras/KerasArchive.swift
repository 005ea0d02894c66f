import CZlib

/// A `.keras` file: a zip file with the network as JSON and its weights as HDF5.
enum KerasArchive {
  static let configuration = "config.json"
  static let metadata = "metadata.json"
  private static let weights = "model.weights.h5"

  static func isOne(_ directory: ZipDirectory) -> Bool {
    directory[configuration] != nil && directory[weights] != nil
  }

  /// The weights, which `isOne` has found.
  static func weights(
    _ file: InputFile, directory: ZipDirectory, limits: WeightsLimits
  ) throws(WeightsProblem) -> HDF5File {
    guard let member = directory[weights] else { throw .keras(.noWeights) }
    guard member.method == 0 else {
      let bytes = try content(of: member, in: file, atMost: limits.maximumBytes)
      return try HDF5File(HDF5Bytes(InputFile(bytes: bytes, name: file.path)), limits: limits)
    }
    let range = member.dataOffset..<member.dataOffset + member.size
    guard try file.checksum(of: range, threads: Workers.processorCount) == member.checksum else {
      throw .zip(.memberChecksum(member.name))
    }
    return try HDF5File(HDF5Bytes(file, range: range), limits: limits)
  }

  /// All of a member, stored or deflated.
  static func content(
    of member: ZipDirectory.Member, in file: InputFile, atMost limit: Int
  ) throws(WeightsProblem) -> [UInt8] {
    guard member.size <= limit else { throw .tooManyBytes(limit: limit) }
    switch member.method {
    case 0:
      let bytes = try file.bytes(at: member.dataOffset, count: member.size)
      guard bytes.withUnsafeBytes({ crc32($0) }) == member.checksum else { throw .zip(.memberChecksum(member.name)) }
      return bytes
    case 8:
      let reader = try InflatingReader(member, in: file)
      let bytes = try reader.bytes(member.size)
      try reader.finish()
      return bytes
    default: throw .zip(.unknownMethod(member.name, method: Int(member.method)))
    }
  }
}
