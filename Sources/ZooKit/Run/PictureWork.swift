import ZooGraph
import ZooImages
import ZooRuntime
import ZooTensor
import ZooWeights

/// A network that answers for a large number of pictures part by part, as any number of workers do on any number of machines.
///
/// Every row is a function of its picture, the network, its weights and what `WorkRecord` has besides: not of the worker, the
/// threads, the pictures that were run together with it, or how often somebody had to begin again.
///
///     let work = try PictureWork(.infer(top: 5), WorkManifest.open("photos", for: .infer), Network.find("resnet18"))
///     let folder = try WorkFolder("answers", for: work.record)
///     try work.run(in: folder, share: WorkShare("3/16"))
///     print(try WorkMerge(WorkFolder("answers")).write().sha256)
public struct PictureWork: Sendable {
  /// The pictures.
  public let manifest: WorkManifest
  /// What answers.
  public let model: Model
  /// What decides the rows.
  public let record: WorkRecord
  /// How the folders of the data became classes, for `eval`.
  public let assignment: ClassAssignment?

  /// The usual number of pictures in a part.
  public static let defaultPartSize = 1000

  /// Loads the weights, compiles the network and finds out whether it can do what is asked.
  ///
  /// - Parameters:
  ///   - task: what is asked of every picture.
  ///   - manifest: the pictures.
  ///   - network: what answers.
  ///   - weights: where its weights are.
  ///   - format: in which form rows are written; `nil` for the task's usual one.
  ///   - partSize: how many pictures are a part.
  ///   - options: how the model runs.
  /// - Throws: `WorkError`, `ZooError`, what `Model` throws.
  public init(
    _ task: WorkTask, _ manifest: WorkManifest, _ network: Network, weights: WeightSource = .automatic,
    format: WorkFormat? = nil, partSize: Int = defaultPartSize, options: Model.Options = Model.Options()
  ) throws {
    let format = format ?? task.name.formats[0]
    guard task.name.formats.contains(format) else { throw WorkError.format(format, task: task.name) }
    guard WorkRecord.partSizes.contains(partSize) else {
      throw WorkError.partSize(partSize, allowed: WorkRecord.partSizes)
    }
    var (top, layer): (Int?, String?)
    switch task {
    case .infer(let count): top = min(max(1, count), try network.answer().classes)
    case .features(let name): layer = try name ?? network.codeLayer()
    case .eval: break
    }
    model = try Model(network, weights: weights, outputs: [layer].compactMap(\.self), options: options)
    guard model.preprocessing != nil else { throw ZooError.noPreprocessing(model: network.name) }
    let width = layer.flatMap { name in network.graph.nodes.first { $0.name == name }?.shape.elementCount }
    assignment = task == .eval ? try manifest.data.flatMap(model.assignment) : nil
    if task == .eval { try Self.check(manifest, model, assignment) }
    self.manifest = manifest
    record = try WorkRecord(
      task.name, format, top: top, layer: layer, width: width, manifest, partSize: partSize, model,
      classesBy: assignment?.bases.map(\.rawValue))
    if format == .npy { try checkKeys() }
  }

  /// Every label has an output, so that no part finds out late.
  private static func check(_ manifest: WorkManifest, _ model: Model, _ assignment: ClassAssignment?) throws {
    let outputs = try model.network.logits().channels
    guard outputs > 1 else { throw ZooError.nothingToRank(model: model.network.name) }
    let labels = Set(manifest.labels ?? []).sorted()
    for label in labels.map({ assignment?.classes[$0] ?? $0 }) where !(0..<outputs).contains(label) {
      throw ZooError.labelOutOfRange(label: label, outputs: outputs, path: manifest.path)
    }
  }

  private func checkKeys() throws(WorkError) {
    let isKey = { (name: String) in !name.isEmpty && !name.utf8.contains { [0x09, 0x0A, 0x0D].contains($0) } }
    if let name = manifest.data?.namesOfClasses.first(where: { !isKey($0) }) { throw .notAKey(name) }
    for index in 0..<manifest.count where !isKey(manifest.name(at: index)) { throw .notAKey(manifest.name(at: index)) }
  }

  // MARK: Rows

  private struct Prepared {
    var tensor: Tensor
    var note: String?
  }

  private struct Looked {
    /// Of the picture's file, where it has one.
    var digest: [UInt8]
    var result: Result<Prepared, any Error>
  }

  /// The rows of a part; `nil` when it was to end before they were complete.
  func rows(of part: Int, batch: Int, isStopped: () -> Bool, progress: (_ done: Int) -> Void) throws -> WorkRows? {
    try rows(of: record.pictures(of: part), part: part, batch: batch, isStopped: isStopped, progress: progress)
  }

  /// The rows of some pictures; `part` is for errors.
  func rows(
    of pictures: Range<Int>, part: Int, batch: Int, isStopped: () -> Bool, progress: (_ done: Int) -> Void
  ) throws -> WorkRows? {
    var rows = WorkRows(record, classes: try model.network.logits().channels)
    var start = pictures.lowerBound
    while start < pictures.upperBound {
      if isStopped() { return nil }
      let range = start..<min(pictures.upperBound, start + batch)
      let looked = try concurrentResults(range.count, threads: model.threadCount) { look(range.lowerBound + $0) }
        .map { try $0.get() }
      for picture in looked { rows.note(contents: picture.digest) }
      try add(range, looked.map(\.result), to: &rows)
      guard rows.byteCount <= WorkFolder.maximumPartSize else {
        throw WorkError.partTooLarge(part: part, limit: WorkFolder.maximumPartSize)
      }
      start = range.upperBound
      progress(range.count)
    }
    return rows
  }

