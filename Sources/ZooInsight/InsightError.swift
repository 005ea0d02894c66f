import ZooKit

/// Why a network cannot be looked into as it was asked for. The words are in `InsightError+Message.swift`.
public enum InsightError: Error, Sendable, Hashable {
  /// The layer has no unit of that number.
  case unitNotFound(Int, layer: String, units: Int)
  /// The layer's value has no rows and columns.
  case notAMap(layer: String, shape: String, maps: [String])
  /// No layer with maps is on all ways from the input to the class scores; `maps` are the last ones that there are.
  case noActivationLayer(model: String, maps: [String])
  /// Contributions are those to a class's score, not to a unit.
  case notAScore
}

extension InsightError: ZooFailure {
  /// What kind of failure it is.
  public var category: FailureCategory { .usage }
}
