import ZooKit
import ZooTensor

/// Why an explanation cannot be checked as it was asked for. The words are in `CheckError+Message.swift`.
public enum CheckError: Error, Hashable, Sendable {
  case unknownMethod(String, known: [String])
  /// A map has numbers that are not finite, which nothing can be compared with.
  case notFinite(String)
  /// Nothing of the network has weights to randomise.
  case noWeights(model: String)
  case steps(found: Int, expected: ClosedRange<Int>)
  case cell(found: Int, input: Extent)
  case orders(found: Int, expected: ClosedRange<Int>)
}

extension CheckError: ZooFailure {
  /// What kind of failure it is.
  public var category: FailureCategory {
    switch self {
    case .notFinite: .badData
    case .unknownMethod, .noWeights, .steps, .cell, .orders: .usage
    }
  }
}
