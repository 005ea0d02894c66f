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
  /// The checkpoint of the run is none of a training run.
  case notACheckpoint(path: String)
  /// The checkpoint holds what no run by this recipe can have written.
  case damagedCheckpoint(path: String, CheckpointProblem)
  /// A batch norm normalises with the statistics of one number.
  case singleValue(layer: String)
  /// A batch cannot be cut into so many slices.
  case slices(Int, images: Int)
  /// A step of several batches whose batches are cut into slices, too.
  case slicesOfBatches(slices: Int, accumulate: Int)
  /// What a run would go on with is not what it began with.
  case changed([Change])

  /// What is wrong with a checkpoint that is a training run's and whole, to go by its checksums.
  public enum CheckpointProblem: Error, Hashable, Sendable {
    /// A field of the metadata as it is, `nil` where it is missing, and what it can be, in words.
    case field(String, found: String?, expected: String)
    /// A tensor's type and shape, `nil` where it is missing, and what they must be.
    case tensor(String, found: String?, expected: String)
    /// A tensor that a run by this recipe does not have.
    case unexpectedTensor(String)
    /// A tensor with an element that is not a number.
    case notANumber(tensor: String)
  }

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
