import FoundationEssentials
import ZooTensor
import ZooWeights

/// The rows of a part, as they will be in the merged files, and what was counted.
struct WorkRows {
  /// As `WorkFormat.streams` names them.
  private(set) var streams: [[UInt8]]
  /// How many pictures have no answer, by the kind of what is wrong.
  private(set) var errors: [String: Int] = [:]
  /// The rows of those pictures, as JSON lines.
  private(set) var errorLines: [UInt8] = []
  var tally: WorkFooter.Tally?

  private let format: WorkFormat
  /// The classes that a row of `infer` names.
  private let top: Int?
  private let encoder: JSONEncoder

  init(_ record: WorkRecord, classes: Int) {
    format = record.format
    top = record.top
    streams = [[UInt8]](repeating: [], count: format.streams.count)
    if record.task == .eval { tally = WorkFooter.Tally(classes: classes) }
    encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  private var contents = SHA256()

  /// A picture was read from a file with this digest; empty where it could not be read, or has none.
  mutating func note(contents digest: [UInt8]) { contents.update(digest) }

  /// SHA-256 of the digests of the pictures' files.
  var contentsDigest: String { contents.digest.hexadecimal }

  var errorCount: Int { errors.values.reduce(0, +) }

  var byteCount: Int { streams.reduce(0) { $0 + $1.count } }

  /// What is wrong with a picture, so that a program can tell.
  struct Problem: Encodable {
    let kind: String
    let message: String
  }

  private struct ErrorRow: Encodable {
    let file: String
    let error: Problem
  }

  private struct JudgedRow: Encodable {
    let file: String
    let label: Int
    let prediction: Int
    let rank: Int
  }

  /// The titles of a CSV file of such rows, with the line's end.
  static func titles(_ record: WorkRecord) -> String {
    guard let top = record.top else { return "file,label,prediction,rank,error,message\r\n" }
    let classes = (1...top).flatMap { ["index\($0)", "label\($0)", "probability\($0)", "logit\($0)"] }
    return (["file"] + classes + ["error", "message"]).joined(separator: ",") + "\r\n"
  }

  /// A picture without an answer.
  mutating func fail(_ file: String, _ problem: Problem) throws {
    errors[problem.kind, default: 0] += 1
    let line = try line(ErrorRow(file: file, error: problem))
    errorLines += line
    switch format {
    case .jsonl: streams[0] += line
    case .npy: streams[2] += line
    case .csv:
      let blanks = [String](repeating: "", count: top.map { 4 * $0 } ?? 3)
      cells([file] + blanks + [problem.kind, problem.message])
    }
  }

  /// The likeliest classes of a picture.
  mutating func add(_ answer: InferenceAnswer.Result) throws {
    guard format == .csv else { return streams[0] += try line(answer) }
    let classes = (answer.top ?? []).flatMap { ["\($0.index)", $0.label, "\($0.probability)", "\($0.logit)"] }
    cells([answer.file] + classes + ["", ""])
  }

  /// The scores of a picture whose class is known.
  mutating func judge(_ file: String, label: Int, scores: [Double]) throws {
    let rank = Evaluation.rank(of: label, in: scores)
    let prediction = rank == 0 ? label : scores.indices.max { (scores[$0], -$0) < (scores[$1], -$1) } ?? label
    tally?.count += 1
    tally?.counts[label] += 1
    if rank == 0 {
      tally?.top1 += 1
      tally?.correct[label] += 1
    }
    if rank < 5 { tally?.top5 += 1 }
    if format == .csv {
      cells([file, "\(label)", "\(prediction)", "\(rank)", "", ""])
    } else {
      streams[0] += try line(JudgedRow(file: file, label: label, prediction: prediction, rank: rank))
    }
  }

  /// The code of a picture, float32 in the order of bytes of `.npy`, and its class.
  mutating func add(_ file: String, className: String, code: [Float]) {
    for number in code { withUnsafeBytes(of: number.bitPattern.littleEndian) { streams[0] += $0 } }
    streams[1] += "\(file)\t\(className)\n".utf8
  }

  private func line(_ value: some Encodable) throws -> [UInt8] {
    Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
  }

  private mutating func cells(_ cells: [String]) {
    streams[0] += cells.map(Self.quoted).joined(separator: ",").utf8 + Array("\r\n".utf8)
  }

  private static func quoted(_ cell: String) -> String {
    guard cell.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return cell }
    var text = "\""
    for scalar in cell.unicodeScalars {
      if scalar == "\"" { text.unicodeScalars.append(scalar) }
      text.unicodeScalars.append(scalar)
    }
    return text + "\""
  }
}
