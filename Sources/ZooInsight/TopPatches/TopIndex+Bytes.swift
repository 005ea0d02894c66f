import ZooTensor
import ZooWeights

/// The file, in little-endian numbers:
///
/// | what | bytes |
/// |---|---|
/// | `zootop`, carriage return, line feed | 8 |
/// | version | 4 |
/// | model, its digest, that of the weights, layer, numerics: for each its length in 2 bytes, then UTF-8 | |
/// | units, rows, columns (both 0 for a layer without), patches kept for each unit | 4 × 4 |
/// | pictures, how many of them are done | 2 × 4 |
/// | for each picture its identity, whether it was left out (1) or not (0), the length of its name, its name | 8 + 1 + 2 + … |
/// | for each unit a record of `recordSize` | |
/// | SHA-256 of all that comes before | 32 |
///
/// A record is the largest value (float32), the sum of all values (12 limbs of 8 bytes, see `ExactSum`), 64 counts of 8 bytes
/// (see `ValueHistogram`), the number of entries (4), and room for as many as are kept, zeros where there is none: picture,
/// row and column in 4 bytes each, value (float32).
extension TopIndex {
  static let version = 1
  static let magic = Array("zootop\r\n".utf8)
  /// The longest file that is read, in bytes.
  static let maximumSize = 1 << 30
  /// The longest name or digest, in bytes.
  static let maximumTextSize = 4096

  static func recordSize(capacity: Int) -> Int {
    4 + 8 * ExactSum.limbCount + 8 * ValueHistogram.binCount + 4 + 16 * capacity
  }

  /// The same index gives the same bytes.
  package var bytes: [UInt8] {
    var bytes = Self.magic
    func put(_ number: some FixedWidthInteger) {
      withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }
    put(UInt32(Self.version))
    for text in source.texts {
      put(UInt16(text.utf8.count))
      bytes += text.utf8
    }
    put(UInt32(shape.unitCount))
    put(UInt32(shape.isFeatureMap ? shape.extent.height : 0))
    put(UInt32(shape.isFeatureMap ? shape.extent.width : 0))
    put(UInt32(capacity))
    put(UInt32(pictures.count))
    put(UInt32(done))
    for picture in pictures {
      put(picture.identity)
      put(UInt8(picture.isSkipped ? 1 : 0))
      put(UInt16(picture.name.utf8.count))
      bytes += picture.name.utf8
    }
    bytes.reserveCapacity(bytes.count + units.count * Self.recordSize(capacity: capacity) + 32)
    for unit in units {
      put(unit.statistics.maximum.bitPattern)
      for limb in unit.statistics.sum.limbs { put(limb) }
      for count in unit.statistics.histogram.counts { put(UInt64(count)) }
      put(UInt32(unit.entries.count))
      for entry in unit.entries {
        put(UInt32(entry.picture))
        put(UInt32(entry.row))
        put(UInt32(entry.column))
        put(entry.value.bitPattern)
      }
      bytes += [UInt8](repeating: 0, count: 16 * (capacity - unit.entries.count))
    }
    return bytes + SHA256.digest(of: bytes)
  }
}
