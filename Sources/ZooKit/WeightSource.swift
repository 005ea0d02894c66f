import ZooWeights

/// Where a network's weights come from.
public enum WeightSource: Sendable {
  /// The package's own, those that come with zoo, or a file of the expected name in the search folders.
  case automatic
  /// A checkpoint or an archive.
  case file(String)
  /// Tensors by name, in the program's memory or in a checkpoint that it opened: `Checkpoint([(name: …, tensor: …)])`.
  case checkpoint(Checkpoint)
  /// The bytes of an archive or of any other checkpoint that `file` reads. `name` is what messages call them, and what the
  /// definition may have rules for as the name of a published file; its digest is not compared.
  case bytes([UInt8], name: String = "weights in memory")
  /// Made-up weights that depend on the tensors' names and the seed only, for tests and benchmarks.
  case synthetic(seed: UInt64)

  /// Reads `synthetic`, `synthetic:SEED`, or a path.
  ///
  /// - Throws: `ZooError.seed` when the seed is not a number from 0 to 2⁶⁴ − 1.
  public init(argument: String) throws {
    if argument == "synthetic" {
      self = .synthetic(seed: 0)
    } else if argument.hasPrefix("synthetic:") {
      guard let seed = UInt64(argument.dropFirst("synthetic:".count)) else { throw ZooError.seed(argument) }
      self = .synthetic(seed: seed)
    } else {
      self = .file(argument)
    }
  }
}
