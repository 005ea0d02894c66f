/// A file of CIFAR-10's binary version: records of one label byte and 3 × 32 × 32 planar RGB bytes (A. Krizhevsky, 2009).
public struct CIFARBatch: Sendable {
  /// The rows and the columns of each picture.
  public static let side = 32
  /// The number of classes of CIFAR-10.
  public static let classCount = 10
  static let recordLength = 1 + 3 * side * side

  /// The number of images.
  public let count: Int
  private let bytes: [UInt8]

  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - path: named in errors.
  /// - Throws: `DataSetError` when the length is not a whole number of records, or a label is above 9.
  public init(bytes: [UInt8], path: String) throws(DataSetError) {
    let (count, rest) = bytes.count.quotientAndRemainder(dividingBy: Self.recordLength)
    guard count > 0, rest == 0 else {
      throw .truncated(path: path, expected: (count + 1) * Self.recordLength, found: bytes.count)
    }
    for index in 0..<count {
      let label = Int(bytes[index * Self.recordLength])
      guard label < Self.classCount else { throw .labelOutOfRange(path: path, index: index, label: label) }
    }
    self.count = count
    self.bytes = bytes
  }

  /// The class of the picture at `index`, 0 to 9. `index` must be below the number of records.
  public func label(at index: Int) -> Int {
    Int(bytes[index * Self.recordLength])
  }

  /// The picture at `index`, RGB, 32×32. `index` must be below the number of records.
  public func image(at index: Int) -> PixelImage {
    let area = Self.side * Self.side
    let start = index * Self.recordLength + 1
    var pixels = [UInt8](repeating: 0, count: 3 * area)
    for position in 0..<area {
      for channel in 0..<3 { pixels[3 * position + channel] = bytes[start + channel * area + position] }
    }
    return PixelImage(width: Self.side, height: Self.side, trusted: pixels)
  }
}
