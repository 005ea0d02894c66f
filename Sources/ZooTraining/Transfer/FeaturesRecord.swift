import FoundationEssentials
import ZooKit
import ZooWeights

/// What codes were made of, as JSON beside them: so that a run that was interrupted goes on with the same, and that a
/// classifier finds its network.
public struct FeaturesRecord: Codable, Hashable, Sendable {
  /// What decides the numbers, and has another value than it had.
  public struct Difference: Hashable, Sendable {
    /// As the record spells it.
    public let field: String
    /// As the record has it.
    public let before: String
    /// As it would be.
    public let now: String
  }

  static let currentSchema = "zoo.codes/1"

  /// The name and version of this format.
  public var schema = Self.currentSchema
  /// What the network was found by.
  public private(set) var model: String
  /// SHA-256 of its definition, written out.
  public private(set) var modelDigest: String
  /// What the weights were found by, as on the command line; `nil` for those that are found without.
  public private(set) var weights: String?
  /// What tells the weights from others.
  public private(set) var weightsDigest: String
  /// The path of the layer.
  public let layer: String
  /// Whether maps were averaged over their positions.
  public let pooled: Bool
  /// The numbers of a code.
  public let width: Int
  /// The data set's path, as it was given.
  public let data: String
  /// Of the names and classes of its pictures.
  public let dataDigest: String
  /// Which part of the data set was taken.
  public let split: String
  /// Which algorithms were allowed.
  public let numerics: String
  /// The names of the data's classes in their order, those without a picture too.
  public let classes: [String]
  /// The number of codes, once all are there.
  public var rows: Int?
  /// The pictures that could not be read and were left out.
  public var skipped: [String]?

  /// What differs between what was done and what is to be done.
  func differences(from now: FeaturesRecord) -> [Difference] {
    let fields: [(String, (FeaturesRecord) -> String, (FeaturesRecord) -> String)] = [
      ("model", \.modelDigest, { "\($0.model) (\($0.modelDigest.prefix(8)))" }),
      ("weights", \.weightsDigest, { "\($0.weights ?? "the model's own") (\($0.weightsDigest.prefix(8)))" }),
      ("layer", \.layer, \.layer),
      ("pooling", { "\($0.pooled)" }, { $0.pooled ? "mean of each map" : "none" }),
      ("data", \.dataDigest, { "\($0.data) (\($0.dataDigest.prefix(8)))" }),
      ("split", \.split, \.split),
      ("numerics", \.numerics, \.numerics),
    ]
    return fields.compactMap { field, value, words in
      value(self) == value(now) ? nil : Difference(field: field, before: words(self), now: words(now))
    }
  }

  /// - Throws: `FeaturesError.notARecord`.
  init(bytes: [UInt8], path: String) throws(FeaturesError) {
    do {
      self = try JSONDecoder().decode(FeaturesRecord.self, from: Data(bytes))
    } catch {
      throw .notARecord(path: path)
    }
    guard schema == Self.currentSchema, width > 0 else { throw .notARecord(path: path) }
  }

  var bytes: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
  }
}

extension FeaturesRecord {
  /// - Throws: `WeightsError` when a file cannot be read any more; what writing the definition throws.
  init(_ features: Features, of data: DataSet, split: DataSet.Split) throws {
    let layer = features.layers[0]
    model = features.reference
    modelDigest = try Package.definitionDigest(of: features.model.network)
    weights = features.source.argument
    weightsDigest = try features.model.weights.digest()
    self.layer = layer.name
    pooled = layer.isPooled
    width = layer.width
    self.data = data.path
    dataDigest = try data.digest()
    self.split = split.rawValue
    let sets = features.model.compiled.map { $0.instructionSet.rawValue } ?? "interpreter"
    numerics = features.options.numerics == .direct ? "direct" : "\(features.options.numerics.rawValue), \(sets)"
    classes = data.namesOfClasses
  }
}

extension WeightSource {
  /// What `init(argument:)` reads; `nil` for `automatic`, and for what is in memory.
  var argument: String? {
    switch self {
    case .automatic, .checkpoint, .bytes: nil
    case .file(let path): path
    case .synthetic(let seed): "synthetic:\(seed)"
    }
  }
}

extension LoadedWeights {
  /// What tells the weights from others: of the file, or of what they are called when they are none.
  func digest() throws -> String { try checkpoint.identity() ?? Provenance.digest(of: summary) }
}

extension FeaturesRecord {
  /// The same codes, had another network made them.
  func replacing(
    model: String, digest modelDigest: String, weights: String?, digest weightsDigest: String
  ) -> FeaturesRecord {
    var record = self
    (record.model, record.modelDigest) = (model, modelDigest)
    (record.weights, record.weightsDigest) = (weights, weightsDigest)
    return record
  }
}
