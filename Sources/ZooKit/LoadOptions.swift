/// What to do with weights that do not fit a network as they are, for fine-tuning.
///
/// Nothing is made up unless it is asked for: without options a checkpoint fits or is refused.
public struct LoadOptions: Hashable, Sendable {
  /// Whether tensors that the checkpoint does not have, or has in another shape, are started anew, and what the network
  /// does not have is left out.
  public var isPartial: Bool
  /// Whether the layer that makes the class scores is started anew, whatever the checkpoint holds there.
  public var hasNewHead: Bool
  /// Of the numbers that are started anew.
  public var seed: UInt64
  /// Whether the layers may compute something else than those that the weights were stored with, as in a definition that was
  /// edited since; names and shapes fit all the same.
  var ignoresOperations = false

  /// Nothing is made up where nothing is given; `seed` is of the numbers that are started anew.
  public init(isPartial: Bool = false, hasNewHead: Bool = false, seed: UInt64 = 0) {
    self.isPartial = isPartial
    self.hasNewHead = hasNewHead
    self.seed = seed
  }
}
