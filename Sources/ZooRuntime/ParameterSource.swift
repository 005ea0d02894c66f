import ZooTensor

/// Where the numbers of a network come from: a checkpoint's tensors under the network's names.
///
/// Its closures are called by several threads at a time.
public struct ParameterSource: Sendable {
  /// Looks up a tensor; throws when there is none.
  public typealias Whole = @Sendable (_ name: String) throws -> Tensor

  /// Hands over those of a tensor's elements that are in a range, or all of them, part by part, in order, at least one,
  /// each but the last of a whole multiple of `unit` elements; throws when there is no such tensor.
  public typealias InParts =
    @Sendable (_ name: String, _ elements: Range<Int>?, _ unit: Int, _ body: (TensorPart) throws -> Void) throws -> Void

  /// Whether some elements of a tensor are to be had for less than all; throws when there is no such tensor.
  public typealias IsDivisible = @Sendable (_ name: String) throws -> Bool

  let whole: Whole
  let inParts: InParts
  let isDivisible: IsDivisible

  /// - Parameters:
  ///   - whole: for the small tensors and for the interpreter
  ///   - inParts: for weights that are packed; with it, a large tensor need never be whole in memory
  ///   - isDivisible: tells for which tensors several threads may each ask for a range
  public init(whole: @escaping Whole, inParts: @escaping InParts, isDivisible: @escaping IsDivisible = { _ in true }) {
    self.whole = whole
    self.inParts = inParts
    self.isDivisible = isDivisible
  }

  /// A source that has its tensors whole.
  public init(_ whole: @escaping Whole) {
    self.init(
      whole: whole,
      inParts: { name, elements, _, body in
        try whole(name).withWholePart { part in
          try body(elements.map { part[$0.clamped(to: part.elements)] } ?? part)
        }
      },
      isDivisible: { _ in false })
  }
}
