import ZooRuntime
import ZooTensor

/// Why a network cannot be trained, or a run cannot go on. The words are in `TrainingError+Message.swift`.
public enum TrainingError: Error, Hashable, Sendable {
  /// The data have another number of classes than the network.
  case classes(network: Int, data: Int)
  /// The network does not say how pictures become its input.
  case noPreprocessing(model: String)
  /// Nothing learns: everything is frozen.
  case nothingLearns
  /// Patterns of the recipe that fit no layer.
  case patternsWithoutLayer([String], layers: [String])
  /// The loss is not a number any more.
  case notFinite(step: Int, epoch: Int, tensor: String?, rate: Double)
  /// The checkpoint of the run is none of a training run, or is damaged.
  case notACheckpoint(path: String)
  /// A batch norm normalises with the statistics of one number.
  case singleValue(layer: String)
  /// What a run would go on with is not what it began with.
  case changed([Change])

  /// A field that differs.
  public struct Change: Hashable, Sendable {
    /// As `recipe.yaml` spells it, or what it is in words.
    public let field: String
    /// As the run had it.
    public let before: String
    /// As it is.
    public let now: String

    /// A field, as the run had it and as it is.
    public init(field: String, before: String, now: String) {
      self.field = field
      self.before = before
      self.now = now
    }
  }
}
