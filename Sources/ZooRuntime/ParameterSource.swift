import ZooTensor

/// Where the numbers of a network come from: a checkpoint's tensors under the network's names.
public struct ParameterSource {
  /// Looks up a tensor; throws when there is none.
  public typealias Whole = (_ name: String) throws -> Tensor

  /// Hands a tensor over part by part, in order, at least one, each but the last of a whole multiple of `unit` elements;
  /// throws when there is no such tensor.
  public typealias InParts = (_ name: String, _ unit: Int, _ body: (TensorPart) throws -> Void) throws -> Void

  let whole: Whole
  let inParts: InParts

  /// - Parameters:
  ///   - whole: for the small tensors and for the interpreter
  ///   - inParts: for weights that are packed; with it, a large tensor need never be whole in memory
  public init(whole: @escaping Whole, inParts: @escaping InParts) {
    self.whole = whole
    self.inParts = inParts
  }

  /// A source that has its tensors whole.
  public init(_ whole: @escaping Whole) {
    self.init(whole: whole) { name, _, body in try whole(name).withWholePart(body) }
  }
}
