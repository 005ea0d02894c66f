import ZooKit
import ZooTensor
import ZooWeights

extension TopIndex {
  /// Reads an index, complete or begun.
  ///
  /// - Throws: `ZooError.inputMissing`, `.cannotRead` or `.fileTooLarge`, `TopIndexError`.
  public init(path: String) throws {
    try self.init(bytes: FileSystem.read(path, limit: Self.maximumSize), path: path)
  }

  /// Reads bytes that anybody may have written. What is accepted is what `bytes` of some index are, and memory is in
  /// proportion to them. `path`: what errors call it. Throws `TopIndexError.notAnIndex`, `.version`, `.damaged`.
  package init(bytes: [UInt8], path: String) throws(TopIndexError) {
    guard bytes.starts(with: Self.magic) else { throw .notAnIndex(path: path) }
    var reader = TopIndexReader(bytes: bytes, from: Self.magic.count, path: path)
    let version = Int(try reader.number(UInt32.self))
    guard version == Self.version else { throw .version(version, path: path) }
    try reader.checkDigest()
    let source = Source(
      model: try reader.text("name of the model"), modelDigest: try reader.text("digest of the model"),
      weightsDigest: try reader.text("digest of the weights"), layer: try reader.text("name of the layer"),
      numerics: try reader.text("numerics"))
    let shape = try reader.shape()
    let capacity = try reader.count(in: Self.counts, "number of patches")
    let count = try reader.count(in: 0...reader.rest / 12, "number of pictures")
    let done = try reader.count(in: 0...count, "number of pictures that are done")
    var pictures: [Picture] = []
    pictures.reserveCapacity(count)
    for place in 0..<count {
      let picture = try reader.picture()
      if let last = pictures.last, !last.name.utf8.lexicographicallyPrecedes(picture.name.utf8) {
        throw reader.damaged("picture \(place) is not in order")
      }
      if picture.isSkipped, place >= done { throw reader.damaged("picture \(place) was left out before its turn") }
      pictures.append(picture)
    }
    guard reader.rest == shape.unitCount * Self.recordSize(capacity: capacity) else {
      throw reader.damaged("it has \(reader.rest) bytes of records for \(shape.unitCount) units")
    }
    let read = pictures.prefix(done).count { !$0.isSkipped }
    var units: [Unit] = []
    units.reserveCapacity(shape.unitCount)
    for number in 0..<shape.unitCount {
      guard let unit = try reader.unit(capacity, read: read, of: pictures.prefix(done), shape) else {
        throw reader.damaged("the record of unit \(number) contradicts itself")
      }
      units.append(unit)
    }
    (self.source, self.shape, self.capacity, self.pictures) = (source, shape, capacity, pictures)
    (self.done, self.units) = (done, units)
  }
}

/// Takes an index apart, and reads nothing behind its end.
struct TopIndexReader {
  private let bytes: [UInt8]
  private let path: String
  private var position: Int
  private var end: Int

  init(bytes: [UInt8], from position: Int, path: String) {
    (self.bytes, self.path, self.position, end) = (bytes, path, position, bytes.count)
  }

  /// How many bytes are left.
  var rest: Int { end - position }

  func damaged(_ what: String) -> TopIndexError { .damaged(path: path, what: what) }

  /// The digest at the end, which is no part of the rest any more.
  mutating func checkDigest() throws(TopIndexError) {
    guard rest >= 32 else { throw damaged("it is cut off") }
    guard SHA256.digest(of: bytes[..<(end - 32)]) == Array(bytes[(end - 32)...]) else {
      throw damaged("its checksum does not fit")
    }
    end -= 32
  }

