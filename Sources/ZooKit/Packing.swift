import ZooWeights

/// A checkpoint on its way into an archive.
public struct Packing: Sendable {
  /// What became of each tensor, when a model was named.
  public let report: MatchReport?
  private let checkpoint: Checkpoint
  private let metadata: [String: String]

  /// Opens a checkpoint and, with a model, matches it.
  ///
  /// - Parameter model: a name of the catalogue, a `.yaml` file or a `.zoo` package.
  /// - Throws: `WeightsError`, `ZooError`, `DefinitionErrors`, `CheckpointMismatch`.
  public init(input: String, model: String?) throws {
    if let model {
      let network = try Network.find(model)
      let weights = try LoadedWeights.load(.file(input), for: network)
      checkpoint = weights.checkpoint
      report = weights.report
      metadata = try Package.metadata(for: network)
    } else {
      checkpoint = try Checkpoint.open(input)
      report = nil
      metadata = [:]
    }
  }

  public var tensorCount: Int { checkpoint.entries.count }

  /// The size of the tensors in memory.
  public var byteCount: Int { checkpoint.byteCount }

  /// Writes the archive.
  ///
  /// - Throws: `WeightsError`, with nothing left behind.
  public func write(
    to path: String, overwrite: Bool, progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws -> ContentIdentifier {
    try checkpoint.pack(to: path, metadata: metadata, overwrite: overwrite, progress: progress)
  }
}
