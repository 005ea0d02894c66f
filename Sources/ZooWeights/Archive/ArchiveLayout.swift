import ZooTensor

/// The numbers of the archive format, which `Schemas/archive.md` states byte by byte.
package enum ArchiveLayout {
  package static let magic: [UInt8] = [0x89, 0x5A, 0x4F, 0x4F, 0x0D, 0x0A, 0x1A, 0x0A]
  package static let major: UInt16 = 1
  package static let minor: UInt16 = 0
  package static let superblockSize = 64
  package static let footerSize = 64

  /// The bytes of the superblock that its own CRC-32 covers.
  static let superblockChecked = 16
  /// The bytes of the footer that its own CRC-32 covers.
  static let footerChecked = 52

  package static let chunkElements = 1 << 18
  package static let maximumIndexLength = 64 << 20
  package static let maximumTensors = 1_000_000
  package static let maximumRank = 8
  package static let maximumDimension = 1 << 40
  package static let maximumMetadataPairs = 1024
  package static let maximumMetadataBytes = 4 << 20

  /// The most bytes that one byte of deflate can stand for: a match of 258 bytes takes at least two bits.
  static let maximumDeflateRatio = 1032

  /// A record of an empty name, rank 0 and no chunks.
  static let minimumRecord = 2 + 1 + 1 + 4 + 32

  static func chunkRecordSize(planes: Int) -> Int {
    8 + 4 + 5 * planes + 4
  }
}

/// How the bytes of one plane are stored.
enum StreamCodec: UInt8 {
  case stored = 0
  case deflate = 1
}

extension ElementType {
  /// The number that stands for the type in an archive's index.
  var archiveCode: UInt8 {
    switch self {
    case .float64: 1
    case .float32: 2
    case .float16: 3
    case .bfloat16: 4
    case .int64: 5
    case .int32: 6
    case .int16: 7
    case .int8: 8
    case .uint8: 9
    case .bool: 10
    }
  }

  init?(archiveCode: UInt8) {
    guard let type = ElementType.allCases.first(where: { $0.archiveCode == archiveCode }) else { return nil }
    self = type
  }

  /// Whether elements are rotated left by one bit before they are split into planes, so that the sign moves to the
  /// bottom and the top plane holds nothing but exponent.
  var isRotated: Bool { isFloatingPoint }
}

/// What identifies the tensors of an archive whatever their compression: SHA-256 over names, types, shapes and digests.
public struct ContentIdentifier: Hashable, Sendable, CustomStringConvertible {
  /// 32 bytes.
  public let bytes: [UInt8]

  /// 64 hexadecimal digits.
  public var description: String { bytes.hexadecimal }
}

extension Sequence<UInt8> {
  /// Two lower-case digits per byte.
  var hexadecimal: String {
    var digits: [UInt8] = []
    for byte in self {
      for digit in [byte >> 4, byte & 15] { digits.append(digit < 10 ? 48 + digit : 87 + digit) }
    }
    return String(decoding: digits, as: UTF8.self)
  }
}
