/// How a checkpoint's keys become tensor names, and what happens to a tensor on its way.
public enum WeightNameRule: Hashable, Sendable {
  /// Removes a prefix from the keys that have it.
  case strip(String)
  /// Leaves out the tensors whose keys fit the pattern, in which `*` stands for any characters and `?` for one.
  case ignore(String)
  /// Keys that fit `from` become `to`: each `*` there is what the `*` at the same place in `from` stands for.
  case rename(from: String, to: String, transforms: [WeightTransform] = [])
}

/// A change to a tensor for tools that store the same numbers in another order or scale.
public enum WeightTransform: Hashable, Sendable {
  /// Axis `i` of the result is axis `order[i]` of the tensor.
  case transpose([Int])
  /// The same numbers in the same order under another shape; one dimension may be -1 and becomes what is left.
  case reshape([Int])
  /// Reverses the second axis.
  case flipInputChannels
  /// Divides by the one number of another tensor of the checkpoint.
  case divide(by: String)
}
