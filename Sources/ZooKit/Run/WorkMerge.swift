import ZooTensor
import ZooWeights

/// Makes one file of the parts of a run, whose bytes depend on pictures, network and options alone.
public struct WorkMerge: Sendable {
  /// The run.
  public let folder: WorkFolder
  /// What each part says of itself.
  public let footers: [WorkFooter]

  /// A file that was written.
  public struct File: Hashable, Sendable {
    /// Where it is.
    public let path: String
    /// Its size in bytes.
    public let bytes: Int
    /// SHA-256 of it, in 64 hexadecimal digits.
    public let sha256: String
  }

  /// Looks whether all parts are there.
  ///
  /// - Throws: `WorkError.partsMissing` with those that are not, `ZooError.cannotRead`.
  public init(_ folder: WorkFolder) throws {
    self.folder = folder
    var (footers, missing, damaged): ([WorkFooter], [Int], [Int]) = ([], [], [])
    for part in 0..<folder.record.partCount {
      switch try folder.state(of: part, verifying: true) {
      case .done(let footer): footers.append(footer)
      case .missing: missing.append(part)
      case .damaged: (missing, damaged) = (missing + [part], damaged + [part])
      }
    }
    guard missing.isEmpty else {
      let shards = folder.workerCount.map { count in Set(missing.map { $0 % count }).sorted() }
      throw WorkError.partsMissing(
        folder: folder.path, parts: missing, of: folder.record.partCount, damaged: damaged, shards: shards)
    }
    self.footers = footers
  }

  /// Where the first of the files goes unless another place is given.
  public var defaultPath: String { "\(folder.path)/merged\(folder.record.format.streams[0].ending)" }

  /// How many pictures have no answer, by the kind of what is wrong.
  public var errors: [String: Int] {
    footers.reduce(into: [:]) { errors, footer in errors.merge(footer.errors, uniquingKeysWith: +) }
  }

  /// What was counted, for `eval`; else `nil`.
  public var evaluation: Evaluation? {
    let classes = footers.first?.tally?.counts.count
    guard let classes else { return nil }
    let labels = folder.record.labels ?? []
    var result = Evaluation(
      classes: (0..<classes).map { index in
        Evaluation.ClassResult(label: labels.indices.contains(index) ? labels[index] : "class \(index)")
      })
    for tally in footers.compactMap(\.tally) where tally.counts.count == classes {
      result.count += tally.count
      result.top1 += tally.top1
      result.top5 += tally.top5
      for index in 0..<classes {
        result.classes[index].count += tally.counts[index]
        result.classes[index].correct += tally.correct[index]
      }
    }
    return result
  }

  /// What `evaluation` says, for other programs; `nil` where there is none.
  public var evaluationAnswer: EvaluationAnswer? {
    evaluation.map { EvaluationAnswer(folder.record, $0) }
  }

  /// Writes the rows of all parts, in the order of the pictures.
  ///
  /// - Parameters:
  ///   - path: `nil` for `defaultPath`. Of codes it ends in `.npy`, and `.keys.txt` and, where pictures had no answer,
  ///     `.errors.jsonl` are put beside it.
  ///   - progress: told how many parts were read.
  /// - Throws: `WorkError.partChanged`, `InferenceError.notAnArrayName`, `ZooError`, `WeightsError`.
  /// - Returns: The files, the rows first.
  public func write(to path: String? = nil, progress: (_ parts: Int) -> Void = { _ in }) throws -> [File] {
    let path = path ?? defaultPath
    let format = folder.record.format
    guard format == .npy else {
      let titles = format == .csv ? Array(WorkRows.titles(folder.record).utf8) : []
      return [try write(stream: 0, after: titles, to: path, progress)]
    }
    guard path.hasSuffix(".npy") else { throw InferenceError.notAnArrayName(path: path) }
    let stem = String(path.dropLast(4))
    let errors = stem + format.streams[2].ending
    var files = [
      try writeCodes(to: path, progress), try write(stream: 1, after: [], to: stem + format.streams[1].ending),
    ]
    if footers.contains(where: { $0.errorCount > 0 }) {
      files.append(try write(stream: 2, after: [], to: errors))
    } else {
      try Self.naming(errors) { () throws(WeightsProblem) in try AppendedFile.remove(errors) }
    }
    return files
  }

