import ZooKit
import ZooTensor
import ZooWeights

/// Codes in a file, with the keys and the record beside it. Rows are read when they are asked for, so that there may be more of
/// them than fit in memory.
public struct FeaturesFile: CodeRows {
  /// Where the codes, keys and record are.
  public let paths: FeaturesPaths
  /// What each row is of.
  public let keys: CodeKeys
  /// What the codes were made of; `nil` when nothing beside them says so.
  public let record: FeaturesRecord?
  /// Of the rows.
  public let count: Int
  /// How many numbers a row has.
  public let width: Int
  private let rows: NumPyRows

  static let maximumKeysSize = 1 << 30
  static let maximumRecordSize = 64 << 20

  /// - Throws: `FeaturesError`, `WeightsError`, `ZooError`.
  public init(_ path: String) throws {
    paths = try FeaturesPaths(path)
    rows = try NumPyRows(path)
    guard rows.elementType == .float32 else {
      throw FeaturesError.elementType(path: path, found: rows.elementType)
    }
    guard rows.shape.rank >= 2, rows.shape.elementCount > 0 else {
      throw FeaturesError.shape(path: path, found: rows.shape)
    }
    guard rows.areContiguous else { throw FeaturesError.columnMajor(path: path) }
    count = rows.shape[0]
    width = rows.shape.elementCount / rows.shape[0]
    guard FileSystem.exists(paths.keys) else { throw FeaturesError.keysMissing(path: paths.keys, codes: path) }
    let bytes = try FileSystem.read(paths.keys, limit: Self.maximumKeysSize)
    do throws(TransferError) {
      keys = try CodeKeys(bytes: bytes)
      guard keys.keys.count == count else { throw .keyCount(rows: count, keys: keys.keys.count) }
    } catch {
      throw FeaturesError.inFile(path: paths.keys, error)
    }
    record =
      FileSystem.exists(paths.record)
      ? try FeaturesRecord(
        bytes: FileSystem.read(paths.record, limit: Self.maximumRecordSize), path: paths.record)
      : nil
  }

  /// As `CodeRows` says; throws `FeaturesError` where the file cannot be read any more.
  public func withRows(_ rows: Range<Int>, _ body: (UnsafeBufferPointer<Float>) -> Void) throws {
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.count * width) { numbers in
      numbers.initialize(repeating: 0)
      try self.rows.read(rows, into: numbers)
      body(UnsafeBufferPointer(numbers))
    }
  }
}