  mutating func number<Number: FixedWidthInteger>(_: Number.Type) throws(TopIndexError) -> Number {
    let size = MemoryLayout<Number>.size
    guard rest >= size else { throw damaged("it is cut off") }
    defer { position += size }
    return bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Number.self)) }
  }

  mutating func count(in range: ClosedRange<Int>, _ what: String) throws(TopIndexError) -> Int {
    let count = Int(try number(UInt32.self))
    guard range.contains(count) else {
      throw damaged("its \(what) is \(count), not within \(range.lowerBound) to \(range.upperBound)")
    }
    return count
  }

  mutating func text(_ what: String) throws(TopIndexError) -> String {
    let count = Int(try number(UInt16.self))
    guard (1...TopIndex.maximumTextSize).contains(count), rest >= count else {
      throw damaged("its \(what) has \(count) bytes")
    }
    defer { position += count }
    guard let text = String(validating: bytes[position..<position + count], as: UTF8.self) else {
      throw damaged("its \(what) is no UTF-8")
    }
    return text
  }

  mutating func shape() throws(TopIndexError) -> Shape {
    let units = try count(in: 1...TopIndex.maximumUnits, "number of units")
    let rows = try count(in: 0...TopIndex.maximumExtent, "number of rows")
    let columns = try count(in: 0...TopIndex.maximumExtent, "number of columns")
    guard (rows == 0) == (columns == 0) else { throw damaged("its maps have \(rows) rows and \(columns) columns") }
    return rows == 0 ? [units] : [units, rows, columns]
  }

  mutating func picture() throws(TopIndexError) -> TopIndex.Picture {
    let identity = try number(UInt64.self)
    let flag = try number(UInt8.self)
    guard flag <= 1 else { throw damaged("a picture's mark is \(flag)") }
    return TopIndex.Picture(name: try text("name of a picture"), identity: identity, isSkipped: flag == 1)
  }

  /// `read`: how many of the pictures were not left out. `pictures`: that are done. Returns `nil` for a record that no
  /// run writes.
  mutating func unit(
    _ capacity: Int, read: Int, of pictures: ArraySlice<TopIndex.Picture>, _ shape: Shape
  ) throws(TopIndexError) -> TopIndex.Unit? {
    var unit = TopIndex.Unit()
    unit.statistics.maximum = Float(bitPattern: try number(UInt32.self))
    var limbs: [Int64] = []
    for _ in 0..<ExactSum.limbCount { limbs.append(try number(Int64.self)) }
    guard let sum = ExactSum(limbs: limbs) else { return nil }
    unit.statistics.sum = sum
    // Both are bounded, so that the product is far from overflowing.
    var missing = UInt64(read) * UInt64(shape.unitExtent.area)
    for bin in 0..<ValueHistogram.binCount {
      let count = try number(UInt64.self)
      guard count <= missing else { return nil }
      missing -= count
      unit.statistics.histogram.counts[bin] = Int(count)
    }
    guard missing == 0 else { return nil }
    let count = Int(try number(UInt32.self))
    guard count == min(capacity, read) else { return nil }
    var seen: Set<Int> = []
    for place in 0..<capacity {
      let (picture, row) = (Int(try number(UInt32.self)), Int(try number(UInt32.self)))
      let (column, bits) = (Int(try number(UInt32.self)), try number(UInt32.self))
      guard place < count else {
        guard picture == 0, row == 0, column == 0, bits == 0 else { return nil }
        continue
      }
      let entry = TopIndex.Entry(picture: picture, row: row, column: column, value: Float(bitPattern: bits))
      guard picture < pictures.count, !pictures[picture].isSkipped, seen.insert(picture).inserted,
        row < shape.unitExtent.height, column < shape.unitExtent.width, entry.value.isFinite,
        unit.entries.last.map({ $0.precedes(entry) }) ?? true
      else { return nil }
      unit.entries.append(entry)
    }
    let statistics = unit.statistics
    guard let best = unit.entries.first else { return statistics.maximum == -.infinity ? unit : nil }
    let isHighest = statistics.histogram.counts.lastIndex { $0 > 0 } == ValueHistogram.bin(of: best.value)
    return statistics.maximum.bitPattern == best.value.bitPattern && isHighest ? unit : nil
  }
}
