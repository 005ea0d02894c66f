import ZooKit
import ZooTensor
import ZooWeights

/// Codes that are being written, and that another process can go on with.
///
/// Rows are flushed to the disk before their keys are written, so that a row with a key is there.
final class FeaturesInProgress {
  /// The place of the first picture of the data that is still to be looked at.
  let position: Int
  /// The places of pictures before it that have no row.
  let skipped: [Int]
  /// How many rows were there.
  let continuedFrom: Int

  private let paths: FeaturesPaths
  private let record: FeaturesRecord
  private let keys: CodeKeys
  private let overwrite: Bool
  private let rows: NumPyRowFile
  private let keyFile: AppendedFile
  private var pending: [CodeKeys.Key] = []
  private var kept = ContinuousClock.now

  /// How long rows may be on no disk.
  private static let interval = Duration.seconds(2)

  /// Opens what was begun, or begins. `keys`: of all pictures, in their order. Throws `FeaturesError.begunWithOthers`
  /// or `.begunDamaged` unless `overwrite`; `WeightsError`, `ZooError`.
  init(_ paths: FeaturesPaths, _ record: FeaturesRecord, keys: CodeKeys, overwrite: Bool) throws {
    (self.paths, self.record, self.keys, self.overwrite) = (paths, record, keys, overwrite)
    let isSame = try Self.isBegun(paths, record, overwrite: overwrite)
    rows = try NumPyRowFile(FeaturesPaths.partial(paths.codes), width: record.width)
    let keyPath = FeaturesPaths.partial(paths.keys)
    if isSame, Self.isEnding(paths), FileSystem.exists(paths.keys), !FileSystem.exists(keyPath) {
      try Self.naming(keyPath) { () throws(WeightsProblem) in try AppendedFile.rename(paths.keys, to: keyPath) }
    }
    keyFile = try Self.naming(keyPath) { () throws(WeightsProblem) in try AppendedFile(keyPath) }
    let done = isSame && keyFile.size > 0 ? try Self.keys(in: keyPath) : []
    let count = min(done.count, rows.count)
    guard let walk = Self.walk(done.prefix(count), keys) else { throw FeaturesError.begunDamaged(path: keyPath) }
    (position, skipped, continuedFrom) = (walk.position, walk.skipped, count)
    try rows.truncate(to: count)
    let length = try CodeKeys(Array(done.prefix(count))).text.utf8.count
    try Self.naming(keyPath) { () throws(WeightsProblem) in try keyFile.truncate(to: length) }
    if !isSame { try FileSystem.write(record.bytes, to: FeaturesPaths.partial(paths.record)) }
  }

  /// Whether the files beside the codes may have their names already and the codes not: an end that was interrupted.
  static func isEnding(_ paths: FeaturesPaths) -> Bool {
    !FileSystem.exists(paths.codes)
      && [paths.codes, paths.record].allSatisfy { FileSystem.exists(FeaturesPaths.partial($0)) }
  }

  /// Whether codes of the same were begun.
  private static func isBegun(_ paths: FeaturesPaths, _ record: FeaturesRecord, overwrite: Bool) throws -> Bool {
    let path = FeaturesPaths.partial(paths.record)
    guard FileSystem.exists(path) else { return false }
    do {
      let begun = try FeaturesRecord(bytes: FileSystem.read(path, limit: FeaturesFile.maximumRecordSize), path: path)
      let differences = begun.differences(from: record)
      if differences.isEmpty { return true }
      if overwrite { return false }
      throw FeaturesError.begunWithOthers(path: path, differences)
    } catch FeaturesError.notARecord where overwrite {
      return false
    }
  }

  /// The whole lines.
  private static func keys(in path: String) throws -> [CodeKeys.Key] {
    let bytes = try FileSystem.read(path, limit: FeaturesFile.maximumKeysSize)
    let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    do throws(TransferError) {
      return try CodeKeys(bytes: Array(bytes[..<end])).keys
    } catch {
      throw FeaturesError.begunDamaged(path: path)
    }
  }

  /// Where among all keys those that are done end; `nil` when they are not among them in this order.
  private static func walk(_ done: ArraySlice<CodeKeys.Key>, _ keys: CodeKeys) -> (position: Int, skipped: [Int])? {
    var (position, skipped) = (0, [Int]())
    for key in done {
      while position < keys.keys.count, keys.keys[position] != key {
        skipped.append(position)
        position += 1
      }
      guard position < keys.keys.count else { return nil }
      position += 1
    }
    return (position, skipped)
  }

  /// `codes`: `[places.count, width]`. `places`: of the pictures in the data.
  func append(_ codes: Tensor, of places: [Int]) throws {
    try codes.withUnsafeBytes { try rows.append($0) }
    pending += places.map { keys.keys[$0] }
    if ContinuousClock.now - kept >= Self.interval { try keep() }
  }

  /// Flushes what was appended, so that it need not be made again.
  func keep() throws {
    kept = .now
    guard !pending.isEmpty else { return }
    try rows.flush()
    let text = try CodeKeys(pending).text
    try Self.naming(keyFile.path) { () throws(WeightsProblem) in
      try keyFile.append(Array(text.utf8))
      try keyFile.flush()
    }
    pending = []
  }

  /// Gives all files their names, that of the codes last: where it is, the others are.
  ///
  /// - Throws: `FeaturesError.noPictureLeft`, with nothing left behind; `WeightsError`, `ZooError`.
  func finish(skipped: [String], data: String) throws -> FeaturesRecord {
    try keep()
    var record = record
    record.rows = rows.count
    record.skipped = skipped.isEmpty ? nil : skipped
    guard rows.count > 0 else {
      for path in [paths.codes, paths.keys, paths.record] {
        try Self.naming(path) { () throws(WeightsProblem) in try AppendedFile.remove(FeaturesPaths.partial(path)) }
      }
      throw FeaturesError.noPictureLeft(data: data)
    }
    // Codes of something else never stand beside these keys.
    if overwrite {
      try Self.naming(paths.codes) { () throws(WeightsProblem) in try AppendedFile.remove(paths.codes) }
    }
    try rows.seal()
    try FileSystem.write(record.bytes, to: paths.record, overwrite: true)
    try Self.naming(paths.keys) { () throws(WeightsProblem) in try keyFile.commit(as: paths.keys) }
    try rows.commit(as: paths.codes)
    try Self.naming(paths.record) { () throws(WeightsProblem) in
      try AppendedFile.remove(FeaturesPaths.partial(paths.record))
    }
    return record
  }

  private static func naming<Value>(
    _ path: String, _ body: () throws(WeightsProblem) -> Value
  ) throws(WeightsError) -> Value {
    do throws(WeightsProblem) {
      return try body()
    } catch {
      throw WeightsError(path: path, error)
    }
  }
}
