import ZooKit

/// Why a network cannot be looked into as it was asked for. The words are in `InsightError+Message.swift`.
public enum InsightError: Error, Sendable, Hashable {
  /// The layer has no unit of that number.
  case unitNotFound(Int, layer: String, units: Int)
  /// The layer's value has no rows and columns.
  case notAMap(layer: String, shape: String, maps: [String])
}

extension InsightError: CategorizedError {
  public var category: FailureCategory { .usage }
}
