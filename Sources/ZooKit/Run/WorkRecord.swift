import FoundationEssentials
import ZooWeights

/// What decides every byte of a run's rows, as `run.json` in its folder: what a worker must have in common with the one that
/// began.
public struct WorkRecord: Codable, Hashable, Sendable {
  static let currentSchema = "zoo.run/1"
  /// The sizes that parts may have, in pictures.
  public static let partSizes = 1...1_000_000
  static let fileName = "run.json"
  static let maximumSize = 64 << 20

  /// The name and version of this format, and of that of parts.
  public private(set) var schema = Self.currentSchema
  /// What is asked of every picture.
  public let task: WorkTask.Name
  /// In which form rows are written.
  public let format: WorkFormat
  /// How many classes a row names.
  public let top: Int?
  /// The layer whose values are rows.
  public let layer: String?
  /// The numbers of such a row.
  public let width: Int?
  /// The pictures as they were given.
  public let data: String
  /// Of the pictures: `WorkManifest.digest`.
  public let inputs: String
  /// How many there are.
  public let count: Int
  /// How many of them are a part; the last may have fewer.
  public let partSize: Int
  /// The network's name.
  public let model: String
  /// SHA-256 of its definition, written out.
  public let modelDigest: String
  /// Where the weights come from, in words.
  public let weights: String
  /// What tells the weights from others.
  public let weightsDigest: String
  /// The algorithms, and the instruction set where their last bits depend on it.
  public let numerics: String
  /// Of what the system's exponential function answers, which probabilities are made with.
  public let mathematics: String
  /// The names of the network's classes, where there are any.
  public let labels: [String]?
  /// What told which class a folder stands for, for `eval`.
  public let classesBy: [String]?

  /// What decides the rows: its name, its value, and how a person is told of it.
  var identity: [(field: String, value: String, words: String)] {
    let labels = Provenance.digest(of: (labels ?? []).map { "\($0.utf8.count):\($0)" }.joined())
    return [
      ("task", task.rawValue, task.rawValue), ("format", format.rawValue, format.rawValue),
      ("classes named", "\(top ?? 0)", "\(top ?? 0)"), ("layer", layer ?? "", layer ?? "none"),
      ("pictures", inputs, "\(count) of \(data) (\(inputs.prefix(8)))"),
      ("pictures in a part", "\(partSize)", "\(partSize)"),
      ("model", modelDigest, "\(model) (\(modelDigest.prefix(8)))"),
      ("weights", weightsDigest, "\(weights) (\(weightsDigest.prefix(8)))"), ("labels", labels, "\(labels.prefix(8))"),
      ("numerics", numerics, numerics), ("system's exponential function", mathematics, "\(mathematics.prefix(8))"),
    ]
  }

  /// SHA-256 of all that decides the rows, in 64 hexadecimal digits.
  public var digest: String {
    Provenance.digest(
      of: schema + identity.map { "\($0.field.utf8.count):\($0.field)\($0.value.utf8.count):\($0.value)" }.joined())
  }

  /// What differs between a run that was begun and one that is to be.
  func differences(from now: WorkRecord) -> [WorkError.Difference] {
    zip(identity, now.identity).compactMap { before, now in
      before.value == now.value
        ? nil : WorkError.Difference(field: before.field, before: before.words, now: now.words)
    }
  }

  /// How many parts there are.
  public var partCount: Int { (count + partSize - 1) / partSize }

  /// The pictures of a part.
  ///
  /// - Precondition: `part` is below `partCount`.
  public func pictures(of part: Int) -> Range<Int> { part * partSize..<min(count, (part + 1) * partSize) }

  /// - Throws: `WorkError.damagedRecord`.
  init(bytes: [UInt8], path: String) throws(WorkError) {
    do {
      self = try JSONDecoder().decode(WorkRecord.self, from: Data(bytes))
    } catch {
      throw .damagedRecord(path: path)
    }
    let isWhole = (1...Int(Int32.max)).contains(count) && Self.partSizes.contains(partSize)
    guard schema == Self.currentSchema, isWhole, task.formats.contains(format), (format == .npy) == (width != nil),
      width.map({ (1...Int(Int32.max)).contains($0) }) ?? true
    else { throw .damagedRecord(path: path) }
  }

  var bytes: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
  }
}

extension WorkRecord {
  /// - Throws: `WeightsError` when a file cannot be read any more; what writing the definition throws.
  init(
    _ task: WorkTask.Name, _ format: WorkFormat, top: Int?, layer: String?, width: Int?, _ manifest: WorkManifest,
    partSize: Int, _ model: Model, classesBy: [String]?
  ) throws {
    self.task = task
    self.format = format
    self.top = top
    self.layer = layer
    self.width = width
    data = manifest.path
    inputs = manifest.digest
    count = manifest.count
    self.partSize = partSize
    self.model = model.network.name
    modelDigest = try Package.definitionDigest(of: model.network)
    weights = model.weights.summary
    weightsDigest = try Self.digest(of: model.weights)
    switch (model.compiled?.instructionSet, model.options.numerics) {
    case (nil, _): numerics = "interpreter"
    case (_?, .direct): numerics = "direct"
    case (let set?, .fast): numerics = "fast, \(set.rawValue)"
    }
    mathematics = Mathematics.digest
    let outputs = model.network.knownAnswer?.classes
    labels = model.labels.flatMap { labels in outputs.map { (0..<$0).map { labels[$0]?.name ?? "class \($0)" } } }
    self.classesBy = classesBy
  }

  /// Of the file, or of the tensors where it is none.
  private static func digest(of weights: LoadedWeights) throws -> String {
    if let known = try weights.checkpoint.identity() { return known }
    if weights.checkpoint.format == .synthetic { return Provenance.digest(of: weights.summary) }
    var hash = SHA256()
    for entry in weights.checkpoint.entries.sorted(by: { $0.name < $1.name }) {
      hash.update("\(entry.name.utf8.count):\(entry.name) \(entry.shape) \(entry.elementType.rawValue)\n".utf8)
      try weights.tensor(entry.name).withUnsafeBytes { hash.update($0) }
    }
    return hash.digest.hexadecimal
  }
}
