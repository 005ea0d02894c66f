import ZooTensor
import ZooWeights

/// A checkpoint on its way into an archive.
public struct Packing: Sendable {
  /// What an archive is to hold besides the checkpoint as it is.
  public struct Options: Sendable {
    /// The type that all floating-point tensors are stored in; `nil` for the types that they have.
    public var elementType: ElementType?
    /// The terms under which the weights may be used.
    public var license: String?
    /// Pairs of the user's own.
    public var metadata: [String: String]
    /// What to do with a checkpoint that does not fit the model as it is.
    public var loading: LoadOptions

    /// An archive of the tensors as they are, unless something is asked for.
    public init(
      elementType: ElementType? = nil, license: String? = nil, metadata: [String: String] = [:],
      loading: LoadOptions = LoadOptions()
    ) {
      self.loading = loading
      self.elementType = elementType
      self.license = license
      self.metadata = metadata
    }
  }

  /// The model, when one was named.
  public let network: Network?
  /// What became of each tensor, when a model was named.
  public let report: MatchReport?
  /// How many labels of the input were left behind because the model has another number of classes.
  public let staleLabelCount: Int?
  /// What the archive will carry.
  public let metadata: [String: String]
  /// The floating-point types that the tensors had, widest first, when they are converted; else empty.
  public let convertedTypes: [ElementType]
  private let checkpoint: Checkpoint

  /// The beginnings of metadata keys that only zoo writes.
  public static let reservedPrefixes = ["zoo.", "source."]
  /// The types that floating-point tensors can be stored in.
  public static let storedTypes: [ElementType] = [.float32, .float16, .bfloat16]

  /// Opens a checkpoint and, with a model, matches it.
  ///
  /// - Parameters:
  ///   - input: the checkpoint: a file or a directory.
  ///   - model: a name of the catalogue, a `.yaml` file or a `.zoo` package.
  ///   - options: what the archive is to hold besides.
  /// - Throws: `ZooError`, also for a type that weights cannot be stored in and for a key that is reserved;
  ///   `WeightsError`, `DefinitionErrors`, `CheckpointMismatch`.
  public init(input: String, model: String?, options: Options = Options()) throws {
    if let type = options.elementType, !Self.storedTypes.contains(type) { throw ZooError.storedType(type) }
    for key in options.metadata.keys.sorted() {
      if let prefix = Self.reservedPrefixes.first(where: key.hasPrefix) {
        throw ZooError.reservedKey(key, prefix: prefix)
      }
    }
    let original: Checkpoint
    var metadata: [String: String]
    if let model {
      let network = try Network.find(model)
      self.network = network
      let weights = try LoadedWeights.load(.file(input), for: network, options: options.loading)
      original = weights.checkpoint
      report = weights.report
      staleLabelCount = weights.staleLabelCount
      metadata = try original.provenance().merging(Package.metadata(for: network, weights)) { $1 }
      try metadata.merge(Self.published(original, by: network)) { $1 }
    } else {
      original = try Checkpoint.open(input)
      network = nil
      report = nil
      staleLabelCount = nil
      metadata = try original.provenance()
      metadata[Provenance.layersKey] = original.layersText
    }
    var types: [ElementType] = []
    if let elementType = options.elementType, original.floatingPointTypes != [elementType] {
      types = original.floatingPointTypes
      metadata[Package.elementTypeKey] = elementType.rawValue
      metadata[Provenance.elementTypesKey] =
        original.metadata[Provenance.elementTypesKey] ?? types.map(\.rawValue).joined(separator: ", ")
    }
    metadata["license"] = options.license ?? metadata["license"]
    metadata.merge(options.metadata) { $1 }
    checkpoint = types.isEmpty ? original : original.converted(to: options.elementType ?? .float32)
    convertedTypes = types
    self.metadata = original.metadata.merging(metadata) { $1 }
  }

  /// How many tensors the archive will have.
  public var tensorCount: Int { checkpoint.entries.count }

  /// The size of the tensors in memory, in the types that are stored.
  public var byteCount: Int { checkpoint.byteCount }

  /// Writes the archive.
  ///
  /// - Throws: `WeightsError`, with nothing left behind.
  public func write(
    to path: String, overwrite: Bool, progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws -> ContentIdentifier {
    try checkpoint.pack(to: path, metadata: metadata, overwrite: overwrite, progress: progress)
  }

  /// What the definition says about the file that the weights come from, checked against it.
  ///
  /// - Throws: `ZooError.publishedDigest` when the definition knows another file of this name.
  private static func published(_ checkpoint: Checkpoint, by network: Network) throws -> [String: String] {
    let file = checkpoint.path.split(separator: "/").last.map(String.init)
    guard let source = network.card.weights.first(where: { $0.file == file }) else { return [:] }
    if let expected = source.sha256, let found = try checkpoint.fileDigest(), !found.hasPrefix(expected) {
      throw ZooError.publishedDigest(path: checkpoint.path, model: network.name, expected: expected, found: found)
    }
    var metadata: [String: String] = [:]
    metadata["license"] = source.license
    metadata[Provenance.addressKey] = source.url
    return metadata
  }
}
