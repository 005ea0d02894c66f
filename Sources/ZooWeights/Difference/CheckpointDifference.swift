import ZooTensor

/// How two checkpoints differ.
public struct CheckpointDifference: Hashable, Sendable {
  /// The tensors that both have, in the order of the first.
  public let common: [TensorDifference]
  /// What only the first has, in its order.
  public let removed: [Checkpoint.Entry]
  /// What only the second has, in its order.
  public let added: [Checkpoint.Entry]
  /// Sorted by key.
  public let metadata: [MetadataDifference]
  /// What identifies the tensors of both, when both are archives of the same ones; then none was read.
  public let sharedContent: ContentIdentifier?

  /// The tensors that do not have the same bits, in the order of the first.
  public var changed: [TensorDifference] { common.filter { !$0.isIdentical } }

  /// Whether both have the same tensors.
  ///
  /// - Parameter tolerance: `nil` asks for the same types and bits. Otherwise numbers are compared, whatever their
  ///   type, and may differ by so much of the largest magnitude in the first checkpoint's tensor.
  /// - Returns: Whether they are the same by that measure.
  public func isSame(within tolerance: Double?) -> Bool {
    removed.isEmpty && added.isEmpty && common.allSatisfy { $0.isSame(within: tolerance) }
  }
}

/// How a tensor differs between two checkpoints.
public struct TensorDifference: Hashable, Sendable {
  /// The same in both.
  public let name: String
  /// What the first file says of it.
  public let first: Checkpoint.Entry
  /// What the second file says of it.
  public let second: Checkpoint.Entry
  /// How the numbers differ; `nil` when the shapes do, so that no number has a counterpart, and when both archives give
  /// the same SHA-256 for the tensor, so that there was nothing to read.
  public let values: ValueDifference?

  /// Whether types, shapes and bits are the same.
  public var isIdentical: Bool {
    first.shape == second.shape && first.elementType == second.elementType
      && (values.map { $0.differing == 0 && $0.sameNumberOtherBits == 0 } ?? true)
  }

  /// Whether the tensors count as the same; see `CheckpointDifference.isSame`.
  public func isSame(within tolerance: Double?) -> Bool {
    guard let tolerance else { return isIdentical }
    guard first.shape == second.shape else { return false }
    guard let values else { return true }
    return values.incomparable == 0 && values.maximum <= tolerance * values.largestMagnitude
  }
}

/// How the numbers of two tensors of the same shape differ.
public struct ValueDifference: Hashable, Sendable {
  /// How many were compared.
  public let elements: Int
  /// Elements that are not the same number. Two NaN are the same, and so are zero and negative zero.
  public let differing: Int
  /// Elements that are the same number in the same type and yet have other bits: zeros of another sign, NaN with another
  /// payload.
  public let sameNumberOtherBits: Int
  /// Elements that differ and of which one at least is not finite; they have no part in the maximum and the mean.
  public let incomparable: Int
  /// The largest absolute difference.
  public let maximum: Double
  /// Where the largest difference is first met; `nil` when there is none.
  public let maximumPlace: ElementPlace?
  /// The mean of the absolute difference over all elements that are finite in both.
  public let mean: Double
  /// The largest finite magnitude in the first tensor.
  public let largestMagnitude: Double
  /// How many elements of the first tensor are NaN.
  public let firstNaNs: Int
  /// How many elements of the second tensor are NaN.
  public let secondNaNs: Int

  /// The largest difference as a part of the first tensor's largest magnitude; infinite when that is zero and the
  /// difference is not.
  public var relative: Double {
    maximum == 0 ? 0 : maximum / largestMagnitude
  }
}

/// A metadata pair that is not the same in two checkpoints.
public struct MetadataDifference: Hashable, Sendable {
  /// The same in both; the values differ, or one has none.
  public let key: String
  /// `nil` when the first checkpoint has none.
  public let first: String?
  /// `nil` when the second checkpoint has none.
  public let second: String?
}