  private func look(_ index: Int) -> Looked {
    var digest: [UInt8] = []
    let result = Result {
      let picture = try manifest.picture(at: index) { digest = SHA256.digest(of: $0) }
      return Prepared(
        tensor: try model.input(for: picture), note: model.network.doubt(about: picture).map { "\($0)" })
    }
    return Looked(digest: digest, result: result)
  }

  /// Whether a picture of a part became what it is after the part did, or the part is gone, as others remove what is outdated.
  package func isOlder(_ footer: WorkFooter, in folder: WorkFolder) -> Bool {
    guard footer.contents != nil else { return false }
    guard let made = FileSystem.changed(folder.path(of: footer.part)) else { return true }
    return record.pictures(of: footer.part).contains { manifest.changed(at: $0).map { $0 > made } ?? false }
  }

  /// Whether a part that is there was made of the pictures that are there now.
  ///
  /// Where one of them became what it is after the part did, all are read and compared with what the part was made of, which is
  /// touched when they are the same, so that nobody reads them again. A picture that was changed and is older than the part, by the
  /// clock of its disk, is not noticed.
  func isCurrent(_ footer: WorkFooter, in folder: WorkFolder) throws -> Bool {
    guard isOlder(footer, in: folder), let contents = footer.contents else { return true }
    var hash = SHA256()
    for index in record.pictures(of: footer.part) {
      do {
        hash.update(SHA256.digest(of: try manifest.bytes(at: index) ?? []))
      } catch let fact as ImageFact {
        // As when the part was made, a picture that cannot be read has no digest.
        guard fact.kindOfRow != nil else { throw ImageError(name: manifest.name(at: index), fact: fact) }
      }
    }
    guard hash.digest.hexadecimal == contents else { return false }
    folder.touch(footer.part)
    return FileSystem.exists(folder.path(of: footer.part))
  }

  private func add(_ range: Range<Int>, _ inputs: [Result<Prepared, any Error>], to rows: inout WorkRows) throws {
    var answers = [Int: Answered]()
    let readable = range.indices.filter { if case .success = inputs[$0 - range.lowerBound] { true } else { false } }
    let tensors = try readable.map { try inputs[$0 - range.lowerBound].get().tensor }
    if !tensors.isEmpty {
      do {
        for (index, answer) in zip(readable, try answer(tensors)) { answers[index] = answer }
      } catch ZooError.scoresNotFinite {
        // One of them is to blame, and the others have an answer.
        for (index, tensor) in zip(readable, tensors) { answers[index] = try? answer([tensor])[0] }
      }
    }
    for index in range {
      let name = manifest.name(at: index)
      switch inputs[index - range.lowerBound] {
      case .success(let input):
        if let answer = answers[index] {
          try add(index, name, answer, input.note, to: &rows)
        } else {
          try rows.fail(name, WorkRows.Problem(kind: "not_finite", message: "\(ZooError.scoresNotFinite)"))
        }
      case .failure(let error as ImageError):
        guard let kind = error.fact.kindOfRow else { throw error }
        try rows.fail(name, WorkRows.Problem(kind: kind, message: "\(error.fact)"))
      case .failure(let error): throw error
      }
    }
  }

  private struct Answered {
    var scores: [Float]
    var code: [Float]
  }

  private func answer(_ tensors: [Tensor]) throws -> [Answered] {
    let (logits, values) = try model.run(Model.stacked(tensors))
    if let codes = values.first {
      let numbers = codes.floats
      guard numbers.allSatisfy(\.isFinite) else { throw ZooError.scoresNotFinite }
      let width = numbers.count / tensors.count
      return tensors.indices.map { Answered(scores: [], code: Array(numbers[$0 * width..<($0 + 1) * width])) }
    }
    return try Model.scores(logits).map { Answered(scores: $0, code: []) }
  }

  private func add(_ index: Int, _ name: String, _ answer: Answered, _ note: String?, to rows: inout WorkRows) throws {
    switch record.task {
    case .infer:
      let best = Classification.top(
        record.top ?? 1, logits: answer.scores, by: model.answer.function, labels: model.labels)
      try rows.add(InferenceAnswer.Result(file: name, top: best, note: note))
    case .features:
      rows.add(name, className: manifest.className(at: index), code: answer.code)
    case .eval:
      let label = manifest.labels?[index] ?? 0
      try rows.judge(name, label: assignment?.classes[label] ?? label, scores: answer.scores.map(Double.init))
    }
  }
}

extension ImageFact {
  /// What kind of row a picture gets that cannot be read; `nil` for what may be otherwise the next time, such as a disk that did
  /// not answer, and so belongs into no result.
  var kindOfRow: String? {
    switch self {
    case .notFound: "missing"
    case .directory, .notAFile: "not_a_file"
    case .unreadable(let code): SystemError(code).isPermanent ? "unreadable" : nil
    case .empty: "empty"
    case .fileTooLarge, .tooManyPixels, .tooManyScans, .resizeTooLarge: "too_large"
    case .foreign: "unsupported"
    case .unrecognised: "unrecognised"
    case .truncated: "truncated"
    case .undecodable: "damaged"
    case .meanImageSize: "size"
    case .pixelCount, .rowStride, .byteCount, .undrawable, .uncreatable, .unwritable, .unencodable: nil
    }
  }
}
