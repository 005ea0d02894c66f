import ZooTensor

/// Where in a run of training a pass is, read while the pass runs.
///
/// Whoever sets it while loops run answers for the order.
public final class TrainingPosition: @unchecked Sendable {
  /// Where it is now.
  public var point: TrainingPoint

  /// Where it begins.
  public init(_ point: TrainingPoint = TrainingPoint()) { self.point = point }
}
