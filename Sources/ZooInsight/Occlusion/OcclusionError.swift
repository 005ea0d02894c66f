import ZooKit
import ZooTensor

/// Why a patch cannot slide as it was asked for. The words are in `OcclusionError+Message.swift`.
public enum OcclusionError: Error, Hashable, Sendable {
  /// The patch is empty or does not fit in the input.
  case patch(Int, input: Extent)
  case stride(Int, input: Extent)
  /// The input is no picture.
  case input(Shape)
}

extension OcclusionError: ZooFailure {
  /// What kind of failure it is.
  public var category: FailureCategory {
    switch self {
    case .patch, .stride: .usage
    case .input: .badData
    }
  }
}