  private func write(
    stream: Int, after titles: [UInt8], to path: String, _ progress: (Int) -> Void = { _ in }
  ) throws -> File {
    try FileSystem.checkFile(path, overwrite: true)
    let partial = "\(path).partial"
    let file = try Self.naming(partial) { () throws(WeightsProblem) in try AppendedFile(partial) }
    var hash = SHA256()
    func append(_ bytes: [UInt8]) throws(WeightsProblem) {
      hash.update(bytes)
      try file.append(bytes)
    }
    try Self.naming(partial) { () throws(WeightsProblem) in
      try file.truncate(to: 0)
      try append(titles)
    }
    for footer in footers {
      try read(stream, of: footer) { (bytes) throws(WeightsProblem) in try append(bytes) }
      progress(footer.part + 1)
    }
    try Self.naming(path) { () throws(WeightsProblem) in try file.commit(as: path) }
    return File(path: path, bytes: file.size, sha256: hash.digest.hexadecimal)
  }

  private func writeCodes(to path: String, _ progress: (Int) -> Void) throws -> File {
    try FileSystem.checkFile(path, overwrite: true)
    let partial = "\(path).partial"
    let rows = try NumPyRowFile(partial, width: folder.record.width ?? 1)
    try rows.truncate(to: 0)
    for footer in footers {
      var rest: [UInt8] = []
      let rowSize = rows.width * MemoryLayout<Float>.stride
      try read(0, of: footer) { (bytes) throws(WeightsProblem) in
        rest += bytes
        let whole = rest.count / rowSize * rowSize
        do throws(WeightsError) {
          try Array(rest[..<whole]).withUnsafeBufferPointer { (buffer) throws(WeightsError) in
            try rows.append(UnsafeRawBufferPointer(buffer))
          }
        } catch {
          throw error.problem
        }
        rest.removeFirst(whole)
      }
      progress(footer.part + 1)
    }
    try rows.seal()
    try rows.commit(as: path)
    return try Self.naming(path) { () throws(WeightsProblem) in
      let file = try InputFile(path)
      var hash = SHA256()
      try WorkFolder.read(file, 0..<file.size) { (bytes) throws(WeightsProblem) in hash.update(bytes) }
      return File(path: path, bytes: file.size, sha256: hash.digest.hexadecimal)
    }
  }

  /// The bytes of a stream of a part; all of the part is looked at, and a change since its footer was read found.
  private func read(
    _ stream: Int, of footer: WorkFooter, _ body: ([UInt8]) throws(WeightsProblem) -> Void
  ) throws {
    let path = folder.path(of: footer.part)
    let start = footer.streams[..<stream].reduce(0) { $0 + $1.bytes }
    let wanted = start..<start + footer.streams[stream].bytes
    var hash = SHA256()
    try Self.naming(path) { () throws(WeightsProblem) in
      let file = try InputFile(path)
      guard file.size >= footer.rowByteCount else {
        throw .file(.shrank(expected: footer.rowByteCount, found: file.size))
      }
      for range in [0..<wanted.lowerBound, wanted, wanted.upperBound..<footer.rowByteCount] {
        try WorkFolder.read(file, range) { (bytes) throws(WeightsProblem) in
          hash.update(bytes)
          if range == wanted, !wanted.isEmpty { try body(bytes) }
        }
      }
    }
    guard hash.digest.hexadecimal == footer.sha256 else { throw WorkError.partChanged(path: path) }
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

extension EvaluationAnswer {
  /// What the parts of a run counted together.
  init(_ record: WorkRecord, _ result: Evaluation) {
    self.init(
      model: record.model, weights: record.weights, data: record.data, classesBy: record.classesBy, result)
  }
}
