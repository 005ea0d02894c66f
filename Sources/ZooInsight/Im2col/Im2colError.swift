import ZooKit

/// Why a layer is not shown as a product of matrices. The words are in `Im2colError+Message.swift`.
public enum Im2colError: Error, Sendable, Hashable {
  /// The layer is no convolution.
  case notAConvolution(layer: String, what: String, convolutions: [String])
  /// Each position of the layer has weights of its own.
  case locallyConnected(layer: String, positions: Int)
  /// No layer of the network is a convolution.
  case noConvolution(model: String)
  /// A group that the convolution does not have.
  case group(Int, layer: String, groups: Int)
  /// A position that the layer's value does not have.
  case position(row: Int, column: Int, layer: String, rows: Int, columns: Int)
  /// A patch matrix that is too large to be made as a whole.
  case tooLarge(layer: String, rows: Int, columns: Int, limit: Int)
  /// The product is not what the network computes: zoo's own mistake.
  case productDiffers(layer: String, difference: Double, largest: Double)
}

extension Im2colError: ZooFailure {
  /// What kind of failure it is.
  public var category: FailureCategory {
    if case .productDiffers = self { .internalError } else { .usage }
  }
}
