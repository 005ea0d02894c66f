/// How a name in a checkpoint becomes a name of the network, and what happens to the tensor on its way.
///
/// In a pattern `*` stands for any run of characters and `?` for one. `ZooWeights` applies the rules.
public enum NameRule: Hashable, Sendable {
  /// Names that fit `from` become `to`; each `*` in `to` is what the `*` at the same place in `from` stands for. The
  /// `*` in the name of a tensor to divide by stand for the same.
  case rename(from: String, to: String, transforms: [TensorTransform] = [])
  /// Removes a prefix from the names that have it.
  case removePrefix(String)
  /// Leaves out the tensors whose names fit the pattern.
  case ignore(String)
}

/// A change to a tensor of a checkpoint, for tools that store the same numbers in another order or scale.
public enum TensorTransform: Hashable, Sendable {
  /// Axis `i` of the result is axis `order[i]` of the tensor, as in NumPy: `[3, 2, 0, 1]` makes `[out, in, height, width]`
  /// of the `[height, width, in, out]` that Keras stores.
  case transpose([Int])
  /// The same numbers in the same order under another shape; one dimension may be -1 and becomes what is left.
  case reshape([Int])
  /// Reverses the second axis, so that a first convolution that read BGR reads RGB.
  case flipInputChannels
  /// Divides by the one number that another tensor of the checkpoint holds; by zero gives zeros, as Caffe has it.
  case divide(by: String)
}
