import FoundationEssentials
import ZooWeights

/// What stands behind the rows of a part: what they are of, and what proves that they are whole.
///
/// A part is its streams one behind the other, this as JSON, and a line `zoo.part/1 LENGTH SHA256` with the length of the JSON in ten
/// digits and its SHA-256, which has that of the streams in it. So a byte that is lost or changed anywhere shows.
public struct WorkFooter: Codable, Hashable, Sendable {
  /// Some bytes of the part.
  public struct Stream: Codable, Hashable, Sendable {
    /// What they are, such as `rows`.
    public let name: String
    /// How many there are.
    public let bytes: Int
  }

  /// What an evaluation counted.
  public struct Tally: Codable, Hashable, Sendable {
    /// Pictures that were looked at.
    public var count = 0
    /// Pictures whose class has the highest score.
    public var top1 = 0
    /// Pictures whose class is among the five highest scores.
    public var top5 = 0
    /// Of each class, how many pictures there were.
    public var counts: [Int]
    /// Of each class, how many of them have its score as the highest.
    public var correct: [Int]

    init(classes: Int) {
      counts = [Int](repeating: 0, count: classes)
      correct = counts
    }
  }

  static let currentSchema = "zoo.part/1"

  /// The name and version of this format.
  public private(set) var schema = Self.currentSchema
  /// `WorkRecord.digest` of the run.
  public let run: String
  /// The digests that the run was begun with: of the pictures, the model and the weights.
  public let inputs: String
  /// SHA-256 of the model's definition.
  public let model: String
  /// What tells the weights from others.
  public let weights: String
  /// The algorithms and the instruction set.
  public let numerics: String
  /// The part's number, from 0.
  public let part: Int
  /// The first of its pictures.
  public let first: Int
  /// How many pictures it is of.
  public let count: Int
  /// How many of them have an answer.
  public let answered: Int
  /// How many of them have none, by the kind of what is wrong with them.
  public let errors: [String: Int]
  /// What was counted, for `eval`.
  public let tally: Tally?
  /// What lies before this, in order.
  public let streams: [Stream]
  /// SHA-256 of the streams, one behind the other.
  public let sha256: String
  /// SHA-256 of the SHA-256 of the pictures' files, one behind the other, as they were read; nothing of a picture that could not be,
  /// or that is in a file with all others, whose digest is in `inputs`. `nil` of a part of before this was noted.
  public let contents: String?
  /// How long it took to make it.
  public let seconds: Double
  /// When that was done, in seconds since 1970.
  public let finished: Int
  /// The machine that did it.
  public let host: String

  init(_ rows: WorkRows, part: Int, of record: WorkRecord, seconds: Double, finished: Int, host: String) {
    run = record.digest
    inputs = record.inputs
    model = record.modelDigest
    weights = record.weightsDigest
    numerics = record.numerics
    self.part = part
    let pictures = record.pictures(of: part)
    first = pictures.lowerBound
    count = pictures.count
    errors = rows.errors
    answered = pictures.count - rows.errorCount
    tally = rows.tally
    streams = zip(record.format.streams, rows.streams).map { Stream(name: $0.name, bytes: $1.count) }
    var hash = SHA256()
    for stream in rows.streams { hash.update(stream) }
    sha256 = hash.digest.hexadecimal
    contents = rows.contentsDigest
    (self.seconds, self.finished, self.host) = (seconds, finished, host)
  }

  /// How many pictures have no answer.
  public var errorCount: Int { count - answered }

  /// The bytes before the footer.
  var rowByteCount: Int { streams.reduce(0) { $0 + $1.bytes } }

  // MARK: As bytes

  private static let mark = Array("\(currentSchema) ".utf8)
  private static let lengthDigits = 10
  /// Of the last line.
  static let tailLength = currentSchema.utf8.count + 1 + lengthDigits + 1 + 64 + 1
  private static let maximumLength = 16 << 20

  /// The JSON and the line behind it.
  var bytes: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let json = Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
      let digits = String(json.count)
      let length = String(repeating: "0", count: Self.lengthDigits - digits.utf8.count) + digits
      return json + Self.mark + "\(length) \(SHA256.digest(of: json).hexadecimal)\n".utf8
    }
  }

  /// Reads the end of a part that is about these pictures of this run; `nil` for a part that is not whole, of another run or
  /// another part of it. The rows are not looked at.
  ///
  /// - Parameters:
  ///   - size: of the part, in bytes.
  ///   - part: its number.
  ///   - record: of the run.
  ///   - read: bytes of the part from an offset on, within `size`.
  init?(size: Int, part: Int, of record: WorkRecord, read: (_ offset: Int, _ count: Int) throws -> [UInt8]) rethrows {
    guard size >= Self.tailLength else { return nil }
    let tail = try read(size - Self.tailLength, Self.tailLength)
    let digits = tail.dropFirst(Self.mark.count).prefix(Self.lengthDigits)
    let rest = tail.dropFirst(Self.mark.count + Self.lengthDigits)
    guard tail.starts(with: Self.mark), digits.allSatisfy({ (0x30...0x39).contains($0) }),
      let length = Int(String(decoding: digits, as: UTF8.self)), length <= Self.maximumLength,
      length <= size - Self.tailLength, rest.first == UInt8(ascii: " "), rest.last == UInt8(ascii: "\n")
    else { return nil }
    let json = try read(size - Self.tailLength - length, length)
    guard Array(SHA256.digest(of: json).hexadecimal.utf8) == Array(rest.dropFirst().dropLast()),
      let footer = try? JSONDecoder().decode(WorkFooter.self, from: Data(json)),
      footer.isConsistent(with: record, part: part, rowByteCount: size - Self.tailLength - length)
    else { return nil }
    self = footer
  }

  private func isConsistent(with record: WorkRecord, part: Int, rowByteCount: Int) -> Bool {
    let pictures = record.pictures(of: part)
    let sizes = streams.map(\.bytes)
    guard schema == Self.currentSchema, run == record.digest, self.part == part, first == pictures.lowerBound,
      count == pictures.count, (0...count).contains(answered), streams.map(\.name) == record.format.streams.map(\.name),
      sizes.allSatisfy({ (0...rowByteCount).contains($0) }), self.rowByteCount == rowByteCount, seconds.isFinite,
      seconds >= 0, errors.values.allSatisfy({ (0...count).contains($0) }),
      errors.values.reduce(0, +) == count - answered, (tally != nil) == (record.task == .eval)
    else { return false }
    if let width = record.width { return sizes[0] == answered * width * MemoryLayout<Float>.stride }
    guard let tally else { return true }
    return tally.count == answered && (0...answered).contains(tally.top1)
      && (tally.top1...answered).contains(tally.top5)
      && tally.counts.count == tally.correct.count
      && zip(tally.counts, tally.correct).allSatisfy { (0...answered).contains($0) && (0...$0).contains($1) }
  }
}
